/* gpu.c - graphics processors: an operator is one step, of any kind of work. */
#include "machine/machine.h"

#include <math.h>
#include <stddef.h>

#include "base/whole.h"
#include "traces/trace.h"

static const struct fl_slot slots[] = {
    {.name = "", .does = FL_SLOT_COMPUTES, .type = "gpu",
     .meaning = "graphics processor with memory of its own: any operator, one after another"},
    {.name = NULL},
};
static const struct fl_join joins[] = {
    {.from = {"sequencer", "launch"}, .to = {"", "launch"}, .answer = {"", "done"}, .back = {"sequencer", "done"}},
    /* what it takes of a chip, and gives to it; a machine of GPUs alone has no chip */
    {.from = {"", "fetch"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"", "data"}},
    {.from = {"", "store"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"sequencer", "done"}},
    {.from = {NULL, NULL}},
};

double fl_gpu_work_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step)
{
    double compute = (double)step->flops * (step->product ? gpu->flop_ps : gpu->row_ps);
    if (step->product && step->outputs < gpu->full_outputs)
        compute *= (double)gpu->full_outputs / (double)step->outputs;
    return fmax(compute, (double)step->bits * gpu->bit_ps);
}

double fl_gpu_takes_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step)
{
    return fmax(fl_gpu_work_ps(gpu, step), (double)step->host_bits * gpu->host_bit_ps);
}

static bool takes(const struct fl_op *op, struct fl_err *why)
{
    return op->placed != 1 || fl_fail(why, op->name, "is placed on optical cores; a GPU may not do it");
}

static bool fits(const struct fl_machine *machine, int32_t number, const struct fl_op *op, struct fl_err *why)
{
    return op->type->form != FL_PROJECT || !machine->gpu[number].no_random ||
           fl_fail(why, op->name, "its random matrix does not fit in the memory of gpu[%d] beside all else",
                   (int)number);
}

static void whole(const struct fl_machine *machine, int32_t number, const struct fl_whole *work, struct fl_step *step,
                  bool *overflow)
{
    const struct fl_gpu *gpu = &machine->gpu[number];
    *step = (struct fl_step){.kind = FL_STEP_GPU, .engine = number, .load_from = FL_NOWHERE, .vectors = 1, .cores = 1};
    struct fl_gpu_step *own = fl_gpu_own(step);
    step->read_bits = work->taken_bits;
    step->write_bits = work->given_bits;
    own->product = work->product;
    own->outputs = work->outputs;
    own->flops = fl_product(work->operations, work->product ? 2 : gpu->row_ops, overflow);
    own->bits = fl_sum(fl_sum(work->in_bits, work->held_bits, overflow), work->out_bits, overflow);
    if (work->weights)                  /* what comes from the host passes the memory, too */
        own->host_bits = fl_whole(ceil((double)work->held_bits * gpu->host_share), 0, INT64_MAX);
}

static void paces(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces)
{
    const struct fl_gpu *gpu = &machine->gpu[step->engine];
    double moves = ((double)step->read_bits + (double)step->write_bits) * gpu->host_bit_ps;
    *paces = (struct fl_paces){.vector_ps = {moves + gpu->launch_ps + fl_gpu_takes_ps(gpu, fl_gpu_of(step))}};
}

static const char *const resources[] = {"gpu", NULL};

const struct fl_engine_type fl_engine_gpu = {
    .kind = "gpu", .summary = "graphics processors", .place = "gpu", .list = "gpu", .most = FL_GPUS, .memory = true,
    .slots = slots, .joins = joins,
    .takes = takes, .fits = fits, .whole = whole, .paces = paces, .resources = resources,
};
