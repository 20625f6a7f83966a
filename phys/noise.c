/* noise.c - variances of a detected count, signal-to-noise ratio and effective bits. */
#include "phys/noise.h"

#include <math.h>

#include "base/err.h"

static double square(double x)
{
    return x * x;
}

double fl_noise_bandwidth_hz(double integration_ps)
{
    fl_assert(integration_ps > 0);
    return 1e12 / (2 * integration_ps);
}

double fl_noise_dark_e(double dark_na, double integration_ps)
{
    return dark_na * 1e-9 * integration_ps * 1e-12 / FL_CHARGE_C;
}

double fl_noise_ktc_e(double capacitance_ff, double temperature_k)
{
    return sqrt(FL_BOLTZMANN_J_PER_K * temperature_k * capacitance_ff * 1e-15) / FL_CHARGE_C;
}

double fl_noise_rin_share(double rin_db_per_hz, double integration_ps)
{
    return rin_db_per_hz < 0 ? fl_db_ratio(rin_db_per_hz) * fl_noise_bandwidth_hz(integration_ps) : 0;
}

double fl_noise_amplifier_e2(double amplifier_pa_per_rthz, double integration_ps)
{
    return square(amplifier_pa_per_rthz * 1e-12 / FL_CHARGE_C) * integration_ps * 1e-12 / 2;
}

double fl_noise_resistor_pa_per_rthz(double resistance_ohm, double temperature_k)
{
    fl_assert(resistance_ohm > 0);
    return sqrt(4 * FL_BOLTZMANN_J_PER_K * temperature_k / resistance_ohm) * 1e12;
}

double fl_noise_current_a2(double current_a, double resistance_ohm, double temperature_k, double rin_db_per_hz,
                           double bandwidth_hz)
{
    double thermal = 0, rin = 0;
    if (resistance_ohm > 0)
        thermal = 4 * FL_BOLTZMANN_J_PER_K * temperature_k * bandwidth_hz / resistance_ohm;
    if (rin_db_per_hz < 0)
        rin = fl_db_ratio(rin_db_per_hz) * square(current_a) * bandwidth_hz;
    return 2 * FL_CHARGE_C * current_a * bandwidth_hz + thermal + rin;
}

struct fl_noise fl_noise_at(const struct fl_receiver *receiver, double electrons)
{
    struct fl_noise noise = {
        .shot = electrons,
        .dark = fl_noise_dark_e(receiver->dark_na, receiver->integration_ps),
        .read = square(receiver->read_e),
        .ktc = square(fl_noise_ktc_e(receiver->capacitance_ff, receiver->temperature_k)),
        .rin = fl_noise_rin_share(receiver->rin_db_per_hz, receiver->integration_ps) * square(electrons),
        .amplifier = fl_noise_amplifier_e2(receiver->amplifier_pa_per_rthz, receiver->integration_ps),
    };
    noise.total = noise.shot + noise.dark + noise.read + noise.ktc + noise.rin + noise.amplifier;
    return noise;
}

double fl_noise_snr(const struct fl_receiver *receiver, double electrons)
{
    return square(electrons) / fl_noise_at(receiver, electrons).total;
}

double fl_noise_bits(const struct fl_receiver *receiver, double electrons, double converter_e2,
                     enum fl_bits_convention convention)
{
    double mean = convention == FL_BITS_SINE ? electrons / 2 : electrons;
    double variance = fl_noise_at(receiver, mean).total + converter_e2;
    if (convention == FL_BITS_LEVELS)
        return log2(square(electrons) / variance) / 2;
    /* A sine's power is N^2 / 8 and 1.5 x 8 = 12: the same expression, with the noise at half scale. */
    return log2(square(electrons) / (12 * variance)) / 2;
}

static double error_factor(enum fl_bits_convention convention)
{
    return convention == FL_BITS_LEVELS ? 1 : convention == FL_BITS_SINE ? 1.5 : 12;
}

double fl_error_bits(double relative_error, enum fl_bits_convention convention)
{
    return -log2(square(relative_error) * error_factor(convention)) / 2;
}

double fl_error_for_bits(double bits, enum fl_bits_convention convention)
{
    return exp2(-bits) / sqrt(error_factor(convention));
}

double fl_bits_sndr_db(double bits)
{
    return fl_db_of_ratio(1.5) + fl_db_of_ratio(4) * bits;
}

double fl_sndr_bits(double sndr_db)
{
    return (sndr_db - fl_db_of_ratio(1.5)) / fl_db_of_ratio(4);
}

double fl_photons_for_swing(double capacitance_ff, double swing_v)
{
    return capacitance_ff * 1e-15 * swing_v / FL_CHARGE_C;
}

double fl_photons_lost_bits(double operand, double level)
{
    fl_assert(operand > 0);
    return operand < level ? log2(level / operand) / 2 : 0;
}
