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

#include "machine/machine.h"
#include "traces/trace.h"

/* Times that differ by less than this share of the least count as equal, and joules decide. */
#define FL_TIE 1e-3
enum fl_objective { FL_LATENCY, FL_ENERGY, FL_EDP };

enum fl_dim { FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M };     /* groups, outputs, inputs, vectors */

/* Tiles of k x n weights on cores, streaming blocks of m vectors; loops outermost first. */
struct fl_mapping {
    const char *strategy;               /* "weight_stationary" */
    const struct fl_engine_type *engine;    /* what does it: cores of a pool, or a vector unit */
    int32_t number;                     /* which of its kind */
    int64_t tile_k, tile_n, tile_m;     /* sizes of a full tile; edges are smaller */
    int64_t cores_g, cores_k, cores_n, cores_m; /* tiles of these dimensions worked on at once, in lockstep; cores_m
                                           cores hold the same weights and share the vectors, a block each */
    int32_t order[4];                   /* enum fl_dim, outermost first */
    bool swapped;                       /* the inputs are loaded and the weights streamed past them: n counts the
                                           operator's vectors, m its outputs, here and in tiles */
    bool keep;                          /* what comes from DRAM more than once stays in SRAM after the first time */
    bool beside;                        /* a GPU beside the chip shall do it (mapping files) */
    int64_t taken_bits, given_bits;     /* an engine with a memory of its own: from and to the SRAM of its chip */
    int64_t taken_stored, given_stored; /* of these, parameters, which come from DRAM or go there */
    int64_t cached;                     /* of a kv_append: values of a row that DRAM has already */
    int64_t frames;                     /* times each tile is loaded and passed: weight slices in time; 0 is 1 */
    bool in_place;                      /* weights stay for the whole run: one core a tile, no loads */
    bool accumulate;                    /* partial sums of K stay in the accumulator (cores_k covers K, or K is
                                           innermost and it holds tile_m vectors); otherwise they go through SRAM */
    bool streams, spread;               /* streams: nothing is loaded, and mapping/deal.h says who gets which tile;
                                           spread alone: tiles are loaded, and mapping/spread.h says it */
    bool runs_on;                       /* spread alone: loading takes no time, and tiles go on from core to core */
    int64_t cores;                      /* cores occupied, all occurrences' share not included */
    double bound_ps;                    /* no occurrence can take less */
    const char *bound_by;               /* "adc", "slm load", "sram", "dram", ... */
};

/* Has it been dealt to cores, whatever its loops say? */
static inline bool fl_mapping_dealt(const struct fl_mapping *mapping) { return mapping->streams || mapping->spread; }
/* Is it on optical cores? And on those of which pool; NULL: on none. */
static inline bool fl_on_cores(const struct fl_mapping *mapping) { return mapping->engine == &fl_engine_optical; }
static inline const struct fl_pool *fl_mapping_pool(const struct fl_mapping *mapping, const struct fl_machine *machine)
{
    return fl_on_cores(mapping) ? &machine->pool[mapping->number] : NULL;
}

/* Writes the operator's instructions (without FL_OP/FL_END_OP) and the steps they name into a growing program. */
struct fl_builder {
    struct fl_inst *inst;
    size_t insts, inst_room;
    struct fl_step *step;
    size_t steps, step_room;
    uint32_t *index;                    /* hash table over steps: equal steps share an index */
    size_t index_room;
    int32_t slot, stream;               /* of the operator that steps belong to; whose text it is */
    int depth;                          /* loops open */
    int32_t open[FL_LOOP_DEPTH];        /* their FL_LOOP instructions */
};
void fl_builder_free(struct fl_builder *builder);
void fl_build_loop(struct fl_builder *builder, int64_t count);      /* count 1 still writes a loop */
void fl_build_next(struct fl_builder *builder);                     /* closes the innermost open loop */
/* An operator begins, in a slot of operators in flight (0 .. FL_SLOTS - 1); it ends; the program does. */
void fl_build_open(struct fl_builder *builder, int32_t slot);
void fl_build_close(struct fl_builder *builder);
void fl_build_halt(struct fl_builder *builder);
/* The text of a stream begins; gives where. */
size_t fl_build_stream(struct fl_builder *builder, int32_t stream);
/* An instruction of streams side by side (sim/program.h). */
void fl_build_inst(struct fl_builder *builder, enum fl_code code, int32_t arg, int64_t count);
void fl_build_step(struct fl_builder *builder, const struct fl_step *step);         /* it takes the operator's slot */
/* Puts what repeats in the text from `first` on, in which loops are whole, into loops (fold.c). */
void fl_build_fold(struct fl_builder *builder, size_t first);
/* The program built so far; it borrows the builder's memory. */
struct fl_program fl_builder_program(const struct fl_builder *builder);

bool fl_program_same(const struct fl_program *a, const struct fl_program *b);

struct fl_mapper {
    const char *name, *summary;
    /* The strategy's mapping of an operator, or false with the reason (does not fit, wrong kind). */
    bool (*map)(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err);
    bool chooses;                       /* among the mappings of the others */
};
enum { FL_STRATEGIES = 7 };
/* Those that choose nothing, in order of preference; ends with NULL. */
extern const struct fl_mapper *const fl_strategies[FL_STRATEGIES + 1];
extern const struct fl_mapper fl_mapper_auto, fl_mapper_search;
/* All mappers, the strategies first; NULL past the last. */
const struct fl_mapper *fl_mapper_at(size_t index);
const struct fl_mapper *fl_mapper_find(const char *name);   /* NULL: no such mapper */

/* Sets of input converters that a mapping uses at once, where cores share them. */
int64_t fl_map_sets(const struct fl_mapping *mapping, const struct fl_pool *pool);
/* Can a core of the pool give an output at all? */
bool fl_pool_check(const struct fl_pool *pool, struct fl_err *err);
/* Does the operator have sizes a mapper can work with (1 to 2^40, whole tokens, a known kind)? */
bool fl_map_op_check(const struct fl_op *op, struct fl_err *err);
/* Have all operators of a trace? The first FL_FAULTS_TOLD faults. */
enum { FL_FAULTS_TOLD = 10 };
bool fl_map_ops_check(const struct fl_trace *trace, struct fl_err *err);
/* Values that it writes, and that it streams (of a product the first operand, else its input), less what a mask leaves
 * out. `overflow` is set past 2^63. */
int64_t fl_map_outputs(const struct fl_op *op, bool *overflow);
int64_t fl_map_streamed(const struct fl_op *op, bool *overflow);
int64_t fl_map_operand(const struct fl_op *op, size_t which, bool *overflow);    /* of digital work, one operand */
/* The operator as a mapping sees it: itself, or with inputs and weights in each other's place. Swapped, or where
 * nothing is loaded, a masked product is done whole: what nobody wants is detected, converted and written over, as in
 * a tile that a mask cuts. */
struct fl_op fl_map_view(const struct fl_op *op, bool swapped);
struct fl_op fl_mapping_view(const struct fl_op *op, const struct fl_mapping *mapping);
/* Bits of a weight (or a table's value) as stored, for work on a pool, or digital work (NULL); and of the second
 * operand of a product: weights, what the KV cache holds, or activations. */
int32_t fl_map_weight_bits(const struct fl_machine *machine, const struct fl_pool *pool);
int32_t fl_map_kv_bits(const struct fl_machine *machine);
int32_t fl_map_stored_bits(const struct fl_op *op, const struct fl_machine *machine, const struct fl_pool *pool);
/* Bits that an update reads of its parameter and what is kept beside it, and that it writes of both. */
int64_t fl_map_update_bits(const struct fl_op *op, const struct fl_machine *machine, int64_t *written, bool *overflow);
/* Bits of the operator's input and output, as they lie in SRAM while it runs; INT64_MAX: past 2^63. */
int64_t fl_map_working_set_bits(const struct fl_op *op, const struct fl_machine *machine);

/* One tile of a mapping, for fl_cover and for `fanlight explain`. Ranges are [first, first + size). */
struct fl_tile {
    int64_t g, k, n, m;                 /* first group, input, output, vector; one group a tile */
    int64_t ks, ns, ms;                 /* sizes */
    int64_t frame;                      /* which of its weight slices in time */
    int64_t round, core;                /* tiles of one round run in lockstep */
    bool load;                          /* the tile's weights are loaded for this round */
    bool first_k, last_k;               /* holds the first, the last input of the operand */
};
/* Calls `visit` for every tile in order of execution; stops when it returns false. */
bool fl_mapping_visit(const struct fl_op *op, const struct fl_mapping *mapping,
                      bool (*visit)(void *context, const struct fl_tile *tile), void *context);
/* The law: loops, tiles and cores as they must be, each wanted product in exactly one tile (walked tile by tile up to
 * 65,536 tiles; beyond that the shape of the nest is the proof). A fault names operator and loop. */
bool fl_cover(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
              struct fl_err *err);
/* Nested loops over equal rounds, edges after them. The size of the result does not depend on the number of tiles;
 * only under a causal mask it grows with the tiles along the context. */
void fl_mapping_lower(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                      struct fl_builder *builder);
/* What a mapping makes the machine do: one occurrence of the operator. */
struct fl_effort {
    double steps, vectors, converted, detected, sampled, added, lit_rows;
    double weights_converted, buffer_bits;      /* of weights that are streamed; through the cores' buffers */
    double loads, load_pixels, load_rows;       /* tiles, pixels, and rows of the busiest cores */
    double sram_bits, dram_bits, partial_bits;  /* partial sums: written and read back, part of sram_bits */
    double values;                      /* of digital work, or digital MACs */
    double core_vectors;                /* vectors times cores at work */
    double launches, flops, gpu_bits, work_ps;  /* of GPUs */
    double sum_ps;                      /* times that the units need, one after the other */
};
/* Would 63-bit counters hold the sum of `part` and `times` this effort? If so, adds it. */
bool fl_effort_add(struct fl_effort *sum, const struct fl_effort *part, double times);
/* A bound of so many ps, held below what it may be in truth: sums round, and an edge may lie 1 ps early. */
double fl_bound_held(double ps);
/* Fills bound_ps and bound_by (and effort, if wanted). False: a count of it would not fit 63 bits. */
bool fl_mapping_bound(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                      struct fl_effort *effort, struct fl_err *err);

/* Are outputs within the error that the design allows (machine.error_limit)? Digital ones are; 1 allows all. */
bool fl_map_exact(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping);

/* Of steps that light passes what is held for them, one after another: how many, how long all of them load, settle and
 * are lit at least, and how long the last settles and is lit; the way of the first vector to its launch, and from the
 * last launch to its sums. */
struct fl_lit { double steps, load_ps, settle_ps, lit_ps, last_ps, front_ps, tail_ps; };
/* How long units are busy with an operator, at least: those of its engine, by its resources, and what is held there
 * last; and the memories. */
struct fl_busy { double own_ps[FL_PACES + 1], sram_ps, dram_ps, dma_ps; struct fl_lit lit; };
/* Adds what a mapping makes them do; false: a count would not fit 63 bits. */
bool fl_mapping_busy(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                     struct fl_busy *busy);
/* The longest of them, and its name ("latency" if there is none). */
struct fl_busiest { double ps; const char *by; };
void fl_busier(struct fl_busiest *most, double ps, const char *by);
struct fl_busiest fl_busiest_of(const struct fl_busy *busy, const struct fl_engine_type *engine);

/* Activations of an operator that SRAM does not hold between operators, and DRAM must, less what a mask leaves out:
 * which they are does not depend on the mapping, how often they come does. All zero: none. */
struct fl_spill {
    int64_t store_bits;                 /* its output, written */
    int64_t input_bits, other_bits;     /* of a product: its first and its second operand, read once */
    int64_t plain_bits;                 /* of digital work */
    int64_t cached;                     /* of a kv_append: fl_mapping.cached */
    int64_t room_bits;                  /* of SRAM, beside what stays there while the operator runs */
    int64_t lying_bits;                 /* of DRAM, that activations take while it runs, beside the cache */
};
/* Which activations do not fit in SRAM; arrays in an arena. */
struct fl_residency {
    struct fl_spill *spill;             /* of each operator in trace order; all zero if all fit */
    bool *gave_way;                     /* of each tensor, whether its values go by way of DRAM */
    int64_t most_bits;                  /* of activations alive at one operator, before any gives way */
};
/* Bits that a mapping brings from DRAM for that. An operand comes once where SRAM has room for what all rounds want of
 * it (or modulators hold it); else the streamed one comes for each round of outputs, the loaded one for each block of
 * vectors, less what the mask leaves out of them. INT64_MAX: past 2^63. */
int64_t fl_spill_load_bits(const struct fl_spill *spill, const struct fl_op *op, const struct fl_machine *machine,
                           const struct fl_mapping *mapping);
/* Of a row of a kv_append, values that its cache has already if this operand gave way: K and V of two tensors have half
 * a row each. */
int64_t fl_spill_cached(const struct fl_op *op, size_t which);
/* Bits of what it writes that go to DRAM; what an engine keeps in its own memory does not. */
int64_t fl_spill_store_bits(const struct fl_spill *spill, const struct fl_mapping *mapping);
/* Bound and effort with these moves, which take their share of DRAM and SRAM. */
void fl_spill_bound(const struct fl_spill *spill, const struct fl_op *op, const struct fl_machine *machine,
                    struct fl_mapping *mapping, struct fl_effort *effort);
/* The moves before an operator, and behind it. */
void fl_spill_build(struct fl_builder *builder, int64_t bits, bool store);

struct fl_goal;                         /* mapping/search.h */
/* The whole trace on the machine. */
struct fl_plan_op {                     /* one per operator of each block, in trace order */
    const struct fl_op *op;
    size_t block;
    struct fl_mapping whole, mapping;   /* of the operator; of each piece that it is done in */
    bool own;                           /* pieces have a mapping of their own, not the operator's */
    const struct fl_op *piece;          /* one: the operator itself */
    int64_t pieces, heads;              /* heads: parts of them in each block of rows */
    int64_t units, room, unit_bits;     /* of what it writes, side by side with others: units; for how many of them SRAM
                                           has room, 0: it goes by way of DRAM; bits of the largest. 0 units: it
                                           drains */
    int64_t spill_load_bits, spill_store_bits;  /* activations that did not fit in SRAM, to and from DRAM */
    double least_ps;                    /* of the operator by itself: its bound, refreshes of DRAM included */
    int32_t slot;                       /* side by side with others: of those in flight */
    int64_t core_first;                 /* the first of its cores; in place: of the first occurrence */
    int64_t core_step;                  /* in place: from one repetition's cores to the next's; 0: all share them */
    int64_t held_first, held_cores;     /* the cores that hold its weights, those of groups that it leaves out, too */
};
struct fl_plan {
    struct fl_program program;          /* the run */
    struct fl_program setup;            /* loading what stays; insts = 0: nothing stays */
    struct fl_plan_op *op;
    size_t ops;
    int64_t cores[FL_POOLS];            /* cores of each pool: as given, or as `fit` needs */
    int64_t dram_bits;                  /* needed: weights, embedding, KV cache */
    double bound_ps;                    /* no run can take less: drained, the sum of the operators' bounds; beside each
                                           other, the most that a unit is busy */
    const char *bound_by;               /* that unit; NULL: all operators */
    double least_ps;                    /* drained: the same with refreshes of DRAM; else the bound */
    double expected_ps;                 /* what a schedule by bounds makes of it; drained: that bound */
    double drained_ps;                  /* the bound, were operators drained */
    bool passed_by;                     /* side by side was not looked at: machine.least_ps */
    bool chooses;                       /* pieces of attention are mapped as bounds prefer, by no strategy or file */
    int64_t sram_bits;                  /* the largest working set of an operator; no error if it exceeds the SRAM */
    struct fl_residency residency;
    struct fl_arena arena, cut;         /* cut: of pieces and streams, where operators overlap */
    struct fl_builder builder, setup_builder;
};
/* Maps every operator by the named strategy ("auto": per operator, by bound). machine->pool[].cores and dram_bits are
 * set where they are `fit`; what does not fit is an error naming need and have. */
bool fl_plan_make(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine, const char *strategy,
                  enum fl_objective objective, struct fl_err *err);
/* The same, each operator mapped by someone else: a file, a search. `map` gives the mapping of any operator, digital
 * work too, which takes the moves of `spill` besides; `machine` has its cores by then. */
struct fl_mapped_by {
    bool (*map)(void *context, const struct fl_machine *machine, size_t block, const struct fl_op *op,
                const struct fl_spill *spill, struct fl_mapping *mapping, struct fl_err *err);
    /* The same of a piece that an operator is cut into; false, or NULL: it has none but the
     * operator's. */
    bool (*map_piece)(void *context, const struct fl_machine *machine, size_t block, const struct fl_op *piece,
                      struct fl_mapping *mapping);
    void *context;
    bool given;                         /* as it is: nothing may be mapped otherwise, whatever is gained */
    const struct fl_goal *goal;         /* by which GPUs beside the chip take operators over; NULL: none does */
};
bool fl_plan_make_by(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine,
                     const struct fl_mapped_by *by, struct fl_err *err);
/* What all pieces of an operator make the machine do, moves of what gave way apart; false: it would not fit 63 bits. */
bool fl_plan_op_effort(const struct fl_plan_op *op, const struct fl_machine *machine, struct fl_effort *effort);
/* No run of the plan can take less. */
double fl_plan_bound_ps(const struct fl_plan *plan);
/* Do two plans of one trace ask the same of the machine? */
bool fl_plan_alike(const struct fl_plan *a, const struct fl_plan *b);
/* Do they map every operator alike, so that they differ in what goes side by side at most? */
bool fl_plan_maps_alike(const struct fl_plan *a, const struct fl_plan *b);
void fl_plan_free(struct fl_plan *plan);

#endif
