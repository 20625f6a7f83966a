/* band.c - the edges of a band, and what lies between them. */
#include "traces/band.h"

#include "base/whole.h"

int64_t fl_band_first(const struct fl_band *band, int64_t token)
{
    int64_t own = band->past + token;
    if (band->chunk > 0)
        return own - own % band->chunk;
    return band->window > 0 ? fl_most(own - band->window + 1, 0) : 0;
}

int64_t fl_band_from(const struct fl_band *band, int64_t position)
{
    return fl_most(position - band->past, 0);
}

int64_t fl_band_until(const struct fl_band *band, int64_t position)
{
    int64_t width = band->chunk > 0 ? band->chunk - position % band->chunk : band->window, end;
    if (width == 0 || !fl_plus(position, width, &end))
        return INT64_MAX;
    return fl_most(end - band->past, 0);
}

/* Sum over j < count of min(limit, j). */
static fl_wide ramp(fl_wide count, fl_wide limit)
{
    fl_wide growing = count < limit ? count : limit;
    return growing * (growing - 1) / 2 + (count - growing) * limit;
}

/* Sum over j < count of min(limit, the first position of j's chunk). */
static fl_wide stairs(fl_wide count, fl_wide limit, fl_wide chunk)
{
    fl_wide steps = (limit + chunk - 1) / chunk;                /* chunks that begin below the limit */
    fl_wide growing = count < steps * chunk ? count : steps * chunk, whole = growing / chunk;
    return chunk * (chunk * (whole * (whole - 1) / 2) + whole * (growing % chunk)) + (count - growing) * limit;
}

bool fl_band_sum(const struct fl_band *band, int64_t tokens, int64_t limit, int64_t *sum)
{
    fl_wide past = band->past, end = past + tokens, most = limit, window = band->window;
    fl_wide seen = ramp(end + 1, most) - ramp(past + 1, most);  /* up to a token's own position */
    if (band->chunk > 0)
        seen -= stairs(end, most, band->chunk) - stairs(past, most, band->chunk);
    else if (window > 0 && end >= window)
        seen -= ramp(end - window + 1, most) - ramp(past > window - 1 ? past - window + 1 : 0, most);
    *sum = seen > INT64_MAX ? INT64_MAX : (int64_t)seen;
    return seen <= INT64_MAX;
}
