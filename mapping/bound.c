/* bound.c - the roofline: what a mapping does, and the time no machine can do it under.
 *
 * Each resource needs its own sum of times, and the largest sum is a bound whatever the
 * overlap. It errs low: latencies, contention and rounding to edges are left out, a unit
 * is charged whole issues only. Light and loads exclude each other unless there is a back
 * frame; even then the first load comes before all light, for operators start drained,
 * and the last frame's light after all loads. Of V vectors V - 1 intervals lie between the
 * first and the last.
 */
#include <math.h>

#include "mapping/nest.h"

_Static_assert(sizeof(struct fl_effort) % sizeof(double) == 0, "an effort is a row of doubles");

enum { DAC, SOURCE, DETECTOR, ADC, ACCUMULATOR, LOAD, LIGHT, SRAM, DRAM, VECTOR, RESOURCES };
static const char *const names[RESOURCES] = {
    "dac", "source", "detector", "adc", "accumulator", "slm load", "slm", "sram", "dram", "vector",
};

struct bound {
    const struct fl_machine *machine;
    double times;                       /* iterations of the open loops */
    double stack[FL_LOOP_DEPTH];
    int depth;
    double ps[RESOURCES];
    double first, last;                 /* the first load (-1: none yet); the last frame's settling and light */
    double once;                        /* what keeps a next load waiting, but not the end */
    struct fl_effort effort;
};

static void bound_loop(void *context, int64_t times)
{
    struct bound *b = context;
    b->stack[b->depth++] = b->times;
    b->times *= (double)times;
}

static void bound_next(void *context)
{
    struct bound *b = context;
    b->times = b->stack[--b->depth];
}

/* Issues of `lanes` lanes for `count` values, each of `ps`; no lanes known: one issue. */
static double issues(int64_t count, int64_t lanes, double ps)
{
    return (double)(lanes > 0 ? fl_ceil_div(count, lanes) : 1) * ps;
}

/* Loading a frame, and its settling; with a back frame only the first load and all settling keep light waiting. */
static void add_load(struct bound *b, const struct fl_pool *pool, const struct fl_step *step, double light)
{
    double link = (double)step->load_pixels / (double)step->cores * pool->load_pixel_ps;
    double drive = fmax(link, (double)step->load_rows * (double)pool->row_ps), load = drive;
    if (pool->weight_dac_lanes > 0)
        load = fmax(load, floor((double)step->load_pixels / (double)step->cores / (double)pool->weight_dac_lanes) *
                          pool->weight_dac_ps);
    double settle = pool->settle_in_light ? 0 : (double)pool->settle_ps, again = load;
    if (pool->blocks > 0)               /* the first block must have settled before it is driven again */
        again = fmax(load, drive / (double)pool->blocks + (double)pool->settle_ps);
    b->ps[LOAD] += again * b->times;
    b->ps[LIGHT] += (settle + (pool->back_frames == 0 ? load : 0)) * b->times;
    if (b->first < 0) {
        double dram = b->machine->ideal_memory || step->load_from != FL_DRAM ? 0 : b->machine->dram_bit_ps;
        b->first = pool->back_frames == 0 ? 0 : fmax(load, (double)step->load_bits * dram);
    }
    b->last = settle + light;
    b->once = again - load;
}

static void add_optical(struct bound *b, const struct fl_step *step)
{
    const struct fl_pool *pool = &b->machine->pool[step->pool];
    double vectors = (double)step->vectors * b->times;
    double adc_ps = issues(step->rows, pool->adc_lanes, pool->adc_ps);
    b->ps[DAC] += vectors * issues(step->columns, pool->dac_lanes, pool->dac_ps);
    b->ps[SOURCE] += vectors * pool->source_ps;
    b->ps[DETECTOR] += vectors * pool->detector_ps;
    b->ps[ADC] += vectors * adc_ps;
    b->ps[ACCUMULATOR] += vectors * issues(step->rows, pool->accumulator_lanes, pool->accumulator_ps);

    double light = (double)fl_most(step->vectors - 1, 0) * fmax(fmax(pool->source_ps, pool->detector_ps), adc_ps);
    b->ps[LIGHT] += light * b->times;
    if (step->load_from != FL_NOWHERE)
        add_load(b, pool, step, light);
    else
        b->last += light;
}

static void add_digital(struct bound *b, const struct fl_step *step)
{
    const struct fl_machine *machine = b->machine;
    int64_t lanes = step->function == FL_MAC ? machine->mac_lanes : machine->vector_lanes;
    double ops = (double)step->values;
    if (step->function != FL_MAC)
        ops *= (double)machine->function_ops[step->function];
    if (lanes > 0)
        b->ps[VECTOR] += (double)step->vectors * b->times * ceil(ops / (double)lanes) * machine->vector_ps;
}

/* What comes from DRAM is written to SRAM first, and cores fetch their weights there. */
static void add_memory(struct bound *b, const struct fl_step *step)
{
    double load = (double)step->load_bits * b->times;
    double rows = (double)step->vectors * b->times;
    double sram = rows * ((double)step->read_bits + (double)step->write_bits + (double)step->partial_bits);
    bool dram = step->load_from == FL_DRAM || step->store;
    bool core = step->kind == FL_STEP_OPTICAL && step->load_from != FL_NOWHERE;
    sram += load * (dram + core);
    b->effort.sram_bits += sram;
    b->effort.dram_bits += dram ? load : 0;
    if (b->machine->ideal_memory)
        return;
    b->ps[SRAM] += sram * b->machine->sram_bit_ps;
    b->ps[DRAM] += dram ? load * b->machine->dram_bit_ps : 0;
}

static void add_effort(struct bound *b, const struct fl_step *step)
{
    struct fl_effort *e = &b->effort;
    double vectors = (double)step->vectors * b->times;
    e->steps += b->times;
    e->vectors += vectors;
    e->converted += vectors * (double)step->converted;
    e->detected += vectors * (double)step->detected;
    e->sampled += vectors * (double)step->sampled;
    e->added += vectors * (double)step->added;
    e->core_vectors += vectors * (double)step->cores;
    if (step->kind == FL_STEP_OPTICAL && step->load_from != FL_NOWHERE)
        e->loads += (double)step->cores * b->times;
    e->load_pixels += (double)step->load_pixels * b->times;
    e->load_rows += (double)step->load_rows * b->times;
    e->added += (double)step->load_added * b->times;
    e->lit_rows += vectors * (double)step->lit_rows;
    e->values += vectors * (double)step->values;
    e->partial_bits += 2 * vectors * (double)step->partial_bits;
}

static void bound_step(void *context, const struct fl_step *step)
{
    struct bound *b = context;
    if (step->kind == FL_STEP_OPTICAL)
        add_optical(b, step);
    else if (step->kind == FL_STEP_VECTOR)
        add_digital(b, step);
    add_memory(b, step);
    add_effort(b, step);
}

bool fl_effort_add(struct fl_effort *sum, const struct fl_effort *part, double times)
{
    double *all = &sum->steps;
    const double *one = &part->steps;
    for (size_t i = 0; i < sizeof *sum / sizeof *all; i++)
        if (all[i] + one[i] * times >= 0x1p62)
            return false;
    for (size_t i = 0; i < sizeof *sum / sizeof *all; i++)
        all[i] += one[i] * times;
    return true;
}

bool fl_mapping_bound(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                      struct fl_effort *effort, struct fl_err *err)
{
    struct bound b = {.machine = machine, .times = 1, .first = -1};
    const struct fl_walker walker = {bound_loop, bound_next, bound_step, &b};
    struct fl_effort sum = {0};
    if (!fl_walk(op, machine, mapping, &walker) || !fl_effort_add(&sum, &b.effort, 1))
        return fl_fail(err, op->name, "counts of its work would not fit 63 bits (groups %lld, m %lld, k %lld, n %lld)",
                       (long long)op->groups, (long long)op->m, (long long)op->k, (long long)op->n);
    if (b.first >= 0) {
        b.ps[LIGHT] += b.first;
        b.ps[LOAD] += b.last - b.once;
        b.ps[DRAM] += mapping->swapped ? 0 : b.last;
    }
    int worst = 0;
    for (int i = 1; i < RESOURCES; i++)
        if (b.ps[i] > b.ps[worst])
            worst = i;
    mapping->bound_ps = fmax(floor(b.ps[worst] * (1 - 1e-12)) - 1, 0);  /* sums round; an edge may lie 1 ps early */
    mapping->bound_by = names[worst];
    if (effort != NULL)
        *effort = b.effort;
    return true;
}
