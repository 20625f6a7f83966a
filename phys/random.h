/* random.h - normal and Poisson numbers over base/rng.h, for Monte Carlo checks.
 *
 * Same state in, same numbers out. Never for simulated time.
 */
#ifndef FL_RANDOM_H
#define FL_RANDOM_H

#include "base/rng.h"

/* Standard normal: G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29, 610 (1958); the cosine half alone, no memory. */
double fl_random_normal(struct fl_rng *rng);
/* Poisson of a mean of at least 0. Exact below 1e8: inversion by search under a mean of 10, transformed rejection
 * (PTRS; W. Hormann, Insurance: Mathematics and Economics 12, 39 (1993)) above; from 1e8 on a rounded normal, whose
 * skewness 1 / sqrt(mean) differs from the true one by less than 1e-4. */
double fl_random_poisson(struct fl_rng *rng, double mean);

#endif
