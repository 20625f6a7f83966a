/* rates.c - changes of a rate, sorted and summed. */
#include "api/rates.h"

#include <stdlib.h>

#include "base/guard.h"

void fl_rates_init(struct fl_rates *rates, size_t spans)
{
    *rates = (struct fl_rates){.change = fl_calloc(2 * spans + 1, sizeof *rates->change)};
}

void fl_rates_free(struct fl_rates *rates)
{
    fl_free(rates->change);
}

void fl_rates_add(struct fl_rates *rates, fl_time start, fl_time end, double amount)
{
    end = end > start ? end : start + 1;
    double by = amount / (double)(end - start);
    rates->change[rates->changes++] = (struct fl_change){start, by};
    rates->change[rates->changes++] = (struct fl_change){end, -by};
}

/* Equal times by change, so that sums round alike whatever the sort does. */
static int by_time(const void *a, const void *b)
{
    const struct fl_change *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->by < y->by ? -1 : x->by > y->by;
}

void fl_rates_tell(struct fl_rates *rates, void (*tell)(void *context, fl_time at, double rate), void *context)
{
    double rate = 0;
    qsort(rates->change, rates->changes, sizeof *rates->change, by_time);
    for (size_t i = 0; i < rates->changes; i++) {
        fl_time at = rates->change[i].at;
        rate += rates->change[i].by;
        if (i + 1 == rates->changes || rates->change[i + 1].at != at)
            tell(context, at, i + 1 == rates->changes || rate < 0 ? 0 : rate);
    }
    rates->changes = 0;
}
