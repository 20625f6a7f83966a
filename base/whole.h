/* whole.h - whole numbers that cannot wrap: the one way from a double to an integer, and products and sums that say
 * when they do not fit.
 *
 * In C a cast of a double that the integer cannot hold is undefined, and so is a product past 2^63: both give some
 * number, and everything built on it is wrong without a word. So nobody casts a double to an integer but fl_whole
 * (tests/casts.sh looks at the compiled code for others), and counts that input can make large are multiplied here.
 */
#ifndef FL_WHOLE_H
#define FL_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

/* For products and sums that are taken whole before they are divided or judged. */
__extension__ typedef __int128 fl_wide;

/* `value` toward zero, held to least .. most; what is not a number is `least`. */
int64_t fl_whole(double value, int64_t least, int64_t most);

/* Products and sums that fit in 63 bits; false if they do not. */
static inline bool fl_times(int64_t a, int64_t b, int64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}
static inline bool fl_plus(int64_t a, int64_t b, int64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

/* The same for a chain of them: the flag sticks. */
static inline int64_t fl_product(int64_t a, int64_t b, bool *overflow)
{
    int64_t product = 0;
    if (!fl_times(a, b, &product))
        *overflow = true;
    return product;
}
static inline int64_t fl_sum(int64_t a, int64_t b, bool *overflow)
{
    int64_t sum = 0;
    if (!fl_plus(a, b, &sum))
        *overflow = true;
    return sum;
}

/* a x b, or `most` if that is less; all of them >= 0. */
static inline int64_t fl_times_held(int64_t a, int64_t b, int64_t most)
{
    int64_t product;
    return fl_times(a, b, &product) && product < most ? product : most;
}

static inline int64_t fl_least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t fl_most(int64_t a, int64_t b) { return a > b ? a : b; }
/* a / b, rounded up; a >= 0, b > 0. */
static inline int64_t fl_ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

#endif
