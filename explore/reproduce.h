/* reproduce.h - a paper's claims, judged.
 *
 * Claims are data: a file names runs (designs, models, overrides, price lists) and checks. A check is a figure in
 * SQL over those runs, the paper's figure, and bounds between which ours agrees with it. A check that `judges` decides
 * the claim; the others show what carries it, or what it would take. So another paper is another file.
 *
 * A figure is a number (`figure`), or the exponent of a power law with its standard error: through the rows of a query
 * (`law`), or measured by Monte Carlo (`monte_carlo`). Docs: docs/claims.md.
 */
#ifndef FL_REPRODUCE_H
#define FL_REPRODUCE_H

#include "api/fanlight.h"
#include "arch/arch.h"
#include "explore/law.h"

enum fl_check_kind { FL_CHECK_FIGURE, FL_CHECK_LAW, FL_CHECK_MONTE_CARLO };
struct fl_check {
    int64_t claim;                      /* number of the claim */
    const char *text;                   /* of the claim */
    const char *carried;                /* what carries the claim, in a sentence */
    const char *what, *paper, *unit;    /* of the check: our figure's name, the paper's figure, "x", "%", "fJ" */
    enum fl_check_kind kind;
    const char *sql;                    /* "{name}" stands for the number of a run; NULL: Monte Carlo */
    struct fl_draws draws;              /* Monte Carlo: what is drawn */
    double least, most, ours;
    double sigma;                       /* standard error of ours; NAN: none. Two are allowed beyond the bounds */
    bool judges, agrees;
    bool reading;                       /* one of several readings of the claim, with a verdict of its own */
};
struct fl_reproduction {
    struct fl_settings file;
    struct fl_check *check;
    size_t checks;
    const char *title, *source;
};
struct fl_reproduce_ask {
    const char *name;                   /* of a shipped file of claims, or a path */
    const char *db;
    int64_t claim;                      /* 0: all claims, and the runs of all figures */
    const char *plots;                  /* a folder for the figures as NAME.svg, all of them; NULL: none are drawn */
    void (*tell)(void *context, const char *run);       /* is told of each run before it starts; may be NULL */
    void *context;
};
/* Reads the claims, simulates and stores the runs that the wanted ones need, judges, and says in the table `figure`
 * which runs are drawn together. */
bool fl_reproduce(struct fl_reproduction *out, const struct fl_reproduce_ask *ask, struct fl_err *err);
void fl_reproduction_free(struct fl_reproduction *out);
/* Do all judging checks of the claim agree? Of a claim with several readings: does any? */
bool fl_claim_holds(const struct fl_reproduction *out, int64_t claim);

#endif
