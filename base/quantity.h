/* quantity.h - physical quantities as people write them: "5 GHz", "3.17 pJ", "-25 dBm".
 *
 * A parameter states the measure it is kept in ("fJ"); a text is read into that
 * measure, and a text of another dimension is told as such: "1.3 pW" is a power; an
 * energy (fJ) is wanted.
 */
#ifndef FL_QUANTITY_H
#define FL_QUANTITY_H

#include "base/err.h"
#include <stdint.h>

/* Reads `text` in units of `measure` ("fJ", "mW", "ps", "Hz", "bit/s", "byte", "um^2", "m", "dB", "V", "A", "F",
 * "mW" from dBm too; "" for a plain number or a percentage). False with a fault at `where`. */
bool fl_quantity_read(const char *text, const char *measure, double *value, const char *where, struct fl_err *err);
/* A frequency or a period as an exact ratio: "3 GHz", "4/3 GHz", "0.63 ns", "750 ps". Gives the period p/q in ps. */
bool fl_quantity_period(const char *text, int64_t *p, int64_t *q, const char *where, struct fl_err *err);
/* "an energy (fJ)", "a time (ps)": what a measure is of, for messages and for documentation. */
const char *fl_quantity_of(const char *measure);

#endif
