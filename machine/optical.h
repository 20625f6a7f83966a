/* optical.h - pools of optical cores: their keys in a design, and what a step of theirs counts. */
#ifndef FL_OPTICAL_H
#define FL_OPTICAL_H

#include "machine/engine.h"
#include "machine/pool.h"

/* core = ( { ... } ): the first is `cores`, which may also be "fit". */
struct fl_core_keys {
    bool fixed, dynamic, shared_input, gate_rows, spread, reread, signal_integrity;
    int64_t cores, input_sets, input_bits, weight_bits, output_bits, sum_bits;
    int32_t encoding, reference, weight_slices; /* enum fl_sign_encoding, fl_reference, fl_slicing */
};

/* What a core does at once. */
static inline struct fl_grain fl_pool_grain(const struct fl_pool *pool)
{
    return (struct fl_grain){pool->columns, fl_pool_outputs(pool), fl_pool_block(pool),
                             fl_most(pool->accumulator_vectors, 1)};
}

/* What a step of light counts, per vector unless it says otherwise: the own record of FL_STEP_OPTICAL. */
struct fl_light_step {
    int64_t columns, rows;              /* inputs and conversions of outputs on the busiest core: they set its times */
    int64_t converted;                  /* input conversions: once for all cores if the input is shared, else summed */
    int64_t detected;                   /* diodes read, summed: both of a balanced pair */
    int64_t sampled;                    /* conversions of outputs, summed: one a pair, one a weight slice */
    int64_t lit_rows;                   /* rows that light falls on, used or not unless gated, summed */
    int64_t lit_paths;                  /* sum of lit rows x used columns */
    int64_t operand;                    /* length of the whole dot product, over all its K-tiles */
    int64_t non_negative;               /* 1: its inputs have no sign */
    int64_t added;                      /* additions in the accumulator, summed */
    int64_t load_added;                 /* per step: additions while weights are loaded (their row sums), summed */
    int64_t load_besides;               /* per step: cores that are loaded beside those at work, for steps to come */
    int64_t load_pixels;                /* per step: pixels rewritten, all cores */
    int64_t load_rows;                  /* per step: rows rewritten on the busiest core */
    int64_t load_fresh;                 /* per step: tiles loaded whose values are not known before the run */
    /* where the weights are streamed, too */
    int64_t weights_converted;          /* conversions of weights, summed */
    int64_t weight_bits;                /* of them that are read from SRAM */
    int64_t buffer_bits;                /* read from and written to the cores' buffers, summed */
    int64_t readings;                   /* per step: vectors after which outputs are read; 0: after each. What is
                                           sampled, added, written and read back counts for a reading */
};
_Static_assert(sizeof(struct fl_light_step) <= sizeof(int64_t[FL_STEP_OWN]), "steps have room for it");
static inline struct fl_light_step *fl_light_own(struct fl_step *step) { return (struct fl_light_step *)step->own; }
static inline const struct fl_light_step *fl_light(const struct fl_step *step)
{
    return (const struct fl_light_step *)step->own;
}
/* Values that a piece of work loads, copies once; and their bits on the way, as a whole or slice by slice. */
int64_t fl_tiles_weights(const struct fl_tiles *work, bool *overflow);
int64_t fl_pool_loaded_bits(const struct fl_pool *pool, const struct fl_laid *laid, int64_t weights, bool *overflow);
/* What the engine's type has (machine/engine.h). */
void fl_optical_step(const struct fl_machine *machine, int32_t number, const struct fl_laid *laid,
                     const struct fl_tiles *work, struct fl_step *step, bool *overflow);
void fl_optical_paces(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces);

void fl_optical_pass(const struct fl_machine *machine, int32_t number, const struct fl_laid *laid,
                     const struct fl_passing *work, struct fl_step *step, bool *overflow);

/* Vectors of a step of light after which outputs are read. */
static inline int64_t fl_light_readings(const struct fl_step *step)
{
    return fl_light(step)->readings > 0 ? fl_light(step)->readings : step->vectors;
}
/* Vectors from a reading to the next, at least: readings are evenly spread. */
static inline int64_t fl_light_between(const struct fl_step *step)
{
    return fl_most(step->vectors / fl_most(fl_light_readings(step), 1), 1);
}

/* The cores that a step loads. */
static inline int64_t fl_step_loaded(const struct fl_step *step) { return step->cores + fl_light(step)->load_besides; }

#endif
