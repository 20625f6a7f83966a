/* curve.c - laws of converters' prices over bits. */
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
