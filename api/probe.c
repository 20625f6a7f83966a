/* probe.c - what an effort costs on a machine, measured: prices for the search.
 *
 * Dynamic energy is linear in what a step counts. So the price of one more conversion, or
 * pixel, or bit is what a step with very many of them costs beyond a step with none, and
 * no unit need be known by name. What burns all the time is read from the price list.
 */
#include <string.h>

#include "api/search.h"
#include "arch/path.h"
#include "mapping/amounts.h"

enum { MANY = 1000000, VECTORS = 1000 };

double fl_arch_counted_fj(const struct fl_arch *arch, bool dynamic_only)
{
    double fj = 0;
    for (size_t i = 0; i < arch->prices; i++) {
        const struct fl_price *price = &arch->price[i];
        if (price->count >= 0 && !(dynamic_only && price->class == FL_STATIC))
            fj += (double)arch->sim.unit[price->unit]->count[price->count] * price->fj;
    }
    return fj;
}

static bool step_fj(struct fl_arch *arch, const struct fl_step *step, double *fj, struct fl_err *err)
{
    static const struct fl_inst inst[] = {{.code = FL_OP}, {.code = FL_STEP}, {.code = FL_END_OP}, {.code = FL_HALT}};
    struct fl_program program = {.inst = inst, .insts = 4, .step = step, .steps = 1};
    bool ran = fl_sim_run(&arch->sim, &program, err);
    *fj = ran ? fl_arch_counted_fj(arch, true) : 0;
    return ran;
}

#define FIELD(name) offsetof(struct fl_step, name)
#define VALUES (FIELD(own) + offsetof(struct fl_rows_step, values))

/* The price of one more of a field of a step. */
static bool probe(struct fl_arch *arch, struct fl_step step, size_t field, double *price, struct fl_err *err)
{
    double none, many;
    int64_t before, count = field == FIELD(vectors) ? VECTORS : MANY;
    memcpy(&before, (char *)&step + field, sizeof before);
    if (!step_fj(arch, &step, &none, err))
        return false;
    memcpy((char *)&step + field, &count, sizeof count);
    if (!step_fj(arch, &step, &many, err))
        return false;
    *price = (many - none) / (double)(count - before);
    return true;
}

static bool probe_pool(struct fl_arch *arch, int32_t index, struct fl_pool_prices *prices, struct fl_err *err)
{
    struct fl_step step = {.kind = FL_STEP_OPTICAL, .engine = index, .load_from = FL_SRAM, .vectors = 1, .cores = 1,
                           .load_bits = 8};
    *fl_light_own(&step) = (struct fl_light_step){.columns = 1, .rows = 1, .operand = 1};
    for (size_t i = 0; i < fl_light_amounts_count; i++) {
        const struct fl_amount *amount = &fl_light_amounts[i];
        if (amount->price != FL_UNPRICED &&
            !probe(arch, step, FIELD(own) + amount->own, fl_amount_price(prices, amount), err))
            return false;
    }
    return probe(arch, step, FIELD(vectors), &prices->vector, err);
}

static bool probe_vector(struct fl_arch *arch, int32_t index, struct fl_prices *prices, struct fl_err *err)
{
    struct fl_step mac = {.kind = FL_STEP_VECTOR, .engine = index, .load_from = FL_NOWHERE, .vectors = 1}, norm = mac;
    int64_t ops = arch->machine.vector[index].ops[FL_NORM];
    fl_rows_own(&mac)->function = FL_MAC;
    fl_rows_own(&norm)->function = FL_NORM;
    if (!probe(arch, mac, VALUES, &prices->vector[index].mac, err) ||
        !probe(arch, norm, VALUES, &prices->vector[index].operation, err))
        return false;
    prices->vector[index].operation /= ops > 0 ? (double)ops : 1;
    return true;
}

#define GPU_FIELD(name) (FIELD(own) + offsetof(struct fl_gpu_step, name))

static bool probe_gpu(struct fl_arch *arch, int32_t index, struct fl_prices *prices, struct fl_err *err)
{
    struct fl_step step = {.kind = FL_STEP_GPU, .engine = index, .load_from = FL_NOWHERE, .vectors = 1, .cores = 1};
    fl_gpu_own(&step)->product = fl_gpu_own(&step)->outputs = 1;
    return step_fj(arch, &step, &prices->gpu[index].launch, err) &&
           probe(arch, step, GPU_FIELD(flops), &prices->gpu[index].flop, err) &&
           probe(arch, step, GPU_FIELD(bits), &prices->gpu[index].bit, err);
}

static bool probe_memory(struct fl_arch *arch, struct fl_prices *prices, struct fl_err *err)
{
    struct fl_step work = {.kind = FL_STEP_VECTOR, .load_from = FL_NOWHERE, .vectors = 1};
    struct fl_step move = {.kind = FL_STEP_MOVE, .load_from = FL_DRAM, .vectors = 1, .load_bits = 1};
    double read, write, moved;
    fl_rows_own(&work)->function = FL_COPY;
    if (!probe(arch, work, FIELD(read_bits), &read, err) || !probe(arch, work, FIELD(write_bits), &write, err) ||
        !probe(arch, move, FIELD(load_bits), &moved, err))
        return false;
    prices->sram_bit = (read + write) / 2;
    prices->dram_bit = fmax(moved - write, 0);      /* what comes from DRAM is written to SRAM, and counted there too */
    return true;
}

bool fl_prices_probe(struct fl_prices *prices, struct fl_arch *arch, struct fl_err *err)
{
    memset(prices, 0, sizeof *prices);
    for (size_t i = 0; i < arch->prices; i++) {
        const struct fl_price *price = &arch->price[i];
        const struct unit *u = arch->sim.unit[price->unit];
        const struct fl_engine_type *engine = fl_path_parse(u->path).engine;
        bool powered = price->count == FL_POWERED_PS || price->count == FL_HELD_PS;
        if (powered && u->pool != NULL)
            prices->pool[u->pool->index].core_mw += price->fj;
        else if (powered || price->count == FL_RUN_PS)
            prices->static_mw += price->fj;
        else if (price->count == FL_ACTIVE_PS && engine == &fl_engine_gpu)
            prices->gpu[u->engine].work_mw += price->fj;
    }
    const struct fl_chips *chips = &arch->machine.chips;    /* operators are one chip's share, of stages side by side */
    prices->static_mw /= (double)fl_chips_sharing(chips);
    prices->static_mw /= (double)fl_least(fl_chips_stages(chips), fl_chips_batches(chips));
    for (int32_t i = 0; i < arch->machine.pools; i++)
        if (arch->machine.pool[i].cores > 0 && !probe_pool(arch, i, &prices->pool[i], err))
            return false;
    for (int32_t i = 0; i < arch->machine.vectors; i++)
        if (!probe_vector(arch, i, prices, err))
            return false;
    for (int32_t i = 0; i < arch->machine.gpus; i++)
        if (!probe_gpu(arch, i, prices, err))
            return false;
    return arch->machine.sram_bits == 0 || probe_memory(arch, prices, err);
}
