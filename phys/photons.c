/* photons.c - photon counts, decibels and laser energy. */
#include "phys/photons.h"

#include <math.h>
#include <stddef.h>

#include "base/err.h"

const char *const fl_bits_convention_names[] = { "levels", "sine", "quantization", NULL };

static double convention_factor(enum fl_bits_convention convention)
{
    switch (convention) {
    case FL_BITS_LEVELS:
        return 1;
    case FL_BITS_SINE:
        return 6;
    case FL_BITS_QUANTIZATION:
        return 12;
    }
    fl_panic(__FILE__, __LINE__, "no bits convention %d", (int)convention);
}

double fl_photon_energy_fj(double wavelength_nm)
{
    fl_assert(wavelength_nm > 0);
    return FL_PLANCK_J_S * FL_LIGHT_M_PER_S / (wavelength_nm * 1e-9) * 1e15;
}

double fl_photons_for_bits(double bits, enum fl_bits_convention convention)
{
    return convention_factor(convention) * exp2(2 * bits);
}

double fl_photons_bits(double photons, enum fl_bits_convention convention)
{
    return log2(photons / convention_factor(convention)) / 2;
}

double fl_photons_per_mac(double photons, double operand)
{
    fl_assert(operand > 0);
    return photons / operand;
}

double fl_photons_of_power(double power_mw, double duration_ps, double wavelength_nm, double quantum_efficiency)
{
    return quantum_efficiency * power_mw * duration_ps / fl_photon_energy_fj(wavelength_nm);    /* mW x ps = fJ */
}

double fl_db_of_ratio(double ratio)
{
    return 10 * log10(ratio);
}

double fl_db_ratio(double db)
{
    return pow(10, db / 10);
}

double fl_db_transmission(double loss_db)
{
    return fl_db_ratio(-loss_db);
}

double fl_dbm_of_mw(double power_mw)
{
    return fl_db_of_ratio(power_mw);
}

double fl_dbm_mw(double power_dbm)
{
    return fl_db_ratio(power_dbm);
}

double fl_laser_photons(double detected, double quantum_efficiency, double loss_db)
{
    fl_assert(quantum_efficiency > 0 && quantum_efficiency <= 1);
    return detected / (quantum_efficiency * fl_db_transmission(loss_db));
}

double fl_laser_fj(double detected, double wavelength_nm, double quantum_efficiency, double loss_db,
                   double wall_plug)
{
    fl_assert(wall_plug > 0 && wall_plug <= 1);
    return fl_laser_photons(detected, quantum_efficiency, loss_db) * fl_photon_energy_fj(wavelength_nm) / wall_plug;
}

double fl_laser_fj_per_row_photons(double photons, double wavelength_nm, double quantum_efficiency, double loss_db,
                                   double wall_plug, double headroom)
{
    fl_assert(headroom >= 1);
    return fl_laser_fj(photons * headroom, wavelength_nm, quantum_efficiency, loss_db, wall_plug);
}

double fl_laser_fj_per_row(double bits, enum fl_bits_convention convention, double wavelength_nm,
                           double quantum_efficiency, double loss_db, double wall_plug, double headroom)
{
    return fl_laser_fj_per_row_photons(fl_photons_for_bits(bits, convention), wavelength_nm, quantum_efficiency,
                                       loss_db, wall_plug, headroom);
}
