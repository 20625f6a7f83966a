/* draw.h - random numbers that are looked up, not drawn one after another: (key, index) -> value.
 *
 * The one idea: a noise belongs to a place (which machine, operator, row, column), not to the moment at which some
 * thread comes by. So the place is the index, and order, batches and threads do not matter.
 */
#ifndef FL_DRAW_H
#define FL_DRAW_H

#include <stdint.h>

/* A key from a key and a number: streams within streams. */
uint64_t fl_draw_key(uint64_t key, uint64_t number);
/* Number `index` of the splitmix64 stream that begins at `key` (base/rng.h); a real number in (0, 1); a whole number
 * below `count`, which is below 2^32. */
uint64_t fl_draw_bits(uint64_t key, uint64_t index);
double fl_draw_uniform(uint64_t key, uint64_t index);
uint64_t fl_draw_below(uint64_t key, uint64_t index, uint64_t count);
/* Standard normal: the quantile of that uniform number. M. J. Wichura, Applied Statistics 37, 477 (1988), algorithm
 * AS 241, PPND7: seven digits. */
double fl_draw_normal(uint64_t key, uint64_t index);
double fl_normal_quantile(double share);

/* Difference of two Poisson counts of these means (`minus` 0: one count). Where the means sum to less than 16, each
 * count by inversion, exactly; above, the quantile by Cornish and Fisher's expansion, mean + s z + skew s (z^2 - 1) / 6
 * rounded: mean and variance (1/12 of rounding apart) and skewness are the true ones. */
double fl_draw_counts(uint64_t key, uint64_t index, double plus, double minus);

#endif
