/* outlook.c - one plan beside another that has run, by what their operators take by themselves.
 *
 * Operators one after another take in a plan what they take alone, but for what memory happens to be at; so a plan
 * takes what the other did and the difference between those products that they do otherwise. Side by side that is
 * half of it, and what the two schedules expect is the other: a plan is ruled out that is better by neither, and worse
 * by one of them by more than such things are foreseen to. What was not tried counts by its bound (refreshes of DRAM
 * included) as long as that rules the plan out, and is tried then, one product after another until it is known. Of a
 * rival that ran one operator after another each counts with what it took there.
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
    for (size_t i = 0; i < a->ops && same && streams; i++) {
        const struct fl_plan_op *one = &a->op[i], *other = &b->op[i];
        bool differ = !fl_mapping_same(&one->whole, &other->whole);
        same = !differ || (triable(one->op, &one->whole) && triable(one->op, &other->whole));
    }
    return same;
}

double *fl_result_took(const struct fl_result *r)
{
    double *ps = fl_calloc(r->plan.ops + 1, sizeof *ps);
    struct fl_place_in_trace place = {0};
    const struct fl_ledger *ledger = &r->run.ledger;
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&r->trace, &place); n++, place.op++)
        ps[place.plan_op + place.op] += (double)(ledger->occurrence[n].end - ledger->occurrence[n].start);
    for (size_t i = 0; i < r->plan.ops; i++)
        ps[i] /= (double)r->trace.block[r->plan.op[i].block].repeat;
    return ps;
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

/* One operator's part, of which the rival's has taken so long (negative: it is to be tried). By bounds alone our own is
 * not tried, nor what cannot be. False: a trial failed. */
static bool part_find(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival, size_t i,
                      double took_ps, bool bounds, struct odds *part)
{
    const struct fl_plan_op *ours = &plan->plan.op[i], *theirs = &rival->plan.op[i];
    double ps = ours->least_ps, joules = 0, rival_ps = took_ps, rival_joules = 0;
    double times = (double)plan->trace.block[ours->block].repeat;
    *part = (struct odds){ .known = true };
    if (fl_mapping_same(&ours->whole, &theirs->whole))
        return true;
    bool tries = !bounds && triable(ours->op, &ours->whole), tells = tries && triable(theirs->op, &theirs->whole);
    if ((tells || took_ps < 0) && !tried(b, rival, i, &theirs->whole, &rival_ps, &rival_joules))
        return false;
    if (tries && !tried(b, plan, i, &ours->whole, &ps, &joules))
        return false;
    *part = (struct odds){ times * (ps - rival_ps), times * (joules - rival_joules), tells };
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

/* Is it no better by this? */
static bool lost(const struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival,
                 const struct odds *odds)
{
    return loses(b, plan, rival, odds) && apart(plan, rival, odds);
}

/* Is a plan no better, by bounds of the products that it does otherwise, or by as many trials as it takes to know?
 * Attention is tried last, which takes longest. */
static bool ruled_out(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival,
                      const double *took_ps)
{
    struct odds odds = { .known = fl_program_same(&plan->plan.setup, &rival->plan.setup) }, part;
    bool same_setup = odds.known, all_known = true;
    for (size_t i = 0; i < plan->plan.ops; i++) {
        if (!part_find(b, plan, rival, i, took_ps != NULL ? took_ps[i] : -1, true, &part))
            return false;
        odds.ps += part.ps;
    }
    odds.known = false;
    for (int attention = 0; attention < 2; attention++)
        for (size_t i = 0; i < plan->plan.ops; i++) {
            double took = took_ps != NULL ? took_ps[i] : -1;
            if (fl_map_is_attention(plan->plan.op[i].op) != (attention == 1))
                continue;
            if (lost(b, plan, rival, &odds))
                return true;
            if (!part_find(b, plan, rival, i, took, true, &part))
                return false;
            odds.ps -= part.ps;
            if (!part_find(b, plan, rival, i, took, false, &part))
                return false;
            odds.ps += part.ps;
            odds.joules += part.joules;
            all_known = all_known && part.known;
        }
    odds.known = same_setup && all_known;
    return lost(b, plan, rival, &odds);
}

/* What an operator on a chip takes by itself, or if it cannot be tried its bound. */
static double alone_ps(struct fl_bench *b, const struct fl_result *r, size_t i)
{
    const struct fl_plan_op *op = &r->plan.op[i];
    double ps, joules;
    bool on_chip = fl_on_cores(&op->whole) || op->whole.engine == &fl_engine_vector;
    return on_chip && tried(b, r, i, &op->whole, &ps, &joules) ? fmax(ps, op->least_ps) : op->least_ps;
}

bool fl_bench_lasts(struct fl_bench *b, const struct fl_result *drained, double ps)
{
    static const double near = 0.05;    /* bounds foresee runs so far */
    double sum = drained->plan.least_ps;
    for (size_t i = 0; i < drained->plan.ops && sum <= ps && sum > (1 - near) * ps; i++) {
        const struct fl_plan_op *op = &drained->plan.op[i];
        sum += (alone_ps(b, drained, i) - op->least_ps) * (double)drained->trace.block[op->block].repeat;
    }
    return sum > ps;
}

bool fl_bench_rules_out(struct fl_bench *b, const struct fl_result *plan, const struct fl_result *rival)
{
    if (rival->arch.sim.events < b->long_run || !comparable(plan, rival))
        return false;
    double *took_ps = rival->plan.program.stream != NULL ? NULL : fl_result_took(rival);
    bool out = ruled_out(b, plan, rival, took_ps);
    fl_free(took_ps);
    return out;
}
