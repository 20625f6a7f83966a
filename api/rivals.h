/* rivals.h - the same work on other machines, or laid out by auto: what a run is to be held against. */
#ifndef FL_RIVALS_H
#define FL_RIVALS_H

#include "api/fanlight.h"
#include "base/arena.h"

/* Digital machines with the memories of lcos_resident and arithmetic that has been shown; ends with NULL. */
struct fl_opponent { const char *design, *bits; };
extern const struct fl_opponent fl_opponents[];

/* One machine's run of a workload. */
struct fl_rival {
    const char *design;                 /* as asked for */
    const char *why;                    /* it has no figures: the first fault; NULL: it has them */
    enum fl_fault_code code;            /* of that */
    struct fl_summary sum;
    double optical_share;               /* of the MACs */
    const char *worst_operator;         /* NULL: no product is optical */
    const char *status;                 /* of the machine: "projected"; NULL: untold */
    const char *notes;                  /* NULL: nothing need be said */
    int64_t run;                        /* where it is stored; 0: nowhere */
};
/* Runs the request on a design (NULL: its own) and stores it in `db` (NULL: nowhere); texts are in the arena. False:
 * the database cannot take it, or somebody stopped it. What the machine cannot do is told in `why`. */
bool fl_rival_run(struct fl_rival *rival, const struct fl_request *request, const char *design, const char *db,
                  struct fl_arena *arena, struct fl_err *err);

#endif
