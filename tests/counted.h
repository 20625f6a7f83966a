/* counted.h - sums of a run's rows, for tests. */
#ifndef FL_TESTS_COUNTED_H
#define FL_TESTS_COUNTED_H

#include <string.h>

#include "api/result.h"

/* How often a unit did something, in all. */
static inline double rows_count(const struct fl_rows *rows, uint32_t unit, const char *action)
{
    double sum = 0;
    for (size_t i = 0; i < rows->tallies; i++)
        if (rows->tally[i].unit == unit && strcmp(rows->tally[i].action, action) == 0)
            sum += (double)rows->tally[i].count;
    return sum;
}

#endif
