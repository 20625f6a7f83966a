/* machine.c - random machines: odd clocks, tiny rings, edge tiles, nested loops.
 *
 * Faults of leaps hide in corners: buffers of one, sizes that do not divide, single vectors,
 * clocks in odd ratios. So every parameter is drawn from a few values that include such.
 */
#include "tests/laws/machine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/laws/apart.h"
#include "tests/laws/memory.h"
#include "tests/laws/reader.h"

const struct law_twist law_plain = { NULL, false };

enum { DAC, SOURCE, FANOUT, SLM, WEIGHT_DAC, DETECTOR, ADC, ACCUMULATOR };
static const char *const core_kinds[LAW_SLOTS] = {
    "dac", "source", "fanout", "slm", "dac", "detector", "adc", "accumulator"
};
static const char *const core_names[LAW_SLOTS] = {
    "dac", "source", "fanout", "slm", "weight_dac", "detector", "adc", "accumulator"
};

/* ---- chance ---- */

static int64_t between(struct law_machine *m, int64_t least, int64_t most)
{
    return fl_rng_range(&m->rng, least, most);
}

static bool chance(struct law_machine *m, int64_t one_in)
{
    return between(m, 1, one_in) == 1;
}

#define PICK(m, ...) pick(m, (const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / 8)
static int64_t pick(struct law_machine *m, const int64_t *of, size_t n)
{
    return of[between(m, 0, (int64_t)n - 1)];
}

/* ---- units ---- */

static const struct fl_unit_type *type_of(const char *kind, const struct law_twist *twist)
{
    static const struct fl_unit_type *const own[] = { &law_memory, &law_reader };
    if (twist->type != NULL && strcmp(twist->type->kind, kind) == 0)
        return twist->type;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i]->kind, kind) == 0)
            return own[i];
    return fl_unit_type_find(kind);
}

static void set(struct unit *u, const char *name, int64_t value)
{
    const struct fl_param *p = u->type->params;
    while (p->name != NULL && strcmp(p->name, name) != 0)
        p++;
    ck_assert_msg(p->name != NULL, "%s has no parameter %s", u->type->kind, name);
    char *field = (char *)u + p->offset;
    double real = (double)value;
    int32_t choice = (int32_t)value;
    bool flag = value != 0;
    switch (fl_param_type(p)) {
    case FL_COUNT:
    case FL_SPAN: memcpy(field, &value, sizeof value); break;
    case FL_REAL: memcpy(field, &real, sizeof real); break;
    case FL_CHOICE: memcpy(field, &choice, sizeof choice); break;
    case FL_FLAG: memcpy(field, &flag, sizeof flag); break;
    }
}

/* Required parameters that no law looks at are 1. */
static struct unit *unit_new(struct law_machine *m, const struct law_twist *twist, const char *kind, const char *path,
                             const struct fl_pool *pool)
{
    const struct fl_unit_type *type = type_of(kind, twist);
    ck_assert_msg(type != NULL, "no unit type %s", kind);
    struct unit *u = fl_sim_unit(&m->sim, type, path, m->clocks[between(m, 0, LAW_CLOCKS - 1)]);
    if (pool != NULL)
        fl_pool_enter(u, pool);
    for (const struct fl_param *p = type->params; p->name != NULL; p++)
        if (isnan(p->preset))
            set(u, p->name, p->least > 1 ? (int64_t)p->least : 1);
    return u;
}

static void join(struct law_machine *m, struct unit *from, const char *out, struct unit *to, const char *in)
{
    struct fl_err err = {0};
    ck_assert_msg(fl_sim_join(&m->sim, from, out, to, in, &err), "%s", fl_err_text(&err));
}

static void join_memory(struct law_machine *m, struct unit *from, const char *ask, struct unit *to, const char *answer)
{
    join(m, from, ask, m->sram, "ask");
    join(m, m->sram, "give", to, answer);
}

/* ---- clocks and cores ---- */

static void clocks_draw(struct law_machine *m)
{
    static const int64_t period[][2] = {
        { 1000, 1 }, { 100, 1 }, { 625, 1 }, { 1000, 3 }, { 500, 1 }, { 750, 1 }, { 2000, 7 }, { 250, 1 }, { 997, 1 },
    };
    static const char *const name[LAW_CLOCKS] = { "clock a", "clock b", "clock c", "clock d" };
    int64_t kinds = chance(m, 8) ? 9 : chance(m, 2) ? 8 : 5;
    m->joint = 1;
    for (int i = 0; i < LAW_CLOCKS; i++) {
        int64_t k = between(m, 0, kinds - 1);
        m->clock[i] = (struct fl_clock){ name[i], period[k][0], period[k][1], 0 };
        m->clocks[i] = &m->clock[i];
        m->joint = fl_clock_joint(m->joint, &m->clock[i]);
    }
    m->sim.clock = m->clocks;
    m->sim.clocks = LAW_CLOCKS;
    m->sim.frame = (struct fl_clock){ "frame", chance(m, 4) ? 1 : m->joint, 1, 0 };
}

static void pool_draw(struct law_machine *m, int index)
{
    m->pool[index] = (struct fl_pool){
        .name = "pool", .index = index, .cores = PICK(m, 1, 1, 2, 3), .columns = PICK(m, 1, 3, 8, 10),
        .rows = PICK(m, 1, 2, 7, 8), .input_bits = 4, .weight_bits = 4, .output_bits = 4, .quantum_efficiency = 1,
    };
}

static void slm_draw(struct law_machine *m, struct unit *slm, const struct fl_pool *pool)
{
    set(slm, "columns", pool->columns);
    set(slm, "rows", pool->rows);
    set(slm, "back_frames", between(m, 0, 1));
    set(slm, "load_link", PICK(m, 0, 1000000000, 64000000000, 7000000000));
    set(slm, "row_time", PICK(m, 0, 0, 777));
    set(slm, "settle", PICK(m, 0, 500, 10000, 12345));
    set(slm, "chunk", m->chunk_bits);
    set(slm, "flight", PICK(m, 0, 1000, 77));
    static const int64_t blocks[] = { 0, 0, 1, 3, 16 };
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    set(slm, "blocks", blocks[fl_rng_range(&apart, 0, 4)]);
    set(slm, "dark", fl_rng_range(&apart, 0, 2));
}

static void core_build(struct law_machine *m, int index, const struct law_twist *twist)
{
    struct fl_pool *pool = &m->pool[index];
    struct unit **core = m->core[index];
    bool weight_dac = chance(m, 3);
    char path[64];
    for (int s = 0; s < LAW_SLOTS; s++) {
        if (s == WEIGHT_DAC && !weight_dac)
            continue;
        snprintf(path, sizeof path, "core[%d].%s", index, core_names[s]);
        core[s] = unit_new(m, twist, core_kinds[s], path, pool);
    }
    set(core[DAC], "lanes", PICK(m, 0, 1, 3));
    set(core[DAC], "latency", PICK(m, 0, 1, 5));
    set(core[SOURCE], "cycles", PICK(m, 1, 1, 3));
    set(core[SOURCE], "wavelength", 1550);
    set(core[FANOUT], "flight", PICK(m, 0, 10, 333));
    slm_draw(m, core[SLM], pool);
    if (weight_dac) {
        set(core[WEIGHT_DAC], "converts", 1);
        set(core[WEIGHT_DAC], "lanes", PICK(m, 0, 1, 4));
    }
    set(core[DETECTOR], "integration", PICK(m, 1, 100, 1000, 3333));
    set(core[ADC], "share", PICK(m, 1, 1, 2, 5));
    set(core[ADC], "latency", PICK(m, 0, 1, 4));
    set(core[ACCUMULATOR], "queue", PICK(m, 1, 2, 3, 16, 64));
    set(core[ACCUMULATOR], "lanes", PICK(m, 0, 1, 3));
}

static void core_join(struct law_machine *m, int index)
{
    struct unit **core = m->core[index];
    join_memory(m, m->sequencer, "issue", core[DAC], "values");
    join(m, core[DAC], "analog", core[SOURCE], "drive");
    join(m, core[SOURCE], "light_out", core[FANOUT], "light_in");
    join(m, core[FANOUT], "light_out", core[SLM], "light_in");
    join(m, core[SLM], "light_out", core[DETECTOR], "light_in");
    join(m, core[DETECTOR], "charge", core[ADC], "charge");
    join(m, core[ADC], "codes", core[ACCUMULATOR], "codes");
    join(m, core[ACCUMULATOR], "slot", core[SOURCE], "slot");
    join_memory(m, core[ACCUMULATOR], "fetch", core[ACCUMULATOR], "partial");
    join_memory(m, core[ACCUMULATOR], "store", m->sequencer, "done");
    join(m, m->sequencer, "tile", core[SLM], "tile");
    if (core[WEIGHT_DAC] != NULL) {
        join_memory(m, core[SLM], "fetch", core[WEIGHT_DAC], "values");
        join(m, core[WEIGHT_DAC], "analog", core[SLM], "weights");
    } else {
        join_memory(m, core[SLM], "fetch", core[SLM], "weights");
    }
    join(m, core[SLM], "ready", m->sequencer, "ready");
    join(m, m->dma, "staged", core[SLM], "staged");
}

/* ---- what cores share ---- */

/* The law's own memory knows all rules of state tables; the shipped one, with small rows and often refreshed, is
 * what machines have. Its clock must be a whole number of ps. */
static struct unit *memory_new(struct law_machine *m, const struct law_twist *twist)
{
    struct fl_clock *whole = NULL;
    for (int i = 0; i < LAW_CLOCKS; i++)
        if (m->clock[i].q == 1)
            whole = &m->clock[i];
    if (whole == NULL || chance(m, 2))
        return unit_new(m, twist, law_memory.kind, "dram", NULL);
    struct unit *u = unit_new(m, twist, "dram", "dram", NULL);
    u->clock = whole;
    return u;
}

static void dram_draw(struct law_machine *m)
{
    const struct { const char *name; int64_t value; } drawn[] = {
        { "channels", PICK(m, 1, 2, 3) }, { "ranks", PICK(m, 1, 2) }, { "groups", PICK(m, 1, 2, 4) },
        { "banks", PICK(m, 1, 2, 4) }, { "row", PICK(m, 8, 16, 64) }, { "width", 8 },
        { "burst_length", PICK(m, 2, 4, 8) },
        { "burst", PICK(m, 1, 2, 4) }, { "cl", PICK(m, 1, 5) }, { "cwl", PICK(m, 1, 3) }, { "trcd", PICK(m, 1, 4) },
        { "trp", PICK(m, 1, 4) }, { "tras", PICK(m, 2, 9) }, { "trrd_s", PICK(m, 1, 2) }, { "trrd_l", PICK(m, 2, 3) },
        { "tfaw", PICK(m, 4, 20) }, { "t32aw", PICK(m, 0, 200) }, { "tccd_s", PICK(m, 1, 4) },
        { "tccd_l", PICK(m, 2, 6) }, { "twr", PICK(m, 1, 8) }, { "twtr_s", PICK(m, 1, 3) }, { "twtr_l", PICK(m, 2, 5) },
        { "trtp", PICK(m, 1, 4) }, { "trfc", PICK(m, 5, 40) }, { "trefi", PICK(m, 60, 300, 1000, 5000) },
        { "transactions", PICK(m, 1, 4, 32) },
    };
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        set(m->memory, drawn[i].name, drawn[i].value);
}

static void law_memory_draw(struct law_machine *m)
{
    set(m->memory, "row", PICK(m, 16, 24, 48));
    set(m->memory, "banks", PICK(m, 1, 2, 3));
    set(m->memory, "beat", PICK(m, 8, 16, 5));
    set(m->memory, "open", PICK(m, 0, 2, 9));
    set(m->memory, "rest", PICK(m, 0, 3000, 20000));
    set(m->memory, "refresh_every", PICK(m, 0, 20000, 100000, 333333));
    set(m->memory, "refresh_for", PICK(m, 100, 3500));
}

static void memory_draw(struct law_machine *m)
{
    bool ideal = chance(m, 5);
    set(m->sram, "ideal", ideal);
    set(m->sram, "banks", PICK(m, 1, 2, 3));
    set(m->sram, "width", PICK(m, 8, 32, 7, 1000));
    set(m->sram, "latency", PICK(m, 0, 1, 3));
    set(m->sram, "ports", PICK(m, 1, 1, 2));
    set(m->sram, "cycle", PICK(m, 1, 1, 2));
    set(m->sram, "layout", between(m, 0, 1));
    set(m->sram, "read_energy", 1);
    set(m->sram, "write_energy", 1);
    set(m->memory, "ideal", ideal);
    if (strcmp(m->memory->type->kind, law_memory.kind) == 0)
        law_memory_draw(m);
    else
        dram_draw(m);
}

static void shared_build(struct law_machine *m, const struct law_twist *twist)
{
    m->sequencer = unit_new(m, twist, "sequencer", "sequencer", NULL);
    m->sram = unit_new(m, twist, "sram", "sram", NULL);
    m->memory = memory_new(m, twist);
    m->link = chance(m, 2) ? unit_new(m, twist, "link", "link", NULL) : NULL;
    if (twist->crowd && strcmp(m->memory->type->kind, "dram") == 0)
        m->reader = unit_new(m, twist, law_reader.kind, "reader", NULL);
    m->dma = unit_new(m, twist, "dma", "dma", NULL);
    m->vector = unit_new(m, twist, "vector", "vector", NULL);
    m->gpu = unit_new(m, twist, "gpu", "gpu", NULL);
    memory_draw(m);
    if (m->link != NULL) {
        set(m->link, "width", PICK(m, 1, 8, 33));
        set(m->link, "latency", PICK(m, 0, 1, 7));
    }
    set(m->dma, "chunk", m->chunk_bits);
    set(m->vector, "lanes", PICK(m, 1, 4, 5));
    set(m->vector, "mac_lanes", PICK(m, 1, 16, 10));
    set(m->vector, "latency", PICK(m, 0, 4));
    law_gpu_draw(m->gpu, m->rng.state);
}

static void shared_join(struct law_machine *m)
{
    struct unit *road = m->link != NULL ? m->link : m->memory;
    join(m, m->sequencer, "load", m->dma, "command");
    join(m, m->dma, "ask", road, m->link != NULL ? "in" : "ask");
    if (m->link != NULL) {
        join(m, m->link, "out", m->memory, "ask");
        join(m, m->memory, "give", m->link, "in");
    }
    join(m, road, m->link != NULL ? "out" : "give", m->dma, "data");
    if (m->reader != NULL) {
        join(m, m->reader, "ask", m->memory, "ask");
        join(m, m->memory, "give", m->reader, "data");
    }
    join_memory(m, m->dma, "store", m->dma, "stored");
    join_memory(m, m->dma, "fetch", m->dma, "fetched");
    join(m, m->dma, "arrived", m->vector, "arrived");
    join(m, m->dma, "done", m->sequencer, "done");
    join(m, m->sequencer, "work", m->vector, "work");
    join_memory(m, m->vector, "fetch", m->vector, "data");
    join_memory(m, m->vector, "store", m->sequencer, "done");
    join(m, m->sequencer, "launch", m->gpu, "launch");
    join(m, m->gpu, "done", m->sequencer, "done");
}

/* ---- programs ---- */

static void optical_draw(struct law_machine *m, struct fl_step *s)
{
    struct fl_light_step *light = fl_light_own(s);
    const struct fl_pool *pool = &m->pool[s->engine = (int32_t)between(m, 0, m->pools - 1)];
    s->load_from = (int32_t)PICK(m, FL_NOWHERE, FL_SRAM, FL_DRAM, FL_DRAM);
    s->vectors = PICK(m, 0, 1, 1, 2, 5, 17, 32, 64, 100);
    s->cores = between(m, 1, pool->cores);
    light->columns = chance(m, 2) ? pool->columns : between(m, 1, pool->columns);
    light->rows = chance(m, 2) ? pool->rows : between(m, 1, pool->rows);
    light->converted = s->cores * light->columns;
    light->detected = light->sampled = light->added = light->lit_rows = s->cores * light->rows;
    light->lit_paths = light->lit_rows * light->columns;
    light->operand = light->columns * between(m, 1, 3);
    s->read_bits = light->converted * 4;
    s->write_bits = chance(m, 3) ? 0 : light->detected * 8;
    s->partial_bits = chance(m, 2) ? 0 : light->detected * 8;
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    s->awaits = fl_rng_range(&apart, 0, 1) == 1;
    if (s->load_from != FL_NOWHERE) {
        light->load_rows = light->rows;
        light->load_pixels = s->cores * light->rows * light->columns;
        s->load_bits = light->load_pixels * 4;
    }
}

static void step_draw(struct law_machine *m, struct fl_step *s)
{
    *s = (struct fl_step){ .kind = (int32_t)PICK(m, FL_STEP_OPTICAL, FL_STEP_OPTICAL, FL_STEP_OPTICAL,
                                                 FL_STEP_OPTICAL, FL_STEP_VECTOR, FL_STEP_MOVE) };
    if (s->kind == FL_STEP_OPTICAL) {
        optical_draw(m, s);
    } else if (s->kind == FL_STEP_VECTOR) {
        struct fl_rows_step *rows = fl_rows_own(s);
        rows->function = between(m, 0, FL_FUNCTIONS - 1);
        s->vectors = PICK(m, 1, 2, 7, 40);
        rows->values = PICK(m, 1, 9, 30);
        s->read_bits = rows->values * 8;
        s->write_bits = chance(m, 4) ? 0 : rows->values * 8;
        law_weights_draw(s, m->chunk_bits, m->rng.state);
    } else {
        s->load_bits = PICK(m, 1, 100, 1000, 4096, 50000);
        s->store = chance(m, 2);
    }
    law_operator_draw(s, m->rng.state);
}

static void emit(struct law_machine *m, int32_t code, int64_t arg, int64_t count)
{
    ck_assert_uint_lt(m->program.insts, LAW_INSTS);
    m->inst[m->program.insts++] = (struct fl_inst){ code, (int32_t)arg, count };
}

/* Steps and loops of steps. */
static void body_draw(struct law_machine *m, int32_t depth, int32_t deeper)
{
    for (int64_t n = between(m, 1, 2); n > 0; n--) {
        if (deeper == 0 || chance(m, 3)) {
            emit(m, FL_STEP, between(m, 0, LAW_STEPS - 1) + m->slot * LAW_STEPS, 0);
            continue;
        }
        int32_t loop = (int32_t)m->program.insts;
        emit(m, FL_LOOP, depth, deeper == 1 ? PICK(m, 1, 2, 3, 10, 30) : PICK(m, 1, 2, 4, 7));
        body_draw(m, depth + 1, deeper - 1);
        emit(m, FL_NEXT, loop, 0);
    }
}

/* The operators drawn so far: where each begins, and its instructions. */
struct ops { size_t begin[LAW_OPS], length[LAW_OPS]; int64_t drawn; };

static int64_t relocated(const struct fl_inst *inst, int64_t by, int64_t deeper)
{
    if (inst->code == FL_NEXT)
        return inst->arg + by;
    return inst->code == FL_STEP ? inst->arg : inst->arg + deeper;
}

static void op_draw(struct law_machine *m, struct ops *ops, bool layers)
{
    size_t begin = m->program.insts;
    struct fl_rng apart = { m->rng.state };
    m->slot = (int32_t)fl_rng_range(&apart, 0, LAW_FLIGHTS - 1);
    emit(m, FL_OP, layers, m->slot);
    body_draw(m, layers, (int32_t)between(m, 0, 2));
    emit(m, FL_END_OP, m->slot, 0);
    if (ops->drawn < LAW_OPS) {
        ops->begin[ops->drawn] = begin;
        ops->length[ops->drawn++] = m->program.insts - begin;
    }
}

/* An operator drawn before, once more, elsewhere. */
static void op_echo(struct law_machine *m, const struct ops *ops, bool layers)
{
    int64_t which = between(m, 0, ops->drawn - 1);
    size_t from = ops->begin[which], to = m->program.insts;
    for (size_t i = 0; i < ops->length[which]; i++) {
        const struct fl_inst *inst = &m->inst[from + i];
        emit(m, inst->code, relocated(inst, (int64_t)to - (int64_t)from, layers - m->inst[from].arg), inst->count);
    }
}

/* Operators met before, now and then one that is new, in layers or not: as the steps of a decode. */
static void echoes_draw(struct law_machine *m, struct ops *ops)
{
    enum { MOST = LAW_INSTS - 200 };
    for (int64_t steps = between(m, 1, 8); steps > 0 && m->program.insts < MOST; steps--) {
        int32_t loop = (int32_t)m->program.insts;
        bool layers = chance(m, 3);
        if (layers)
            emit(m, FL_LOOP, 0, PICK(m, 1, 2, 3, 9));
        for (int64_t n = between(m, 1, 3); n > 0 && m->program.insts < MOST; n--)
            op_echo(m, ops, layers);
        if (chance(m, 4))
            op_draw(m, ops, layers);
        if (layers)
            emit(m, FL_NEXT, loop, 0);
    }
}

static void program_draw(struct law_machine *m)
{
    struct ops ops = { .drawn = 0 };
    for (int i = 0; i < LAW_STEPS; i++)
        step_draw(m, &m->step[i]);
    for (int32_t i = LAW_STEPS; i < LAW_FLIGHTS * LAW_STEPS; i++) {
        m->step[i] = m->step[i % LAW_STEPS];
        m->step[i].slot = i / LAW_STEPS;
    }
    m->program = (struct fl_program){ .inst = m->inst, .step = m->step, .steps = LAW_FLIGHTS * LAW_STEPS };
    for (int64_t parts = between(m, 1, 2); parts > 0; parts--) {
        bool layers = chance(m, 2);
        int32_t loop = (int32_t)m->program.insts;
        if (layers)
            emit(m, FL_LOOP, 0, PICK(m, 1, 2, 5, 12));
        for (int64_t n = between(m, 1, 2); n > 0; n--)
            op_draw(m, &ops, layers);
        if (layers)
            emit(m, FL_NEXT, loop, 0);
    }
    if (chance(m, 2))
        echoes_draw(m, &ops);
    emit(m, FL_HALT, 0, 0);
}

/* ---- building ---- */

static void describe(struct law_machine *m)
{
    struct fl_machine machine = { .pools = m->pools };
    for (int i = 0; i < m->pools; i++)
        machine.pool[i] = m->pool[i];
    for (uint32_t i = 0; i < m->sim.units; i++)
        if (m->sim.unit[i]->type->describe != NULL)
            m->sim.unit[i]->type->describe(m->sim.unit[i], &machine);
    for (int i = 0; i < m->pools; i++)
        m->pool[i] = machine.pool[i];
}

void law_machine_build(struct law_machine *m, uint64_t seed, const struct law_twist *twist)
{
    struct fl_err err = {0};
    memset(m, 0, sizeof *m);
    m->rng.state = seed * 0x9E3779B97F4A7C15u + 1;
    m->pools = (int)between(m, 1, LAW_POOLS);
    m->chunk_bits = PICK(m, 8, 24, 64, 1000);   /* one size: what the DMA stages, the SLM fetches */
    clocks_draw(m);
    bool shared_first = chance(m, 2);
    if (shared_first)
        shared_build(m, twist);
    for (int i = 0; i < m->pools; i++) {
        pool_draw(m, i);
        core_build(m, i, twist);
    }
    if (!shared_first)
        shared_build(m, twist);
    for (int i = 0; i < m->pools; i++)
        core_join(m, i);
    shared_join(m);
    ck_assert_msg(fl_sim_ready(&m->sim, &err), "%s", fl_err_text(&err));
    describe(m);
    program_draw(m);
}
