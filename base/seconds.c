/* seconds.c - the host's clock. */
#include "base/seconds.h"

#include <time.h>

double fl_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
