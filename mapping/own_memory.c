/* own_memory.c - what engines with a memory of their own must hold, and what stays with their host.
 *
 * A machine of such engines alone has no SRAM and no DRAM: parameters, tables and caches lie in
 * the engine's memory for the whole run, activations while they live,
 * the random matrices of projections if no OPU has them for nothing. Where that is too much, and
 * the design allows it, every weight, and what an optimizer keeps beside it, leaves the same share of
 * itself with the host, whose link then brings that share each time it is used, and back what an
 * update writes of it.
 */
#include "mapping/nest.h"
#include "mapping/plan.h"

/* Bits of the weights that products read, each layer's once. */
static int64_t weight_bits(const struct fl_trace *trace, const struct fl_machine *machine, bool *overflow)
{
    int64_t values = 0;
    *overflow |= !fl_trace_weights(trace, &values);
    return fl_product(values, fl_map_weight_bits(machine, NULL), overflow);
}

/* Bits that updates keep beside parameters. */
static int64_t state_bits(const struct fl_trace *trace, bool *overflow)
{
    int64_t bits = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            int64_t values = fl_product(fl_product(op->groups, op->m, overflow), op->n, overflow);
            int64_t one = op->state_bits > 0 ? fl_product(values, op->state_bits, overflow) : 0;
            bits = fl_sum(bits, fl_product(one, trace->block[b].repeat, overflow), overflow);
        }
    return bits;
}

/* Bits of random matrices, where a medium is none of them: projections of one size share theirs. */
static int64_t random_bits(const struct fl_trace *trace, const struct fl_machine *machine, bool *overflow)
{
    int64_t bits = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            bool known = op->type->form != FL_PROJECT;
            for (size_t c = 0; c <= b && !known; c++)
                for (size_t j = 0; j < (c < b ? trace->block[c].ops : i) && !known; j++) {
                    const struct fl_op *other = &trace->block[c].op[j];
                    known = other->type->form == FL_PROJECT && other->k == op->k && other->n == op->n;
                }
            int64_t values = known ? 0 : fl_product(op->k, op->n, overflow);
            bits = fl_sum(bits, fl_product(values, fl_map_weight_bits(machine, NULL), overflow), overflow);
        }
    return bits;
}

/* What is asked of GPUs: `weights`, and their states, may be left in part with the host, `random` to an OPU; `kept` are
 * tables and caches, `active` what is alive at once. */
struct wanted { int64_t weights, kept, active, random; bool opu; };

static bool has_room(const struct fl_gpu *gpu, int64_t weights, int64_t rest)
{
    return rest <= gpu->memory_bits && (gpu->offload || weights <= gpu->memory_bits - rest);
}

static bool gpu_fit(struct fl_gpu *gpu, int32_t number, struct wanted want, struct fl_err *err)
{
    const double gb = 8e9;
    bool overflow = false, dealt = gpu->parallel == FL_PARALLEL_TENSOR;
    int64_t devices = dealt ? fl_most(gpu->devices, 1) : 1;    /* that share what is held */
    int64_t without = fl_sum(fl_ceil_div(want.kept, devices), want.active, &overflow);
    int64_t all = fl_sum(without, fl_ceil_div(want.random, devices), &overflow);
    want.weights = fl_ceil_div(want.weights, devices);
    gpu->no_random = want.opu && (overflow || !has_room(gpu, want.weights, all));
    int64_t rest = gpu->no_random ? without : all;
    gpu->host_share = 0;
    if (!overflow && has_room(gpu, want.weights, rest)) {
        if (want.weights > gpu->memory_bits - rest)
            gpu->host_share = 1 - (double)(gpu->memory_bits - rest) / (double)want.weights;
        return true;
    }
    if (!gpu->offload)
        return fl_fail(err, NULL, "weights, tables, caches and activations need %.6g GB; gpu[%d] has %.6g GB: give it "
                       "more memory, or offload = true and a host_bandwidth",
                       ((double)want.weights + (double)rest) / gb, (int)number, (double)gpu->memory_bits / gb);
    return fl_fail(err, NULL, "tables, caches and activations need %.6g GB, and only weights may stay with the "
                   "host; gpu[%d] has %.6g GB: give it more memory, or less work at once", (double)rest / gb,
                   (int)number, (double)gpu->memory_bits / gb);
}

/* What a trace asks of each GPU that has to do with it. */
static bool wanted_find(struct wanted *want, const struct fl_weights *weights, const struct fl_residency *residency,
                        const struct fl_trace *trace, const struct fl_machine *machine, struct fl_err *err)
{
    bool overflow = false;
    int64_t kept = fl_kept_bits(weights, trace, machine, &overflow), active = residency->most_bits;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            active = fl_most(active, fl_map_working_set_bits(&trace->block[b].op[i], machine));
    int64_t loose = fl_sum(weight_bits(trace, machine, &overflow), state_bits(trace, &overflow), &overflow);
    loose = fl_least(loose, kept);
    *want = (struct wanted){loose, kept - loose, active, random_bits(trace, machine, &overflow), machine->opus > 0};
    return !overflow || fl_fail(err, NULL, "weights, tables, caches and activations take more than 2^63 bits");
}

/* Of a pipeline each GPU has what operators of its stage ask for. */
static bool stage_fit(const struct fl_trace *trace, struct fl_machine *machine, int32_t number, struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct fl_trace own = *trace;
    struct fl_weights weights;
    struct fl_residency residency;
    struct wanted want;
    own.block = fl_arena_array(&arena, trace->blocks + 1, sizeof *own.block);
    own.blocks = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        if (trace->block[b].ops > 0 && trace->block[b].op[0].stage == number + 1)
            own.block[own.blocks++] = trace->block[b];
    bool good = fl_weights_find(&weights, &arena, &own, machine, err) &&
                fl_residency_find(&residency, &own, machine, &arena, err) &&
                wanted_find(&want, &weights, &residency, &own, machine, err) &&
                gpu_fit(&machine->gpu[number], number, want, err);
    fl_arena_free(&arena);
    return good;
}

bool fl_own_memory_fit(const struct fl_weights *weights, const struct fl_residency *residency,
                       const struct fl_trace *trace, struct fl_machine *machine, struct fl_err *err)
{
    struct wanted want;
    bool good = true, staged = machine->gpus > 0 && machine->gpu[0].stages > 1;
    for (int32_t i = 0; i < machine->gpus; i++)
        machine->gpu[i].batch = trace->batch;
    if (machine->sram_bits > 0)
        return true;
    if (!staged && !wanted_find(&want, weights, residency, trace, machine, err))
        return false;
    for (int32_t i = 0; i < machine->gpus; i++)
        good = (staged ? stage_fit(trace, machine, i, err) : gpu_fit(&machine->gpu[i], i, want, err)) && good;
    return good;
}
