/* reproduce.h - a paper's claims, judged.
 *
 * Claims are data: a file names runs (designs, models, overrides, price lists) and checks. A check is a figure in
 * SQL over those runs, the paper's figure, and bounds between which ours agrees with it. A check that `judges` decides
 * the claim; the others show what carries it, or what it would take. So another paper is another file.
 */
#ifndef FL_REPRODUCE_H
#define FL_REPRODUCE_H

#include "api/fanlight.h"
#include "arch/arch.h"
#include "stats/stats.h"

struct fl_check {
    int64_t claim;                      /* number of the claim */
    const char *text;                   /* of the claim */
    const char *carried;                /* what carries the claim, in a sentence */
    const char *what, *paper, *unit;    /* of the check: our figure's name, the paper's figure, "x", "%", "fJ" */
    const char *sql;                    /* "{name}" stands for the number of a run */
    double least, most, ours;
    bool judges, agrees;
};
struct fl_reproduction {
    struct fl_settings file;
    struct fl_check *check;
    size_t checks;
    const char *title, *source;
};
/* Reads a file of claims (a shipped name, or a path), simulates and stores the runs that the wanted claim needs (0: all
 * claims), and judges. `tell` is told of each run before it starts; may be NULL. */
bool fl_reproduce(struct fl_reproduction *out, const char *name, const char *db, int64_t claim,
                  void (*tell)(void *context, const char *run), void *context, struct fl_err *err);
void fl_reproduction_free(struct fl_reproduction *out);
/* Do all judging checks of the claim agree? */
bool fl_claim_holds(const struct fl_reproduction *out, int64_t claim);

#endif
