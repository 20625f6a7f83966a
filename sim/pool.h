/* pool.h - what an encoding and slices make of a core: rows, conversions, detectors, frames.
 *
 * One output of a product takes several rows of light: two on dual rails, one for each
 * weight slice kept side by side. It is detected by one or two diodes a row or pair of
 * rows, and converted once for each slice. A core with a reference row gives one output
 * less, and one conversion more.
 */
#ifndef FL_POOL_H
#define FL_POOL_H

#include "base/whole.h"
#include "sim/program.h"

/* Sets of converters and modulators of inputs. */
static inline int64_t fl_pool_input_sets(const struct fl_pool *pool)
{
    return pool->shared_input && pool->input_sets > 0 ? pool->input_sets : pool->cores;
}

/* Cores that one set lights at most: with a passive broadcast those it is wired to. */
static inline int64_t fl_pool_reach(const struct fl_pool *pool)
{
    return pool->reach > 0 ? pool->reach : INT64_MAX;
}

/* Sets that `cores` cores take that all want the same inputs. */
static inline int64_t fl_pool_sets_for(const struct fl_pool *pool, int64_t cores)
{
    return fl_ceil_div(cores, fl_pool_reach(pool));
}

/* Sets that a mapping may use at once; INT64_MAX: any number, each core has its own or the pool grows to fit. */
static inline int64_t fl_pool_sets_most(const struct fl_pool *pool)
{
    return !pool->shared_input || (pool->fit && pool->input_sets == 0) ? INT64_MAX : fl_pool_input_sets(pool);
}

/* Digits a value needs on a device of `device_bits` (0: as many as the value has). */
static inline int64_t fl_pool_digits(int64_t bits, int64_t device_bits)
{
    return device_bits > 0 && device_bits < bits ? (bits + device_bits - 1) / device_bits : 1;
}

static inline int64_t fl_pool_input_slices(const struct fl_pool *pool)
{
    return fl_pool_digits(pool->input_bits, pool->dac_bits);
}

static inline int64_t fl_pool_weight_slices(const struct fl_pool *pool)
{
    return fl_pool_digits(pool->weight_bits, pool->pixel_bits);
}

/* Weight slices side by side, each in rows of its own; and frames that show one after another. */
static inline int64_t fl_pool_beside(const struct fl_pool *pool)
{
    return pool->weight_slices == FL_SLICES_SPACE ? fl_pool_weight_slices(pool) : 1;
}

static inline int64_t fl_pool_frames(const struct fl_pool *pool)
{
    return pool->weight_slices == FL_SLICES_TIME ? fl_pool_weight_slices(pool) : 1;
}

/* Physical rows of an output: those of the encoding for each slice beside. */
static inline int64_t fl_pool_rows_per_output(const struct fl_pool *pool)
{
    return (pool->encoding == FL_DUAL_RAIL ? 2 : 1) * fl_pool_beside(pool);
}

/* Rows of a core that measure the sum of inputs. */
static inline int64_t fl_pool_references(const struct fl_pool *pool)
{
    return pool->encoding == FL_OFFSET && pool->reference == FL_REFERENCE_ROW ? 1 : 0;
}

/* Outputs a core can give at once; 0 if it has too few rows for one. */
static inline int64_t fl_pool_outputs(const struct fl_pool *pool)
{
    int64_t rows = pool->rows - fl_pool_references(pool);
    return rows > 0 ? rows / fl_pool_rows_per_output(pool) : 0;
}

/* Conversions a core makes for `outputs` outputs of one vector: a balanced pair is subtracted before its converter. */
static inline int64_t fl_pool_samples(const struct fl_pool *pool, int64_t outputs)
{
    return outputs * fl_pool_beside(pool) + fl_pool_references(pool);
}

/* Diodes behind one conversion: the two of a balanced pair. */
static inline int64_t fl_pool_diodes(const struct fl_pool *pool)
{
    return pool->encoding == FL_OFFSET ? 1 : 2;
}

/* Converted samples of a core all of whose rows are used: what its detectors and converters are built for. */
static inline int64_t fl_pool_sample_lines(const struct fl_pool *pool)
{
    return pool->encoding == FL_DUAL_RAIL ? (pool->rows + 1) / 2 : pool->rows;
}

#endif
