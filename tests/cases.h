/* cases.h - how many random cases a law tries.
 *
 * `make check FAST=1` tries a tenth of the usual number (FL_FAST in the environment); FL_LAW_CASES asks for any number,
 * and FL_LAW_SEED for others. A law that also wants a share of its cases to be interesting says so of the usual number.
 */
#ifndef FL_TESTS_CASES_H
#define FL_TESTS_CASES_H

#include <stdint.h>
#include <stdlib.h>

static inline uint64_t cases_env(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

static inline uint64_t cases_of(uint64_t usual)
{
    uint64_t fast = cases_env("FL_FAST", 0) != 0;
    return cases_env("FL_LAW_CASES", fast && usual >= 10 ? usual / 10 : usual);
}

static inline uint64_t cases_first(void)
{
    return cases_env("FL_LAW_SEED", 1);
}
#endif
