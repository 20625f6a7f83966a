/* random.c - normal and Poisson samplers. */
#include "phys/random.h"

#include <math.h>

#include "base/err.h"

static const double pi = 3.14159265358979323846;

/* In (0, 1], so that its logarithm exists. */
static double real_above_zero(struct fl_rng *rng)
{
    return 1 - fl_rng_real(rng);
}

double fl_random_normal(struct fl_rng *rng)
{
    double radius = sqrt(-2 * log(real_above_zero(rng)));
    return radius * cos(2 * pi * fl_rng_real(rng));
}

/* ln k!: a sum for few, Stirling's series (error below 1e-12 from 10 on) for more. */
static double log_factorial(double k)
{
    if (k < 10) {
        double product = 1;
        for (int i = 2; i <= k; i++)
            product *= i;
        return log(product);
    }
    double square = k * k;
    double series = (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / (1680 * square)) / square) / square) / k;
    return (k + 0.5) * log(k) - k + 0.5 * log(2 * pi) + series;
}

static double poisson_by_search(struct fl_rng *rng, double mean)
{
    double left = fl_rng_real(rng), chance = exp(-mean), k = 0;
    while (left >= chance && chance > 0) {
        left -= chance;
        k++;
        chance *= mean / k;
    }
    return k;
}

static double poisson_by_rejection(struct fl_rng *rng, double mean)
{
    double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = fl_rng_real(rng) - 0.5, v = real_above_zero(rng);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= squeeze)
            return k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= k * log(mean) - mean - log_factorial(k))
            return k;
    }
}

double fl_random_poisson(struct fl_rng *rng, double mean)
{
    fl_assert(mean >= 0);
    if (mean < 10)
        return poisson_by_search(rng, mean);
    if (mean < 1e8)
        return poisson_by_rejection(rng, mean);
    return fmax(0, round(mean + sqrt(mean) * fl_random_normal(rng)));
}
