/* machine_core.c - cores of random machines: weights held on an SLM or a mesh, or streamed past a crossbar. */
#include <stdio.h>
#include <string.h>

#include "tests/laws/machine_parts.h"

static const char *const core_kinds[LAW_SLOTS] = {
    "dac", "source", "fanout", "slm", "dac", "detector", "adc", "accumulator", "modulators", "integrator", "buffer"
};
static const char *const core_names[LAW_SLOTS] = {
    "dac", "source", "fanout", "slm", "weight_dac", "detector", "adc", "accumulator", "weight_source", "integrator",
    "buffer"
};

void law_pool_draw(struct law_machine *m, int index)
{
    m->pool[index] = (struct fl_pool){
        .name = "pool", .index = index, .cores = PICK(m, 1, 1, 2, 3), .columns = PICK(m, 1, 3, 8, 10),
        .rows = PICK(m, 1, 2, 7, 8), .input_bits = 4, .weight_bits = 4, .output_bits = 4, .quantum_efficiency = 1,
    };
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    if (fl_rng_range(&apart, 1, 3) == 1)
        m->pool[index].vectors = fl_rng_range(&apart, 1, 3);
}

static void slm_draw(struct law_machine *m, struct unit *slm, const struct fl_pool *pool)
{
    law_set(slm, "columns", pool->columns);
    law_set(slm, "rows", pool->rows);
    law_set(slm, "back_frames", law_between(m, 0, 1));
    law_set(slm, "load_link", PICK(m, 0, 1000000000, 64000000000, 7000000000));
    law_set(slm, "row_time", PICK(m, 0, 0, 777));
    law_set(slm, "settle", PICK(m, 0, 500, 10000, 12345));
    law_set(slm, "chunk", m->chunk_bits);
    law_set(slm, "flight", PICK(m, 0, 1000, 77));
    static const int64_t blocks[] = { 0, 0, 1, 3, 16 };
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    law_set(slm, "blocks", blocks[fl_rng_range(&apart, 0, 4)]);
    law_set(slm, "dark", fl_rng_range(&apart, 0, 2));
}

static void mesh_draw(struct law_machine *m, struct unit *mesh, const struct fl_pool *pool)
{
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    static const int64_t settle[] = { 0, 500, 10000, 12345 }, link[] = { 0, 1000000000, 64000000000, 7000000000 };
    law_set(mesh, "columns", pool->columns);
    law_set(mesh, "rows", pool->rows);
    law_set(mesh, "back_frames", fl_rng_range(&apart, 0, 1));
    law_set(mesh, "load_link", link[fl_rng_range(&apart, 0, 3)]);
    law_set(mesh, "settle", settle[fl_rng_range(&apart, 0, 3)]);
    law_set(mesh, "chunk", m->chunk_bits);
    law_set(mesh, "flight", fl_rng_range(&apart, 0, 99));
    law_set(mesh, "decompose_rate", fl_rng_range(&apart, 0, 2) * 1000000000000);
}

/* What lets light meet weights: meshes in machines of later seeds, so that those of others stay what they were. */
static const char *meets(const struct law_machine *m, const struct fl_pool *pool)
{
    struct fl_rng apart = { m->rng.state ^ 0x6d657368 };
    bool mesh = m->seed > 40 && fl_rng_range(&apart, 1, 8) > 1;
    return fl_pool_streams(pool) ? "crossbar" : mesh ? "mesh" : "slm";
}

/* A core that holds nothing has other devices, and perhaps two more. */
static bool is_left_out(const struct law_machine *m, const struct fl_pool *pool, int slot, bool weight_dac)
{
    struct fl_rng apart = { m->rng.state ^ (uint64_t)slot };
    if (slot == LAW_INTEGRATOR || slot == LAW_BUFFER)
        return !fl_pool_streams(pool) || fl_rng_range(&apart, 1, 3) == 1;
    if (slot == LAW_WEIGHT_SOURCE)
        return !fl_pool_streams(pool);
    return slot == LAW_WEIGHT_DAC && !weight_dac && !fl_pool_streams(pool);
}

static void streams_draw(struct law_machine *m, int index)
{
    struct fl_pool *pool = &m->pool[index];
    struct unit **core = m->core[index];
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    law_set(core[LAW_SLM], "columns", pool->columns);
    law_set(core[LAW_SLM], "rows", pool->rows);
    law_set(core[LAW_SLM], "vectors", pool->vectors);
    law_set(core[LAW_SLM], "flight", fl_rng_range(&apart, 0, 99));
    law_set(core[LAW_WEIGHT_DAC], "converts", 1);
    law_set(core[LAW_WEIGHT_DAC], "latency", fl_rng_range(&apart, 0, 3));
    law_set(core[LAW_WEIGHT_SOURCE], "cycles", fl_rng_range(&apart, 1, 2));
    if (core[LAW_INTEGRATOR] != NULL) {
        pool->wired = pool->cores > 1 && fl_rng_range(&apart, 0, 1) == 1 ? pool->cores : 1;
        law_set(core[LAW_INTEGRATOR], "wired", pool->wired);
    }
    if (core[LAW_BUFFER] != NULL)
        law_set(core[LAW_BUFFER], "bandwidth", fl_rng_range(&apart, 0, 3) * 20000000000);
}

void law_core_build(struct law_machine *m, int index, const struct law_twist *twist)
{
    struct fl_pool *pool = &m->pool[index];
    struct unit **core = m->core[index];
    bool weight_dac = law_chance(m, 3);
    char path[64];
    for (int s = 0; s < LAW_SLOTS; s++) {
        if (is_left_out(m, pool, s, weight_dac))
            continue;
        snprintf(path, sizeof path, "core[%d].%s", index, core_names[s]);
        core[s] = law_unit(m, twist, s == LAW_SLM ? meets(m, pool) : core_kinds[s], path, pool);
    }
    law_set(core[LAW_DAC], "lanes", PICK(m, 0, 1, 3));
    law_set(core[LAW_DAC], "latency", PICK(m, 0, 1, 5));
    law_set(core[LAW_SOURCE], "cycles", PICK(m, 1, 1, 3));
    law_set(core[LAW_SOURCE], "wavelength", 1550);
    law_set(core[LAW_FANOUT], "flight", PICK(m, 0, 10, 333));
    if (fl_pool_streams(pool))
        streams_draw(m, index);
    else if (strcmp(core[LAW_SLM]->type->kind, "mesh") == 0)
        mesh_draw(m, core[LAW_SLM], pool);
    else
        slm_draw(m, core[LAW_SLM], pool);
    if (weight_dac) {
        law_set(core[LAW_WEIGHT_DAC], "converts", 1);
        law_set(core[LAW_WEIGHT_DAC], "lanes", PICK(m, 0, 1, 4));
    }
    law_set(core[LAW_DETECTOR], "integration", PICK(m, 1, 100, 1000, 3333));
    law_set(core[LAW_ADC], "share", PICK(m, 1, 1, 2, 5));
    law_set(core[LAW_ADC], "latency", PICK(m, 0, 1, 4));
    law_set(core[LAW_ACCUMULATOR], "queue", PICK(m, 1, 2, 3, 16, 64));
    law_set(core[LAW_ACCUMULATOR], "lanes", PICK(m, 0, 1, 3));
}

/* Lights of both operands set out together. */
static void streams_join(struct law_machine *m, struct unit **core)
{
    law_join_memory(m, core[LAW_SLM], "fetch", core[LAW_WEIGHT_DAC], "values");
    law_join(m, core[LAW_WEIGHT_DAC], "analog", core[LAW_WEIGHT_SOURCE], "drive");
    law_join(m, core[LAW_WEIGHT_SOURCE], "light_out", core[LAW_SLM], "weights");
    law_join(m, core[LAW_WEIGHT_SOURCE], "driven", core[LAW_SOURCE], "driven");
    law_join(m, core[LAW_SOURCE], "launched", core[LAW_WEIGHT_SOURCE], "launched");
}

static void weights_join(struct law_machine *m, struct unit **core)
{
    if (core[LAW_WEIGHT_DAC] != NULL) {
        law_join_memory(m, core[LAW_SLM], "fetch", core[LAW_WEIGHT_DAC], "values");
        law_join(m, core[LAW_WEIGHT_DAC], "analog", core[LAW_SLM], "weights");
    } else {
        law_join_memory(m, core[LAW_SLM], "fetch", core[LAW_SLM], "weights");
    }
}

struct end { struct unit *unit; const char *port; };
struct way { struct unit *unit; const char *into, *leave; };

/* A wire, by way of a unit if it is there. */
static void join_through(struct law_machine *m, struct end from, struct way way, struct end to)
{
    if (way.unit == NULL) {
        law_join(m, from.unit, from.port, to.unit, to.port);
        return;
    }
    law_join(m, from.unit, from.port, way.unit, way.into);
    law_join(m, way.unit, way.leave, to.unit, to.port);
}

void law_core_join(struct law_machine *m, int index)
{
    struct unit **core = m->core[index];
    if (core[LAW_BUFFER] != NULL) {
        law_join_memory(m, m->sequencer, "issue", core[LAW_BUFFER], "values");
        law_join(m, core[LAW_BUFFER], "values_out", core[LAW_DAC], "values");
    } else {
        law_join_memory(m, m->sequencer, "issue", core[LAW_DAC], "values");
    }
    law_join(m, core[LAW_DAC], "analog", core[LAW_SOURCE], "drive");
    law_join(m, core[LAW_SOURCE], "light_out", core[LAW_FANOUT], "light_in");
    law_join(m, core[LAW_FANOUT], "light_out", core[LAW_SLM], "light_in");
    law_join(m, core[LAW_SLM], "light_out", core[LAW_DETECTOR], "light_in");
    struct unit *sums = core[LAW_INTEGRATOR], *buffer = core[LAW_BUFFER];
    join_through(m, (struct end){ core[LAW_DETECTOR], "charge" }, (struct way){ sums, "charge", "sums" },
                 (struct end){ core[LAW_ADC], "charge" });
    join_through(m, (struct end){ core[LAW_ADC], "codes" }, (struct way){ buffer, "codes", "codes_out" },
                 (struct end){ core[LAW_ACCUMULATOR], "codes" });
    join_through(m, (struct end){ core[LAW_ACCUMULATOR], "slot" }, (struct way){ sums, "slot", "free" },
                 (struct end){ core[LAW_SOURCE], "slot" });
    law_join_memory(m, core[LAW_ACCUMULATOR], "fetch", core[LAW_ACCUMULATOR], "partial");
    law_join_memory(m, core[LAW_ACCUMULATOR], "store", m->sequencer, "done");
    law_join(m, m->sequencer, "tile", core[LAW_SLM], "tile");
    if (fl_pool_streams(&m->pool[index]))
        streams_join(m, core);
    else
        weights_join(m, core);
    law_join(m, core[LAW_SLM], "ready", m->sequencer, "ready");
    law_join(m, m->dma, "staged", core[LAW_SLM], "staged");
}
