/* outlook.c - one plan beside another that has run, by what their operators take by themselves.
 *
 * Operators one after another take in a plan what they take alone, but for what memory happens to be at; so a plan
 * takes what the other did and the difference between those products that they do otherwise. Side by side that is
 * half of it, and what the two schedules expect is the other: a plan is ruled out that is better by neither, and worse
 * by one of them by more than such things are foreseen to. What was not tried counts by its bound as long as that rules
 * the plan out, and is tried then.
 *
 * Short runs are not judged so: there the beginning of each operator counts, and they are simulated in no time.
 */
#include "api/search.h"

#include <math.h>

#include "mapping/nest.h"

/* What one plan takes more than the other: picoseconds, and joules but for what shared cores burn. `known`: those are
 * what was tried, and both hold the same in place; else the plan takes so much longer at least. */
struct odds { double ps, joules; bool known; };

static double core_mw(const struct fl_bench *b, const struct fl_mapping *m)
{
    return fl_on_cores(m) ? b->prices.pool[m->number].core_mw * (double)m->cores : 0;
}

/* Can it be tried what a mapping takes: of a product, on the chip? */
static bool triable(const struct fl_op *op, const struct fl_mapping *m)
{
    return fl_op_is_product(op) && (fl_on_cores(m) || m->engine == &fl_engine_vector);
}

/* Do two plans use as large a machine, for one batch, both with their operators one after another, or both side by
 * side with a schedule that is no better? */
static bool comparable(const struct fl_result *plan, const struct fl_result *rival)
{
    const struct fl_plan *a = &plan->plan, *b = &rival->plan;
    bool streams = a->program.stream != NULL, same = a->ops == b->ops && rival->run.later == NULL;
    same = same && streams == (b->program.stream != NULL) &&
           (!streams || a->expected_ps >= b->expected_ps * (1 - FL_TIE));
    for (int32_t i = 0; i < plan->machine.pools && same; i++)
        same = a->cores[i] == b->cores[i];
    for (size_t i = 0; i < a->ops && same; i++) {
        const struct fl_plan_op *one = &a->op[i], *other = &b->op[i];
        bool differ = !fl_mapping_same(&one->whole, &other->whole);
        same = !differ || (triable(one->op, &one->whole) && triable(one->op, &other->whole));
    }
    return same;
}

static bool tried(struct fl_bench *b, const struct fl_result *r, size_t i, const struct fl_mapping *mapping, double *ps,
                  double *joules)
{
    const struct fl_shape_search shape = { .op = r->plan.op[i].op, .spill = r->plan.residency.spill[i] };
    struct fl_err err = { 0 };
    bool ran = fl_bench_try(b, &shape, mapping, ps, joules, &err);
    fl_err_free(&err);
    *joules -= core_mw(b, mapping) * *ps * 1e-15;
    return ran;
}

/* Adds one operator's part; bounds alone: it is not tried. False: a trial failed. */
static bool op_add(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival, size_t i,
                   bool bounds, struct odds *odds)
{
    const struct fl_mapping *ours = &plan->plan.op[i].whole, *theirs = &rival->plan.op[i].whole;
    double ps, joules, rival_ps, rival_joules, times = (double)plan->trace.block[plan->plan.op[i].block].repeat;
    if (fl_mapping_same(ours, theirs))
        return true;
    if (!tried(b, rival, i, theirs, &rival_ps, &rival_joules))
        return false;
    if (bounds) {
        odds->ps += times * (ours->bound_ps - rival_ps);
        return true;
    }
    if (!tried(b, plan, i, ours, &ps, &joules))
        return false;
    odds->ps += times * (ps - rival_ps);
    odds->joules += times * (joules - rival_joules);
    return true;
}

static bool odds_find(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival, bool bounds,
                      struct odds *odds)
{
    *odds = (struct odds){ .known = !bounds && fl_program_same(&plan->plan.setup, &rival->plan.setup) };
    for (size_t i = 0; i < plan->plan.ops; i++)
        if (!op_add(b, plan, rival, i, bounds, odds))
            return false;
    return true;
}

/* Milliwatts of the cores that a plan's operators share, each pool's as many as the operator with most of them has. */
static double shared_mw(const struct fl_bench *b, const struct fl_result *r)
{
    int64_t most[FL_POOLS] = { 0 };
    double mw = 0;
    for (size_t i = 0; i < r->plan.ops; i++) {
        const struct fl_mapping *m = &r->plan.op[i].whole;
        if (fl_on_cores(m) && !m->in_place)
            most[m->number] = fl_most(most[m->number], m->cores);
    }
    for (int32_t i = 0; i < r->machine.pools; i++)
        mw += (double)most[i] * b->prices.pool[i].core_mw;
    return mw;
}

/* Is it no better, as fl_result_better has it? */
static bool loses(const struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival,
                  const struct odds *odds)
{
    double theirs = (double)rival->run.latency_ps, ours = theirs + odds->ps;
    if (fabs(odds->ps) > FL_TIE * fmin(ours, theirs))
        return odds->ps > 0;
    return odds->known &&
           odds->joules + (shared_mw(b, plan) * ours - shared_mw(b, rival) * theirs) * 1e-15 >= 0;
}

/* Side by side, who waits for memory decides between plans that are so near to each other. */
static bool apart(const struct fl_result *plan, const struct fl_result *rival, const struct odds *odds)
{
    static const double near = 0.01;
    return plan->plan.program.stream == NULL ||
           plan->plan.expected_ps > rival->plan.expected_ps * (1 + near) ||
           odds->ps > (double)rival->run.latency_ps * near;
}

static bool ruled_out(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival, bool bounds)
{
    struct odds odds;
    return odds_find(b, plan, rival, bounds, &odds) && loses(b, plan, rival, &odds) && apart(plan, rival, &odds);
}

bool fl_bench_rules_out(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival)
{
    return rival->arch.sim.events >= b->long_run && comparable(plan, rival) &&
           (ruled_out(b, plan, rival, true) || ruled_out(b, plan, rival, false));
}
