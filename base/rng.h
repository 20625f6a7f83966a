/* rng.h - reproducible random numbers: splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
 * For tests, samples and searches; never for simulated time. */
#ifndef FL_RNG_H
#define FL_RNG_H

#include <stdint.h>

/* What the state grows by at each number. */
#define FL_SPLITMIX_STRIDE 0x9E3779B97F4A7C15u

struct fl_rng { uint64_t state; };

static inline uint64_t fl_rng_next(struct fl_rng *rng)
{
    uint64_t z = (rng->state += FL_SPLITMIX_STRIDE);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* A whole number from least to most, both included. */
static inline int64_t fl_rng_range(struct fl_rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)(fl_rng_next(rng) % (uint64_t)(most - least + 1));
}

/* A real number in [0, 1). */
static inline double fl_rng_real(struct fl_rng *rng)
{
    return (double)(fl_rng_next(rng) >> 11) * 0x1p-53;
}

#endif
