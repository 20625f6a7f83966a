/* answers.c - what a finished run has to say, without a file: its rows in memory, and the views over them.
 *
 * The same SQL answers for runs in memory and runs in files, so the two cannot differ. Sums over operators are
 * quickly made and do for totals; rows operator by operator are made when they are asked for.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/abi.h"
#include "api/result.h"
#include "base/whole.h"

/* ---- errors ---- */

struct fl_err *fanlight_err_new(void)
{
    return fl_calloc(1, sizeof(struct fl_err));
}

const char *fanlight_err_text(const struct fl_err *err)
{
    return fl_err_text(err);
}

int fanlight_err_code(const struct fl_err *err)
{
    return (int)err->code;
}

void fanlight_err_clear(struct fl_err *err)
{
    fl_err_free(err);
}

void fanlight_err_free(struct fl_err *err)
{
    if (err != NULL)
        fl_err_free(err);
    fl_free(err);
}

/* ---- rows in memory ---- */

static bool rows_open(struct fl_result *result, struct fl_db **db, bool by_operator, struct fl_err *err)
{
    struct fl_rows rows = {0};
    int64_t number;
    if (*db != NULL)
        return true;
    if (!fl_db_open_memory(db, err))
        return false;
    fl_result_rows(result, by_operator, &rows);
    bool ok = fl_db_store(*db, &rows, &number, err);
    fl_rows_free(&rows);
    if (!ok) {
        fl_db_close(*db);
        *db = NULL;
    }
    return ok;
}

/* Enough for totals. */
static bool sums_open(struct fl_result *result, struct fl_db **db, struct fl_err *err)
{
    if (result->whole == NULL && !rows_open(result, &result->sums, false, err))
        return false;
    *db = result->whole != NULL ? result->whole : result->sums;
    return true;
}

static bool whole_open(struct fl_result *result, struct fl_db **db, struct fl_err *err)
{
    if (!rows_open(result, &result->whole, true, err))
        return false;
    *db = result->whole;
    return true;
}

/* A query of ours or the caller's over the rows of a result, told row by row. */
struct asking {
    struct fl_result *result;
    bool whole;                         /* operator by operator */
    const char *sql;
    void (*row)(void *context, int columns, const char *const *name, const char *const *text, const double *number);
    void *context;
};

static bool rows_tell(void *context, struct fl_err *err)
{
    const struct asking *a = context;
    struct fl_db *db;
    return (a->whole ? whole_open(a->result, &db, err) : sums_open(a->result, &db, err)) &&
           fl_db_rows(db, a->sql, a->row, a->context, err);
}

static bool ask_totals(struct fl_result *result, const char *sql,
                       void (*row)(void *context, int columns, const char *const *name, const char *const *text,
                                   const double *number),
                       void *context, struct fl_err *err)
{
    struct asking a = { result, false, sql, row, context };
    return fl_result_ask(result, rows_tell, &a, err);
}

static bool ask_whole(struct fl_result *result, const char *sql,
                      void (*row)(void *context, int columns, const char *const *name, const char *const *text,
                                  const double *number),
                      void *context, struct fl_err *err)
{
    struct asking a = { result, true, sql, row, context };
    return fl_result_ask(result, rows_tell, &a, err);
}

/* ---- rows as records ---- */

struct hearer {
    union {
        void (*component)(void *context, const struct fl_component *component);
        void (*operator_)(void *context, const struct fl_operator *operator_);
        void (*unit)(void *context, const struct fl_unit_use *unit);
    } tell;
    void *context;
};

static const char *text_or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

_Static_assert(sizeof(struct fl_summary) == FL_FIGURES * sizeof(double), "a member for each figure");

static void summary_fill(void *context, int columns, const char *const *name, const char *const *text,
                         const double *n)
{
    struct fl_summary *summary = context;
    (void)columns, (void)name, (void)text;
#define FILL(name) summary->name = *n++;
    FL_EACH_FIGURE(FILL)
#undef FILL
}

bool fanlight_summary_sized(struct fl_result *result, struct fl_summary *summary, size_t size, struct fl_err *err)
{
    struct fl_summary own = {0};
    bool ok = ask_totals(result, FL_FIGURES_SQL, summary_fill, &own, err);
    fl_record_give(summary, size, &own, sizeof own);
    return ok;
}

static void component_tell(void *context, int columns, const char *const *name, const char *const *text,
                           const double *n)
{
    const struct hearer *to = context;
    const struct fl_component component = {text[0], n[1], n[2], n[3], n[4]};
    (void)columns, (void)name;
    to->tell.component(to->context, &component);
}

bool fanlight_components(struct fl_result *result, void (*tell)(void *context, const struct fl_component *component),
                         void *context, struct fl_err *err)
{
    struct hearer to = {.tell.component = tell, .context = context};
    return ask_totals(result, "select component, dynamic_j, static_j, total_j, coalesce(share, 0) "
                      "from energy_by_component order by total_j desc, component", component_tell, &to, err);
}

static void operator_tell(void *context, int columns, const char *const *name, const char *const *text,
                          const double *n)
{
    const struct hearer *to = context;
    const struct fl_operator one = {
        .number = fl_whole(n[0], 0, INT64_MAX), .layer = fl_whole(n[1], INT64_MIN, INT64_MAX), .name = text[2],
        .kind = text_or_nothing(text[3]), .placed = text_or_nothing(text[4]), .bound_by = text_or_nothing(text[5]),
        .macs = text[6] != NULL ? strtoll(text[6], NULL, 10) : 0, .start_s = n[7], .end_s = n[8], .critical_s = n[9],
        .energy_j = n[10]};
    (void)columns, (void)name;
    to->tell.operator_(to->context, &one);
}

bool fanlight_operators(struct fl_result *result, void (*tell)(void *context, const struct fl_operator *operator_),
                        void *context, struct fl_err *err)
{
    struct hearer to = {.tell.operator_ = tell, .context = context};
    return ask_whole(result, "select e.operator, coalesce(e.layer, -1), e.name, e.kind, o.placed, o.bound_by, o.macs, "
                     "coalesce(o.start_ps, 0) / 1e12, coalesce(o.end_ps, 0) / 1e12, "
                     "coalesce(o.critical_ps, 0) / 1e12, e.energy_j from energy_by_operator e "
                     "left join operator o on o.run = e.run and o.operator = e.operator "
                     "order by e.operator = 0, e.operator, e.name", operator_tell, &to, err);
}

static void unit_tell(void *context, int columns, const char *const *name, const char *const *text, const double *n)
{
    const struct hearer *to = context;
    const struct fl_unit_use unit = {text[0], text[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]};
    (void)columns, (void)name;
    to->tell.unit(to->context, &unit);
}

bool fanlight_units(struct fl_result *result, void (*tell)(void *context, const struct fl_unit_use *unit),
                    void *context, struct fl_err *err)
{
    struct hearer to = {.tell.unit = tell, .context = context};
    return ask_totals(result, "select u.path, kind, area_um2 * copies / 1e6, peak_w * copies, busy_s, blocked_s, "
                      "idle_s, utilization, lane_utilization from unit u join utilization using (run, unit) "
                      "order by unit", unit_tell, &to, err);
}

bool fanlight_query(struct fl_result *result, const char *sql,
                    void (*tell)(void *context, int columns, const char *const *name, const char *const *text,
                                 const double *number),
                    void *context, struct fl_err *err)
{
    return ask_whole(result, sql, tell, context, err);
}

struct reporting { struct fl_result *result; FILE *out; };

static bool report(void *context, struct fl_err *err)
{
    const struct reporting *r = context;
    struct fl_db *db;
    return whole_open(r->result, &db, err) && fl_report(db, 1, NULL, FL_TABLE, r->out, err);
}

bool fanlight_report(struct fl_result *result, FILE *out, struct fl_err *err)
{
    struct reporting r = { result, out };
    return fl_result_ask(result, report, &r, err);
}

/* ---- what there is ---- */

struct listing { const char *what; void (*tell)(void *context, const char *name); void *context; };

static const char *const *mapper_names(struct fl_arena *arena)
{
    size_t count = 0;
    while (fl_mapper_at(count) != NULL)
        count++;
    const char **name = fl_arena_array(arena, count + 1, sizeof *name);
    for (size_t i = 0; i < count; i++)
        name[i] = fl_mapper_at(i)->name;
    return name;
}

static const char *const *unit_names(struct fl_arena *arena)
{
    size_t count = 0;
    while (fl_unit_types[count] != NULL)
        count++;
    const char **name = fl_arena_array(arena, count + 1, sizeof *name);
    for (size_t i = 0; i < count; i++)
        name[i] = fl_unit_types[i]->kind;
    return name;
}

static bool list(void *context, struct fl_err *err)
{
    const struct listing *l = context;
    struct fl_arena arena = {0};
    static const struct { const char *what; const char *const *(*names)(struct fl_arena *arena); } kinds[] = {
        {"designs", fl_design_names}, {"models", fl_trace_models}, {"devices", fl_device_names},
        {"mappers", mapper_names}, {"units", unit_names}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (strcmp(l->what, kinds[k].what) != 0)
            continue;
        for (const char *const *name = kinds[k].names(&arena); *name != NULL; name++)
            l->tell(l->context, *name);
        fl_arena_free(&arena);
        return true;
    }
    return fl_fail(err, "fanlight_list", "\"%s\" is not one of designs, models, devices, mappers, units", l->what);
}

bool fanlight_list(const char *what, void (*tell)(void *context, const char *name), void *context, struct fl_err *err)
{
    struct listing l = { what, tell, context };
    return fl_guard(list, &l, NULL, err);
}
