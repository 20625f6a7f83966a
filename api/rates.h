/* rates.h - what happens over spans that overlap, as a rate over time. */
#ifndef FL_RATES_H
#define FL_RATES_H

#include "sim/time.h"

#include <stddef.h>

struct fl_rates {
    struct fl_change { fl_time at; double by; } *change;
    size_t changes;
};
/* Room for so many spans; free it. */
void fl_rates_init(struct fl_rates *rates, size_t spans);
void fl_rates_free(struct fl_rates *rates);
/* An amount, spread evenly over a span; what took no time is spread over 1 ps. */
void fl_rates_add(struct fl_rates *rates, fl_time start, fl_time end, double amount);
/* Tells in the order of time from when on the sum of all rates, an amount a ps, is what; each change once. Empties. */
void fl_rates_tell(struct fl_rates *rates, void (*tell)(void *context, fl_time at, double rate), void *context);

#endif
