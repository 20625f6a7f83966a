/* operators.c - the operators of a finished run as rows: when they ran, where, and what bound them.
 *
 * The ledger keeps equal differences once; what was busiest in one is looked for once, too.
 */
#include <string.h>

#include "api/result.h"
#include "arch/path.h"
#include "stats/stats.h"
#include "traces/divide.h"

/* ---- what bound it ---- */

static bool has_optical(const struct unit *u, enum fl_way way)
{
    for (const struct fl_portdef *port = u->type->ports; port != NULL && port->name != NULL; port++)
        if (port->domain == FL_OPTICAL && port->way == way)
            return true;
    return false;
}

/* Busy for reasons of its own: light that merely passes a unit keeps the one that emits it. */
static int64_t own_busy(const struct fl_result *result, const struct fl_delta *d, const struct fl_entry *busy)
{
    struct unit *const *unit = result->arch.sim.unit;
    const struct unit *u = unit[busy->unit];
    int64_t own = busy->count;
    if (u->pool == NULL || !has_optical(u, FL_IN) || !has_optical(u, FL_OUT))
        return own;
    for (uint32_t i = 0; i < d->entries; i++) {
        const struct fl_entry *e = &result->run.ledger.entry[d->first + i];
        if (e->tally == FL_BUSY_PS && unit[e->unit]->pool == u->pool && has_optical(unit[e->unit], FL_OUT) &&
            !has_optical(unit[e->unit], FL_IN))
            own -= e->count;
    }
    return own;
}

/* The unit busiest in the operators of one difference, and for how long. */
struct busiest { const struct unit *unit; int64_t ps; bool known; };

static struct busiest busiest_find(const struct fl_result *result, const struct fl_delta *d)
{
    struct busiest most = { .known = true };
    for (uint32_t i = 0; i < d->entries; i++) {
        const struct fl_entry *e = &result->run.ledger.entry[d->first + i];
        int64_t busy = e->tally == FL_BUSY_PS ? own_busy(result, d, e) : -1;
        bool tie = busy == most.ps && most.unit == result->arch.sequencer;      /* control only follows */
        if (busy > most.ps || tie) {
            most.unit = result->arch.sim.unit[e->unit];
            most.ps = busy;
        }
    }
    return most;
}

/* ---- one after another ---- */

/* The operators of a run in the order they ran. */
struct walk {
    const struct fl_result *result;
    struct busiest *busiest;            /* by difference */
    struct fl_place_in_trace place;
    size_t next;                        /* occurrence */
    struct fl_arena arena;
    const char *path[FL_ENGINE_TYPES][FL_POOLS];        /* of engines, by type and number, as they are asked for */
};

static void walk_start(struct walk *w, const struct fl_result *result)
{
    *w = (struct walk){ .result = result };
    w->busiest = fl_calloc(result->run.ledger.deltas + 1, sizeof *w->busiest);
}

static const char *placed(const struct fl_plan_op *op)
{
    const struct fl_engine_type *engine = op->mapping.engine;
    return fl_op_is_move(op->op) && !engine->memory ? "dma" : engine->place;
}

/* The path of the engine that worked on it. */
static const char *engine_of(struct walk *w, const struct fl_plan_op *op)
{
    const struct fl_mapping *m = &op->mapping;
    if (fl_op_is_move(op->op) && !m->engine->memory)
        return fl_engine_slot_that(&fl_engine_mover, FL_SLOT_MOVES)->name;
    const char **path = &w->path[fl_engine_index(m->engine)][m->number];
    if (*path != NULL)
        return *path;
    bool alone = m->engine->alone && fl_design_count(&w->result->design, m->engine) == 0;
    int32_t number = fl_on_cores(m) ? w->result->machine.pool[m->number].core : alone ? FL_EVERY : m->number;
    return *path = fl_path_of(&w->arena, m->engine, number, "");
}

/* The unit busiest between its start and end, if it was busy for more than half. */
static const char *bound_by(struct walk *w, const struct fl_occurrence *o)
{
    struct busiest *b = &w->busiest[o->delta];
    if (!b->known)
        *b = busiest_find(w->result, &w->result->run.ledger.delta[o->delta]);
    int64_t batches = fl_chips_batches(&w->result->machine.chips);
    return b->ps / batches > (o->end - o->start) / 2 ? b->unit->path : "latency";
}

/* The next operator as a row; w->place says which it is until the call after. False past the last. */
static bool walk_on(struct walk *w, struct fl_operator_row *row)
{
    const struct fl_result *result = w->result;
    if (w->next > 0)
        w->place.op++;
    if (w->next >= result->run.ledger.occurrences || !fl_trace_walk(&result->trace, &w->place)) {
        fl_free(w->busiest);
        return false;
    }
    const struct fl_occurrence *o = &result->run.ledger.occurrence[w->next++];
    const struct fl_block *block = &result->trace.block[w->place.block];
    const struct fl_plan_op *op = &result->plan.op[w->place.plan_op + w->place.op];
    *row = (struct fl_operator_row){
        .layer = fl_block_layer(block, w->place.repeat), .name = op->op->name,
        .kind = op->op->type->name, .macs = fl_op_all_macs(op->op), .placed = placed(op), .engine = engine_of(w, op),
        .start_ps = o->start, .end_ps = o->end, .critical_ps = result->run.critical[w->next - 1],
        .bound_by = bound_by(w, o),
    };
    return true;
}

static void tallies_write(const struct fl_result *result, struct fl_rows *rows, const struct fl_delta *d,
                          uint32_t number)
{
    for (uint32_t i = 0; i < d->entries; i++) {
        const struct fl_entry *e = &result->run.ledger.entry[d->first + i];
        struct fl_tally_row row = { .unit = e->unit, .operator = number, .count = e->count,
                                    .action = fl_unit_count_name(result->arch.sim.unit[e->unit], e->tally) };
        fl_rows_add_tally(rows, &row);
    }
}

static void operators_write(const struct fl_result *result, struct fl_rows *rows)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    struct walk w;
    struct fl_operator_row row;
    walk_start(&w, result);
    while (walk_on(&w, &row)) {
        fl_rows_add_operator(rows, &row);
        tallies_write(result, rows, &ledger->delta[ledger->occurrence[w.next - 1].delta], (uint32_t)w.next);
    }
    fl_arena_free(&w.arena);
}

/* ---- by name ---- */

/* Operators of one name and engine as one row: from the first start to the last end, bound as the longest was. */
struct sum_of_name { struct fl_operator_row row; int64_t longest_ps; };

static struct sum_of_name *sum_find(struct sum_of_name *sum, size_t sums, const struct fl_operator_row *row)
{
    for (size_t i = 0; i < sums; i++)
        if (strcmp(sum[i].row.name, row->name) == 0 && strcmp(sum[i].row.placed, row->placed) == 0 &&
            strcmp(sum[i].row.engine, row->engine) == 0)
            return &sum[i];
    return NULL;
}

static void sum_add(struct sum_of_name *sum, const struct fl_operator_row *row)
{
    sum->row.end_ps = row->end_ps;
    sum->row.macs += row->macs;
    sum->row.critical_ps += row->critical_ps;
    if (row->critical_ps > sum->longest_ps) {
        sum->longest_ps = row->critical_ps;
        sum->row.bound_by = row->bound_by;
    }
}

static void names_write(const struct fl_result *result, struct fl_rows *rows)
{
    struct walk w;
    struct fl_operator_row row;
    struct sum_of_name *sum = NULL;
    size_t *index = fl_calloc(result->plan.ops + 1, sizeof *index), sums = 0, room = 0;
    walk_start(&w, result);
    while (walk_on(&w, &row)) {
        size_t *known = &index[w.place.plan_op + w.place.op];
        row.layer = -1;
        if (*known == 0) {
            struct sum_of_name *found = sum_find(sum, sums, &row);
            if (found == NULL) {
                sum = fl_grow(sum, &room, sums, sizeof *sum);
                found = &sum[sums++];
                *found = (struct sum_of_name){ .row = row, .longest_ps = -1 };
                found->row.macs = found->row.critical_ps = 0;
            }
            *known = (size_t)(found - sum) + 1;
        }
        sum_add(&sum[*known - 1], &row);
    }
    for (size_t i = 0; i < sums; i++)
        fl_rows_add_operator(rows, &sum[i].row);
    fl_arena_free(&w.arena);
    fl_free(sum);
    fl_free(index);
}

void fl_result_operator_rows(const struct fl_result *result, bool by_operator, struct fl_rows *rows)
{
    if (by_operator)
        operators_write(result, rows);
    else
        names_write(result, rows);
}
