/* mapfile.c - lines of a mapping file held against a machine and a trace; and a plan as such lines. */
#include "mapping/mapfile.h"

#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"
#include "base/whole.h"
#include "mapping/deal.h"
#include "mapping/spread.h"

/* ---- which line for which operator ---- */

/* The line of an operator of a block, or of its pieces: one that names the block, else one that names none. */
static struct fl_map_line *line_of(const struct fl_mapfile *file, size_t block, const struct fl_op *op, bool pieces)
{
    struct fl_map_line *found = NULL;
    for (struct fl_map_line *line = file->first; line != NULL; line = line->next) {
        bool one = line->given & 1u << FL_MAP_BLOCK;
        bool named = strcmp(line->name, op->name) == 0 && line->number[FL_MAP_PIECES] == pieces;
        if (named && (one ? line->number[FL_MAP_BLOCK] == (int64_t)block : found == NULL))
            found = line;
    }
    return found;
}

static bool names_one(const struct fl_map_line *line, const struct fl_trace *trace)
{
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            if (strcmp(trace->block[b].op[i].name, line->name) == 0 &&
                (!(line->given & 1u << FL_MAP_BLOCK) || line->number[FL_MAP_BLOCK] == (int64_t)b))
                return true;
    return false;
}

bool fl_mapfile_check(const struct fl_mapfile *file, const struct fl_trace *trace, struct fl_err *err)
{
    struct fl_arena arena = {0};
    size_t count = 0;
    bool good = true;
    for (size_t b = 0; b < trace->blocks; b++)
        count += trace->block[b].ops;
    const char **name = fl_arena_array(&arena, count + 1, sizeof *name);
    count = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            if (fl_op_is_product(&trace->block[b].op[i]))
                name[count++] = trace->block[b].op[i].name;
    for (const struct fl_map_line *line = file->first; line != NULL; line = line->next) {
        if (names_one(line, trace))
            continue;
        const char *where = fl_arena_format(&arena, "%s:%d", file->path, line->line);
        const char *near = fl_nearest(line->name, name, count);
        bool block = line->given & 1u << FL_MAP_BLOCK && names_one(&(struct fl_map_line){.name = line->name}, trace);
        if (block)
            good = fl_fail(err, where, "block %" PRId64 " of the trace has no operator \"%s\"",
                           line->number[FL_MAP_BLOCK], line->name);
        else
            good = fl_fail(err, where, "the trace has no operator \"%s\"%s%s%s", line->name,
                           near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    fl_arena_free(&arena);
    return good;
}

/* ---- a line as a mapping ---- */

static int32_t pool_named(const struct fl_machine *machine, const char *name)
{
    for (int32_t i = 0; i < machine->pools; i++)
        if (strcmp(machine->pool[i].name, name) == 0)
            return i;
    return -1;
}

static int64_t given(const struct fl_map_line *line, int key, int64_t preset)
{
    return line->given & 1u << key ? line->number[key] : preset;
}

/* What the line leaves open is as large as it can be (tiles), one (cores; with weights in place as many as there are
 * tiles), or done where it can be (keep, sums). */
static struct fl_mapping mapping_of(const struct fl_map_line *line, const struct fl_machine *machine, int32_t pool,
                                    const struct fl_op *op)
{
    const struct fl_pool *p = &machine->pool[pool];
    bool swapped = given(line, FL_MAP_SWAPPED, 0), stay = given(line, FL_MAP_IN_PLACE, 0);
    const struct fl_op view = fl_map_view(op, swapped);
    struct fl_mapping m;
    if (fl_pool_streams(p))
        fl_deal_map(op, p, &m);         /* which has no choice: fl_cover tells what is said otherwise */
    else if (p->spread)
        fl_spread_map(op, p, &m, NULL); /* nor has this */
    else
        fl_map_tiles(&view, p, &m);
    const struct fl_mapping preset = m;
    bool dealt = fl_mapping_dealt(&m);
    m.strategy = "file";
    m.number = pool;
    m.swapped = swapped;
    m.in_place = stay;
    m.tile_k = given(line, FL_MAP_TILE_K, m.tile_k);
    m.tile_n = given(line, FL_MAP_TILE_N, m.tile_n);
    m.cores_g = given(line, FL_MAP_CORES_G, stay ? view.groups : 1);
    m.cores_k = given(line, FL_MAP_CORES_K, stay ? fl_ceil_div(view.k, m.tile_k) : preset.cores_k);
    m.cores_n = given(line, FL_MAP_CORES_N, stay ? fl_ceil_div(view.n, m.tile_n) : preset.cores_n);
    m.cores_m = given(line, FL_MAP_CORES_M, 1);
    m.tile_m = given(line, FL_MAP_TILE_M, dealt ? preset.tile_m : fl_ceil_div(view.m, m.cores_m));
    bool overflow = false;              /* fl_cover tells it */
    m.cores = fl_product(fl_product(m.cores_g, m.cores_k, &overflow), m.cores_n, &overflow);
    m.cores = fl_product(m.cores, m.cores_m, &overflow);
    if (m.spread && !m.streams)         /* told by cores of inputs alone */
        m.cores = preset.cores;
    if (!dealt || line->given & 1u << FL_MAP_ORDER)
        memcpy(m.order, line->order, sizeof m.order);
    return m;
}

/* Tells each fault with file and line, for the first operator that has them. */
static bool tell(const struct fl_mapfile *file, struct fl_map_line *line, const struct fl_err *why, struct fl_err *err)
{
    for (int i = 0; i < why->faults && !line->told; i++)
        fl_fail(err, NULL, "%s:%d: %s", file->path, line->line, why->fault[i].line);
    line->told |= err != NULL;
    return false;
}

/* The mapping of a line, `keep` and sums settled; false with its faults. */
static bool settle(const struct fl_mapfile *file, struct fl_map_line *line, const struct fl_machine *machine,
                   const struct fl_op *op, struct fl_mapping *m, struct fl_err *err)
{
    struct fl_err why = {0};
    int32_t pool = pool_named(machine, line->pool);
    bool sane = pool >= 0 && fl_op_is_product(op) && fl_pool_check(&machine->pool[pool], &why) &&
                fl_engine_optical.fits(machine, pool, op, &why);
    if (pool < 0)
        fl_fail(&why, op->name, "the machine has no pool \"%s\"", line->pool);
    else if (!fl_op_is_product(op))
        fl_fail(&why, op->name, "is digital work; optical cores multiply only");
    if (sane) {
        *m = mapping_of(line, machine, pool, op);
        m->accumulate = given(line, FL_MAP_SUMS, fl_mapping_dealt(m) && m->accumulate);
        m->keep = given(line, FL_MAP_KEEP, 0);
        sane = fl_cover(op, machine, m, &why);
    }
    if (sane && !fl_mapping_dealt(m)) {
        struct fl_mapping best = *m;
        fl_map_sums(op, &machine->pool[pool], &best);
        fl_map_keep(op, machine, &best);
        m->accumulate = given(line, FL_MAP_SUMS, best.accumulate);
        m->keep = given(line, FL_MAP_KEEP, best.keep);
    }
    sane = sane && fl_mapping_bound(op, machine, m, NULL, &why);
    if (!sane)
        tell(file, line, &why, err);
    fl_err_free(&why);
    return sane;
}

/* ---- the plan's mapper ---- */

/* Is the machine one that the file was made for? */
static bool suits(const struct fl_mapfile *file, const struct fl_machine *machine, struct fl_err *err)
{
    static const char *const how[] = {"none", "block"};
    if (file->overlap_line == 0 || file->overlaps == machine->overlaps)
        return true;
    struct fl_arena arena = {0};
    const char *where = fl_arena_format(&arena, "%s:%d", file->path, file->overlap_line);
    fl_fail(err, where, "a mapping for operators that overlap by %s; the design's machine.overlap is %s: run it with "
            "--overlap %s, or write one anew with --write-map", how[file->overlaps], how[machine->overlaps],
            how[file->overlaps]);
    fl_arena_free(&arena);
    return false;
}

/* The machine without the cores that lines keep weights on. */
static bool ready(struct fl_mapfile *file, const struct fl_machine *machine, struct fl_err *err)
{
    file->ready = true;
    file->choice = (struct fl_choice){.mapper = fl_mapper_find(file->otherwise), .whole = *machine};
    if (file->choice.mapper->chooses)
        file->choice.mapper = NULL;
    struct fl_machine fitted = *machine;
    struct fl_weights weights;
    int64_t ahead;
    if (!suits(file, machine, err) || !fl_weights_find(&weights, &file->arena, file->trace, &fitted, err))
        return false;
    for (size_t b = 0; b < file->trace->blocks; b++)
        for (size_t i = 0; i < file->trace->block[b].ops; i++) {
            const struct fl_op *op = &file->trace->block[b].op[i];
            const struct fl_weight *w = fl_weights_of(&weights, file->trace, b, op, &ahead);
            struct fl_map_line *line = line_of(file, b, op, false);
            struct fl_mapping m;
            if (line == NULL || !given(line, FL_MAP_IN_PLACE, 0) || !settle(file, line, machine, op, &m, NULL))
                continue;
            if (w != NULL && (w->block != b || w->user != op))
                continue;               /* another token's: the same weights on the same cores */
            struct fl_pool *pool = &file->choice.whole.pool[m.number];
            pool->cores -= fl_least(pool->cores, fl_times_held(fl_map_held(op, &m), file->trace->block[b].repeat,
                                                                      INT64_MAX));
        }
    return fl_mapfile_check(file, file->trace, err);
}

static bool map(void *context, const struct fl_machine *machine, size_t block, const struct fl_op *op,
                const struct fl_spill *spill, struct fl_mapping *mapping, struct fl_err *err)
{
    struct fl_mapfile *file = context;
    if (!file->ready && !ready(file, machine, err))
        return false;
    struct fl_map_line *line = line_of(file, block, op, false);
    *mapping = (struct fl_mapping){0};
    if (line == NULL) {
        bool on_chip = fl_choose(&file->choice, block, op, spill, mapping, err);
        mapping->beside = !on_chip && !fl_op_is_product(op);
        return on_chip;
    }
    if (!line->digital)
        return settle(file, line, machine, op, mapping, err);
    struct fl_err why = {0};
    bool good = fl_map_digital(op, machine, mapping, &why) || tell(file, line, &why, err);
    mapping->beside = line->gpu;
    fl_err_free(&why);
    return good;
}

static bool map_piece(void *context, const struct fl_machine *machine, size_t block, const struct fl_op *piece,
                      struct fl_mapping *mapping)
{
    const struct fl_mapfile *file = context;
    struct fl_map_line *line = line_of(file, block, piece, true);
    return line != NULL && settle(file, line, machine, piece, mapping, NULL);
}

struct fl_mapped_by fl_mapfile_mapped_by(struct fl_mapfile *file, const struct fl_trace *trace)
{
    file->trace = trace;
    file->ready = false;
    return (struct fl_mapped_by){.map = map, .map_piece = map_piece, .context = file, .given = true};
}

/* ---- a plan as text ---- */

/* On a GPU beside a chip? */
static bool is_beside(const struct fl_plan_op *p, const struct fl_machine *machine)
{
    return p->mapping.engine == &fl_engine_gpu && machine->sram_bits > 0;
}

/* The mapping of an operator, or that of its pieces. */
static void write_line(FILE *out, const struct fl_plan_op *p, const struct fl_machine *machine, bool one_of_many,
                       bool pieces)
{
    const struct fl_mapping *m = pieces ? &p->mapping : &p->whole;
    fprintf(out, "%s %-12s", is_beside(p, machine) ? "gpu" : !fl_on_cores(m) ? "digital" : "optical", p->op->name);
    if (one_of_many)
        fprintf(out, " block=%zu", p->block);
    if (pieces)
        fprintf(out, " pieces=yes");
    if (fl_on_cores(m)) {
        fprintf(out, " pool=%s order=%c,%c,%c,%c", machine->pool[m->number].name, fl_map_axes[m->order[0]],
                fl_map_axes[m->order[1]], fl_map_axes[m->order[2]], fl_map_axes[m->order[3]]);
        fprintf(out, " tile_k=%" PRId64 " tile_n=%" PRId64 " tile_m=%" PRId64, m->tile_k, m->tile_n, m->tile_m);
        fprintf(out, " cores_g=%" PRId64 " cores_k=%" PRId64 " cores_n=%" PRId64 " cores_m=%" PRId64, m->cores_g,
                m->cores_k, m->cores_n, m->cores_m);
        fprintf(out, "%s%s keep=%s sums=%s", m->swapped ? " swapped=yes" : "", m->in_place ? " in_place=yes" : "",
                m->keep ? "yes" : "no", m->accumulate ? "stay" : "spill");
    }
    fputc('\n', out);
}

void fl_mapfile_write(FILE *out, const struct fl_plan *plan, const struct fl_trace *trace,
                      const struct fl_machine *machine, const char *design)
{
    fprintf(out, "fanlight-mapping 1\n# %s of %s on %s\noverlap %s\n", trace->phase, trace->model, design,
            machine->overlaps ? "block" : "none");
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *p = &plan->op[i];
        bool many = false, first = true;
        bool said = fl_op_is_product(p->op) || is_beside(p, machine);
        for (size_t j = 0; j < plan->ops && said; j++) {
            if (strcmp(plan->op[j].op->name, p->op->name) != 0)
                continue;
            many |= !fl_mapping_same(&plan->op[j].whole, &p->whole) || plan->op[j].own != p->own ||
                    !fl_mapping_same(&plan->op[j].mapping, &p->mapping);
            first &= j >= i;
        }
        if (said && (many || first))
            write_line(out, p, machine, many, false);
        if (said && (many || first) && p->own)
            write_line(out, p, machine, many, true);
    }
}
