/* converters.c - ADC envelopes, ADC regression, DAC laws. */
#include "phys/converters.h"

#include <math.h>
#include <stddef.h>

#include "base/err.h"
#include "phys/noise.h"

static const double pi = 3.14159265358979323846;

double fl_adc_floor_fj(double enob)
{
    return 267 + 0.1446e-3 * exp2(2 * enob);
}

double fl_adc_walden_fj(double enob, double rate_hz)
{
    return fmax(0.669, 0.548 * rate_hz * 1e-9) * exp2(enob);
}

double fl_adc_schreier_fj(double enob, double rate_hz)
{
    fl_assert(rate_hz > 0);
    double fom_db = fmin(186.4, 263.5 - fl_db_of_ratio(rate_hz));
    return 0.5 * fl_db_ratio(fl_bits_sndr_db(enob) - fom_db) * 1e15;
}

double fl_adc_envelope_fj(double enob, double rate_hz, double margin)
{
    fl_assert(margin >= 1);
    double best = fmax(fl_adc_floor_fj(enob), fl_adc_walden_fj(enob, rate_hz));
    return margin * fmax(best, fl_adc_schreier_fj(enob, rate_hz));
}

double fl_adc_andrulis_fj(double bits, double rate_hz, double node_nm, double margin)
{
    fl_assert(rate_hz > 0 && node_nm > 0 && margin >= 1);
    double b = fmax(bits, 4);
    double sndr_db = 6.0206 * b + 1.7609;
    double fom_db = fmin(213.7807 - 2.871903 * log(rate_hz), 128.3068 + 3.220533 * ceil(b));
    double fit = exp(26.04962 + 1.880037 * log(node_nm) - 2.829126 * log(b) - 1.470202);
    return margin * 0.5 * fl_db_ratio(sndr_db - fom_db) * fit * 1e3;
}

double fl_adc_andrulis_area_um2(double bits, double rate_hz, double node_nm)
{
    double energy_pj = fl_adc_andrulis_fj(bits, rate_hz, node_nm, 1) * 1e-3;
    return exp(1.346192 + 0.993279 * log(node_nm) + 0.180715 * log(rate_hz) + 0.299124 * log(energy_pj));
}

double fl_adc_andrulis_corner_hz(double bits)
{
    return exp((85.4739 - 3.220533 * ceil(fmax(bits, 4))) / 2.871903);
}

bool fl_adc_andrulis_extrapolated(double bits, double rate_hz)
{
    return bits < 4 || rate_hz > 10e9;
}

double fl_jitter_snr_db(double signal_hz, double jitter_fs)
{
    return -20 * log10(2 * pi * signal_hz * jitter_fs * 1e-15);
}

double fl_jitter_bits(double signal_hz, double jitter_fs)
{
    return fl_sndr_bits(fl_jitter_snr_db(signal_hz, jitter_fs));
}

const char *const fl_bits_law_names[] = { "constant", "linear", "flash", "steering", "exponential", "thermal", NULL };

static double law_value(enum fl_bits_law law, double bits)
{
    switch (law) {
    case FL_LAW_CONSTANT:
        return 1;
    case FL_LAW_LINEAR:
        return bits;
    case FL_LAW_FLASH:
        return exp2(bits) - 1;
    case FL_LAW_STEERING:
        return exp2(bits) / bits;
    case FL_LAW_EXPONENTIAL:
        return exp2(bits);
    case FL_LAW_THERMAL:
        return exp2(2 * bits);
    }
    fl_panic(__FILE__, __LINE__, "no law %d", (int)law);
}

double fl_bits_law_ratio(enum fl_bits_law law, double bits, double from_bits)
{
    fl_assert(bits > 0 && from_bits > 0);
    return law_value(law, bits) / law_value(law, from_bits);
}

double fl_converter_scaled_fj(enum fl_bits_law law, double from_fj, double from_bits, double bits)
{
    return from_fj * fl_bits_law_ratio(law, bits, from_bits);
}

double fl_dac_fom_fj(double fom_fj, double bits)
{
    return 2 * fom_fj * bits;
}

double fl_dac_floor_fj(double bits, double unit_ff, double swing_v)
{
    return exp2(bits) * unit_ff * swing_v * swing_v;
}

double fl_sample_fj(double power_mw, double rate_hz)
{
    fl_assert(rate_hz > 0);
    return power_mw * 1e12 / rate_hz;
}

double fl_sample_mw(double energy_fj, double rate_hz)
{
    return energy_fj * rate_hz * 1e-12;
}
