/* draw.c - what the bench is given to do, drawn from a seed.
 *
 * Ranges come from the unit's own parameter table; sizes are kept small (a few cores of
 * tens of rows, a few vectors), since laws break as well on small machines as on large.
 */
#include "tests/laws/draw.h"

#include <string.h>

#include "machine/pool.h"

static bool one_in(struct fl_rng *rng, int64_t n)
{
    return fl_rng_range(rng, 1, n) == 1;
}

/* A number between least and most, small ones as likely as large ones. */
static double draw_log(struct fl_rng *rng, double least, double most)
{
    if (least >= most)
        return least;
    double low = log(fmax(least, 1e-9)), high = log(most);
    return fmin(most, fmax(least, exp(low + (high - low) * fl_rng_real(rng))));
}

static int64_t draw_whole(struct fl_rng *rng, double least, double most)
{
    if (least <= 0 && one_in(rng, 4))
        return (int64_t)least;
    double low = fmax(least, 1);
    return (int64_t)floor(draw_log(rng, low, fmin(most, fmax(low * 8, 200)) + 0.999));
}

static double draw_real(struct fl_rng *rng, const struct fl_param *param)
{
    if (strcmp(param->measure, "bit/s") == 0)
        return one_in(rng, 4) ? fmax(0, param->least) : draw_log(rng, 1e9, 1e14);
    if (param->least <= 0 && one_in(rng, 4))
        return param->least;
    double low = fmax(param->least, fmin(1e-3, param->most));
    return draw_log(rng, low, fmin(param->most, fmax(low, 1000)));
}

struct fl_clock draw_clock(struct fl_rng *rng, bool whole)
{
    static const struct { int64_t p, q; } ratio[] = {
        { 100, 1 }, { 625, 1 }, { 1000, 1 }, { 1, 1 }, { 1000, 3 }, { 1000, 7 }, { 4000, 3 }, { 2501, 4 },
    };
    enum { WHOLE = 4, ALL = sizeof ratio / sizeof *ratio };
    size_t pick = (size_t)fl_rng_range(rng, 0, whole ? WHOLE - 1 : ALL - 1);
    return (struct fl_clock){ "bench", ratio[pick].p, ratio[pick].q, 0 };
}

void draw_pool(struct fl_rng *rng, struct fl_pool *pool, int32_t index)
{
    static const char *const name[RIG_LINES] = { "first", "second", "third" };
    *pool = (struct fl_pool){
        .name = name[index], .index = index, .cores = fl_rng_range(rng, 1, 4),
        .columns = fl_rng_range(rng, 1, 40), .rows = fl_rng_range(rng, 1, 40),
        .shared_input = one_in(rng, 2), .gate_rows = one_in(rng, 2),
        .input_bits = 5, .weight_bits = 8, .output_bits = 7, .loss_db = 3, .quantum_efficiency = 0.8,
        .dac_ps = 100, .source_ps = 100, .accumulator_ps = 100,
        .detector_ps = (double)fl_rng_range(rng, 1, 2000), .adc_ps = (double)fl_rng_range(rng, 1, 500),
        .dac_lanes = fl_rng_range(rng, 1, 40), .adc_lanes = fl_rng_range(rng, 1, 40),
        .accumulator_lanes = fl_rng_range(rng, 1, 40),
    };
    const struct fl_pool plain = *pool;
    pool->encoding = (int32_t)fl_rng_range(rng, 0, FL_SIGNS - 1);
    pool->reference = (int32_t)fl_rng_range(rng, FL_REFERENCE_DIGITAL, FL_REFERENCE_ROW);
    pool->weight_slices = (int32_t)fl_rng_range(rng, FL_SLICES_SPACE, FL_SLICES_TIME);
    pool->dac_bits = (int32_t)fl_rng_range(rng, 0, 6);
    pool->pixel_bits = (int32_t)fl_rng_range(rng, 0, 9);
    if (fl_pool_outputs(pool) == 0)     /* too few rows for a single output */
        *pool = plain;
}

static void field_set(const struct fl_param *param, struct unit *u, double value)
{
    char *field = (char *)u + param->offset;
    bool flag = value != 0;
    if (fl_param_type(param) == FL_COUNT || fl_param_type(param) == FL_SPAN)
        memcpy(field, &(int64_t){ (int64_t)value }, sizeof(int64_t));
    else if (fl_param_type(param) == FL_REAL)
        memcpy(field, &value, sizeof value);
    else if (fl_param_type(param) == FL_CHOICE)
        memcpy(field, &(int32_t){ (int32_t)value }, sizeof(int32_t));
    else
        memcpy(field, &flag, sizeof flag);
}

static double param_draw(struct fl_rng *rng, const struct fl_param *param)
{
    switch (fl_param_type(param)) {
    case FL_COUNT: return (double)draw_whole(rng, param->least, param->most);
    case FL_SPAN: return (double)draw_whole(rng, param->least, fmin(param->most, fmax(param->least, 20000)));
    case FL_REAL: return draw_real(rng, param);
    case FL_CHOICE: return (double)fl_rng_range(rng, (int64_t)param->least, (int64_t)param->most);
    case FL_FLAG: return one_in(rng, 2);
    }
    return 0;
}

void draw_params(struct fl_rng *rng, struct unit *u, const struct fl_pool *pool)
{
    for (const struct fl_param *param = u->type->params; param != NULL && param->name != NULL; param++) {
        if (strcmp(param->name, "columns") == 0)
            field_set(param, u, (double)pool->columns);
        else if (strcmp(param->name, "rows") == 0)
            field_set(param, u, (double)pool->rows);
        else if (strcmp(param->name, "vectors") == 0)
            field_set(param, u, (double)pool->vectors);
        else if (isnan(param->preset) || one_in(rng, 2))
            field_set(param, u, param_draw(rng, param));
    }
}

void param_set(struct unit *u, const char *name, double value)
{
    const struct fl_param *param = u->type->params;
    while (param->name != NULL && strcmp(param->name, name) != 0)
        param++;
    if (param->name == NULL)
        fl_panic(__FILE__, __LINE__, "a %s has no parameter \"%s\"", u->type->kind, name);
    field_set(param, u, value);
}

void param_presets(struct unit *u)
{
    for (const struct fl_param *param = u->type->params; param != NULL && param->name != NULL; param++)
        if (isnan(param->preset) || (fl_param_type(param) == FL_REAL && param->preset < 0 && param->least >= 0))
            field_set(param, u, fmax(param->least, fmin(1, param->most)));  /* none, or one that another key tells */
}

int64_t param_whole(const struct unit *u, const char *name, int64_t otherwise)
{
    for (const struct fl_param *param = u->type->params; param != NULL && param->name != NULL; param++)
        if (fl_param_type(param) == FL_COUNT && strcmp(param->name, name) == 0)
            memcpy(&otherwise, (const char *)u + param->offset, sizeof otherwise);
    return otherwise;
}

/* An operator on a GPU: large and small, some without work at all. */
static struct fl_step draw_operator(struct fl_rng *rng)
{
    struct fl_step s = { .kind = FL_STEP_GPU, .vectors = 1, .cores = 1 };
    *fl_gpu_own(&s) = (struct fl_gpu_step){
        .product = one_in(rng, 2), .flops = fl_rng_range(rng, 0, 1000), .outputs = fl_rng_range(rng, 1, 100),
        .bits = one_in(rng, 4) ? 0 : fl_rng_range(rng, 1, 10000),
        .host_bits = one_in(rng, 2) ? 0 : fl_rng_range(rng, 1, 100) };
    s.read_bits = one_in(rng, 2) ? 0 : fl_rng_range(rng, 1, 100);
    s.write_bits = one_in(rng, 2) ? 0 : fl_rng_range(rng, 1, 100);
    return s;
}

/* A projection that mirrors and camera have room for. */
static struct fl_step draw_projection(struct fl_rng *rng, const struct fl_projector *opu)
{
    struct fl_step s = { .kind = FL_STEP_OPU, .vectors = fl_rng_range(rng, 1, 12), .cores = 1 };
    *fl_opu_own(&s) = (struct fl_opu_step){
        .inputs = fl_rng_range(rng, 1, fl_least(fl_most(opu->mirrors, 1), 1000)),
        .outputs = fl_rng_range(rng, 1, fl_least(fl_most(opu->pixels, 1), 1000)),
        .patterns = fl_rng_range(rng, 1, 4) };
    return s;
}

/* Rows between chips. */
static struct fl_step draw_exchange(struct fl_rng *rng)
{
    struct fl_step s = { .kind = FL_STEP_EXCHANGE, .vectors = fl_rng_range(rng, 1, 12), .cores = 1 };
    s.read_bits = fl_rng_range(rng, 1, 200);
    s.write_bits = fl_rng_range(rng, 1, 200);
    *fl_exchange_own(&s) = (struct fl_exchange_step){ s.write_bits, fl_rng_range(rng, 0, 1) };
    return s;
}

/* A step that could come from a mapper: its sums agree with its cores, rows and columns;
 * those of light are told of any kind. */
static struct fl_step draw_step(struct fl_rng *rng, const struct fl_machine *machine, int32_t kind, int64_t chunk,
                                struct fl_light_step *light)
{
    const struct fl_pool *pool = &machine->pool[fl_rng_range(rng, 0, machine->pools - 1)];
    const struct fl_pool *core = &machine->pool[0];     /* the unit's own: sizes must fit it whatever the line */
    struct fl_step s = { .kind = kind, .engine = kind == FL_STEP_OPTICAL ? pool->index : 0 };
    *light = (struct fl_light_step){0};
    s.vectors = kind == FL_STEP_OPTICAL && one_in(rng, 10) ? 0 : fl_rng_range(rng, 1, 12);
    s.cores = fl_rng_range(rng, 1, core->cores);
    light->columns = fl_rng_range(rng, 1, core->columns);
    light->converted = light->columns * (core->shared_input ? 1 : s.cores);
    int64_t outputs = fl_rng_range(rng, 1, fl_pool_outputs(core));
    int64_t lit = outputs * fl_pool_rows_per_output(core) + fl_pool_references(core);
    light->rows = fl_pool_samples(core, outputs);
    light->sampled = light->added = light->rows * s.cores;
    light->detected = light->sampled * fl_pool_diodes(core);
    light->lit_rows = (core->gate_rows ? lit : core->rows) * s.cores;
    light->lit_paths = light->lit_rows * light->columns;
    light->operand = light->columns * fl_rng_range(rng, 1, 3);
    s.read_bits = light->converted * 8;
    s.write_bits = one_in(rng, 3) ? 0 : light->detected * 16;
    s.partial_bits = one_in(rng, 2) ? 0 : light->detected * 24;
    light->load_pixels = lit * light->columns * s.cores;
    light->load_rows = lit;
    light->load_added = one_in(rng, 2) ? 0 : light->load_pixels;
    s.load_bits = chunk * fl_rng_range(rng, 0, 5) + fl_rng_range(rng, 1, chunk);
    if (fl_pool_streams(core)) {
        light->weights_converted = lit * light->columns * s.cores;
        light->weight_bits = one_in(rng, 3) ? 0 : light->weights_converted * 8;
        light->buffer_bits = s.read_bits + light->weight_bits;
        light->readings = fl_rng_range(rng, 1, fl_most(s.vectors, 1));
    }
    int64_t values = fl_rng_range(rng, 0, 100);
    if (kind == FL_STEP_OPTICAL)
        s.load_from = (int32_t)fl_rng_range(rng, FL_NOWHERE, FL_DRAM);
    else if (kind == FL_STEP_VECTOR)
        s.load_from = one_in(rng, 3) ? FL_DRAM : FL_NOWHERE;    /* its weights, so many rows to a chunk of them */
    else
        s.store = one_in(rng, 2);
    int64_t function = fl_rng_range(rng, 0, FL_FUNCTIONS - 1);
    if (kind == FL_STEP_OPTICAL)
        *fl_light_own(&s) = *light;
    else if (kind == FL_STEP_GPU)
        s = draw_operator(rng);
    else if (kind == FL_STEP_OPU)
        s = draw_projection(rng, &machine->opu[0]);
    else if (kind == FL_STEP_EXCHANGE)
        s = draw_exchange(rng);
    else if (kind == FL_STEP_VECTOR)
        *fl_rows_own(&s) = (struct fl_rows_step){ function, values };
    if (kind == FL_STEP_VECTOR && s.load_from == FL_DRAM) {
        s.chunk_rows = fl_rng_range(rng, 1, 3);
        s.vectors = fl_ceil_div(s.load_bits, chunk) * s.chunk_rows;
    }
    return s;
}

/* Every step once, each within its own operator and loop, some of them nested. */
static void program_write(struct fl_rng *rng, struct rig *rig)
{
    struct fl_inst *inst = rig->inst;
    size_t n = 0;
    for (size_t s = 0; s < rig->program.steps; s++) {
        inst[n++] = (struct fl_inst){ FL_OP, 0, 0 };
        int32_t loops = (int32_t)fl_rng_range(rng, 0, 2), at[2] = {0};
        for (int32_t l = 0; l < loops; l++) {
            at[l] = (int32_t)n;
            inst[n++] = (struct fl_inst){ FL_LOOP, l, fl_rng_range(rng, 1, 3) };
        }
        inst[n++] = (struct fl_inst){ FL_STEP, (int32_t)s, 0 };
        while (loops > 0)
            inst[n++] = (struct fl_inst){ FL_NEXT, at[--loops], 0 };
        inst[n++] = (struct fl_inst){ FL_END_OP, 0, 0 };
    }
    inst[n++] = (struct fl_inst){ FL_HALT, 0, 0 };
    rig->program.insts = n;
}

/* One step that has an item for whatever the unit counts its work in: `items` vectors, or chunks to move. */
static struct fl_step equal_items(struct fl_rng *rng, struct rig *rig, int32_t kind, int64_t items, int64_t chunk)
{
    struct fl_light_step light;
    struct fl_step s = draw_step(rng, &rig->machine, kind, chunk, &light);
    s.vectors = items;
    s.engine = 0;
    s.load_bits = kind == FL_STEP_MOVE ? items * chunk : chunk;
    s.load_from = FL_NOWHERE;
    s.chunk_rows = 0;
    s.store = false;
    s.partial_bits = 0;
    s.write_bits = 16 * light.detected;
    fl_rng_range(rng, 1, 100);
    if (kind == FL_STEP_VECTOR)         /* whole cycles: others share them, and do not leave evenly */
        *fl_rows_own(&s) = (struct fl_rows_step){
            FL_MAC, param_whole(rig->unit, "mac_lanes", 1) * fl_rng_range(rng, 1, 5) };
    if (kind == FL_STEP_OPTICAL)
        fl_light_own(&s)->readings = 0; /* each vector is read */
    if (kind == FL_STEP_GPU)
        s.read_bits = s.write_bits = 0; /* what moves besides is no pace of its own */
    return s;
}

static bool has_port(const struct fl_unit_type *type, const char *name)
{
    for (const struct fl_portdef *port = type->ports; port != NULL && port->name != NULL; port++)
        if (strcmp(port->name, name) == 0)
            return true;
    return false;
}

void draw_program(struct fl_rng *rng, struct rig *rig, int64_t items, int64_t chunk)
{
    if (items > 0) {
        int32_t kind = has_port(rig->type, "issue") ? FL_STEP_OPTICAL :
                       has_port(rig->type, "exchange") ? FL_STEP_EXCHANGE :
                       has_port(rig->type, "launch") ? FL_STEP_GPU : has_port(rig->type, "work") ? FL_STEP_VECTOR :
                       has_port(rig->type, "command") ? FL_STEP_MOVE : FL_STEP_OPTICAL;
        rig->step[0] = equal_items(rng, rig, kind, items, chunk);
        rig->inst[0] = (struct fl_inst){ FL_OP, 0, 0 };
        rig->inst[1] = (struct fl_inst){ FL_STEP, 0, 0 };
        rig->inst[2] = (struct fl_inst){ FL_END_OP, 0, 0 };
        rig->inst[3] = (struct fl_inst){ FL_HALT, 0, 0 };
        rig->program = (struct fl_program){ .inst = rig->inst, .insts = 4, .step = rig->step, .steps = 1 };
        return;
    }
    rig->program = (struct fl_program){ .inst = rig->inst, .step = rig->step,
                                         .steps = (size_t)fl_rng_range(rng, 2, RIG_STEPS) };
    for (size_t i = 0; i < rig->program.steps; i++) {
        bool opu = has_port(rig->type, "project") || has_port(rig->type, "trigger");
        int32_t last = has_port(rig->type, "exchange") ? FL_STEP_EXCHANGE : opu ? FL_STEP_OPU :
                       has_port(rig->type, "launch") ? FL_STEP_GPU : FL_STEP_MOVE;
        int32_t kind = (int32_t)fl_rng_range(rng, FL_STEP_OPTICAL, last);
        struct fl_light_step light;
        rig->step[i] = draw_step(rng, &rig->machine, i == 0 ? FL_STEP_OPTICAL : kind, chunk, &light);
    }
    program_write(rng, rig);
}
