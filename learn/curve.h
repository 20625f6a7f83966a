/* curve.h - exponential and logarithm in plain arithmetic.
 *
 * A C library may use other instructions on another processor and round its last bit differently; networks whose
 * results are compared bit by bit cannot afford that. These are additions and multiplications in a fixed order.
 */
#ifndef FL_CURVE_H
#define FL_CURVE_H

#include <stdint.h>
#include <string.h>

/* 2^n, for n from -1022 to 1023. */
static inline double fl_curve_power(int n)
{
    uint64_t bits = (uint64_t)(n + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* e^x: x = n ln 2 + r, then Taylor's series of r in [-0.35, 0.35]; relative error below 4e-16 for |x| <= 700, beyond
 * which x is held to that. */
static inline double fl_curve_exp(double x)
{
    x = x < -700 ? -700 : x > 700 ? 700 : x;
    double shifted = x * 1.4426950408889634 + 0x1.8p52, whole = shifted - 0x1.8p52;     /* rounded to a whole number */
    double r = x - whole * 0x1.62e42fefa38p-1 - whole * 0x1.ef35793c7673p-45, square = r * r;
    static const double over[14] = {1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
                                    1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    double even = over[12], odd = over[13];
    for (int i = 10; i >= 0; i -= 2) {
        even = even * square + over[i];
        odd = odd * square + over[i + 1];
    }
    double sum = even + odd * r;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);               /* whose last bits are that number's */
    return sum * fl_curve_power((int)(int32_t)(uint32_t)bits);
}

/* Sine and cosine for |x| up to 2^20: x = n pi / 2 + r, then Taylor's series of r in [-0.79, 0.79]; absolute error
 * below 1e-9, where r has lost its last digits. */
static inline void fl_curve_turn(double x, double *sine, double *cosine)
{
    double shifted = x * 0.63661977236758134 + 0x1.8p52, whole = shifted - 0x1.8p52;
    double r = x - whole * 1.5707963267948966, square = r * r;
    double s = r * (1 + square * (-1.0 / 6 + square * (1.0 / 120 + square * (-1.0 / 5040 + square * (1.0 / 362880 -
               square / 39916800)))));
    double c = 1 + square * (-0.5 + square * (1.0 / 24 + square * (-1.0 / 720 + square * (1.0 / 40320 - square *
               (1.0 / 3628800 - square / 479001600)))));
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    *sine = bits & 1 ? c : s;
    *cosine = bits & 1 ? s : c;
    if (bits & 2)
        *sine = -*sine;
    if ((bits + 1) & 2)
        *cosine = -*cosine;
}

/* 1/21, 1/19 ... 1: of the series of artanh. */
enum { FL_CURVE_ODDS = 11 };
static const double fl_curve_odd[FL_CURVE_ODDS] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                                   1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1};

/* ln x for normal x > 0: x = 2^n m with m near 1, ln m = 2 artanh((m - 1) / (m + 1)); absolute error below 1e-15
 * (1 + |ln x|). */
static inline double fl_curve_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int n = (int)(bits >> 52) - 1022;
    bits = (bits & 0xFFFFFFFFFFFFFu) | (uint64_t)1022 << 52;        /* m in [1/2, 1) */
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m < 0.70710678118654752) {
        m *= 2;
        n--;
    }
    double s = (m - 1) / (m + 1), square = s * s, sum = 0;
    for (int i = 0; i < FL_CURVE_ODDS; i++)
        sum = sum * square + fl_curve_odd[i];
    return 2 * s * sum + n * 0.69314718055994531;
}

#endif
