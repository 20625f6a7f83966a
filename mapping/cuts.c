/* cuts.c - the ways to cut an axis that a search tries.
 *
 * Cores: what makes the number of rounds one less, powers of two, and shares of all cores.
 * Tiles: as large as they can be, all alike, or in step with the converters' lanes. An axis
 * of few elements is cut in every way there is.
 */
#include "mapping/cuts.h"

#include <math.h>
#include <stdlib.h>

enum { SMALL = 12, ROUNDS = 24, SHARES = 8, COUNTS = 192 };

static double issue_ps(struct fl_pace pace, int64_t elements)
{
    return (pace.lanes > 0 ? (double)fl_ceil_div(elements * pace.each + pace.besides, pace.lanes) : 1) * pace.ps;
}

struct fl_cut fl_cut_make(int64_t size, int64_t tile, int64_t cores, struct fl_pace pace)
{
    int64_t tiles = fl_ceil_div(size, tile);
    struct fl_cut cut = {.cores = fl_least(cores, tiles), .tile = tile};
    cut.rounds = fl_ceil_div(tiles, cut.cores);
    int64_t last = fl_least(tile, size - (cut.rounds - 1) * cut.cores * tile);
    double full_ps = issue_ps(pace, tile), last_ps = issue_ps(pace, last);
    cut.lines = (cut.rounds - 1) * tile + last;
    cut.issue_ps = (double)(cut.rounds - 1) * full_ps + last_ps;
    cut.paced_ps = (double)(cut.rounds - 1) * fmax(full_ps, pace.least) + fmax(last_ps, pace.least);
    return cut;
}

static void cut_add(struct fl_cuts *cuts, int64_t size, int64_t tile, int64_t cores, struct fl_pace pace)
{
    struct fl_cut cut = fl_cut_make(size, tile, cores, pace);
    for (size_t i = cuts->cuts; i-- > 0;)
        if (cuts->cut[i].cores == cut.cores && cuts->cut[i].tile == tile)
            return;
    if (cuts->cuts < FL_CUTS)
        cuts->cut[cuts->cuts++] = cut;
}

static int falling(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Numbers of cores worth a try, distinct, falling. */
static size_t counts_make(int64_t *count, int64_t size, int64_t tiles, int64_t most)
{
    size_t n = 0, kept = 0;
    most = fl_least(most, size);
    for (int64_t c = 1; c <= most && size <= SMALL; c++)
        count[n++] = c;
    for (int64_t rounds = 1; rounds <= ROUNDS; rounds++)
        count[n++] = fl_ceil_div(tiles, rounds);
    for (int64_t c = 1; c <= most && n < COUNTS - SHARES; c *= 2)
        count[n++] = c;
    for (int64_t share = 1; share <= SHARES; share++)
        count[n++] = most / share;
    qsort(count, n, sizeof *count, falling);
    for (size_t i = 0; i < n; i++)
        if (count[i] >= 1 && count[i] <= most && (kept == 0 || count[i] != count[kept - 1]))
            count[kept++] = count[i];
    return kept;
}

void fl_cuts_make(struct fl_cuts *cuts, int64_t size, int64_t most, int64_t cores, struct fl_pace pace)
{
    int64_t count[COUNTS];
    cuts->cuts = 0;
    most = fl_least(most, size);
    size_t counts = counts_make(count, size, fl_ceil_div(size, most), cores);
    for (size_t i = 0; i < counts; i++) {
        int64_t c = count[i], rounds = fl_ceil_div(fl_ceil_div(size, most), c);
        int64_t alike = fl_ceil_div(fl_ceil_div(size, rounds), c);
        cut_add(cuts, size, alike, c, pace);
        cut_add(cuts, size, most, c, pace);
        int64_t step = pace.each > 0 ? pace.lanes / pace.each : 0;     /* elements of one issue */
        if (step > 0 && step < most) {
            cut_add(cuts, size, fl_least(fl_ceil_div(alike, step) * step, most), c, pace);
            cut_add(cuts, size, most / step * step, c, pace);
        }
        for (int64_t tile = most; tile >= 1 && size <= SMALL; tile--)
            cut_add(cuts, size, tile, c, pace);
    }
}
