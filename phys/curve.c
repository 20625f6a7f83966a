/* curve.c - laws of prices over bits, clocks and sizes. */
#include "phys/curve.h"

#include <math.h>
#include <stddef.h>

const char *const fl_curve_names[] = {"fixed", "bits", "levels", "levels/bits", "levels/(bits+1)", NULL};

static double value(enum fl_curve curve, double bits)
{
    switch (curve) {
    case FL_CURVE_BITS: return bits;
    case FL_CURVE_LEVELS: return exp2(bits);
    case FL_CURVE_LEVELS_PER_BIT: return exp2(bits) / bits;
    case FL_CURVE_LEVELS_PER_BIT_MORE: return exp2(bits) / (bits + 1);
    case FL_CURVE_FIXED: break;
    }
    return 1;
}

double fl_curve_ratio(enum fl_curve curve, double bits, double at)
{
    return at > 0 ? value(curve, bits) / value(curve, at) : 1;
}

const char *const fl_power_law_names[] = {"fixed", "root", "linear", "square", "inverse", NULL};

double fl_power_law_ratio(enum fl_power_law law, double number, double at)
{
    double ratio = at > 0 ? number / at : 1;
    switch (law) {
    case FL_POWER_ROOT: return sqrt(ratio);
    case FL_POWER_LINEAR: return ratio;
    case FL_POWER_SQUARE: return ratio * ratio;
    case FL_POWER_INVERSE: return 1 / ratio;
    case FL_POWER_FIXED:
    case FL_POWER_LAWS: break;
    }
    return 1;
}
