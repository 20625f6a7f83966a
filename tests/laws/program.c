/* program.c - random programs of operators that stand alone, for the machines of machine.c. */
#include <check.h>

#include "tests/laws/apart.h"
#include "tests/laws/machine_parts.h"

static void optical_draw(struct law_machine *m, struct fl_step *s)
{
    struct fl_light_step *light = fl_light_own(s);
    const struct fl_pool *pool = &m->pool[s->engine = (int32_t)law_between(m, 0, m->pools - 1)];
    s->load_from = (int32_t)PICK(m, FL_NOWHERE, FL_SRAM, FL_DRAM, FL_DRAM);
    s->vectors = PICK(m, 0, 1, 1, 2, 5, 17, 32, 64, 100);
    if (fl_pool_streams(pool))
        s->load_from = FL_NOWHERE;
    s->cores = law_between(m, 1, pool->cores);
    light->columns = law_chance(m, 2) ? pool->columns : law_between(m, 1, pool->columns);
    light->rows = law_chance(m, 2) ? pool->rows : law_between(m, 1, pool->rows);
    light->converted = s->cores * light->columns;
    light->detected = light->sampled = light->added = light->lit_rows = s->cores * light->rows;
    light->lit_paths = light->lit_rows * light->columns;
    light->operand = light->columns * law_between(m, 1, 3);
    s->read_bits = light->converted * 4;
    s->write_bits = law_chance(m, 3) ? 0 : light->detected * 8;
    s->partial_bits = law_chance(m, 2) ? 0 : light->detected * 8;
    struct fl_rng apart = { m->rng.state };     /* the draws that follow stay what they were */
    s->awaits = fl_rng_range(&apart, 0, 1) == 1;
    if (fl_pool_streams(pool)) {
        light->weights_converted = s->cores * light->columns * light->rows;
        light->weight_bits = fl_rng_range(&apart, 0, 1) * light->weights_converted;
        light->buffer_bits = s->read_bits + light->weight_bits;
        if (m->core[s->engine][LAW_INTEGRATOR] != NULL)
            light->readings = fl_rng_range(&apart, 1, fl_most(s->vectors, 1));
    }
    if (s->load_from != FL_NOWHERE) {
        light->load_rows = light->rows;
        light->load_fresh = light->rows % 3;    /* of tiles, some are not known before */
        light->load_pixels = s->cores * light->rows * light->columns;
        s->load_bits = light->load_pixels * 4;
    }
}

void law_step_draw(struct law_machine *m, enum fl_step_kind kind, struct fl_step *s)
{
    *s = (struct fl_step){ .kind = (int32_t)kind };
    if (s->kind == FL_STEP_OPTICAL) {
        optical_draw(m, s);
    } else if (s->kind == FL_STEP_VECTOR) {
        struct fl_rows_step *rows = fl_rows_own(s);
        rows->function = law_between(m, 0, FL_FUNCTIONS - 1);
        s->vectors = PICK(m, 1, 2, 7, 40);
        rows->values = PICK(m, 1, 9, 30);
        s->read_bits = rows->values * 8;
        s->write_bits = law_chance(m, 4) ? 0 : rows->values * 8;
        law_weights_draw(s, m->chunk_bits, m->rng.state);
    } else {
        s->load_bits = PICK(m, 1, 100, 1000, 4096, 50000);
        s->store = law_chance(m, 2);
    }
}

void law_emit(struct law_machine *m, int32_t code, int64_t arg, int64_t count)
{
    ck_assert_uint_lt(m->program.insts, LAW_INSTS);
    m->inst[m->program.insts++] = (struct fl_inst){ code, (int32_t)arg, count };
}

/* Steps and loops of steps. */
static void body_draw(struct law_machine *m, int32_t depth, int32_t deeper)
{
    for (int64_t n = law_between(m, 1, 2); n > 0; n--) {
        if (deeper == 0 || law_chance(m, 3)) {
            law_emit(m, FL_STEP, law_between(m, 0, LAW_STEPS - 1) + m->slot * LAW_STEPS, 0);
            continue;
        }
        int32_t loop = (int32_t)m->program.insts;
        law_emit(m, FL_LOOP, depth, deeper == 1 ? PICK(m, 1, 2, 3, 10, 30) : PICK(m, 1, 2, 4, 7));
        body_draw(m, depth + 1, deeper - 1);
        law_emit(m, FL_NEXT, loop, 0);
    }
}

/* The operators drawn so far: where each begins, and its instructions. */
struct ops { size_t begin[LAW_OPS], length[LAW_OPS]; int64_t drawn; };

static int64_t relocated(const struct fl_inst *inst, int64_t by, int64_t deeper)
{
    if (inst->code == FL_NEXT)
        return inst->arg + by;
    return inst->code == FL_STEP || inst->code == FL_END_OP ? inst->arg : inst->arg + deeper;
}

static void op_draw(struct law_machine *m, struct ops *ops, bool layers)
{
    size_t begin = m->program.insts;
    struct fl_rng apart = { m->rng.state };
    m->slot = (int32_t)fl_rng_range(&apart, 0, LAW_FLIGHTS - 1);
    law_emit(m, FL_OP, layers, m->slot);
    body_draw(m, layers, (int32_t)law_between(m, 0, 2));
    law_emit(m, FL_END_OP, m->slot, 0);
    if (ops->drawn < LAW_OPS) {
        ops->begin[ops->drawn] = begin;
        ops->length[ops->drawn++] = m->program.insts - begin;
    }
}

/* An operator drawn before, once more, elsewhere. */
static void op_echo(struct law_machine *m, const struct ops *ops, bool layers)
{
    int64_t which = law_between(m, 0, ops->drawn - 1);
    size_t from = ops->begin[which], to = m->program.insts;
    for (size_t i = 0; i < ops->length[which]; i++) {
        const struct fl_inst *inst = &m->inst[from + i];
        law_emit(m, inst->code, relocated(inst, (int64_t)to - (int64_t)from, layers - m->inst[from].arg), inst->count);
    }
}

/* Operators met before, now and then one that is new, in layers or not: as the steps of a decode. */
static void echoes_draw(struct law_machine *m, struct ops *ops)
{
    enum { MOST = LAW_INSTS - 200 };
    for (int64_t steps = law_between(m, 1, 8); steps > 0 && m->program.insts < MOST; steps--) {
        int32_t loop = (int32_t)m->program.insts;
        bool layers = law_chance(m, 3);
        if (layers)
            law_emit(m, FL_LOOP, 0, PICK(m, 1, 2, 3, 9));
        for (int64_t n = law_between(m, 1, 3); n > 0 && m->program.insts < MOST; n--)
            op_echo(m, ops, layers);
        if (law_chance(m, 4))
            op_draw(m, ops, layers);
        if (layers)
            law_emit(m, FL_NEXT, loop, 0);
    }
}

void law_program_draw(struct law_machine *m, const struct law_twist *twist)
{
    if (twist->streams) {
        law_streams_draw(m, twist->stocks);
        return;
    }
    struct ops ops = { .drawn = 0 };
    for (int i = 0; i < LAW_STEPS; i++) {
        law_step_draw(m, (enum fl_step_kind)PICK(m, FL_STEP_OPTICAL, FL_STEP_OPTICAL, FL_STEP_OPTICAL, FL_STEP_OPTICAL,
                                                 FL_STEP_VECTOR, FL_STEP_MOVE), &m->step[i]);
        law_operator_draw(&m->step[i], m->rng.state);
    }
    for (int32_t i = LAW_STEPS; i < LAW_FLIGHTS * LAW_STEPS; i++) {
        m->step[i] = m->step[i % LAW_STEPS];
        m->step[i].slot = i / LAW_STEPS;
    }
    m->program = (struct fl_program){ .inst = m->inst, .step = m->step, .steps = LAW_FLIGHTS * LAW_STEPS };
    for (int64_t parts = law_between(m, 1, 2); parts > 0; parts--) {
        bool layers = law_chance(m, 2);
        int32_t loop = (int32_t)m->program.insts;
        if (layers)
            law_emit(m, FL_LOOP, 0, PICK(m, 1, 2, 5, 12));
        for (int64_t n = law_between(m, 1, 2); n > 0; n--)
            op_draw(m, &ops, layers);
        if (layers)
            law_emit(m, FL_NEXT, loop, 0);
    }
    if (law_chance(m, 2))
        echoes_draw(m, &ops);
    law_emit(m, FL_HALT, 0, 0);
}
