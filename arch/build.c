/* build.c - a design made into a machine: clocks, units, wires.
 *
 * Units are created in the order of the slots, which numbers them and so orders events of
 * one time. A machine is made twice: once to be described to mappers (how fast is each
 * unit, how much light is lost), and once for a plan, when `fit` has found its numbers.
 */
#include "arch/build.h"
#include "arch/layout.h"
#include "arch/param.h"
#include "arch/arch.h"
#include "arch/path.h"
#include "base/quantity.h"
#include "machine/optical.h"
#include "phys/loss.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLOCKS = 64 };
static const fl_time FRAME_MOST = 1000000;      /* ps: operators wait for an edge no longer than this */

/* Slots of an engine; engines: pools, vector units, GPUs, OPUs, control, memory, mover, links between chips. */
enum { SLOTS = 11, ENGINES = FL_POOLS + FL_VECTORS + FL_GPUS + FL_OPUS + 4 };

/* One of the engines of the machine. */
struct engine {
    const struct fl_engine_type *type;
    int64_t number;                     /* in its paths */
    int32_t index;                      /* among those of its kind */
    const struct fl_pool *pool;         /* of an optical one */
    struct unit *unit[SLOTS];           /* in its slots; NULL: left out */
};

struct build {
    struct fl_arch *arch;
    const struct fl_design *design;
    const struct fl_machine *plan;      /* what `fit` came to; NULL while describing */
    struct engine engine[ENGINES];      /* in order of creation; pools that are left out are not among them */
    size_t engines;
    int64_t depth;                      /* of memory that grows to fit */
    struct fl_err *err;
};

static const char *path_of(const struct build *b, const char *group, const char *name)
{
    return group[0] != '\0' ? fl_arena_format(&b->arch->sim.arena, "%s.%s", group, name) : name;
}

static const struct fl_value *value_at(const struct build *b, const char *group, const char *name)
{
    return fl_design_find(b->design, path_of(b, group, name));
}

static bool is_fit(const struct fl_value *value)
{
    return strcmp(value->text, FL_FIT) == 0;
}

/* Fills a struct from a table; the design was checked, so a fault here is one of range at most. */
static bool params_fill(const struct build *b, const char *group, const struct fl_param *param, void *base)
{
    bool good = true;
    for (; param != NULL && param->name != NULL; param++) {
        const struct fl_value *value = value_at(b, group, param->name);
        fl_assert(value != NULL);
        if (is_fit(value) && fl_param_type(param) == FL_COUNT)
            memcpy((char *)base + param->offset, &b->depth, sizeof b->depth);
        else if (!fl_param_read(param, value->text, base, value->path, b->err))
            good = false;
    }
    return good;
}

/* ---- clocks ---- */

/* The clock of a unit: one of `clocks`, or its own; made when first asked for. */
static struct fl_clock *clock_of(struct build *b, const char *group)
{
    struct fl_sim *sim = &b->arch->sim;
    const char *name = value_at(b, group, "clock")->text, *text = name;
    for (uint32_t i = 0; i < sim->clocks; i++)
        if (strcmp(sim->clock[i]->name, name) == 0)
            return sim->clock[i];
    const struct fl_value *named = value_at(b, "clocks", name);
    if (named != NULL)
        text = named->text;
    struct fl_clock *clock = fl_arena_alloc(&sim->arena, sizeof *clock);
    int64_t p, q;
    bool read = fl_quantity_period(text, &p, &q, name, b->err) && fl_clock_from_ps(clock, p, q);
    fl_assert(read && sim->clocks < CLOCKS);
    clock->name = name;
    sim->clock[sim->clocks++] = clock;
    return clock;
}

/* Does any unit do things by the clock? What takes no time does not. */
static bool clock_ticks(const struct fl_sim *sim, const struct fl_clock *clock)
{
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->clock == clock && !sim->unit[i]->timeless)
            return true;
    return false;
}

/* The joint period of all clocks that tick but one (-1: of all). */
static fl_time joint_without(const struct fl_sim *sim, int64_t left_out)
{
    fl_time joint = 1;
    for (uint32_t i = 0; i < sim->clocks; i++)
        if ((int64_t)i != left_out && clock_ticks(sim, sim->clock[i]))
            joint = fl_clock_joint(joint, sim->clock[i]);
    return joint;
}

/* Operators start on a frame edge, where all clocks are in phase; the clock without which that would come soonest is
 * named when it comes too late. */
static void frame_set(struct build *b)
{
    struct fl_sim *sim = &b->arch->sim;
    fl_time joint = b->arch->joint = joint_without(sim, -1);
    sim->frame = (struct fl_clock){"frame", joint < FRAME_MOST ? joint : FRAME_MOST, 1, 0};
    if (joint <= FRAME_MOST)
        return;
    uint32_t guilty = 0;
    for (uint32_t i = 1; i < sim->clocks; i++)
        if (joint_without(sim, i) < joint_without(sim, guilty))
            guilty = i;
    const struct fl_clock *clock = sim->clock[guilty];
    b->arch->joint_note = fl_arena_format(
        &sim->arena, "the clocks are in phase only every %s: clock \"%s\", %lld/%lld ps, makes it longer than 1 us; "
        "a simple ratio to the others makes runs faster", joint == FL_NEVER ? "100 days or more" :
        fl_arena_format(&sim->arena, "%.6g us", (double)joint * 1e-6), clock->name, (long long)clock->p,
        (long long)clock->q);
}

/* ---- pools ---- */

/* The path of the slot of an engine that has a function. */
static const char *slot_path(const struct build *b, const struct fl_engine_type *engine, size_t number,
                             enum fl_does does)
{
    return fl_path_of(&b->arch->sim.arena, engine, (int64_t)number, fl_engine_slot_that(engine, does)->name);
}

/* A count that a unit may have: 0 if it has no such key. */
static int64_t count_at(const struct build *b, const char *group, const char *name)
{
    int64_t count = 0;
    const struct fl_value *value = value_at(b, group, name);
    if (value != NULL)
        fl_quantity_count(value->text, "", &count, value->path, b->err);
    return count;
}

/* Sizes and bits of a core's devices: keys that not every device has. */
static void pool_size(const struct build *b, size_t core, struct fl_pool *pool)
{
    const char *holds = slot_path(b, &fl_engine_optical, core, FL_SLOT_HOLDS);
    pool->columns = count_at(b, holds, "columns");
    pool->rows = count_at(b, holds, "rows");
    pool->pixel_bits = (int32_t)count_at(b, holds, "pixel_bits");
    pool->vectors = count_at(b, holds, "vectors");
    const char *sums = slot_path(b, &fl_engine_optical, core, FL_SLOT_INTEGRATES);
    pool->window = count_at(b, sums, "window");
    pool->wired = count_at(b, sums, "wired");
    pool->dac_bits = (int32_t)count_at(b, slot_path(b, &fl_engine_optical, core, FL_SLOT_CONVERTS_INPUTS), "bits");
}

static bool pool_make(struct build *b, size_t core)
{
    struct fl_sim *sim = &b->arch->sim;
    struct fl_machine *machine = &b->arch->machine;
    const char *group = fl_path_of(&sim->arena, &fl_engine_optical, (int64_t)core, "");
    struct fl_core_keys keys;
    if (!params_fill(b, group, fl_engine_optical.params, &keys))
        return false;
    bool fit = is_fit(value_at(b, group, fl_engine_optical.params[0].name));
    if (!fit && keys.cores == 0)
        return true;
    struct fl_pool *pool = fl_arena_alloc(&sim->arena, sizeof *pool);
    int32_t index = machine->pools++;
    if (b->plan != NULL)
        *pool = b->plan->pool[index];
    else
        *pool = (struct fl_pool){
            .name = value_at(b, group, "name")->text, .index = index, .core = (int32_t)core, .dynamic = keys.dynamic,
            .fixed = keys.fixed, .fit = fit, .cores = fit ? 1 : keys.cores, .shared_input = keys.shared_input,
            .input_sets = keys.shared_input ? keys.input_sets : 0, .gate_rows = keys.gate_rows,
            .spread = keys.spread, .reread = keys.reread, .sum_bits = (int32_t)keys.sum_bits,
            .input_bits = (int32_t)keys.input_bits, .weight_bits = (int32_t)keys.weight_bits,
            .output_bits = (int32_t)keys.output_bits, .encoding = keys.encoding, .reference = keys.reference,
            .weight_slices = keys.weight_slices, .quantum_efficiency = 1,
            .loss_db = keys.signal_integrity ? fl_integrity_db((double)keys.input_bits) : 0,
        };
    pool_size(b, core, pool);
    machine->pool[index] = *pool;
    b->arch->pool[index] = pool;
    b->engine[b->engines++] = (struct engine){&fl_engine_optical, (int64_t)core, index, pool, {NULL}};
    return true;
}

/* The engines of a type that the design lists, or the one that it has. */
static bool engines_make(struct build *b, const struct fl_engine_type *type)
{
    bool good = true;
    size_t listed = type->list != NULL ? fl_design_count(b->design, type) : 0;
    for (size_t i = 0; i < listed && good; i++)
        if (type == &fl_engine_optical)
            good = pool_make(b, i);
        else
            b->engine[b->engines++] = (struct engine){type, (int64_t)i, (int32_t)i, NULL, {NULL}};
    bool here = type->list == NULL || (type->alone && value_at(b, type->list, "type") != NULL);
    if (listed == 0 && here)
        b->engine[b->engines++] = (struct engine){type, FL_EVERY, 0, NULL, {NULL}};
    return good;
}

static bool all_engines_make(struct build *b)
{
    bool good = true;
    for (size_t i = 0; fl_engine_types[i] != NULL && good; i++)
        good = engines_make(b, fl_engine_types[i]);
    for (size_t i = 0; i < b->engines; i++) {
        b->arch->machine.vectors += b->engine[i].type == &fl_engine_vector;
        b->arch->machine.gpus += b->engine[i].type == &fl_engine_gpu;
        b->arch->machine.opus += b->engine[i].type == &fl_engine_opu;
    }
    return good;
}

/* ---- units ---- */

static void ideal_set(struct unit *u)
{
    for (const struct fl_param *param = u->type->params; param != NULL && param->name != NULL; param++)
        if (fl_param_type(param) == FL_FLAG && strcmp(param->name, "ideal") == 0)
            memcpy((char *)u + param->offset, &(bool){true}, sizeof(bool));
}

static bool unit_make(struct build *b, const char *path, const struct engine *engine, struct unit **made)
{
    const struct fl_value *type = value_at(b, path, "type");
    if (type == NULL || strcmp(type->text, "none") == 0)
        return true;
    struct unit *u = fl_sim_unit(&b->arch->sim, fl_unit_type_find(type->text), path, clock_of(b, path));
    u->engine = engine->index;
    if (engine->pool != NULL)
        fl_pool_enter(u, engine->pool);
    *made = u;
    if (!params_fill(b, path, u->type->params, u))
        return false;
    if (b->arch->machine.ideal_memory)
        ideal_set(u);
    return true;
}

static bool units_make(struct build *b)
{
    bool good = true;
    for (struct engine *e = b->engine; e < b->engine + b->engines; e++)
        for (size_t slot = 0; e->type->slots[slot].name != NULL; slot++) {
            fl_assert(slot < SLOTS);
            const char *path = fl_path_of(&b->arch->sim.arena, e->type, e->number, e->type->slots[slot].name);
            good = unit_make(b, path, e, &e->unit[slot]) && good;
        }
    b->arch->sequencer = b->arch->sim.unit[0];
    return good;
}

/* ---- wires ---- */

/* The unit in a slot of an engine, or of one that the machine has once; NULL: left out. */
static struct unit *unit_at(const struct build *b, const struct engine *engine, const char *name)
{
    const struct fl_slot *slot = fl_engine_slot(engine->type, name);
    for (const struct engine *e = b->engine; slot == NULL; e++) {
        fl_assert(e < b->engine + b->engines);
        slot = e->type->list == NULL ? fl_engine_slot(e->type, name) : NULL;
        engine = e;
    }
    return engine->unit[slot - engine->type->slots];
}

static bool join_make(const struct build *b, const struct fl_join *join, const struct engine *engine)
{
    bool good = true, there[FL_THROUGH];
    struct fl_wire wire[FL_WIRES];
    if (join->with != NULL && unit_at(b, engine, join->with) == NULL)
        return true;
    for (int i = 0; i < FL_THROUGH; i++)
        there[i] = join->through[i].slot != NULL && unit_at(b, engine, join->through[i].slot) != NULL;
    size_t wires = fl_join_wires(join, there, wire);
    for (size_t i = 0; i < wires; i++) {
        struct unit *from = unit_at(b, engine, wire[i].from.slot), *to = unit_at(b, engine, wire[i].to.slot);
        if (from != NULL && to != NULL)     /* else what is shared was left out, as nobody shares it */
            good = fl_sim_join(&b->arch->sim, from, wire[i].from.port, to, wire[i].to.port, b->err) && good;
    }
    return good;
}

/* Each wire of all engines of a type, then the next: lines of a port that many share are numbered so. */
static bool wires_make(const struct build *b)
{
    bool good = true;
    const struct engine *end = b->engine + b->engines;
    for (size_t i = 0; fl_engine_types[i] != NULL; i++)
        for (const struct fl_join *join = fl_engine_types[i]->joins; join->from.slot != NULL; join++)
            for (const struct engine *e = b->engine; e < end; e++)
                if (e->type == fl_engine_types[i])
                    good = join_make(b, join, e) && good;
    return good;
}

/* ---- the whole ---- */

/* Every unit but the links is there on each of the chips. */
static void chips_count(struct build *b)
{
    struct fl_sim *sim = &b->arch->sim;
    const struct unit *links = NULL;
    for (const struct engine *e = b->engine; e < b->engine + b->engines; e++)
        if (e->type == &fl_engine_chips)
            links = e->unit[0];
    if (links == NULL)
        return;
    links->type->describe(links, &b->arch->machine);
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i] != links)
            sim->unit[i]->cores = fl_times_held(sim->unit[i]->cores, fl_chips_all(&b->arch->machine.chips), INT64_MAX);
}

static bool machine_keys_read(struct build *b)
{
    struct fl_machine_keys keys;
    if (!params_fill(b, "machine", fl_machine_params, &keys))
        return false;
    struct fl_machine *machine = &b->arch->machine;
    machine->ideal_memory = keys.ideal_memory;
    machine->overlaps = keys.overlap == 1;
    machine->block_rows = keys.block;
    machine->activation_bits = (int32_t)keys.activation_bits;
    machine->accumulator_bits = (int32_t)keys.accumulator_bits;
    machine->weight_bits = (int32_t)keys.weight_bits;
    machine->kv_bits = (int32_t)keys.kv_bits;
    machine->status = keys.status > 0 ? fl_status_names[keys.status] : NULL;
    machine->error_limit = keys.error_limit;
    const struct fl_slot *store = fl_engine_slot_that(&fl_engine_mover, FL_SLOT_STORES);
    const struct fl_value *depth = value_at(b, store->name, store->fit);
    machine->dram_fit = depth != NULL && is_fit(depth);
    return true;
}

static bool arch_make(struct build *b)
{
    struct fl_sim *sim = &b->arch->sim;
    sim->clock = fl_arena_array(&sim->arena, CLOCKS, sizeof(struct fl_clock *));
    const struct fl_value *mapper = value_at(b, "", "mapper");
    b->arch->mapper = mapper != NULL ? mapper->text : NULL;
    if (!machine_keys_read(b) || !all_engines_make(b) || !units_make(b) || !wires_make(b))
        return false;
    if (!fl_sim_ready(sim, b->err))     /* now units know whether they take time */
        return false;
    frame_set(b);
    chips_count(b);
    fl_arch_price(b->arch, b->design);
    return true;
}

bool fl_arch_describe(struct fl_machine *machine, const struct fl_design *design, struct fl_err *err)
{
    struct fl_arch arch = {0};
    struct build b = {.arch = &arch, .design = design, .depth = 1, .err = err};
    bool good = arch_make(&b);
    for (uint32_t i = 0; good && i < arch.sim.units; i++)
        if (arch.sim.unit[i]->type->describe != NULL)
            arch.sim.unit[i]->type->describe(arch.sim.unit[i], &arch.machine);
    *machine = arch.machine;
    fl_arch_free(&arch);
    return good;
}

/* How many times a memory of `fit` depth must be as deep as one of depth 1. */
static bool depth_find(struct build *b)
{
    struct fl_machine one;
    b->depth = 1;
    if (!b->plan->dram_fit)
        return true;
    if (!fl_arch_describe(&one, b->design, b->err))
        return false;
    fl_assert(one.dram_bits > 0);
    if (b->plan->dram_bits > one.dram_bits)
        b->depth = (b->plan->dram_bits - 1) / one.dram_bits + 1;
    return true;
}

bool fl_arch_build_plain(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                         struct fl_err *err)
{
    memset(arch, 0, sizeof *arch);
    struct build b = {.arch = arch, .design = design, .plan = machine, .err = err};
    if (depth_find(&b) && arch_make(&b)) {
        arch->machine = *machine;
        return true;
    }
    fl_arch_free(arch);
    return false;
}

size_t fl_arch_unpriced(const struct fl_arch *arch, FILE *out)
{
    size_t unpriced = 0;
    for (size_t i = 0; i < arch->prices; i++) {
        const struct fl_price *p = &arch->price[i];
        if (p->class != FL_STATIC || p->fj != 0 || p->source != NULL)
            continue;
        if (p->file != NULL)
            fprintf(out, "%s:%d: ", p->file, p->line);
        fprintf(out, "%s = \"0 mW\": unpriced, no source says that it draws nothing\n",
                p->key != NULL ? p->key : arch->sim.unit[p->unit]->path);
        unpriced++;
    }
    return unpriced;
}

void fl_arch_free(struct fl_arch *arch)
{
    fl_sim_free(&arch->sim);
    memset(arch, 0, sizeof *arch);
}
