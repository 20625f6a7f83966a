/* tiling.c - a run as its tiling: what each operator took, what it loaded and moved, and what bound it. */
#include "api/tiling.h"

#include <string.h>

#include "api/result.h"
#include "base/table.h"

static const double ROUNDING = 1e-12;   /* of a sum of joules, against the same sum in another order */

static struct fl_tiling_part *part_of(struct fl_tiling *tiling, const struct fl_op *op)
{
    const char *name = fl_op_is_product(op) ? op->name : "(other)";
    for (size_t i = 0; i < tiling->parts; i++)
        if (strcmp(tiling->part[i].name, name) == 0)
            return &tiling->part[i];
    tiling->part[tiling->parts] = (struct fl_tiling_part){.name = name};
    return &tiling->part[tiling->parts++];
}

static void effort_add(struct fl_tiling_part *part, const struct fl_result *result, const struct fl_plan_op *p)
{
    const struct fl_mapping mapping = p->mapping;
    struct fl_effort effort;
    double times = (double)result->trace.block[p->block].repeat;
    double spilled = (double)p->spill_load_bits + (double)p->spill_store_bits;
    if (!fl_plan_op_effort(p, &result->machine, &effort))
        return;
    part->times += times;
    *(fl_on_cores(&mapping) ? &part->macs : &part->digital_macs) += (double)p->op->macs * times;
    part->bound_s += p->mapping.bound_ps * times * 1e-12;
    part->loads += effort.loads * times;
    part->core_pixels += mapping.cores > 0 ? effort.load_pixels / (double)mapping.cores * times : 0;
    part->sram_bytes += (effort.sram_bits + spilled) * times / 8;
    part->dram_bytes += (effort.dram_bits + spilled) * times / 8;
    part->partial_bytes += effort.partial_bits * times / 8;
    part->vectors += effort.vectors * times;
    if (part->strategy == NULL || p->mapping.bound_ps * times > part->longest_ps) {
        part->longest_ps = p->mapping.bound_ps * times;
        part->strategy = mapping.strategy;
        part->bound_by = p->mapping.bound_by;
        part->cores = fl_on_cores(&mapping) ? mapping.cores : 0;
    }
}

static void component_add(struct fl_tiling_part *part, const char *name, double joules)
{
    for (int i = 0; i < FL_COMPONENTS; i++) {
        struct fl_tiling_component *c = &part->component[i];
        if (c->name == NULL)
            c->name = name;
        if (strcmp(c->name, name) == 0) {
            c->joules += joules;
            return;
        }
    }
}

/* Joules of what an operator counted; static power is not any operator's own. */
static void joules_add(struct fl_tiling_part *part, const struct fl_result *result, const struct fl_delta *delta)
{
    const struct fl_arch *arch = &result->arch;
    for (uint32_t i = 0; i < delta->entries; i++) {
        const struct fl_entry *e = &result->run.ledger.entry[delta->first + i];
        for (size_t p = arch->price_at[e->unit]; p < arch->price_at[e->unit + 1]; p++) {
            const struct fl_price *price = &arch->price[p];
            if (price->count != (int32_t)e->tally || price->class != FL_DYNAMIC)
                continue;
            double joules = (double)e->count * price->fj * 1e-15;
            part->joules += joules;
            component_add(part, price->component, joules);
        }
    }
}

static void part_sum(struct fl_tiling_part *all, const struct fl_tiling_part *part)
{
    all->times += part->times;
    all->seconds += part->seconds;
    all->joules += part->joules;
    all->macs += part->macs;
    all->digital_macs += part->digital_macs;
    all->loads += part->loads;
    all->core_pixels += part->core_pixels;
    all->sram_bytes += part->sram_bytes;
    all->dram_bytes += part->dram_bytes;
    all->partial_bytes += part->partial_bytes;
    all->vectors += part->vectors;
    all->cores = part->cores > all->cores ? part->cores : all->cores;
}

/* Work that is no product goes last, before what burns all the time. */
static void other_last(struct fl_tiling *tiling)
{
    for (size_t i = 0; i + 1 < tiling->parts; i++)
        if (strcmp(tiling->part[i].name, "(other)") == 0) {
            struct fl_tiling_part other = tiling->part[i];
            memmove(&tiling->part[i], &tiling->part[i + 1], (tiling->parts - i - 1) * sizeof other);
            tiling->part[tiling->parts - 1] = other;
            return;
        }
}

static void occurrences_add(struct fl_tiling *tiling, const struct fl_result *result)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    struct fl_place_in_trace place = {0};
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        const struct fl_occurrence *o = &ledger->occurrence[n];
        struct fl_tiling_part *part = part_of(tiling, result->plan.op[place.plan_op + place.op].op);
        part->seconds += (double)result->run.critical[n] * 1e-12;
        joules_add(part, result, &ledger->delta[o->delta]);
    }
}

/* Texts outlive the run. */
static void texts_take(struct fl_tiling_part *part, struct fl_arena *arena)
{
    part->name = fl_arena_text(arena, part->name);
    part->strategy = part->strategy != NULL ? fl_arena_text(arena, part->strategy) : "";
    part->bound_by = part->bound_by != NULL ? fl_arena_text(arena, part->bound_by) : "";
    for (int c = 0; c < FL_COMPONENTS && part->component[c].name != NULL; c++)
        part->component[c].name = fl_arena_text(arena, part->component[c].name);
}

void fl_tiling_read(struct fl_tiling *tiling, const struct fl_result *result, const char *mapper,
                    struct fl_arena *arena)
{
    struct fl_figures figures;
    fl_result_figures(result, &figures);
    *tiling = (struct fl_tiling){
        .mapper = fl_arena_text(arena, mapper), .peak_macs_per_s = figures.peak_macs_per_s,
        .design = fl_arena_text(arena, result->design.name), .status = result->arch.machine.status,
        .remarks = result->remarks != NULL ? fl_arena_text(arena, result->remarks) : NULL,
        .search = result->search_note != NULL ? fl_arena_text(arena, result->search_note) : NULL,
        .mac_lanes = result->machine.vector[0].mac_lanes};
    fl_attention_find(&tiling->attention, &result->plan, &result->trace, &result->machine);
    tiling->part = fl_arena_array(arena, result->plan.ops + 2, sizeof *tiling->part);
    for (size_t i = 0; i < result->plan.ops; i++)
        effort_add(part_of(tiling, result->plan.op[i].op), result, &result->plan.op[i]);
    occurrences_add(tiling, result);
    other_last(tiling);
    tiling->all.name = "(all)";
    tiling->all.strategy = tiling->all.bound_by = "";
    for (size_t i = 0; i < tiling->parts; i++) {
        texts_take(&tiling->part[i], arena);
        part_sum(&tiling->all, &tiling->part[i]);
    }
    double joules = fl_result_energy_j(result), fixed = joules - tiling->all.joules;
    tiling->part[tiling->parts++] = (struct fl_tiling_part){
        .name = "(static)", .strategy = "", .bound_by = "", .joules = fixed > ROUNDING * joules ? fixed : 0};
    tiling->all.joules = joules;
    tiling->all.seconds = (double)result->run.latency_ps * 1e-12;
    tiling->all.bound_s = fl_plan_bound_ps(&result->plan) * 1e-12;      /* parts that run side by side do not add up */
}

double fl_tiling_utilization(const struct fl_tiling *tiling, const struct fl_tiling_part *part)
{
    double most = tiling->peak_macs_per_s * part->seconds;
    return most > 0 ? part->macs / most : 0;
}

const struct fl_tiling_part *fl_tiling_part_find(const struct fl_tiling *tiling, const char *name)
{
    for (size_t i = 0; i < tiling->parts; i++)
        if (strcmp(tiling->part[i].name, name) == 0)
            return &tiling->part[i];
    return NULL;
}

double fl_tiling_score(const struct fl_tiling *tiling, const char *objective)
{
    if (strcmp(objective, "latency") == 0)
        return tiling->all.seconds;
    return strcmp(objective, "energy") == 0 ? tiling->all.joules : tiling->all.joules * tiling->all.seconds;
}

/* Are all products done as the name says? A strategy that cannot do one leaves it to another. */
static bool pure(const struct fl_tiling *tiling)
{
    for (size_t i = 0; i < tiling->parts; i++)
        if (tiling->part[i].name[0] != '(' && strcmp(tiling->part[i].strategy, tiling->mapper) != 0)
            return false;
    return true;
}

size_t fl_tiling_best(const struct fl_tiling *tiling, size_t tilings, const char *objective)
{
    size_t best = 0;
    for (size_t i = 1; i < tilings; i++) {
        double one = fl_tiling_score(&tiling[i], objective), least = fl_tiling_score(&tiling[best], objective);
        if (one < least || (one == least && pure(&tiling[i]) && !pure(&tiling[best])))
            best = i;
    }
    return best;
}
