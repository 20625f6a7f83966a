/* measure.h - inside base/: what a unit is of, and how large. */
#ifndef FL_MEASURE_H
#define FL_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

/* Exponents are kept doubled, so that sqrt(Hz) has one. */
enum { KILOGRAM, METRE, SECOND, AMPERE, KELVIN, BIT, DECIBEL, DBM, DIMS };

/* The unit is these dimensions times 10^ten 2^two. */
struct measure {
    int dim[DIMS];
    int ten, two;
};

/* "GB/s": reads all of the text; false if there is no such unit. */
bool fl_measure_read(const char *text, struct measure *measure);
bool fl_measure_alike(const struct measure *a, const struct measure *b);
/* "an energy", or "a quantity of another kind". */
const char *fl_measure_kind(const struct measure *measure);
/* Behind blanks and tabs. */
const char *fl_space_skipped(const char *at);

#endif
