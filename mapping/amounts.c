/* amounts.c - the table of what steps of light count. */
#include "mapping/amounts.h"

#define EACH(when, own, sum, price) {offsetof(struct fl_light_step, own), when, offsetof(struct fl_effort, sum), \
                                     offsetof(struct fl_pool_prices, price)}
const struct fl_amount fl_light_amounts[] = {
    EACH(FL_EACH_READING, sampled, sampled, sampled),
    EACH(FL_EACH_VECTOR, converted, converted, converted),
    EACH(FL_EACH_VECTOR, detected, detected, detected),
    EACH(FL_EACH_READING, added, added, added),
    EACH(FL_EACH_VECTOR, lit_rows, lit_rows, lit_row),
    EACH(FL_EACH_VECTOR, weights_converted, weights_converted, weight_converted),
    EACH(FL_EACH_VECTOR, buffer_bits, buffer_bits, buffer_bit),
    {offsetof(struct fl_light_step, load_pixels), FL_EACH_LOAD, offsetof(struct fl_effort, load_pixels),
     offsetof(struct fl_pool_prices, pixel)},
    {offsetof(struct fl_light_step, load_rows), FL_EACH_LOAD, offsetof(struct fl_effort, load_rows), FL_UNPRICED},
    {offsetof(struct fl_light_step, load_added), FL_EACH_LOAD, offsetof(struct fl_effort, added), FL_UNPRICED},
};
const size_t fl_light_amounts_count = sizeof fl_light_amounts / sizeof *fl_light_amounts;
