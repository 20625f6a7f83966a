/* reproduce.h - a paper's claims, judged.
 *
 * Claims are data: a file names runs (designs, models, overrides, price lists) and checks. A check is a figure in
 * SQL over those runs, the paper's figure, and bounds between which ours agrees with it. A check that `judges` decides
 * the claim; the others show what carries it, or what it would take. So another paper is another file.
 *
 * A figure is a number (`figure`), or the exponent of a power law with its standard error: through the rows of a query
 * (`law`), or measured by Monte Carlo (`monte_carlo`). A bound is a number, or SQL: a threshold.
 *
 * What a paper does not publish can be chosen in more ways than one. Checks of a `choice` judge under it: a claim that
 * holds under some choices and fails under others cannot be said to do either. Docs: docs/claims.md.
 */
#ifndef FL_REPRODUCE_H
#define FL_REPRODUCE_H

#include "api/fanlight.h"
#include "arch/arch.h"
#include "base/conf/conf.h"
#include "explore/law.h"

enum fl_check_kind { FL_CHECK_FIGURE, FL_CHECK_LAW, FL_CHECK_MONTE_CARLO };
struct fl_bound { double value; const char *sql; };     /* SQL, if not NULL, says the value when the check is judged */
struct fl_check {
    const char *what, *paper, *unit;    /* our figure's name, the paper's figure, "x", "%", "fJ" */
    const char *choice;                 /* under which it judges; NULL: whatever is chosen */
    enum fl_check_kind kind;
    const char *sql;                    /* "{name}" stands for the number of a run; NULL: Monte Carlo */
    struct fl_draws draws;              /* Monte Carlo: what is drawn */
    struct fl_bound least, most;
    double ours;
    double sigma;                       /* standard error of ours; NAN: none. Two are allowed beyond the bounds */
    double error_least, error_most;     /* error over spread of what the light computes in its runs; NAN: no light */
    bool judges, agrees;
};
struct fl_claim {
    int64_t number;
    const char *text;
    const char *carried;                /* what carries it, in a sentence; NULL: nothing said */
    const char *open;                   /* which published facts would settle it; NULL: nothing said */
    bool readings;                      /* its checks are readings of it, each with a verdict of its own */
    bool some;                          /* it speaks of some of what its checks look at: one that agrees is enough */
    struct fl_check *check;
    size_t checks;
};
struct fl_reproduction {
    struct fl_settings file;
    struct fl_claim *claim;
    size_t claims;
    const char *title, *source;
};
struct fl_reproduce_ask {
    const char *name;                   /* of a shipped file of claims, or a path */
    const char *db;
    int64_t claim;                      /* 0: all claims, and the runs of all figures */
    const char *plots;                  /* a folder for the figures as NAME.svg, all of them; NULL: none are drawn */
    void (*tell)(void *context, const char *run);       /* is told of each run before it starts; or NULL */
    void *context;
};
/* Reads the claims, simulates and stores the runs that the wanted ones need, judges, and says in the table `figure`
 * which runs are drawn together. */
bool fl_reproduce(struct fl_reproduction *out, const struct fl_reproduce_ask *ask, struct fl_err *err);
void fl_reproduction_free(struct fl_reproduction *out);

enum fl_verdict { FL_FAILS, FL_HOLDS, FL_CANNOT_BE_SAID };
/* Of the checks that judge whatever is chosen, and of those of one choice: do all agree, or one, if it is `some`? */
bool fl_claim_holds(const struct fl_claim *claim, const char *choice);
/* The i-th choice of the claim, in the order of the file; NULL: there are no more. */
const char *fl_claim_choice(const struct fl_claim *claim, size_t i);
/* Under every choice the same, or cannot be said. With readings: does any hold? */
enum fl_verdict fl_claim_verdict(const struct fl_claim *claim);

#endif
