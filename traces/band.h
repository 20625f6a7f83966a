/* band.h - which positions a token sees, by closed forms.
 *
 * Token t stands at position past + t. Under a mask it sees positions up to its own: all
 * of them, or the last `window`, or those of its chunk. So what tokens see is a band
 * along the diagonal of tokens and positions, and both its edges never turn back: a later
 * token's first and last positions are not earlier ones.
 */
#ifndef FL_TRACE_BAND_H
#define FL_TRACE_BAND_H

#include <stdbool.h>
#include <stdint.h>

struct fl_band {
    int64_t past;                       /* positions before the first token's */
    int64_t window;                     /* positions that a token sees, its own included; 0: all up to its own */
    int64_t chunk;                      /* a token sees no position before its chunk, one of so many; 0: no chunks */
};

/* The first position that a token sees. */
int64_t fl_band_first(const struct fl_band *band, int64_t token);
/* The tokens that see a position: from fl_band_from on, up to before fl_band_until; both are 0 or more. */
int64_t fl_band_from(const struct fl_band *band, int64_t position);
int64_t fl_band_until(const struct fl_band *band, int64_t position);
/* Positions below `limit` that `tokens` tokens see, summed; false past 2^63 - 1. */
bool fl_band_sum(const struct fl_band *band, int64_t tokens, int64_t limit, int64_t *sum);

#endif
