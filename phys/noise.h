/* noise.h - what disturbs a detected count, in electrons.
 *
 * The one idea: a detector integrates for a time T and gives a number of electrons; every
 * disturbance is a variance in electrons squared of that number, and variances add.
 *
 *     total = N + N_dark + read^2 + C k T / q^2 + (RIN B) N^2 + I_n^2 B T^2 / q^2,   B = 1 / (2 T)
 *
 * A struct fl_receiver of zeroes is ideal: shot noise alone.
 */
#ifndef FL_NOISE_H
#define FL_NOISE_H

#include "phys/photons.h"

struct fl_receiver {
    double integration_ps;          /* T; needed by dark, RIN and amplifier noise */
    double dark_na;                 /* dark current of one photodiode */
    double read_e;                  /* rms electrons of the read-out chain, per sample */
    double capacitance_ff;          /* node that is reset before each sample; 0: no kTC noise */
    double temperature_k;           /* of that node */
    double rin_db_per_hz;           /* relative intensity noise of the light, negative; 0: none */
    double amplifier_pa_per_rthz;   /* input-referred current noise of the amplifier */
};

/* Variances in electrons squared. */
struct fl_noise {
    double shot, dark, read, ktc, rin, amplifier, total;
};

/* Bandwidth of an integrator: B = 1 / (2 T). */
double fl_noise_bandwidth_hz(double integration_ps);
/* Mean dark electrons, and their variance (Poisson): I T / q. */
double fl_noise_dark_e(double dark_na, double integration_ps);
/* rms electrons that resetting a capacitance leaves: sqrt(k T C) / q. */
double fl_noise_ktc_e(double capacitance_ff, double temperature_k);
/* Relative variance of a count by intensity noise: 10^(RIN / 10) B. RIN 0 means none: 0. */
double fl_noise_rin_share(double rin_db_per_hz, double integration_ps);
/* Variance by a white current noise: I_n^2 B T^2 / q^2 = I_n^2 T / (2 q^2). */
double fl_noise_amplifier_e2(double amplifier_pa_per_rthz, double integration_ps);
/* Current noise of a feedback resistor (Johnson, Nyquist): sqrt(4 k T / R_f). */
double fl_noise_resistor_pa_per_rthz(double resistance_ohm, double temperature_k);
/* Mean square current of a receiver of bandwidth B: 2 q I B + 4 k T B / R_f + RIN I^2 B; R_f = 0: no resistor. */
double fl_noise_current_a2(double current_a, double resistance_ohm, double temperature_k, double rin_db_per_hz,
                           double bandwidth_hz);

/* All terms for a mean of `electrons` signal electrons in one detector. */
struct fl_noise fl_noise_at(const struct fl_receiver *receiver, double electrons);
/* Power signal-to-noise ratio of that mean: N^2 / total; N itself when shot noise rules. In dB: fl_db_of_ratio(). */
double fl_noise_snr(const struct fl_receiver *receiver, double electrons);

/* Effective bits of a full scale of `electrons`, with `converter_e2` of converter noise added (LSB^2 / 12):
 *   levels        log2(N / sigma(N))
 *   sine          SNR = (N^2 / 8) / sigma^2(N / 2) = 1.5 x 4^b      (IEEE Std 1241)
 *   quantization  sigma^2(N) = (N / 2^b)^2 / 12
 * With shot noise alone it is fl_photons_bits(). */
double fl_noise_bits(const struct fl_receiver *receiver, double electrons, double converter_e2,
                     enum fl_bits_convention convention);
/* Bits of a relative rms error, the signal's own spread taken as the full scale: levels log2(1 / e); sine
 * 1 / e^2 = 1.5 x 4^b; quantization e = 2^-b / sqrt(12). And the error that b bits allow. */
double fl_error_bits(double relative_error, enum fl_bits_convention convention);
double fl_error_for_bits(double bits, enum fl_bits_convention convention);
/* Signal-to-noise-and-distortion of an ideal b-bit converter, dB: 20 log10(2) b + 10 log10(1.5) = 6.02 b + 1.76. */
double fl_bits_sndr_db(double bits);
double fl_sndr_bits(double sndr_db);

/* Receiverless detection: photons that swing a capacitance by a voltage, N = C V / q
 * (compared in Bernstein et al., Sci. Rep. 11, 3144 (2021)). */
double fl_photons_for_swing(double capacitance_ff, double swing_v);
/* Bits an operand loses when the laser's level is fixed for operands of `level` products: log2(level / operand) / 2
 * of shot SNR; a longer operand (several exposures) loses none. */
double fl_photons_lost_bits(double operand, double level);

#endif
