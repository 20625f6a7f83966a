/* nest.h - a mapping as a nest of loops, in numbers; shared by visit, cover, lower and bound.
 *
 * An axis (groups, outputs, inputs, vectors) is cut into tiles, and tiles are taken
 * `cores` at a time: a round. The nest runs over rounds, axis by axis in the mapping's
 * order. Under a mask context position x is wanted by the vectors from fl_nest_from(x) to
 * before fl_nest_until(x), where some tile begins to be wanted: cores in lockstep then change
 * their tiles no more often than under a causal mask. Blocks of vectors then run from the last to the first, because
 * under a causal mask the last want every tile of a round: what a round loads, its first
 * vectors use. Under a window they do not: cores are loaded together all the same, and pass
 * no light until their vectors come.
 */
#ifndef FL_NEST_H
#define FL_NEST_H

#include "base/whole.h"
#include "mapping/mapper.h"

struct fl_axis {
    int64_t size, tile;                 /* elements; elements of a full tile, at most size */
    int64_t tiles, cores, rounds;       /* cores: tiles of a full round */
    int64_t frames;                     /* rounds that take the same tiles, one weight slice after another */
};

struct fl_nest {
    struct fl_axis axis[4];             /* by enum fl_dim */
    int32_t order[4];
    int32_t context;                    /* the axis a mask cuts: FL_DIM_N, FL_DIM_K; -1: none */
    int64_t share;
    struct fl_band band;
    bool weights_stay;                  /* no loop over weights turns inside the loop over vectors */
    bool sums_stay;                     /* nor any other loop inside the loop over inputs */
};
/* The least time in which so many bits pass DRAM, one behind another, refreshes included. */
double fl_dram_least_ps(const struct fl_machine *machine, double bits);
/* Do two mappings of one operator ask for the same? */
bool fl_mapping_same(const struct fl_mapping *a, const struct fl_mapping *b);
/* The axis whose rounds bring from DRAM again what the first one brought: vectors, or outputs if swapped; -1: none. */
int32_t fl_nest_again(const struct fl_nest *nest, const struct fl_op *op, const struct fl_mapping *mapping);

/* The nest of an optical mapping; the mapping must have passed fl_cover's clauses on shape. */
void fl_nest_make(struct fl_nest *nest, const struct fl_op *op, const struct fl_mapping *mapping);
/* What a round takes of an axis. */
struct fl_span fl_nest_span(const struct fl_nest *nest, int32_t dim, int64_t round);
/* Values of an operand that does not run along `dim` that all rounds of `dim` want: whole axes that turn inside it, a
 * round's share of those outside. */
int64_t fl_nest_wanted(const struct fl_nest *nest, int32_t dim, bool *overflow);
/* The vectors that want context position x: from fl_nest_from on, which is the number of vectors if none does, up to
 * before fl_nest_until. */
int64_t fl_nest_from(const struct fl_nest *nest, int64_t x);
int64_t fl_nest_until(const struct fl_nest *nest, int64_t x);
/* Those of the vectors `m` that want something of a span of context positions; size 0: none does. */
struct fl_span fl_nest_seers(const struct fl_nest *nest, struct fl_span x, struct fl_span m);
/* Of a span's tiles of context those that some of the vectors `m` wants. */
struct fl_span fl_nest_seen(const struct fl_nest *nest, struct fl_span x, struct fl_span m);

/* Walks what the machine will be asked to do: loops around steps, times all 2 or more. False: a count overflowed. */
struct fl_walker {
    void (*loop)(void *context, int64_t times);
    void (*next)(void *context);
    void (*step)(void *context, const struct fl_step *step);
    void *context;
};
bool fl_walk(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
             const struct fl_walker *walker);
/* The part of fl_walk for the digital unit and the DMA engine. */
bool fl_walk_digital(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                     const struct fl_walker *walker);
/* The part of it for engines that do an operator as a whole. */
bool fl_walk_whole(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                   const struct fl_walker *walker);

/* Is it a product of two operands that are computed, or cached? Does it work head by head, as these do, and softmax? */
bool fl_map_is_attention(const struct fl_op *op);
bool fl_map_has_heads(const struct fl_op *op);
/* What the digital unit does for an operator, enum fl_function. */
int32_t fl_map_function(const struct fl_op *op);
/* Values of the input that one vector (or row) reads; a sum and a gated activation read 2n. */
int64_t fl_map_inputs(const struct fl_op *op);

/* A strategy's mapping of an operator onto one pool, `pool` and bound left open; or the reason why not. */
typedef bool (*fl_map_make)(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping,
                            struct fl_err *err);
/* Tries `make` on every pool with cores (dynamic ones first for products of activations) and keeps the
 * mapping of the smallest bound; false with the reasons when none fits. */
bool fl_map_best_pool(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                      fl_map_make make, struct fl_err *err);
/* Every mapping that a strategy has of an operator, one a pool, dynamic pools first for products of activations: they
 * win a draw. Where `keep` would take SRAM from operands that gave way, without it, too. Gives how many; 0 with the
 * strategy's reasons. */
enum { FL_MAPPINGS = 8 };
int fl_map_on_pools(const struct fl_mapper *mapper, const struct fl_op *op, const struct fl_machine *machine,
                    const struct fl_spill *spill, struct fl_mapping mapping[FL_MAPPINGS], struct fl_err *err);
/* The mapping of what no cores do: vector units with the DMA engine, or a GPU, whichever takes least; always possible
 * but for counts past 2^63. */
bool fl_map_digital(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                    struct fl_err *err);
/* The mapping of what is no product of given operands: that of digital work; of a projection, that or one on a pool
 * whose weights are random, whichever takes least. */
bool fl_map_other(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                  struct fl_err *err);
/* Does the pool hold weights, which strategies of loaded tiles are about? */
bool fl_map_holds(const struct fl_op *op, const struct fl_pool *pool, struct fl_err *err);
/* A mapping of full-size tiles on a pool: sizes set, one core, all vectors in one block. */
void fl_map_tiles(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping);
/* Gives the pool's cores to groups, then to the axis `first` (FL_DIM_K or FL_DIM_N), then to the other. */
void fl_map_cores(const struct fl_op *op, const struct fl_pool *pool, int32_t first, struct fl_mapping *mapping);
/* Bits that `keep` takes of SRAM: what an axis's rounds all want, less what outer loops leave for later; 0: nothing
 * comes twice; INT64_MAX: past 2^63. */
int64_t fl_map_kept_bits(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping);
/* Bits of partial sums that wait in SRAM at once; 0: none do; INT64_MAX: past 2^63. */
int64_t fl_map_waiting_bits(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping);
/* Sets `keep` if something comes twice and SRAM holds it besides the operator's input and output. */
void fl_map_keep(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping);
/* Sets `accumulate` if partial sums can stay in the accumulators. */
void fl_map_sums(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping);

#endif
