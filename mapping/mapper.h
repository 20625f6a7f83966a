/* mapper.h - how work is cut into tiles and laid over the machine.
 *
 * A mapper is pure: (operator, machine, options) -> mapping. A mapping is a canonical
 * loop nest over tiles; fl_mapping_lower turns it into steps of the sequencer's
 * program, and fl_cover checks the law every mapping obeys: each MAC exactly once, no
 * output written twice unless declared partial, capacities respected. The bound is a
 * roofline: no simulation of the mapping may be faster.
 */
#ifndef FL_MAPPER_H
#define FL_MAPPER_H

#include "sim/program.h"
#include "traces/trace.h"

enum fl_objective { FL_LATENCY, FL_ENERGY, FL_EDP };

enum fl_dim { FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M };     /* groups, outputs, inputs, vectors */

/* Tiles of k x n weights on cores, streaming blocks of m vectors; loops outermost first. */
struct fl_mapping {
    const char *strategy;               /* "weight_stationary" */
    int32_t pool;                       /* index, or -1: the digital unit */
    int64_t tile_k, tile_n, tile_m;     /* sizes of a full tile; edges are smaller */
    int64_t cores_g, cores_k, cores_n;  /* tiles of these dimensions worked on at once, in lockstep */
    int32_t order[4];                   /* enum fl_dim, outermost first */
    bool in_place;                      /* weights stay for the whole run: one core a tile, no loads */
    bool accumulate;                    /* partial sums of K stay in the accumulator (cores_k covers K, or K is innermost
                                           and tile_m fits its buffer); otherwise they go through SRAM */
    int64_t cores;                      /* cores occupied, all occurrences' share not included */
    double bound_ps;                    /* no occurrence can take less */
    const char *bound_by;               /* "adc", "slm load", "sram", "dram", ... */
};

/* Writes the operator's instructions (without FL_OP/FL_END_OP) and the steps they name into a growing program. */
struct fl_builder {
    struct fl_inst *inst;
    size_t insts, inst_room;
    struct fl_step *step;
    size_t steps, step_room;
    uint32_t *index;                    /* hash table over steps: equal steps share an index */
    size_t index_room;
    int depth;                          /* loops open */
};
void fl_builder_free(struct fl_builder *builder);
void fl_build_loop(struct fl_builder *builder, int64_t count);      /* count 1 still writes a loop */
void fl_build_next(struct fl_builder *builder);
void fl_build_code(struct fl_builder *builder, enum fl_code code);  /* FL_OP, FL_END_OP, FL_HALT */
void fl_build_step(struct fl_builder *builder, const struct fl_step *step);

struct fl_mapper {
    const char *name, *summary;
    /* The strategy's mapping of an operator, or false with the reason (does not fit, wrong kind). */
    bool (*map)(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping, struct fl_err *err);
};
extern const struct fl_mapper *const fl_mappers[];      /* ends with NULL */
const struct fl_mapper *fl_mapper_find(const char *name);

/* One tile of a mapping, for fl_cover and for `fanlight explain`. Ranges are [first, first + size). */
struct fl_tile {
    int64_t g, k, n, m;                 /* first group, input, output, vector; one group a tile */
    int64_t ks, ns, ms;                 /* sizes */
    int64_t round, core;                /* tiles of one round run in lockstep */
    bool load;                          /* the tile's weights are loaded for this round */
    bool first_k, last_k;
};
/* Calls `visit` for every tile in order of execution; stops when it returns false. */
bool fl_mapping_visit(const struct fl_op *op, const struct fl_mapping *mapping,
                      bool (*visit)(void *context, const struct fl_tile *tile), void *context);
bool fl_cover(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
              struct fl_err *err);
void fl_mapping_lower(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                      struct fl_builder *builder);
/* Fills bound_ps and bound_by. */
void fl_mapping_bound(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping);

/* The whole trace on the machine. */
struct fl_plan_op {                     /* one per operator of each block, in trace order */
    const struct fl_op *op;
    size_t block;
    struct fl_mapping mapping;
    int64_t core_first;                 /* in place: first core of the first occurrence; the next occurrence's follow */
};
struct fl_plan {
    struct fl_program program;          /* the run */
    struct fl_program setup;            /* loading what stays; insts = 0: nothing stays */
    struct fl_plan_op *op;
    size_t ops;
    int64_t cores[4];                   /* cores of each pool: as given, or as `fit` needs */
    int64_t dram_bits;                  /* needed: weights, embedding, KV cache */
    struct fl_arena arena;
    struct fl_builder builder, setup_builder;
};
/* Maps every operator by the named strategy ("auto": per operator, by bound). machine->pool[].cores and dram_bits are
 * set where they are `fit`; what does not fit is an error naming need and have. */
bool fl_plan_make(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine, const char *strategy,
                  enum fl_objective objective, struct fl_err *err);
void fl_plan_free(struct fl_plan *plan);

#endif
