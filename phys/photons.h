/* photons.h - how much light an output needs, and what that light costs.
 *
 * The one idea: a detector counts photons, and a count of N is known to sqrt(N). Wanted
 * bits give N; N over operand length gives photons per MAC; N over what the path lets
 * through gives the light to emit; that over the laser's efficiency is what the socket pays.
 *
 *     double fj = fl_laser_fj_per_row(7, FL_BITS_LEVELS, 1550, 0.8, 3, 0.2, 1);      one row, one vector
 *
 * All functions are pure. Energies are in fJ (the unit of prices), wavelengths in nm,
 * losses in dB (positive), efficiencies and transmissions in (0, 1].
 */
#ifndef FL_PHOTONS_H
#define FL_PHOTONS_H

/* Exact since 2019: The International System of Units, 9th edition (BIPM), section 2.2. */
#define FL_PLANCK_J_S       6.62607015e-34
#define FL_LIGHT_M_PER_S    299792458.0
#define FL_CHARGE_C         1.602176634e-19
#define FL_BOLTZMANN_J_PER_K 1.380649e-23

/* What "b bits" asks of a full-scale count of N photons. State the convention with every figure.
 *   levels        sqrt(N) = 2^b levels one shot-noise sigma apart               N = 4^b     (arXiv:2302.10360)
 *   sine          a sine of mean N/2 has SNR N/4 = 1.5 x 4^b (as ADC makers
 *                 count bits, IEEE Std 1241)                                     N = 6 x 4^b
 *   quantization  shot variance at full scale = quantization's, LSB^2 / 12       N = 12 x 4^b */
enum fl_bits_convention { FL_BITS_LEVELS, FL_BITS_SINE, FL_BITS_QUANTIZATION };
/* "levels", "sine", "quantization"; ends with NULL. */
extern const char *const fl_bits_convention_names[];

/* Energy of one photon: h c / lambda. */
double fl_photon_energy_fj(double wavelength_nm);

/* Photons detected at full scale for `bits` bits: 4^b times 1, 6 or 12. */
double fl_photons_for_bits(double bits, enum fl_bits_convention convention);
/* The inverse: bits that N photons at full scale give; below 1 level it is negative. */
double fl_photons_bits(double photons, enum fl_bits_convention convention);
/* One output sums `operand` products: N / operand photons for each. */
double fl_photons_per_mac(double photons, double operand);
/* Mean photons in `duration_ps` of light of `power_mw`, times the quantum efficiency: detected electrons
 * N = eta P T / E_ph. */
double fl_photons_of_power(double power_mw, double duration_ps, double wavelength_nm, double quantum_efficiency);

/* Decibels of power. dB of a ratio; ratio of dB; the share that passes a loss; dBm (1 mW = 0 dBm) and mW. */
double fl_db_of_ratio(double ratio);
double fl_db_ratio(double db);
double fl_db_transmission(double loss_db);
double fl_dbm_of_mw(double power_mw);
double fl_dbm_mw(double power_dbm);

/* Photons to emit so that `detected` are detected: detected / (quantum efficiency x transmission). */
double fl_laser_photons(double detected, double quantum_efficiency, double loss_db);
/* Electrical energy of emitting them: photons x hc/lambda / wall plug. */
double fl_laser_fj(double detected, double wavelength_nm, double quantum_efficiency, double loss_db,
                   double wall_plug);
/* Electrical energy per lit row and vector, all inputs at full level, of the `full_scale` budget:
 * F = fl_photons_for_bits() detected at full scale, times `headroom` (full scale / mean signal, at least 1),
 * emitted through the loss, divided by the wall-plug efficiency. The row's share of light already excludes
 * what the fan-out sends to other rows: splitting is division, and each row asks for its own. */
double fl_laser_fj_per_row(double bits, enum fl_bits_convention convention, double wavelength_nm,
                           double quantum_efficiency, double loss_db, double wall_plug, double headroom);
/* The same for a stated count of photons at full scale instead of bits (the `signal` budget). */
double fl_laser_fj_per_row_photons(double photons, double wavelength_nm, double quantum_efficiency, double loss_db,
                                   double wall_plug, double headroom);

#endif
