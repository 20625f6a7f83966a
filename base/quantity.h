/* quantity.h - physical quantities as people write them: "5 GHz", "3.17 pJ", "-25 dBm".
 *
 * A parameter states the measure it is kept in ("fJ"); a text is read into that
 * measure, and a text of another dimension is told as such: "1.3 pW" is a power; an
 * energy (fJ) is wanted. Measures are built from units: "pJ/bit", "mW/mm^2", "A/W",
 * "V/sqrt(Hz)". A byte is eight bits; k, M, G are powers of ten, Ki, Mi, Gi of two.
 * Things counted ("MAC", "sample", "S") have no dimension: "300 fJ/MAC" is an energy.
 *
 * Reading does not depend on the locale, and a decimal is rounded once.
 */
#ifndef FL_QUANTITY_H
#define FL_QUANTITY_H

#include "base/err.h"
#include <stdint.h>

/* Reads `text` in units of `measure` ("fJ", "mW", "ps", "Hz", "bit/s", "byte", "um^2", "m", "dB", "V", "A", "F",
 * "mW" from dBm too; "" for a plain number or a percentage). False with a fault at `where`. */
bool fl_quantity_read(const char *text, const char *measure, double *value, const char *where, struct fl_err *err);
/* The same for a whole number: "4 MiB" is 33554432 bits, "0.63 ns" is 630 ps. Exact: what is no whole number of
 * `measure`, or does not fit 64 bits, is a fault. A bare number is taken for "" and for counts of bits. */
bool fl_quantity_count(const char *text, const char *measure, int64_t *value, const char *where, struct fl_err *err);
/* A frequency or a period as an exact ratio: "3 GHz", "4/3 GHz", "0.63 ns", "750 ps". Gives the period p/q in ps,
 * in lowest terms. */
bool fl_quantity_period(const char *text, int64_t *p, int64_t *q, const char *where, struct fl_err *err);
/* "an energy (fJ)", "a time (ps)": what a measure is of, for messages and for documentation. */
const char *fl_quantity_of(const char *measure);
/* Writes `value`, in `measure`, in the fewest digits that read back to it: "0.1 fJ", "12". */
enum { FL_QUANTITY_BYTES = 64 };
const char *fl_quantity_write(char buffer[FL_QUANTITY_BYTES], double value, const char *measure);

#endif
