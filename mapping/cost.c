/* cost.c - what an effort costs: counts times prices, and what burns meanwhile. */
#include "mapping/amounts.h"
#include "mapping/nest.h"

double fl_cost_j(const struct fl_prices *prices, const struct fl_machine *machine, const struct fl_op *op,
                 const struct fl_mapping *mapping, const struct fl_effort *effort, double ps)
{
    double fj = effort->sram_bits * prices->sram_bit + effort->dram_bits * prices->dram_bit + ps * prices->static_mw;
    if (fl_on_cores(mapping)) {
        const struct fl_pool_prices *pool = &prices->pool[mapping->number];
        for (size_t i = 0; i < fl_light_amounts_count; i++) {
            const struct fl_amount *amount = &fl_light_amounts[i];
            if (amount->price != FL_UNPRICED)
                fj += fl_amount_at(effort, amount->sum) * fl_amount_at(pool, (size_t)amount->price);
        }
        fj += effort->vectors * pool->vector;
        fj += ps * (double)mapping->cores * pool->core_mw;
    } else if (mapping->engine == &fl_engine_gpu) {
        fj += effort->launches * prices->gpu[mapping->number].launch;
        fj += effort->flops * prices->gpu[mapping->number].flop;
        fj += effort->gpu_bits * prices->gpu[mapping->number].bit;
        fj += effort->work_ps * prices->gpu[mapping->number].work_mw;
    } else if (mapping->engine != &fl_engine_vector) {
        return fj * 1e-15;              /* an OPU is on, whatever it does */
    } else if (fl_op_is_product(op)) {
        fj += effort->values * prices->vector[mapping->number].mac;
    } else {
        fj += effort->values * prices->vector[mapping->number].operation *
              (double)machine->vector[mapping->number].ops[fl_map_function(op)];
    }
    return fj * 1e-15;
}

double fl_goal_cost(const struct fl_goal *goal, double ps, double joules)
{
    if (goal->prices == NULL || goal->objective == FL_LATENCY)
        return ps * 1e-12;
    if (goal->objective == FL_EDP && goal->watts > 0)
        return joules + goal->watts * ps * 1e-12;
    return goal->objective == FL_ENERGY ? joules : joules * ps * 1e-12;
}
