/* store.c - a finished run as rows: units, operators, tallies, prices.
 *
 * The ledger keeps equal differences once; here they are written out for every operator.
 * Operator 0 holds what belongs to none: how long static consumers burnt, and the setup.
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "stats/stats.h"

/* ---- what static consumers burn for ---- */

static bool priced(const struct fl_arch *arch, uint32_t unit, const char *action)
{
    for (size_t i = 0; i < arch->prices; i++)
        if (arch->price[i].unit == unit && strcmp(arch->price[i].action, action) == 0)
            return true;
    return false;
}

/* Counts summed over all operators of a phase, unit after unit, each in the order of its counts; INT64_MAX where a
 * sum would not fit. The caller frees it. */
static int64_t *totals(const struct fl_result *result, const struct fl_phase_result *phase)
{
    const struct fl_sim *sim = &result->arch.sim;
    const struct fl_ledger *ledger = &phase->ledger;
    size_t first[sim->units + 1];
    first[0] = 0;
    for (uint32_t i = 0; i < sim->units; i++)
        first[i + 1] = first[i] + fl_unit_counts(sim->unit[i]);
    int64_t *sum = calloc(first[sim->units], sizeof *sum);
    int64_t *times = calloc(ledger->deltas + 1, sizeof *times);
    fl_assert(sum != NULL && times != NULL);
    for (size_t n = 0; n < ledger->occurrences; n++)
        times[ledger->occurrence[n].delta]++;
    for (size_t i = 0; i < ledger->deltas; i++)
        for (uint32_t j = 0; j < ledger->delta[i].entries; j++) {
            const struct fl_entry *e = &ledger->entry[ledger->delta[i].first + j];
            int64_t all, *to = &sum[first[e->unit] + e->tally];
            if (__builtin_mul_overflow(e->count, times[i], &all) || __builtin_add_overflow(*to, all, to))
                *to = INT64_MAX;
        }
    free(times);
    return sum;
}

struct static_count { const char *action; int64_t count; };
enum { STATICS = 2 };

/* run_ps and powered_ps of a unit in a phase; active_ps is an ordinary tally. */
static void static_counts(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit,
                          struct static_count out[STATICS])
{
    bool powered = priced(&result->arch, unit, "powered_ps");
    out[0] = (struct static_count){ "run_ps", priced(&result->arch, unit, "run_ps") ? phase->latency_ps : 0 };
    out[1] = (struct static_count){ "powered_ps", powered ? fl_result_powered_ps(result, phase, unit) : 0 };
}

/* The count behind a price: a static one, or the sum of a tally. */
static double count_of(const struct fl_result *result, const struct fl_price *price, const int64_t *sum)
{
    const struct fl_sim *sim = &result->arch.sim;
    struct static_count statics[STATICS];
    static_counts(result, &result->run, price->unit, statics);
    for (int s = 0; s < STATICS; s++)
        if (strcmp(price->action, statics[s].action) == 0)
            return (double)statics[s].count;
    for (uint32_t i = 0; i < price->unit; i++)
        sum += fl_unit_counts(sim->unit[i]);
    for (uint32_t c = 0; c < fl_unit_counts(sim->unit[price->unit]); c++)
        if (strcmp(price->action, fl_unit_count_name(sim->unit[price->unit], c)) == 0)
            return (double)sum[c];
    return 0;
}

double fl_result_energy_j(const struct fl_result *result)
{
    double fj = 0;
    int64_t *sum = totals(result, &result->run);
    for (size_t i = 0; i < result->arch.prices; i++)
        fj += count_of(result, &result->arch.price[i], sum) * result->arch.price[i].fj;
    free(sum);
    return fj * 1e-15;
}

/* ---- rows ---- */

/* Logical MACs of signed inputs, full tiles, no loads: at the pool's encoding, passes and slices. */
static double peak_macs(const struct fl_machine *machine)
{
    double peak = 0;
    for (int32_t i = 0; i < machine->pools; i++) {
        const struct fl_pool *p = &machine->pool[i];
        int64_t outputs = fl_pool_outputs(p), passes = fl_pool_passes(p, FL_SIGNED) * fl_pool_frames(p);
        double dac = p->dac_ps * ceil((double)p->columns / (double)p->dac_lanes);
        double adc = p->adc_ps * ceil((double)fl_pool_samples(p, outputs) / (double)p->adc_lanes);
        double interval_ps = fmax(fmax(dac, adc), fmax(p->source_ps, p->detector_ps)) * (double)passes;
        peak += (double)p->cores * (double)p->columns * (double)outputs / interval_ps * 1e12;
    }
    return peak;
}

struct fl_run_row fl_result_run_row(struct fl_result *result)
{
    const struct fl_trace *trace = &result->trace;
    return (struct fl_run_row){
        .label = result->label, .design = result->design.name, .model = trace->model, .phase = trace->phase,
        .mapper = result->mapper, .objective = result->objective, .context = trace->context,
        .tokens = trace->tokens, .batch = trace->batch, .start_utc = result->start_utc, .wall_s = result->wall_s,
        .version = fanlight_version(), .command = result->command, .design_text = result->design.text,
        .workload_text = fl_trace_text(&result->trace), .latency_ps = result->run.latency_ps,
        .setup_ps = result->setup.latency_ps, .inferences = result->inferences,
        .leapt_share = result->run.leapt_share, .notes = result->notes,
        .peak_macs_per_s = peak_macs(&result->machine),
    };
}

static bool units_write(const struct fl_result *result, struct fl_db *db, struct fl_err *err)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        struct fl_unit_row row = { .path = u->path, .kind = u->type->kind, .copies = 1,
                                   .area_um2 = u->area_um2 * (double)u->cores, .lanes = u->lanes * u->cores };
        if (u->lanes > 0) {
            row.lane_action = u->type->tallies[u->lane_tally].action;
            row.lane_ps = u->lane_ps;
        }
        if (!fl_db_add_unit(db, &row, err))
            return false;
    }
    return true;
}

bool fl_result_prices_write(const struct fl_result *result, struct fl_db *db, struct fl_err *err)
{
    for (size_t i = 0; i < result->arch.prices; i++) {
        const struct fl_price *p = &result->arch.price[i];
        struct fl_price_row row = { p->unit, p->action, p->component, p->price_class, p->fj, p->source, p->file,
                                    p->line, p->key, p->low_fj, p->high_fj };
        if (!fl_db_add_price(db, &row, err))
            return false;
        if (result->plan.setup.insts == 0)
            continue;
        char action[96];
        snprintf(action, sizeof action, "setup_%s", p->action);
        row.action = action;
        row.price_class = "setup";
        if (!fl_db_add_price(db, &row, err))
            return false;
    }
    return true;
}

/* The unit busiest between an operator's start and end, if it was busy for more than half. */
static const char *bound_by(const struct fl_result *result, const struct fl_occurrence *o)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    const struct fl_delta *d = &ledger->delta[o->delta];
    int64_t most = (o->end - o->start) / 2;
    const char *path = "latency";
    for (uint32_t i = 0; i < d->entries; i++) {
        const struct fl_entry *e = &ledger->entry[d->first + i];
        if (e->tally == FL_BUSY_PS && e->count > most) {
            most = e->count;
            path = result->arch.sim.unit[e->unit]->path;
        }
    }
    return path;
}

static const char *placed(const struct fl_plan_op *op)
{
    if (op->op->kind == FL_OP_EMBED || op->op->kind == FL_OP_KV_APPEND)
        return "dma";
    return op->mapping.pool >= 0 ? "optical" : "digital";
}

static bool tallies_write(const struct fl_result *result, struct fl_db *db, const struct fl_delta *d, uint32_t number,
                          struct fl_err *err)
{
    for (uint32_t i = 0; i < d->entries; i++) {
        const struct fl_entry *e = &result->run.ledger.entry[d->first + i];
        struct fl_tally_row row = { e->unit, number, fl_unit_count_name(result->arch.sim.unit[e->unit], e->tally),
                                    e->count };
        if (!fl_db_add_tally(db, &row, err))
            return false;
    }
    return true;
}

static bool operators_write(const struct fl_result *result, struct fl_db *db, struct fl_err *err)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    struct fl_place_in_trace place = { 0 };
    fl_time before = 0;
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        const struct fl_block *block = &result->trace.block[place.block];
        const struct fl_plan_op *op = &result->plan.op[place.plan_op + place.op];
        const struct fl_occurrence *o = &ledger->occurrence[n];
        struct fl_operator_row row = {
            .layer = block->layer < 0 ? -1 : block->layer + place.repeat, .name = op->op->name,
            .kind = fl_op_kind_names[op->op->kind], .macs = op->op->macs, .placed = placed(op),
            .start_ps = o->start, .end_ps = o->end, .critical_ps = o->end - before, .bound_by = bound_by(result, o),
        };
        before = o->end;
        if (!fl_db_add_operator(db, &row, err) ||
            !tallies_write(result, db, &ledger->delta[o->delta], (uint32_t)n + 1, err))
            return false;
    }
    return true;
}

static bool static_write(const struct fl_result *result, const struct fl_phase_result *phase, const char *prefix,
                         struct fl_db *db, struct fl_err *err)
{
    for (uint32_t unit = 0; unit < result->arch.sim.units; unit++) {
        struct static_count statics[STATICS];
        static_counts(result, phase, unit, statics);
        for (int s = 0; s < STATICS; s++) {
            char action[96];
            snprintf(action, sizeof action, "%s%s", prefix, statics[s].action);
            struct fl_tally_row row = { unit, 0, action, statics[s].count };
            if (row.count != 0 && !fl_db_add_tally(db, &row, err))
                return false;
        }
    }
    return true;
}

/* What setup counted, summed over its operators. */
static bool setup_write(const struct fl_result *result, struct fl_db *db, struct fl_err *err)
{
    if (result->plan.setup.insts == 0)
        return true;
    int64_t *sum = totals(result, &result->setup), *next = sum;
    bool ok = true;
    for (uint32_t unit = 0; ok && unit < result->arch.sim.units; unit++) {
        const struct unit *u = result->arch.sim.unit[unit];
        for (uint32_t c = 0; ok && c < fl_unit_counts(u); c++, next++) {
            char action[96];
            snprintf(action, sizeof action, "setup_%s", fl_unit_count_name(u, c));
            struct fl_tally_row row = { unit, 0, action, *next };
            ok = *next == 0 || c == FL_WAKES || fl_db_add_tally(db, &row, err);
        }
    }
    free(sum);
    return ok && static_write(result, &result->setup, "setup_", db, err);
}

static bool leaps_write(const struct fl_result *result, struct fl_db *db, struct fl_err *err)
{
    for (int i = 0; i < FL_LEVELS; i++) {
        const struct fl_leap_level *l = &result->run.level[i];
        struct fl_leap_row row = { i, (int64_t)l->represented, (int64_t)l->simulated, (int64_t)l->transient, l->period,
                                   l->breaker };
        if (l->boundaries > 0 && !fl_db_add_leap(db, &row, err))
            return false;
    }
    return true;
}

bool fanlight_store(struct fl_result *result, const char *path, int64_t *number, struct fl_err *err)
{
    struct fl_db *db;
    struct fl_run_row row = fl_result_run_row(result);
    if (!fl_db_open(&db, path, err))
        return false;
    bool ok = fl_db_begin_run(db, &row, number, err) && units_write(result, db, err) &&
              fl_result_prices_write(result, db, err) &&
              operators_write(result, db, err) && static_write(result, &result->run, "", db, err) &&
              setup_write(result, db, err) && leaps_write(result, db, err) && fl_db_end_run(db, err);
    if (!ok)
        fl_db_undo_run(db);
    fl_db_close(db);
    return ok;
}
