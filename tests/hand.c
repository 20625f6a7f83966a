/* hand.c - the block diagram of hand.h, and its program. */
#include "tests/hand.h"

#include <check.h>
#include <string.h>

#include "tests/laws/draw.h"

static void units_make(struct hand *h)
{
    static const char *const kinds[] = {
        "sequencer", "dac", "source", "fanout", "slm", "detector", "adc", "accumulator", "sram", "sram", "dma",
        "vector",
    };
    struct unit **const units[] = {
        &h->sequencer, &h->dac, &h->source, &h->fanout, &h->slm, &h->detector, &h->adc, &h->accumulator, &h->sram,
        &h->dram, &h->dma, &h->vector,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct fl_unit_type *type = fl_unit_type_find(kinds[i]);
        bool pooled = units[i] >= &h->dac && units[i] <= &h->accumulator;
        *units[i] = fl_sim_unit(&h->sim, type, i == 9 ? "dram" : kinds[i], &h->clock);
        if (pooled)
            fl_pool_enter(*units[i], &h->machine.pool[0]);
        param_presets(*units[i]);
    }
    param_set(h->sram, "ideal", true);
    param_set(h->dram, "ideal", true);
    param_set(h->slm, "columns", (double)h->machine.pool[0].columns);
    param_set(h->slm, "rows", (double)h->machine.pool[0].rows);
}

static void join(struct hand *h, struct unit *from, const char *out, struct unit *to, const char *in)
{
    struct fl_err err = {0};
    ck_assert_msg(fl_sim_join(&h->sim, from, out, to, in, &err), "%s", fl_err_text(&err));
}

/* A request from one unit, answered by SRAM to another (or the same). */
static void join_sram(struct hand *h, struct unit *from, const char *out, struct unit *to, const char *in)
{
    join(h, from, out, h->sram, "ask");
    join(h, h->sram, "give", to, in);
}

static void units_join(struct hand *h)
{
    join_sram(h, h->sequencer, "issue", h->dac, "values");
    join(h, h->dac, "analog", h->source, "drive");
    join(h, h->source, "light_out", h->fanout, "light_in");
    join(h, h->fanout, "light_out", h->slm, "light_in");
    join(h, h->slm, "light_out", h->detector, "light_in");
    join(h, h->detector, "charge", h->adc, "charge");
    join(h, h->adc, "codes", h->accumulator, "codes");
    join(h, h->accumulator, "slot", h->source, "slot");
    join_sram(h, h->accumulator, "fetch", h->accumulator, "partial");
    join_sram(h, h->accumulator, "store", h->sequencer, "done");
    join(h, h->sequencer, "tile", h->slm, "tile");
    join_sram(h, h->slm, "fetch", h->slm, "weights");
    join(h, h->slm, "ready", h->sequencer, "ready");
    join(h, h->sequencer, "load", h->dma, "command");
    join(h, h->dma, "ask", h->dram, "ask");
    join(h, h->dram, "give", h->dma, "data");
    join_sram(h, h->dma, "store", h->dma, "stored");
    join_sram(h, h->dma, "fetch", h->dma, "fetched");
    join(h, h->dma, "staged", h->slm, "staged");
    join(h, h->dma, "arrived", h->vector, "arrived");
    join(h, h->dma, "done", h->sequencer, "done");
    join(h, h->sequencer, "work", h->vector, "work");
    join_sram(h, h->vector, "fetch", h->vector, "data");
    join_sram(h, h->vector, "store", h->sequencer, "done");
}

static void make(struct hand *h, hand_setup *setup)
{
    h->clock = (struct fl_clock){ "core", HAND_TICK, 1, 0 };
    h->clocks[0] = &h->clock;
    h->sim.clock = h->clocks;
    h->sim.clocks = 1;
    h->sim.frame = (struct fl_clock){ "frame", HAND_FRAME, 1, 0 };
    units_make(h);
    if (setup != NULL)
        setup(h);
    units_join(h);
    struct fl_err err = {0};
    ck_assert_msg(fl_sim_ready(&h->sim, &err), "%s", fl_err_text(&err));
}

void hand_build(struct hand *h, const struct fl_pool *pool, hand_setup *setup)
{
    memset(h, 0, sizeof *h);
    h->machine.pools = 1;
    h->machine.pool[0] = *pool;
    make(h, setup);
    for (uint32_t i = 0; i < h->sim.units; i++)
        if (h->sim.unit[i]->type->describe != NULL)
            h->sim.unit[i]->type->describe(h->sim.unit[i], &h->machine);
    fl_sim_free(&h->sim);
    make(h, setup);                     /* again, now that the pool knows itself */
    fl_ledger_init(&h->ledger, &h->sim);
}

void hand_run(struct hand *h, const struct fl_step *step, size_t steps)
{
    size_t n = 0;
    ck_assert_uint_le(steps, HAND_STEPS);
    for (size_t i = 0; i < steps; i++) {
        h->inst[n++] = (struct fl_inst){ FL_OP, 0, 0 };
        h->inst[n++] = (struct fl_inst){ FL_STEP, (int32_t)i, 0 };
        h->inst[n++] = (struct fl_inst){ FL_END_OP, 0, 0 };
    }
    h->inst[n++] = (struct fl_inst){ FL_HALT, 0, 0 };
    const struct fl_program program = { .inst = h->inst, .insts = n, .step = step, .steps = steps };
    struct fl_err err = {0};
    ck_assert_msg(fl_sim_run(&h->sim, &program, &err), "%s", fl_err_text(&err));
}

void hand_free(struct hand *h)
{
    fl_ledger_free(&h->ledger);
    fl_sim_free(&h->sim);
}

int64_t hand_count(const struct unit *u, const char *name)
{
    for (uint32_t c = 0; c < u->counts; c++)
        if (strcmp(fl_unit_count_name(u, c), name) == 0)
            return u->count[c];
    fl_panic(__FILE__, __LINE__, "a %s counts no \"%s\"", u->type->kind, name);
}
