/* compare.h - several tilings of one workload on one machine, simulated side by side.
 *
 * fanlight_compare tells what is in a comparison, and so does `fanlight compare`.
 */
#ifndef FL_COMPARE_H
#define FL_COMPARE_H

#include "api/tiling.h"
#include "base/err.h"

/* A tiling that has no figures, and why. */
struct fl_not_compared { const char *tiling, *why; enum fl_fault_code code; };

struct fl_comparison {
    struct fl_arena arena;
    const char *objective;
    struct fl_tiling *tiling;
    size_t tilings, best;
    struct fl_not_compared *unfit;      /* this machine or work cannot have them */
    size_t unfits;
    struct fl_not_compared *broken;     /* their runs broke a law of fanlight's own */
    size_t brokens;
};
/* Simulates each tiling that request->mapper names, commas between them (NULL: every strategy, and "search"), and
 * stores its run in `db`, unless that is NULL. False if none has figures. To be freed in any case. */
bool fl_compare(struct fl_comparison *c, const struct fl_request *request, const char *db, struct fl_err *err);
void fl_comparison_free(struct fl_comparison *c);

#endif
