/* bound.c - the roofline: what a mapping does, and the time no machine can do it under.
 *
 * Each resource needs its own sum of times, and the largest sum is a bound whatever the
 * overlap. It errs low: contention and rounding to edges are left out, a unit is charged
 * whole issues only. Light and loads exclude each other unless there is a back frame; even
 * then the first load comes before all light, for operators start drained, and the last
 * frame's light after all loads. Of V vectors V - 1 intervals lie between the first and
 * the last. Between two steps the SLM goes dark: the next step's first vector sets out when
 * its frame has settled. A step that loads nothing goes on with the tile of the one before:
 * its first vector follows as any other does.
 */
#include <math.h>
#include <string.h>

#include "mapping/amounts.h"
#include "mapping/nest.h"

_Static_assert(offsetof(struct fl_effort, sum_ps) + sizeof(double) == sizeof(struct fl_effort),
               "an effort is a row of doubles, times after counts");

/* Those of the engine come first, then what all share. */
enum { LOAD = FL_PACES, LIGHT, SRAM, DRAM, DMA, RESOURCES };
static const char *const shared[RESOURCES] = {[SRAM] = "sram", [DRAM] = "dram", [DMA] = "dma"};

struct bound {
    const struct fl_machine *machine;
    const struct fl_engine_type *engine;
    double times;                       /* iterations of the open loops */
    double stack[FL_LOOP_DEPTH];
    int depth;
    double ps[RESOURCES];
    double frames;                      /* that loads, settling and, where they exclude it, light hold what is held */
    bool begun;                         /* the fields below are about the steps so far */
    double once;                        /* what keeps a next load waiting, but not the end */
    double settling;                    /* of all frames */
    double within;                      /* intervals between the vectors of a step */
    double waits, intervals;            /* from a step to the next: at least what the frame needs, and an interval */
    double first_wait, first_gap;       /* before the first vector; the share of `waits` that is not between steps */
    double last_interval, after;        /* after the last load until the last launch */
    double tail;                        /* from the last launch to its sums */
    struct fl_lit lit;
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

/* What is held for a step: loaded beside light of others, settled, and lit from its first vector to its last. */
static void add_lit(struct bound *b, const struct fl_step *step, const struct fl_paces *p, double stream)
{
    bool loads = step->load_from != FL_NOWHERE;
    b->lit.front_ps = b->lit.steps > 0 ? b->lit.front_ps : p->front_ps;
    b->lit.tail_ps = p->tail_ps;
    b->lit.steps += b->times;
    b->lit.load_ps += loads ? p->load_ps * b->times : 0;
    b->lit.settle_ps += loads ? p->settle_ps * b->times : 0;
    b->lit.lit_ps += stream * b->times;
    b->lit.last_ps = stream + (loads ? p->settle_ps : 0);
}

/* The vectors of a step, and what they wait for: what is held, and the first one's way to it. */
static void add_stream(struct bound *b, const struct fl_step *step, const struct fl_paces *p)
{
    double stream = (double)fl_most(step->vectors - 1, 0) * p->interval_ps;
    double wait = p->flows ? 0 : p->front_ps + p->flight_ps, first = p->front_ps, gap = p->least_ps;
    if (step->load_from != FL_NOWHERE) {
        double dram = b->machine->ideal_memory || step->load_from != FL_DRAM ? 0 : b->machine->dram_bit_ps;
        wait += p->settle_ps + (p->apart ? p->load_ps : 0);
        first += p->settle_ps + fmax(p->load_ps, (double)step->load_bits * dram);
        b->ps[LOAD] += p->again_ps * b->times;
        b->frames += fmax(p->again_ps, p->apart ? p->load_ps + p->settle_ps + stream : 0) * b->times;
        b->settling += p->settle_ps * b->times;
        b->after = p->settle_ps + p->front_ps + stream;
        b->once = p->again_ps - p->load_ps;
    } else {
        wait += p->flows ? 0 : p->turn_ps;
        first += p->turn_ps;
        gap = b->begun ? fmin(p->interval_ps, b->last_interval) : p->least_ps;
        b->after += (b->begun ? fmax(wait, gap) : first) + stream;
    }
    add_lit(b, step, p, stream);
    b->within += stream * b->times;
    b->waits += fmax(wait, gap) * b->times;
    b->intervals += p->interval_ps * b->times;
    b->last_interval = p->interval_ps;
    b->tail = p->tail_ps;
    if (!b->begun) {
        b->first_wait = first;
        b->first_gap = fmax(wait, gap);
    }
    b->begun = true;
}

static void add_paces(struct bound *b, const struct fl_engine_type *engine, const struct fl_step *step)
{
    struct fl_paces paces;
    double vectors = (double)step->vectors * b->times;
    engine->paces(b->machine, step, &paces);
    for (int i = 0; i < FL_PACES; i++)
        b->ps[i] += vectors * paces.vector_ps[i];
    if (engine->loads != NULL)
        add_stream(b, step, &paces);
}

/* What comes from DRAM is written to SRAM first, and cores fetch their weights there. */
static void add_memory(struct bound *b, const struct fl_step *step)
{
    double load = (double)step->load_bits * b->times;
    bool dram = step->load_from == FL_DRAM || step->store, light = step->kind == FL_STEP_OPTICAL;
    bool core = light && step->load_from != FL_NOWHERE;
    double rows = (double)step->vectors * b->times, read = rows;
    double sram = rows * (double)step->read_bits;
    if (light) {
        read = (double)fl_light_readings(step) * b->times;
        sram += rows * (double)fl_light(step)->weight_bits;
    }
    sram += read * ((double)step->write_bits + (double)step->partial_bits);
    sram += load * (dram + core);
    b->effort.sram_bits += sram;
    b->effort.dram_bits += dram ? load : 0;
    if (dram && b->machine->dma_chunk_bits > 0)
        b->ps[DMA] += (double)fl_most(fl_ceil_div(step->load_bits, b->machine->dma_chunk_bits) - 1, 0) * b->times *
                      b->machine->dma_ps;
    if (b->machine->ideal_memory)
        return;
    b->ps[SRAM] += sram * b->machine->sram_bit_ps;
    b->ps[DRAM] += dram ? load * b->machine->dram_bit_ps : 0;
}

static void add_light_effort(struct bound *b, const struct fl_step *step)
{
    struct fl_effort *e = &b->effort;
    double vectors = (double)step->vectors * b->times, readings = (double)fl_light_readings(step) * b->times;
    const double times[] = {[FL_EACH_VECTOR] = vectors, [FL_EACH_READING] = readings, [FL_EACH_LOAD] = b->times};
    for (size_t i = 0; i < fl_light_amounts_count; i++) {
        const struct fl_amount *amount = &fl_light_amounts[i];
        int64_t count;
        memcpy(&count, (const char *)step->own + amount->own, sizeof count);
        *fl_amount_sum(e, amount) += times[amount->counted] * (double)count;
    }
    e->core_vectors += vectors * (double)step->cores;
    if (step->load_from != FL_NOWHERE)
        e->loads += (double)fl_step_loaded(step) * b->times;
}

static void add_gpu_effort(struct bound *b, const struct fl_step *step)
{
    struct fl_effort *e = &b->effort;
    const struct fl_gpu_step *own = fl_gpu_of(step);
    e->launches += b->times;
    double devices = (double)fl_most(own->devices, 1);
    e->flops += (double)own->flops * devices * b->times;
    e->gpu_bits += (double)own->bits * devices * b->times;
    e->work_ps += fl_gpu_work_ps(&b->machine->gpu[step->engine], own) * devices * b->times;
}

static void add_effort(struct bound *b, const struct fl_step *step)
{
    struct fl_effort *e = &b->effort;
    double vectors = (double)step->vectors * b->times;
    e->steps += b->times;
    e->vectors += vectors;
    e->partial_bits += 2 * (step->kind == FL_STEP_OPTICAL ? (double)fl_light_readings(step) * b->times : vectors) *
                       (double)step->partial_bits;
    if (step->kind == FL_STEP_OPTICAL)
        add_light_effort(b, step);
    else if (step->kind == FL_STEP_VECTOR)
        e->values += vectors * (double)fl_rows_of(step)->values;
    else if (step->kind == FL_STEP_GPU)
        add_gpu_effort(b, step);
}

static void bound_step(void *context, const struct fl_step *step)
{
    struct bound *b = context;
    if (step->kind != FL_STEP_MOVE)
        add_paces(b, b->engine, step);
    add_memory(b, step);
    add_effort(b, step);
}

bool fl_effort_add(struct fl_effort *sum, const struct fl_effort *part, double times)
{
    double *all = &sum->steps;
    const double *one = &part->steps;
    size_t counts = offsetof(struct fl_effort, sum_ps) / sizeof *all;
    for (size_t i = 0; i < counts; i++)
        if (all[i] + one[i] * times >= 0x1p62)
            return false;
    for (size_t i = 0; i <= counts; i++)
        all[i] += one[i] * times;
    return true;
}

/* What a bound by frames comes from: loading, settling, or the stream, which its slowest resource paces. */
static const char *name_frames(const struct bound *b, double load, double stream)
{
    const struct fl_engine_type *engine = b->engine;
    if (load >= b->settling && load >= stream)
        return engine->loads;
    if (b->settling >= stream)
        return engine->settles;
    int slowest = -1;
    for (int i = 0; i < FL_PACES; i++)
        if (engine->streams >> i & 1 && (slowest < 0 || b->ps[i] > b->ps[slowest]))
            slowest = i;
    return engine->resources[slowest];
}

/* Streams and loads meet in what is held; gives the name of what binds there. */
static const char *frames_close(struct bound *b, bool swapped)
{
    if (!b->begun)
        return b->engine->settles;
    double stream = b->within + b->intervals, load = b->ps[LOAD];
    b->ps[LIGHT] = b->first_wait + b->within + fmax(b->waits - b->first_gap, b->intervals - b->last_interval) + b->tail;
    b->ps[LOAD] += b->after + b->tail - b->once;
    b->ps[DRAM] += swapped ? 0 : b->after + b->tail;
    return name_frames(b, load, stream);
}

bool fl_mapping_busy(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                     struct fl_busy *busy)
{
    struct bound b = {.machine = machine, .engine = mapping->engine, .times = 1};
    const struct fl_walker walker = {bound_loop, bound_next, bound_step, &b};
    if (!fl_walk(op, machine, mapping, &walker))
        return false;
    for (int i = 0; i < FL_PACES; i++)
        busy->own_ps[i] += b.ps[i];
    busy->own_ps[FL_PACES] += b.frames;
    busy->lit.steps += b.lit.steps;
    busy->lit.load_ps += b.lit.load_ps;
    busy->lit.settle_ps += b.lit.settle_ps;
    busy->lit.lit_ps += b.lit.lit_ps;
    busy->lit.last_ps = b.lit.last_ps;
    busy->lit.front_ps = b.lit.front_ps;
    busy->lit.tail_ps = b.lit.tail_ps;
    busy->sram_ps += b.ps[SRAM];
    busy->dram_ps += b.ps[DRAM];
    busy->dma_ps += b.ps[DMA];
    return true;
}

double fl_dram_least_ps(const struct fl_machine *machine, double bits)
{
    double ps = bits * machine->dram_bit_ps;
    return ps + fmax(ps - machine->dram_unrefreshed_ps, 0) * machine->dram_refreshing;
}

double fl_bound_held(double ps) { return fmax(floor(ps * (1 - 1e-12)) - 1, 0); }

bool fl_mapping_bound(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                      struct fl_effort *effort, struct fl_err *err)
{
    struct bound b = {.machine = machine, .engine = mapping->engine, .times = 1};
    const struct fl_walker walker = {bound_loop, bound_next, bound_step, &b};
    struct fl_effort sum = {0};
    if (!fl_walk(op, machine, mapping, &walker) || !fl_effort_add(&sum, &b.effort, 1))
        return fl_fail(err, op->name, "counts of its work would not fit 63 bits (groups %lld, m %lld, k %lld, n %lld)",
                       (long long)op->groups, (long long)op->m, (long long)op->k, (long long)op->n);
    const char *frames = frames_close(&b, mapping->swapped);
    int worst = 0;
    for (int i = 1; i < RESOURCES; i++)
        if (b.ps[i] > b.ps[worst])
            worst = i;
    for (int i = 0; i < RESOURCES; i++)
        b.effort.sum_ps += b.ps[i];
    mapping->bound_ps = fl_bound_held(b.ps[worst]);
    const char *by = worst < FL_PACES ? b.engine->resources[worst] : shared[worst];
    mapping->bound_by = worst == LOAD || worst == LIGHT ? frames : b.ps[worst] > 0 ? by : "latency";
    if (effort != NULL)
        *effort = b.effort;
    return true;
}

void fl_busier(struct fl_busiest *most, double ps, const char *by)
{
    if (ps > most->ps)
        *most = (struct fl_busiest){ps, by};
}

struct fl_busiest fl_busiest_of(const struct fl_busy *busy, const struct fl_engine_type *engine)
{
    struct fl_busiest most = {0, "latency"};
    for (int i = 0; i < FL_PACES && engine->resources != NULL && engine->resources[i] != NULL; i++)
        fl_busier(&most, busy->own_ps[i], engine->resources[i]);
    fl_busier(&most, busy->own_ps[FL_PACES], engine->loads);
    fl_busier(&most, busy->sram_ps, "sram");
    fl_busier(&most, busy->dram_ps, "dram");
    fl_busier(&most, busy->dma_ps, "dma");
    return most;
}
