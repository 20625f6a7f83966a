/* machine.h - the machine as mappers see it: its pools of optical cores, memories, digital units, GPUs, OPUs. */
#ifndef FL_MACHINE_MACHINE_H
#define FL_MACHINE_MACHINE_H

#include "machine/chips.h"
#include "machine/gpu.h"
#include "machine/opu.h"
#include "machine/optical.h"
#include "machine/vector.h"

/* The machine as mappers see it. */
struct fl_machine {
    struct fl_pool pool[FL_POOLS];
    int32_t pools;
    bool ideal_memory;
    bool overlaps;                      /* operators run side by side, as far as they do not wait for each other */
    int64_t block_rows;                 /* where they do: of a block, about; 0: as the planner finds best */
    bool drains;                        /* but not in this plan, which is tried one operator after another */
    bool finer;                         /* in this plan, by blocks half as large as the schedules choose */
    double least_ps;                    /* nor if side by side some unit alone is busy so long; 0: however long */
    int64_t sram_bits, dram_bits;       /* capacities; SRAM 0: no memory that engines share */
    bool dram_fit;                      /* DRAM grows to what is needed */
    double sram_bit_ps, dram_bit_ps;    /* ps a bit at full rate; 0: no limit */
    double dram_unrefreshed_ps;         /* at full rate, that DRAM may pass without a refresh or a pause as long; */
    double dram_refreshing;             /* of all that passes besides, so many times that is lost at least */
    int64_t dma_chunk_bits;             /* what moves between DRAM and SRAM moves in such chunks; 0: as a whole */
    double dma_ps;                      /* from one to the next */
    struct fl_vector vector[FL_VECTORS];
    int32_t vectors;
    struct fl_gpu gpu[FL_GPUS];
    int32_t gpus;
    struct fl_projector opu[FL_OPUS];
    int32_t opus;
    struct fl_chips chips;              /* of which this is one */
    int32_t activation_bits, accumulator_bits;  /* as stored */
    int32_t weight_bits, kv_bits;       /* of weights and of K and V, as stored; 0: as mapping/mapper.h says */
    const char *status;                 /* "projected": how much of it exists; NULL: untold */
    double error_limit;                 /* error over spread that outputs may have; 1 or 0: any */
};

/* Does the design limit the errors of its outputs? */
static inline bool fl_machine_limits(const struct fl_machine *machine)
{
    return machine->error_limit > 0 && machine->error_limit < 1;
}

/* How many engines of a type there are; 0 of NULL. */
static inline int32_t fl_machine_engines(const struct fl_machine *machine, const struct fl_engine_type *type)
{
    return type == &fl_engine_optical ? machine->pools
           : type == &fl_engine_vector ? machine->vectors
           : type == &fl_engine_gpu ? machine->gpus
           : type == &fl_engine_opu ? machine->opus
           : type == &fl_engine_chips ? fl_chips_links(&machine->chips) > 0 : type == &fl_engine_mover;
}

/* The machine's record of the pool a unit belongs to. */
static inline struct fl_pool *fl_pool_of(const struct unit *u, struct fl_machine *machine)
{
    return &machine->pool[u->pool->index];
}

#endif
