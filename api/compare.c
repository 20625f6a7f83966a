/* compare.c - tilings side by side: runs, and what they say of one another. */
#include "api/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/abi.h"
#include "api/result.h"

static const char preset[] = "weights_in_place,weight_stationary,output_stationary,input_stationary,digital,search";

/* ---- runs ---- */

/* The names asked for; NULL with a fault: none, or no such strategy. */
static char **mappers_of(struct fl_comparison *c, const char *asked, size_t *mappers, struct fl_err *err)
{
    char *list = fl_arena_text(&c->arena, asked != NULL ? asked : preset), *save = NULL;
    char **mapper = fl_arena_array(&c->arena, strlen(list) + 1, sizeof *mapper);
    bool ok = true;
    *mappers = 0;
    for (char *name = strtok_r(list, ", ", &save); name != NULL; name = strtok_r(NULL, ", ", &save)) {
        mapper[(*mappers)++] = name;
        if (fl_mapper_find(name) == NULL && strpbrk(name, "./") == NULL)
            ok = fl_fail(err, "--map", "no mapper \"%s\"; `fanlight list mappers` shows them, and a mapping file's "
                         "name has a dot or a slash in it", name);
    }
    if (*mappers == 0)
        ok = fl_fail(err, "--map", "names no tiling; give some, as in --map auto,search");
    return ok ? mapper : NULL;
}

/* Are machine and work as they should be, whatever the tiling? */
static bool request_check(const struct fl_request *request, struct fl_err *err)
{
    struct fl_request ask = *request;
    struct fl_prepared prepared;
    ask.mapper = "auto";
    if (!fl_prepare(&prepared, &ask, NULL, err))
        return false;
    fl_prepared_free(&prepared);
    return true;
}

/* One tiling: simulated, stored, read. A strategy that this machine or model cannot have is noted. */
static bool tiling_run(struct fl_comparison *c, const struct fl_request *request, const char *mapper, const char *db,
                       struct fl_err *err)
{
    struct fl_request ask = *request;
    struct fl_err unfit = {0};
    struct fl_result *result = NULL;
    ask.mapper = mapper;
    bool ok = fanlight_run(&ask, &result, &unfit), stopped = ask.stop != NULL && ask.stop(ask.context);
    const struct fl_not_compared none = {
        mapper, fl_arena_text(&c->arena, fl_err_first(&unfit)), unfit.code};
    if (result != NULL) {
        struct fl_tiling *tiling = &c->tiling[c->tilings++];
        fl_tiling_read(tiling, result, mapper, &c->arena);
        ok = db == NULL || fanlight_store(result, db, &tiling->run, err);
    } else if (ok) {                    /* `admit` turned the machine down, which no tiling changes */
        ok = fl_fail(err, mapper, "the machine was not admitted");
    } else if (unfit.code > FL_FAULT_USER) {
        c->broken[c->brokens++] = none;
        ok = true;
    } else if (stopped || strpbrk(mapper, "./") != NULL) {
        fl_fail(err, NULL, "%s", none.why);
    } else {
        c->unfit[c->unfits++] = none;
        ok = true;
    }
    fl_err_free(&unfit);
    fanlight_free(result);
    return ok;
}

bool fl_compare(struct fl_comparison *c, const struct fl_request *request, const char *db, struct fl_err *err)
{
    size_t mappers;
    *c = (struct fl_comparison){.objective = request->objective != NULL ? request->objective : "latency"};
    if ((db != NULL && !fl_db_check(db, err)) || !request_check(request, err))
        return false;
    char **mapper = mappers_of(c, request->mapper, &mappers, err);
    if (mapper == NULL)
        return false;
    c->tiling = fl_arena_array(&c->arena, mappers, sizeof *c->tiling);
    c->unfit = fl_arena_array(&c->arena, mappers, sizeof *c->unfit);
    c->broken = fl_arena_array(&c->arena, mappers, sizeof *c->broken);
    for (size_t i = 0; i < mappers; i++)
        if (!tiling_run(c, request, mapper[i], db, err))
            return false;
    for (size_t i = 0; i < c->unfits && c->tilings == 0; i++)
        fl_fail(err, NULL, "%s: %s", c->unfit[i].tiling, c->unfit[i].why);
    for (size_t i = 0; i < c->brokens && c->tilings == 0; i++)
        fl_fail_as(err, c->broken[i].code, c->broken[i].tiling, "%s", c->broken[i].why);
    if (c->tilings > 0)
        c->best = fl_tiling_best(c->tiling, c->tilings, c->objective);
    return c->tilings > 0;
}

void fl_comparison_free(struct fl_comparison *c)
{
    fl_arena_free(&c->arena);
    memset(c, 0, sizeof *c);
}

/* ---- for programs ---- */

struct comparing {
    const struct fl_request *request;
    const char *db;
    void (*tell)(void *context, const struct fl_compared *row);
    void *context;
};

static const char *notes_of(struct fl_comparison *c, const struct fl_tiling *t)
{
    if (t->remarks == NULL || t->search == NULL)
        return t->remarks != NULL ? t->remarks : t->search;
    return fl_arena_format(&c->arena, "%s; %s", t->remarks, t->search);
}

static void part_tell(const struct comparing *to, struct fl_comparison *c, size_t which,
                      const struct fl_tiling_part *part)
{
    const struct fl_tiling *t = &c->tiling[which];
    const bool all = part == &t->all;
    struct fl_compared row = {
        .tiling = t->mapper, .state = "done", .operator_ = part->name, .done_as = part->strategy,
        .bound_by = part->bound_by, .time_s = part->seconds, .energy_j = part->joules, .slm_loads = part->loads,
        .sram_bytes = part->sram_bytes, .dram_bytes = part->dram_bytes, .partial_bytes = part->partial_bytes,
        .mac_utilization = fl_tiling_utilization(t, part), .bound_s = part->bound_s, .best = which == c->best,
        .notes = all ? notes_of(c, t) : NULL, .run = t->run};
    if (all) {
        row.attention = t->attention.where;
        row.attention_bytes = (double)t->attention.held_bits / 8;
        row.attention_dram_bytes = t->attention.dram_bits / 8;
    }
    if (all && !row.best)
        row.why = fl_tiling_why(&c->tiling[c->best], t, c->objective, &c->arena);
    to->tell(to->context, &row);
}

static void none_tell(const struct comparing *to, const char *state, const struct fl_not_compared *none)
{
    const struct fl_compared row = {
        .tiling = none->tiling, .state = state, .operator_ = "(all)", .done_as = "", .bound_by = "", .time_s = NAN,
        .energy_j = NAN, .slm_loads = NAN, .sram_bytes = NAN, .dram_bytes = NAN, .partial_bytes = NAN,
        .mac_utilization = NAN, .bound_s = NAN, .why = none->why};
    to->tell(to->context, &row);
}

static bool compare(void *context, struct fl_err *err)
{
    const struct comparing *to = context;
    struct fl_comparison c;
    bool ok = fl_compare(&c, to->request, to->db, err);
    for (size_t i = 0; i < c.tilings && ok; i++)
        part_tell(to, &c, i, &c.tiling[i].all);
    for (size_t p = 0; ok && p < c.tiling[0].parts; p++)
        for (size_t i = 0; i < c.tilings; i++)
            part_tell(to, &c, i, &c.tiling[i].part[p]);
    for (size_t i = 0; i < c.unfits && ok; i++)
        none_tell(to, "unfit", &c.unfit[i]);
    for (size_t i = 0; i < c.brokens && ok; i++)
        none_tell(to, "failed", &c.broken[i]);
    fl_comparison_free(&c);
    return ok;
}

bool fanlight_compare_sized(const struct fl_request *request, size_t size, const char *db,
                            void (*tell)(void *context, const struct fl_compared *row), void *context,
                            struct fl_err *err)
{
    struct fl_request own;
    struct comparing to = {&own, db, tell, context};
    return fl_record_take(&own, sizeof own, request, size, "fl_request", err) && fl_guard(compare, &to, NULL, err);
}
