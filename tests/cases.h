/* cases.h - how many cases a law tries.
 *
 * `make check FAST=1` (FL_FAST in the environment) tries a tenth: of random cases the first tenth (cases_of), of what
 * is otherwise tried in full one in ten, drawn (cases_drawn). FL_LAW_CASES asks for any number of random cases,
 * and FL_LAW_SEED for others. A law that also wants a share of its cases to be interesting says so of the number tried.
 */
#ifndef FL_TESTS_CASES_H
#define FL_TESTS_CASES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/rng.h"

static inline uint64_t cases_env(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

static inline bool cases_fast(void)
{
    return cases_env("FL_FAST", 0) != 0;
}

static inline uint64_t cases_of(uint64_t usual)
{
    return cases_env("FL_LAW_CASES", cases_fast() ? (usual + 9) / 10 : usual);
}

static inline uint64_t cases_first(void)
{
    return cases_env("FL_LAW_SEED", 1);
}

/* The random numbers of a test's stream of its own. */
static inline struct fl_rng cases_rng(uint64_t stream)
{
    return (struct fl_rng){stream + (cases_first() - 1) * 1000003};
}

/* Whether case i of `all` is tried: of each ten neighbours one is drawn, of the last few one too, so that there always
 * is one. Streams draw differently. */
static inline bool cases_drawn(uint64_t stream, uint64_t i, uint64_t all)
{
    uint64_t first = i / 10 * 10, last = (all - first < 10 ? all : first + 10) - 1;
    struct fl_rng rng = cases_rng(stream * 7919 + first);
    return !cases_fast() || i == (uint64_t)fl_rng_range(&rng, (int64_t)first, (int64_t)last);
}
#endif
