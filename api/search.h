/* search.h - runs that choose among mappings: prices by probing, finalists by simulation. */
#ifndef FL_API_SEARCH_H
#define FL_API_SEARCH_H

#include "api/result.h"
#include "mapping/search.h"

/* Prices of an effort on a machine, by running single steps on it. */
bool fl_prices_probe(struct fl_prices *prices, struct fl_arch *arch, struct fl_err *err);
/* Femtojoules of what the machine's units have counted since the start of its last run: dynamic energy, and of static
 * consumers that burn when busy; not of those that burn always or while powered. */
double fl_arch_counted_fj(const struct fl_arch *arch, bool dynamic_only);

/* A machine on which operators are tried by themselves, and what they took. */
struct fl_bench {
    struct fl_machine machine;          /* its pools and its DRAM have their sizes */
    struct fl_arch arch;
    struct fl_prices prices;
    struct fl_arena arena;
    struct fl_tried *tried;
    struct fl_beaten *lost;             /* plans that could not beat what had run */
    bool leap;
    bool again;                         /* an operator takes what it takes when it comes a second time */
    uint64_t long_run;                  /* events of a run by which plans are ruled out: struct fl_prepared */
    int64_t weighed, pruned, simulated; /* mappings, by those who search; programs, here */
};
/* False with a fault: there is nothing to close. */
bool fl_bench_open(struct fl_bench *bench, const struct fl_design *design, const struct fl_machine *machine, bool leap,
                   struct fl_err *err);
void fl_bench_close(struct fl_bench *bench);
/* What an operator takes by itself, with what burns meanwhile: ps and joules, as struct fl_trial wants it of its
 * context, a bench. What the operator names must live as long. */
bool fl_bench_try(void *bench, const struct fl_shape_search *shape, const struct fl_mapping *mapping, double *ps,
                  double *joules, struct fl_err *err);
/* The least picoseconds that was found so of a product, whatever its mapping; infinity: it was not tried. */
double fl_bench_least(void *bench, const struct fl_shape_search *shape);

/* Is a plan no better than a rival that has run, by what those products take by themselves that they do otherwise? For
 * latency; false, too, if that cannot be said. */
bool fl_bench_rules_out(struct fl_bench *bench, const struct fl_result *plan, const struct fl_result *rival);

/* What operators took in a run, each on average; the caller frees them. */
double *fl_result_took(const struct fl_result *result);
/* Takes a plan of operators one after another longer than so much, by what each takes by itself or, where it is not
 * tried, at least? As many are tried as it takes to know. */
bool fl_bench_lasts(struct fl_bench *bench, const struct fl_result *drained, double ps);

/* One way to lay out the work: a named strategy, or somebody who says it operator by operator (by, under a name); and
 * where its operators may be tried (NULL: nowhere). */
struct fl_strategy { const char *name; const struct fl_mapped_by *by; struct fl_bench *bench; };
/* Plans and simulates. False with a fault; true with *out NULL: the machine was not admitted, or the rival (NULL: none)
 * cannot be beaten. */
bool fl_attempt(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                struct fl_strategy way, const struct fl_result *rival, struct fl_err *err);
/* The two halves of an attempt. Plans and builds, one operator after another, or `beside`: side by side as the planner
 * thinks best; *out NULL: the machine was not admitted. */
bool fl_attempt_plan(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                     struct fl_strategy way, bool beside, struct fl_err *err);
/* Has a plan nothing that could go side by side? False with a fault. */
bool fl_attempt_drains(bool *drains, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct fl_strategy way, struct fl_err *err);
/* Simulates what was planned one after another (*out NULL: nothing): so, side by side, or both; *out NULL: as of an
 * attempt. */
bool fl_attempt_run(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                    struct fl_strategy way, const struct fl_result *rival, struct fl_err *err);
/* The best of every named strategy for the objective, and of what there is (*best NULL: nothing); a bench (NULL: none)
 * rules some out. */
bool fl_attempt_named(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                      struct fl_bench *bench, struct fl_err *err);
/* Is there nothing to be hoped of a plan: it is the rival's, or even its bound is no better? */
bool fl_attempt_hopeless(const struct fl_result *plan, const struct fl_result *rival, enum fl_objective objective);
/* The best of these, of what bounds prefer, and of a mix: of each product the mapping that simulation finds best. */
bool fl_attempt_auto(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                     struct fl_err *err);
/* The best of these and of what a search finds. */
bool fl_attempt_search(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct fl_err *err);
/* What the objective wants small. */
double fl_result_score(const struct fl_result *result, enum fl_objective objective);
/* Is one better than the other? What is as exact as its design wants (machine.error_limit) is better than what is not.
 * Latencies that are equal but for FL_TIE leave it to the energy. */
bool fl_result_better(const struct fl_result *one, const struct fl_result *other, enum fl_objective objective);
/* Frees a result (NULL: there is none) and forgets it. */
void fl_result_drop(struct fl_result **result);
/* Keeps the better of two results (NULL: there is none) and frees the other, but for its plan. */
void fl_result_keep(struct fl_result **best, struct fl_result *other, enum fl_objective objective);

#endif
