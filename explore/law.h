/* law.h - exponents with error bars: y = factor x^exponent through rows of a query, or through what Monte Carlo draws.
 *
 * An exponent read off points says little without how well the points lie on a line, or how well they are known.
 */
#ifndef FL_LAW_H
#define FL_LAW_H

#include "phys/montecarlo.h"
#include "stats/stats.h"

/* Fits the rows (x, y) of a query, all above 0. exponent_sigma is the standard error by their scatter about the line;
 * two rows have none, and it is NAN. */
bool fl_law_of_query(struct fl_power_law *law, struct fl_db *db, const char *sql, struct fl_err *err);

/* Photons per MAC of the `signal` budget against operand length. */
struct fl_draws {
    enum fl_sign_encoding encoding;
    enum fl_statistics statistics;
    double error;                       /* rms, over the spread of the outputs */
    double common;                      /* share of variance that operands have in common, for FL_STAT_COMMON */
    int64_t samples;                    /* outputs drawn for each length */
    uint64_t seed;
    const double *length;
    size_t lengths;                     /* 2 or more, that differ */
};
/* Pushes random vectors through the encoding and shot noise; the coherent oscillator is at its best. exponent_sigma
 * follows from the sample. */
struct fl_power_law fl_law_of_draws(const struct fl_draws *draws);

#endif
