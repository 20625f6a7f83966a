/* own_memory.c - what engines with a memory of their own must hold, and what stays with their host.
 *
 * A machine of such engines alone has no SRAM and no DRAM: parameters, tables and caches lie in
 * the engine's memory for the whole run, activations while they live. Where that is too much, and
 * the design allows it, every weight leaves the same share of itself with the host, whose link
 * then brings that share each time the weight is used.
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

/* One GPU, of which so much is asked: `weights` may be left in part with the host, `rest` may not. */
static bool gpu_fit(struct fl_gpu *gpu, int32_t number, int64_t weights, int64_t rest, struct fl_err *err)
{
    const double gb = 8e9;
    gpu->host_share = 0;
    if (rest <= gpu->memory_bits && weights <= gpu->memory_bits - rest)
        return true;
    if (!gpu->offload)
        return fl_fail(err, NULL, "weights, tables, caches and activations need %.6g GB; gpu[%d] has %.6g GB: give it "
                       "more memory, or offload = true and a host_bandwidth", ((double)weights + (double)rest) / gb,
                       (int)number, (double)gpu->memory_bits / gb);
    if (rest > gpu->memory_bits)
        return fl_fail(err, NULL, "tables, caches and activations need %.6g GB, and only weights may stay with the "
                       "host; gpu[%d] has %.6g GB", (double)rest / gb, (int)number, (double)gpu->memory_bits / gb);
    gpu->host_share = 1 - (double)(gpu->memory_bits - rest) / (double)weights;
    return true;
}

bool fl_own_memory_fit(const struct fl_weights *weights, const struct fl_residency *residency,
                       const struct fl_trace *trace, struct fl_machine *machine, struct fl_err *err)
{
    bool overflow = false, good = true;
    if (machine->sram_bits > 0)
        return true;
    int64_t kept = fl_kept_bits(weights, trace, machine, &overflow), active = residency->most_bits;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            active = fl_most(active, fl_map_working_set_bits(&trace->block[b].op[i], machine));
    int64_t all = fl_sum(kept, active, &overflow), loose = weight_bits(trace, machine, &overflow);
    if (overflow)
        return fl_fail(err, NULL, "weights, tables, caches and activations take more than 2^63 bits");
    loose = fl_least(loose, kept);
    for (int32_t i = 0; i < machine->gpus; i++)
        good = gpu_fit(&machine->gpu[i], i, loose, all - loose, err) && good;
    return good;
}
