/* amounts.h - what steps of light count, a row each: where a step has it, where efforts sum it, where its price is. */
#ifndef FL_AMOUNTS_H
#define FL_AMOUNTS_H

#include <string.h>

#include "mapping/search.h"

enum { FL_UNPRICED = -1 };
enum fl_counted { FL_EACH_VECTOR, FL_EACH_READING, FL_EACH_LOAD };     /* of outputs; once a step */
struct fl_amount {
    size_t own;                         /* offset in struct fl_light_step, an int64_t */
    enum fl_counted counted;
    size_t sum;                         /* offset in struct fl_effort */
    int64_t price;                      /* offset in struct fl_pool_prices; FL_UNPRICED: in another row, or none */
};
extern const struct fl_amount fl_light_amounts[];
extern const size_t fl_light_amounts_count;

static inline double fl_amount_at(const void *record, size_t offset)
{
    double value;
    memcpy(&value, (const char *)record + offset, sizeof value);
    return value;
}

static inline double *fl_amount_sum(struct fl_effort *effort, const struct fl_amount *amount)
{
    return (double *)((char *)effort + amount->sum);
}

/* The price of one, of those that have one. */
static inline double *fl_amount_price(struct fl_pool_prices *prices, const struct fl_amount *amount)
{
    return (double *)((char *)prices + amount->price);
}

#endif
