/* whole.c - from a double to an integer. */
#include "base/whole.h"

int64_t fl_whole(double value, int64_t least, int64_t most)
{
    /* A bound that no double equals is rounded here; no double lies between it and what it becomes. */
    if (!(value > (double)least))
        return least;
    return value < (double)most ? (int64_t)value : most;
}
