/* amounts.c - the table of what steps of light count. */
#include "mapping/amounts.h"

#define EACH(own, sum, price) {offsetof(struct fl_light_step, own), false, offsetof(struct fl_effort, sum), \
                               offsetof(struct fl_pool_prices, price)}
const struct fl_amount fl_light_amounts[] = {
    EACH(sampled, sampled, sampled),
    EACH(converted, converted, converted),
    EACH(detected, detected, detected),
    EACH(added, added, added),
    EACH(lit_rows, lit_rows, lit_row),
    {offsetof(struct fl_light_step, load_pixels), true, offsetof(struct fl_effort, load_pixels),
     offsetof(struct fl_pool_prices, pixel)},
    {offsetof(struct fl_light_step, load_rows), true, offsetof(struct fl_effort, load_rows), FL_UNPRICED},
    {offsetof(struct fl_light_step, load_added), true, offsetof(struct fl_effort, added), FL_UNPRICED},
};
const size_t fl_light_amounts_count = sizeof fl_light_amounts / sizeof *fl_light_amounts;
