/* converters.h - what a conversion between numbers and voltages costs.
 *
 * The one idea: below about ten bits a converter's energy is a floor set by its circuits, above
 * it grows as 4^bits; and above a corner in rate, energy grows with the rate. Envelopes of the
 * published best are optimistic by construction: multiply by a margin (the median of published
 * designs lies 2 to 60 above, by range of rate). A regression describes what a typical good
 * design costs. Scaling laws carry one measured point to other bits.
 *
 * Energies in fJ per conversion, rates in conversions per second, bits effective (ENOB) unless said otherwise.
 */
#ifndef FL_CONVERTERS_H
#define FL_CONVERTERS_H

#include <stdbool.h>

/* ---- ADC envelopes: B. Murmann, "ADC Performance Survey 1997-2025" (github.com/bmurmann/ADC-survey, revision
 * 2025-06-09), 725 designs, recomputed by the survey's own recipe ---- */

/* Energy against bits: 267 fJ + 0.1446 aJ x 4^ENOB (mean of the three best of each kind). The terms cross at 10.4. */
double fl_adc_floor_fj(double enob);
/* Walden: E = FOM 2^ENOB, FOM = max(0.669 fJ, 0.548 fJ x rate / GHz) a step; corner 1.22 GHz. */
double fl_adc_walden_fj(double enob, double rate_hz);
/* Schreier: E = 0.5 x 10^((SNDR - FOM) / 10) J, FOM = min(186.4 dB, 263.5 dB - 10 log10(rate / Hz)); corner 51.3 MHz.
 * SNDR = 6.02 ENOB + 1.76 dB. */
double fl_adc_schreier_fj(double enob, double rate_hz);
/* The largest of the three, times a margin of at least 1. */
double fl_adc_envelope_fj(double enob, double rate_hz, double margin);

/* ---- ADC regression: Andrulis et al., Accelergy-Project/accelergy-adc-plug-in, commit ff0fb48a ---- */

/* SNDR  = 6.0206 b + 1.7609
 * FOM   = min(213.7807 - 2.871903 ln f, 128.3068 + 3.220533 ceil(b)) dB
 * E[pJ] = 0.5 x 10^((SNDR - FOM) / 10) exp(26.04962 + 1.880037 ln t - 2.829126 ln b - 1.470202)
 * with b the resolution in bits, f the rate of one ADC, t the node in nm; times a margin. Fitted for b >= 4 and
 * f <= 10 GHz; fewer bits cost what 4 do. */
double fl_adc_andrulis_fj(double bits, double rate_hz, double node_nm, double margin);
/* area = exp(1.346192 + 0.993279 ln t + 0.180715 ln f + 0.299124 ln E[pJ]) um^2, E without margin. */
double fl_adc_andrulis_area_um2(double bits, double rate_hz, double node_nm);
/* Rate above which energy grows with rate: exp((85.4739 - 3.220533 ceil(b)) / 2.871903). */
double fl_adc_andrulis_corner_hz(double bits);
/* Outside the range of the fit: fewer than 4 bits, or faster than 10 GHz. */
bool fl_adc_andrulis_extrapolated(double bits, double rate_hz);

/* ---- sampling ---- */

/* Best SNR of a full sine of `signal_hz` sampled with rms jitter: -20 log10(2 pi f sigma) dB; bits it leaves. */
double fl_jitter_snr_db(double signal_hz, double jitter_fs);
double fl_jitter_bits(double signal_hz, double jitter_fs);

/* ---- scaling from a stated point ---- */

/* How the energy of a conversion depends on bits. (Power is rate x energy: all of these take energy per conversion as
 * independent of the rate.) */
enum fl_bits_law {
    FL_LAW_CONSTANT,        /* 1 */
    FL_LAW_LINEAR,          /* b            SAR ADC, P ~ f b             (Lightening-Transformer, 7c3d4ad8) */
    FL_LAW_FLASH,           /* 2^b - 1      flash ADC, P ~ f (2^b - 1)   (same) */
    FL_LAW_STEERING,        /* 2^b / b      DAC, P ~ f 2^b / b           (same) */
    FL_LAW_EXPONENTIAL,     /* 2^b          Walden; charge-redistribution array */
    FL_LAW_THERMAL,         /* 4^b          Schreier */
};
/* "constant", "linear", "flash", "steering", "exponential", "thermal"; ends with NULL. */
extern const char *const fl_bits_law_names[];
/* The law's value at `bits` over its value at `from_bits`. */
double fl_bits_law_ratio(enum fl_bits_law law, double bits, double from_bits);
/* A point (from_fj at from_bits) carried to other bits. */
double fl_converter_scaled_fj(enum fl_bits_law law, double from_fj, double from_bits, double bits);

/* ---- DAC ---- */

/* P = 2 FoM b f, that is 2 FoM b a conversion, FoM in fJ a bit (alternative law of Lightening-Transformer). */
double fl_dac_fom_fj(double fom_fj, double bits);
/* Floor of a charge-redistribution array: 2^b C_unit V^2 (first principles; 0.5 fF, 0.8 V, 8 b: 82 fJ). */
double fl_dac_floor_fj(double bits, double unit_ff, double swing_v);

/* Energy of one sample from a power and a rate; and back. 14.8 mW at 10 GS/s is 1.48 pJ. */
double fl_sample_fj(double power_mw, double rate_hz);
double fl_sample_mw(double energy_fj, double rate_hz);

#endif
