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
#include "tests/laws/machine_parts.h"
#include "tests/laws/memory.h"
#include "tests/laws/reader.h"

const struct law_twist law_plain = { .type = NULL };

/* ---- chance ---- */

int64_t law_between(struct law_machine *m, int64_t least, int64_t most)
{
    return fl_rng_range(&m->rng, least, most);
}

bool law_chance(struct law_machine *m, int64_t one_in)
{
    return law_between(m, 1, one_in) == 1;
}

int64_t law_pick(struct law_machine *m, const int64_t *of, size_t n)
{
    return of[law_between(m, 0, (int64_t)n - 1)];
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

void law_set(struct unit *u, const char *name, int64_t value)
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
struct unit *law_unit(struct law_machine *m, const struct law_twist *twist, const char *kind, const char *path,
                             const struct fl_pool *pool)
{
    const struct fl_unit_type *type = type_of(kind, twist);
    ck_assert_msg(type != NULL, "no unit type %s", kind);
    struct unit *u = fl_sim_unit(&m->sim, type, path, m->clocks[law_between(m, 0, LAW_CLOCKS - 1)]);
    if (pool != NULL)
        fl_pool_enter(u, pool);
    for (const struct fl_param *p = type->params; p->name != NULL; p++)
        if (isnan(p->preset))
            law_set(u, p->name, p->least > 1 ? (int64_t)p->least : 1);
    return u;
}

void law_join(struct law_machine *m, struct unit *from, const char *out, struct unit *to, const char *in)
{
    struct fl_err err = {0};
    ck_assert_msg(fl_sim_join(&m->sim, from, out, to, in, &err), "%s", fl_err_text(&err));
}

void law_join_memory(struct law_machine *m, struct unit *from, const char *ask, struct unit *to, const char *answer)
{
    law_join(m, from, ask, m->sram, "ask");
    law_join(m, m->sram, "give", to, answer);
}

/* ---- clocks and cores ---- */

static void clocks_draw(struct law_machine *m)
{
    static const int64_t period[][2] = {
        { 1000, 1 }, { 100, 1 }, { 625, 1 }, { 1000, 3 }, { 500, 1 }, { 750, 1 }, { 2000, 7 }, { 250, 1 }, { 997, 1 },
    };
    static const char *const name[LAW_CLOCKS] = { "clock a", "clock b", "clock c", "clock d" };
    int64_t kinds = law_chance(m, 8) ? 9 : law_chance(m, 2) ? 8 : 5;
    m->joint = 1;
    for (int i = 0; i < LAW_CLOCKS; i++) {
        int64_t k = law_between(m, 0, kinds - 1);
        m->clock[i] = (struct fl_clock){ name[i], period[k][0], period[k][1], 0 };
        m->clocks[i] = &m->clock[i];
        m->joint = fl_clock_joint(m->joint, &m->clock[i]);
    }
    m->sim.clock = m->clocks;
    m->sim.clocks = LAW_CLOCKS;
    m->sim.frame = (struct fl_clock){ "frame", law_chance(m, 4) ? 1 : m->joint, 1, 0 };
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
    if (whole == NULL || law_chance(m, 2))
        return law_unit(m, twist, law_memory.kind, "dram", NULL);
    struct unit *u = law_unit(m, twist, "dram", "dram", NULL);
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
        law_set(m->memory, drawn[i].name, drawn[i].value);
}

static void law_memory_draw(struct law_machine *m)
{
    law_set(m->memory, "row", PICK(m, 16, 24, 48));
    law_set(m->memory, "banks", PICK(m, 1, 2, 3));
    law_set(m->memory, "beat", PICK(m, 8, 16, 5));
    law_set(m->memory, "open", PICK(m, 0, 2, 9));
    law_set(m->memory, "rest", PICK(m, 0, 3000, 20000));
    law_set(m->memory, "refresh_every", PICK(m, 0, 20000, 100000, 333333));
    law_set(m->memory, "refresh_for", PICK(m, 100, 3500));
}

static void memory_draw(struct law_machine *m)
{
    bool ideal = law_chance(m, 5);
    law_set(m->sram, "ideal", ideal);
    law_set(m->sram, "banks", PICK(m, 1, 2, 3));
    law_set(m->sram, "width", PICK(m, 8, 32, 7, 1000));
    law_set(m->sram, "latency", PICK(m, 0, 1, 3));
    law_set(m->sram, "ports", PICK(m, 1, 1, 2));
    law_set(m->sram, "cycle", PICK(m, 1, 1, 2));
    law_set(m->sram, "layout", law_between(m, 0, 1));
    law_set(m->sram, "read_energy", 1);
    law_set(m->sram, "write_energy", 1);
    law_set(m->memory, "ideal", ideal);
    if (strcmp(m->memory->type->kind, law_memory.kind) == 0)
        law_memory_draw(m);
    else
        dram_draw(m);
}

/* GPU, OPU, and links between chips. */
static void apart_build(struct law_machine *m, const struct law_twist *twist)
{
    const struct fl_rng kept = m->rng;
    m->gpu = law_unit(m, twist, "gpu", "gpu", NULL);
    m->dmd = law_unit(m, twist, "dmd", "dmd", NULL);
    m->camera = law_unit(m, twist, "camera", "camera", NULL);
    m->chips = law_unit(m, twist, "chip_link", "chips", NULL);
    law_gpu_draw(m->gpu, m->rng.state);
    law_opu_draw(m->dmd, m->camera, m->rng.state);
    law_chips_draw(m->chips, m->rng.state);
    m->rng = kept;                      /* the draws that follow stay what they were */
}

static void shared_build(struct law_machine *m, const struct law_twist *twist)
{
    m->sequencer = law_unit(m, twist, "sequencer", "sequencer", NULL);
    m->sram = law_unit(m, twist, "sram", "sram", NULL);
    m->memory = memory_new(m, twist);
    m->link = law_chance(m, 2) ? law_unit(m, twist, "link", "link", NULL) : NULL;
    if (twist->crowd && strcmp(m->memory->type->kind, "dram") == 0)
        m->reader = law_unit(m, twist, law_reader.kind, "reader", NULL);
    m->dma = law_unit(m, twist, "dma", "dma", NULL);
    m->vector = law_unit(m, twist, "vector", "vector", NULL);
    apart_build(m, twist);
    memory_draw(m);
    if (m->link != NULL) {
        law_set(m->link, "width", PICK(m, 1, 8, 33));
        law_set(m->link, "latency", PICK(m, 0, 1, 7));
    }
    law_set(m->dma, "chunk", m->chunk_bits);
    law_set(m->vector, "lanes", PICK(m, 1, 4, 5));
    law_set(m->vector, "mac_lanes", PICK(m, 1, 16, 10));
    law_set(m->vector, "latency", PICK(m, 0, 4));
}

static void shared_join(struct law_machine *m)
{
    struct unit *road = m->link != NULL ? m->link : m->memory;
    law_join(m, m->sequencer, "load", m->dma, "command");
    law_join(m, m->dma, "ask", road, m->link != NULL ? "in" : "ask");
    if (m->link != NULL) {
        law_join(m, m->link, "out", m->memory, "ask");
        law_join(m, m->memory, "give", m->link, "in");
    }
    law_join(m, road, m->link != NULL ? "out" : "give", m->dma, "data");
    if (m->reader != NULL) {
        law_join(m, m->reader, "ask", m->memory, "ask");
        law_join(m, m->memory, "give", m->reader, "data");
    }
    law_join_memory(m, m->dma, "store", m->dma, "stored");
    law_join_memory(m, m->dma, "fetch", m->dma, "fetched");
    law_join(m, m->dma, "arrived", m->vector, "arrived");
    law_join(m, m->dma, "done", m->sequencer, "done");
    law_join(m, m->sequencer, "work", m->vector, "work");
    law_join_memory(m, m->vector, "fetch", m->vector, "data");
    law_join_memory(m, m->vector, "store", m->sequencer, "done");
    law_join(m, m->sequencer, "launch", m->gpu, "launch");
    law_join(m, m->gpu, "done", m->sequencer, "done");
    law_join_memory(m, m->gpu, "fetch", m->gpu, "data");
    law_join_memory(m, m->gpu, "store", m->sequencer, "done");
    law_join(m, m->sequencer, "project", m->dmd, "project");
    law_join(m, m->dmd, "light_out", m->camera, "light_in");
    law_join(m, m->camera, "trigger", m->dmd, "trigger");
    law_join(m, m->camera, "done", m->sequencer, "done");
    law_join(m, m->sequencer, "exchange", m->chips, "exchange");
    law_join_memory(m, m->chips, "fetch", m->chips, "data");
    law_join_memory(m, m->chips, "store", m->sequencer, "done");
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
    m->seed = seed;
    m->rng.state = seed * 0x9E3779B97F4A7C15u + 1;
    m->pools = (int)law_between(m, 1, LAW_POOLS);
    m->chunk_bits = PICK(m, 8, 24, 64, 1000);   /* one size: what the DMA stages, the SLM fetches */
    clocks_draw(m);
    bool shared_first = law_chance(m, 2);
    if (shared_first)
        shared_build(m, twist);
    for (int i = 0; i < m->pools; i++) {
        law_pool_draw(m, i);
        law_core_build(m, i, twist);
    }
    if (!shared_first)
        shared_build(m, twist);
    for (int i = 0; i < m->pools; i++)
        law_core_join(m, i);
    shared_join(m);
    ck_assert_msg(fl_sim_ready(&m->sim, &err), "%s", fl_err_text(&err));
    describe(m);
    law_program_draw(m, twist);
}
