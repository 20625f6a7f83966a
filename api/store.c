/* store.c - a finished run as rows: units, operators, tallies, prices.
 *
 * The ledger keeps equal differences once; here they are written out for every operator.
 * Operators are in operators.c. Operator 0 holds what belongs to none: how long static consumers burnt, and the setup.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "base/quantity.h"
#include "base/whole.h"
#include "machine/optics.h"
#include "stats/stats.h"

enum { ACTION_BYTES = 96 };

/* ---- rows ---- */

/* Shortest operand of the products with weights; 0: there is none. */
static int64_t width_of(const struct fl_trace *trace)
{
    int64_t width = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (const struct fl_op *op = trace->block[b].op; op < trace->block[b].op + trace->block[b].ops; op++)
            if (fl_op_has_weights(op) && (width == 0 || op->k < width))
                width = op->k;
    return width;
}

/* Products of all projections; as many as can be counted. */
static int64_t projected_of(const struct fl_trace *trace)
{
    int64_t sum = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            int64_t one;
            if (!fl_op_projected(&trace->block[b].op[i], &one) || !fl_times(one, trace->block[b].repeat, &one) ||
                !fl_plus(sum, one, &sum))
                return INT64_MAX;
        }
    return sum;
}

struct fl_run_row fl_result_run_row(struct fl_result *result)
{
    const struct fl_trace *trace = fl_result_asked(result);
    if (result->trace_text == NULL)
        result->trace_text = fl_trace_text(&result->trace);
    int64_t weights;
    struct fl_figures figures;
    if (!fl_trace_weights(trace, &weights))
        weights = 0;                    /* more than can be counted */
    fl_result_figures(result, &figures);
    struct fl_worst worst = fl_result_worst(result);
    return (struct fl_run_row){
        .label = result->label, .design = result->design.name, .model = trace->model, .phase = trace->phase,
        .mapper = result->mapper, .objective = result->objective, .context = trace->context,
        .tokens = trace->tokens, .start_utc = result->start_utc, .wall_s = result->wall_s,
        .batch = fl_times_held(trace->batch, fl_chips_batches(&result->machine.chips), INT64_MAX),
        .version = fanlight_version(), .command = result->command, .design_text = result->design.text,
        .workload_text = result->trace_text, .latency_ps = result->run.latency_ps,
        .setup_ps = result->setup.latency_ps, .inferences = result->inferences,
        .leapt_share = result->run.leapt_share, .notes = result->notes,
        .peak_macs_per_s = figures.peak_macs_per_s, .width = width_of(trace), .parameters = weights,
        .bound_s = fl_plan_bound_ps(&result->plan) * 1e-12, .worst_error = worst.error,
        .worst_operator = worst.name, .worst_limit = worst.limit,
        .error_limit = result->arch.machine.error_limit, .status = result->arch.machine.status,
        .projected_macs = projected_of(trace),
    };
}

static void units_write(const struct fl_result *result, struct fl_rows *rows)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        struct fl_unit_row row = { .path = u->path, .kind = u->type->kind, .copies = 1, .peak_w = fl_unit_peak_w(u),
                                   .beside = fl_chips_stages(&result->machine.chips),
                                   .area_um2 = u->area_um2 * (double)u->cores,
                                   .lanes = fl_times_held(u->lanes, u->cores, INT64_MAX) };
        if (u->lanes > 0) {
            row.lane_action = u->type->tallies[u->lane_tally].action;
            row.lane_ps = u->lane_ps;
        }
        if (u->endurance > 0) {
            row.cells = fl_times_held(u->cells, u->cores, INT64_MAX);
            row.endurance = u->endurance;
        }
        if (u->cells > 0 && u->pool->channels > 1) {
            const struct fl_channels channels = fl_pool_channels(u->pool);
            row.resolution = fl_channels_levels(&channels);
        }
        fl_rows_add_unit(rows, &row);
    }
}

/* The action under which the setup's counts of a price are stored; false: this run has no setup. */
static bool setup_action(const struct fl_result *result, const struct fl_price *price, char action[ACTION_BYTES])
{
    snprintf(action, ACTION_BYTES, "setup_%s", price->action);
    return result->plan.setup.insts > 0;
}

static void range_rows(const struct fl_result *result, struct fl_rows *rows)
{
    for (size_t i = 0; i < result->arch.ranges; i++) {
        char action[ACTION_BYTES];
        const struct fl_range *r = &result->arch.range[i];
        const struct fl_price *p = &result->arch.price[r->price];
        struct fl_range_row row = { .unit = p->unit, .action = p->action, .component = p->component, .class = p->class,
                                    .key = r->key, .source = r->source, .low_fj = r->low_fj, .high_fj = r->high_fj };
        fl_rows_add_range(rows, &row);
        if (setup_action(result, p, action)) {
            row.action = action;
            row.class = FL_SETUP;
            fl_rows_add_range(rows, &row);
        }
    }
}

void fl_result_price_rows(const struct fl_result *result, struct fl_rows *rows)
{
    range_rows(result, rows);
    for (size_t i = 0; i < result->arch.prices; i++) {
        char action[ACTION_BYTES];
        const struct fl_price *p = &result->arch.price[i];
        struct fl_price_row row = {
            .unit = p->unit, .action = p->action, .component = p->component, .class = p->class, .fj = p->fj,
            .source = p->source, .file = p->file, .line = p->line, .key = p->key, .low_fj = p->low_fj,
            .high_fj = p->high_fj };
        fl_rows_add_price(rows, &row);
        if (setup_action(result, p, action)) {
            row.action = action;
            row.class = FL_SETUP;
            fl_rows_add_price(rows, &row);
        }
    }
}

static void static_write(const struct fl_result *result, const struct fl_phase_result *phase, const char *prefix,
                         struct fl_rows *rows)
{
    for (uint32_t unit = 0; unit < result->arch.sim.units; unit++) {
        for (enum fl_burnt of = FL_RUN_PS; of <= FL_HELD_PS; of++) {
            char action[ACTION_BYTES];
            snprintf(action, sizeof action, "%s%s", prefix, fl_burnt_name(of));
            struct fl_tally_row row = { .unit = unit, .action = action,
                                        .count = fl_result_burnt_ps(result, phase, unit, of) };
            if (row.count != 0)
                fl_rows_add_tally(rows, &row);
        }
    }
}

/* What a phase counted: all of it, or what no step causes. */
static void sums_write(const struct fl_result *result, const struct fl_phase_result *phase, const char *prefix,
                       bool all, struct fl_rows *rows)
{
    const int64_t *next = phase->counted;
    for (uint32_t unit = 0; unit < result->arch.sim.units; unit++) {
        const struct unit *u = result->arch.sim.unit[unit];
        for (uint32_t c = 0; c < u->counts; c++, next++) {
            char action[ACTION_BYTES];
            snprintf(action, sizeof action, "%s%s", prefix, fl_unit_count_name(u, c));
            struct fl_tally_row row = { .unit = unit, .action = action, .count = *next };
            if (*next != 0 && c != FL_WAKES && (all || fl_unit_count_stepless(u, c)))
                fl_rows_add_tally(rows, &row);
        }
    }
}

static void leaps_write(const struct fl_result *result, struct fl_rows *rows)
{
    for (int i = 0; i < FL_LEVELS; i++) {
        const struct fl_leap_level *l = &result->run.level[i];
        struct fl_leap_row row = {
            .level = i, .represented = (int64_t)l->represented, .simulated = (int64_t)l->simulated,
            .transient = (int64_t)l->transient, .period = l->period, .breaker = l->breaker };
        if (l->boundaries > 0)
            fl_rows_add_leap(rows, &row);
    }
}

void fl_result_rows(struct fl_result *result, bool by_operator, struct fl_rows *rows)
{
    struct fl_run_row row = fl_result_run_row(result);
    fl_rows_set_run(rows, &row);
    units_write(result, rows);
    fl_result_price_rows(result, rows);
    fl_result_operator_rows(result, by_operator, rows);
    sums_write(result, &result->run, "", !by_operator, rows);
    static_write(result, &result->run, "", rows);
    if (result->plan.setup.insts > 0) {
        sums_write(result, &result->setup, "setup_", true, rows);
        static_write(result, &result->setup, "setup_", rows);
    }
    leaps_write(result, rows);
}

void fl_rows_of_failure(const struct fl_request *request, const struct fl_at_hand *work,
                        const struct fl_prepared *prepared, const char *why, struct fl_rows *rows)
{
    const struct fl_trace *trace = work->trace;
    struct fl_run_row row = {
        .label = request->label, .design = prepared->design.name, .mapper = prepared->strategy,
        .objective = request->objective ? request->objective : "latency", .version = fanlight_version(),
        .command = request->command, .design_text = prepared->design.text, .workload_text = work->text,
        .error = why,
        .status = prepared->machine.status,
    };
    if (row.design == NULL)
        row.design = request->design ? request->design : FANLIGHT_DESIGN;
    if (row.mapper == NULL)
        row.mapper = request->mapper;
    row.model = trace->model;
    row.phase = trace->phase;
    row.context = trace->context;
    row.tokens = trace->tokens;
    row.batch = trace->batch;
    fl_rows_set_run(rows, &row);
}

struct storing { struct fl_result *result; const char *path; int64_t *number; const struct fl_tested *tested; };

static bool store(void *context, struct fl_err *err)
{
    const struct storing *s = context;
    struct fl_db *db;
    struct fl_rows rows = { 0 };
    if (!fl_db_open(&db, s->path, err))
        return false;
    fl_result_rows(s->result, true, &rows);
    bool ok = s->tested != NULL ? fl_db_store_tested(db, &rows, s->tested, s->number, err)
                                : fl_db_store(db, &rows, s->number, err);
    fl_rows_free(&rows);
    fl_db_close(db);
    return ok;
}

bool fanlight_store(struct fl_result *result, const char *path, int64_t *number, struct fl_err *err)
{
    struct storing s = { result, path, number, NULL };
    return fl_result_ask(result, store, &s, err);
}

/* A setting with its number in the key's own measure: "core.x" is a key of every core that has it. */
static struct fl_setting_row setting_of(const struct fl_design *design, const char *text, struct fl_arena *arena)
{
    size_t name = strcspn(text, "=");
    struct fl_setting_row row = { fl_arena_slice(arena, text, name), text + name + 1, NAN };
    const struct fl_value *value = fl_design_find(design, row.name);
    for (int core = 0; core < 4 && value == NULL && strncmp(row.name, "core.", 5) == 0; core++)
        value = fl_design_find(design, fl_arena_format(arena, "core[%d]%s", core, row.name + 4));
    const char *measure = value != NULL && value->measure != NULL ? value->measure :
                          strncmp(row.name, "clocks.", 7) == 0 ? "Hz" : "";
    if (!fl_quantity_read(row.value, measure, &row.number, NULL, NULL))
        row.number = NAN;
    return row;
}

bool fl_result_store_reached(struct fl_result *result, const char *path, const struct fl_reached *reached,
                             int64_t *number, struct fl_err *err)
{
    struct fl_arena arena = { 0 };
    struct fl_setting_row *varied = fl_arena_array(&arena, reached->settings + 1, sizeof *varied);
    for (size_t i = 0; i < reached->settings; i++)
        varied[i] = setting_of(&result->design, reached->setting[i], &arena);
    const struct fl_tested tested = { reached->row, varied, reached->rows, reached->settings };
    struct storing s = { result, path, number, &tested };
    bool ok = fl_result_ask(result, store, &s, err);
    fl_arena_free(&arena);
    return ok;
}
