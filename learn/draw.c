/* draw.c - numbers by place: splitmix64, quantiles of the normal, counts of photons. */
#include "learn/draw.h"

#include <math.h>

#include "base/rng.h"
#include "learn/curve.h"
#include "phys/bits.h"

uint64_t fl_draw_bits(uint64_t key, uint64_t index)
{
    struct fl_rng rng = {key + index * FL_SPLITMIX_STRIDE};
    return fl_rng_next(&rng);
}

uint64_t fl_draw_key(uint64_t key, uint64_t number)
{
    return fl_draw_bits(fl_draw_bits(key, 0) ^ number, 1);
}

double fl_draw_uniform(uint64_t key, uint64_t index)
{
    return ((double)(fl_draw_bits(key, index) >> 11) + 0.5) * 0x1p-53;
}

uint64_t fl_draw_below(uint64_t key, uint64_t index, uint64_t count)
{
    return (fl_draw_bits(key, index) >> 32) * count >> 32;
}

double fl_normal_quantile(double share)
{
    double q = share - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
               (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
    }
    double r = sqrt(-fl_curve_log(q < 0 ? share : 1 - share)), z;
    if (r <= 5) {
        r -= 1.6;
        z = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
            ((0.12021132975 * r + 0.73700164250) * r + 1);
    } else {
        r -= 5;
        z = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) /
            ((0.012258202635 * r + 0.24197894225) * r + 1);
    }
    return q < 0 ? -z : z;
}

double fl_draw_normal(uint64_t key, uint64_t index)
{
    return fl_normal_quantile(fl_draw_uniform(key, index));
}

/* The count whose share of cases is reached at `left`. */
static double poisson_quantile(double left, double mean)
{
    double chance = fl_curve_exp(-mean), k = 0;
    while (left >= chance && k < 200) {
        left -= chance;
        k++;
        chance *= mean / k;
    }
    return k;
}

double fl_draw_counts(uint64_t key, uint64_t index, double plus, double minus)
{
    double variance = plus + minus, share = fl_draw_uniform(key, index);
    if (variance < 16) {
        double other = minus > 0 ? fl_draw_uniform(fl_draw_key(key, 1), index) : 0;
        return poisson_quantile(share, plus) - (minus > 0 ? poisson_quantile(other, minus) : 0);
    }
    double z = fl_normal_quantile(share), mean = plus - minus;
    return fl_floor(mean + sqrt(variance) * z + mean / variance * (z * z - 1) / 6 + 0.5);
}
