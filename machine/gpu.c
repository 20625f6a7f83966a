/* gpu.c - graphics processors: an operator is one step, of any kind of work. */
#include "machine/machine.h"

#include <math.h>
#include <stddef.h>

#include "sim/pace.h"
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

int64_t fl_gpus_hold_bits(const struct fl_gpu *gpu)
{
    bool dealt = gpu->parallel == FL_PARALLEL_TENSOR;
    return fl_times_held(gpu->memory_bits, dealt ? fl_most(gpu->devices, 1) : 1, INT64_MAX);
}

double fl_gpu_work_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step)
{
    double compute = (double)step->flops * (step->product ? gpu->flop_ps : gpu->row_ps);
    if (step->product && step->outputs < gpu->full_outputs)
        compute *= (double)gpu->full_outputs / (double)step->outputs;
    return fmax(compute, (double)step->bits * gpu->bit_ps);
}

double fl_gpu_takes_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step)
{
    double gathers = (double)step->link_bits * gpu->link_bit_ps + (double)step->hops * gpu->link_ps;
    return fmax(fl_gpu_work_ps(gpu, step), (double)step->host_bits * gpu->host_bit_ps) + gathers;
}

static bool takes(const struct fl_op *op, struct fl_err *why)
{
    if (fl_op_is_exchange(op) && op->stage == 0)
        return fl_fail(why, op->name, "is between chips; GPUs are joined by gpu.devices and gpu.stages");
    return op->placed != 1 || fl_fail(why, op->name, "is placed on optical cores; a GPU may not do it: place it "
                                    "anywhere, or give the machine what does it in light");
}

/* Gradients that each GPU makes of its sequences are summed up before an update. */
static bool sums_gradients(const struct fl_machine *machine, int32_t number, const struct fl_op *op, struct fl_err *why)
{
    const struct fl_gpu *gpu = &machine->gpu[number];
    bool shared = gpu->devices > 1 && gpu->batch > 1 && gpu->parallel == FL_PARALLEL_DATA;
    if (op->type->form != FL_UPDATE || !shared || gpu->link_bit_ps > 0)
        return true;
    int64_t devices = fl_least(gpu->devices, gpu->batch);
    return fl_fail(why, op->name, "needs a link: gradients of %lld GPUs, %lld values each, are summed up before it; "
                   "gpu[%d].link_bandwidth is 0 bit/s: give one", (long long)devices,
                   (long long)(op->groups * op->m * op->n), (int)number);
}

static bool fits(const struct fl_machine *machine, int32_t number, const struct fl_op *op, struct fl_err *why)
{
    if (op->stage > 0 && op->stage - 1 != number)
        return fl_fail(why, op->name, "is of stage %d; gpu[%d] is another", op->stage - 1, (int)number);
    if (!sums_gradients(machine, number, op, why))
        return false;
    return op->type->form != FL_PROJECT || !machine->gpu[number].no_random ||
           fl_fail(why, op->name, "its random matrix of %lld x %lld values does not fit in the memory of "
                   "gpu[%d], %.6g GB, beside all else: give it more", (long long)op->k, (long long)op->n, (int)number,
                   (double)machine->gpu[number].memory_bits / 8e9);
}

/* The part of an operator that each of several GPUs does. */
struct share { int64_t devices, operations, outputs, in, held, out; int64_t link, hops; };

/* Each takes so many of the sequences. */
static void share_data(const struct fl_gpu *gpu, const struct fl_whole *work, struct share *s)
{
    int64_t batch = fl_most(gpu->batch, 1), each = fl_ceil_div(batch, fl_most(gpu->devices, 1));
    s->devices = fl_ceil_div(batch, each);
    if (work->update) {                 /* each updates all; their gradients are summed up in a ring before */
        s->hops = 2 * (s->devices - 1);
        s->link = fl_share(work->in_bits, s->hops, s->devices);
        return;
    }
    s->operations = fl_share(work->operations, each, batch);
    s->outputs = work->gradient ? work->outputs : fl_share(work->outputs, each, batch);
    s->in = fl_share(work->in_bits, each, batch);
    if (!work->gradient)
        s->out = fl_share(work->out_bits, each, batch);
    if (!work->weights)
        s->held = fl_share(work->held_bits, each, batch);
}

/* Each takes some of the outputs, which all gather from all in a ring; or some of the heads. */
static void share_tensor(const struct fl_gpu *gpu, const struct fl_whole *work, struct share *s)
{
    bool columns = work->product && !work->heads;
    s->devices = gpu->devices;
    if (!columns && !work->heads)
        return;                         /* each does all of it */
    s->operations = fl_ceil_div(work->operations, gpu->devices);
    s->outputs = fl_ceil_div(work->outputs, gpu->devices);
    s->held = fl_ceil_div(work->held_bits, gpu->devices);
    if (columns) {
        s->hops = gpu->devices - 1;
        s->link = fl_share(work->out_bits, s->hops, gpu->devices);
    } else {
        s->in = fl_ceil_div(work->in_bits, gpu->devices);
        s->out = fl_ceil_div(work->out_bits, gpu->devices);
    }
}

/* Over the link to another stage: each of the GPUs sends its part, and works on nothing. */
static struct share share_handover(const struct fl_gpu *gpu, const struct fl_whole *work)
{
    int64_t devices = fl_most(gpu->devices, 1), each = fl_ceil_div(work->out_bits, devices);
    return (struct share){.devices = devices, .in = each, .link = each, .hops = 1};
}

static struct share share_of(const struct fl_gpu *gpu, const struct fl_whole *work)
{
    if (work->handover)
        return share_handover(gpu, work);
    struct share s = {1, work->operations, work->outputs, work->in_bits, work->held_bits, work->out_bits, 0, 0};
    if (gpu->devices > 1 && gpu->parallel == FL_PARALLEL_DATA)
        share_data(gpu, work, &s);
    else if (gpu->devices > 1)
        share_tensor(gpu, work, &s);
    return s;
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
    const struct share share = share_of(gpu, work);
    own->devices = share.devices;
    own->outputs = share.outputs;
    own->flops = fl_product(share.operations, work->product ? 2 : gpu->row_ops, overflow);
    own->bits = fl_sum(fl_sum(share.in, share.held, overflow), share.out, overflow);
    own->link_bits = share.link;
    own->hops = share.hops;
    int64_t hosted = work->update ? fl_sum(share.held, share.out, overflow) : work->weights ? share.held : 0;
    own->host_bits = fl_whole(ceil((double)hosted * gpu->host_share), 0, INT64_MAX);    /* it passes the memory, too */
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
