/* time.c - clocks as exact ratios. */
#include "sim/time.h"

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool fl_clock_from_ps(struct fl_clock *clock, int64_t ps_p, int64_t ps_q)
{
    if (ps_p <= 0 || ps_q <= 0)
        return false;
    int64_t common = gcd(ps_p, ps_q);
    clock->p = ps_p / common;
    clock->q = ps_q / common;
    return clock->q <= 1000 && clock->p >= clock->q && clock->p < (int64_t)1 << 53;
}

bool fl_clock_from_hz(struct fl_clock *clock, int64_t hz_p, int64_t hz_q)
{
    const int64_t second = 1000000000000;   /* ps */
    if (hz_p <= 0 || hz_q <= 0)
        return false;
    int64_t common = gcd(second, hz_p);
    if (hz_q > INT64_MAX / (second / common))
        return false;
    return fl_clock_from_ps(clock, second / common * hz_q, hz_p / common);
}

fl_time fl_clock_joint(fl_time joint, const struct fl_clock *clock)
{
    /* q edges take p ps, a whole number, in lowest terms: the phase recurs every p ps. */
    if (joint == FL_NEVER)
        return FL_NEVER;
    fl_wide both = (fl_wide)(joint / gcd(joint, clock->p)) * clock->p;
    return both > FL_TIME_END ? FL_NEVER : (fl_time)both;
}
