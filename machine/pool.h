/* pool.h - a pool of optical cores: its record, and what an encoding and slices make of a core.
 *
 * One output of a product takes several rows of light: two on dual rails, one for each
 * weight slice kept side by side. It is detected by one or two diodes a row or pair of
 * rows, and converted once for each slice. A core with a reference row gives one output
 * less, and one conversion more.
 */
#ifndef FL_POOL_H
#define FL_POOL_H

#include "base/whole.h"
#include "phys/lighting.h"
#include "phys/noise.h"
#include "sim/unit.h"

/* A pool: equal cores driven together, as the machine description gives it. */
enum fl_reference { FL_REFERENCE_DIGITAL, FL_REFERENCE_ROW };   /* offset: how the sum of inputs is had */
enum fl_slicing { FL_SLICES_SPACE, FL_SLICES_TIME };
enum { FL_POOLS = 16, FL_LIGHT_KEY = 64 };    /* pools a machine may have; bytes of a path */
struct fl_pool {
    const char *name;                   /* "static", "dynamic" */
    int32_t index, core;                /* among the pools of the machine, among the cores of the design */
    bool fixed;                         /* weights are random, and nobody sets them: it projects, and nothing else */
    bool dynamic;                       /* both operands are loaded fast; for products of activations */
    bool fit;                           /* as many cores as the weights need in place */
    int64_t cores;
    int64_t columns, rows;              /* N inputs, M outputs of a core */
    int64_t vectors;                    /* that share its weights, which are streamed past them; 0: weights are held */
    bool spread;                        /* blocks are dealt to any core next, whatever cores share */
    bool reread;                        /* each pass of a vector reads its inputs anew */
    int64_t wired, window;              /* cores whose photocurrents meet; cycles that charge is summed over, at most */
    int64_t buffer_bits;                /* of one core's buffer of its second operand; 0: it has none */
    int64_t buffer_cores;               /* held: cores whose conversions are added before a buffer keeps the sum */
    int32_t sum_bits;                   /* of a partial sum on its way to memory; 0: machine.accumulator_bits */
    bool shared_input;                  /* one converted input serves all cores, by optical broadcast */
    int64_t input_sets;                 /* of their converters; 0: one a core, or of a fit pool what the plan uses */
    int64_t reach;                      /* cores that a set lights, whether they work or not; 0: those that do */
    double switch_ps;                   /* until light goes where a step wants it and receivers that slept are awake,
                                           before its first vector */
    bool gate_rows;                     /* unused rows are dark */
    int32_t input_bits, weight_bits, output_bits;
    int32_t encoding;                   /* enum fl_sign_encoding */
    int32_t reference;                  /* enum fl_reference */
    int32_t weight_slices;              /* enum fl_slicing: where the digits of a weight go */
    int32_t dac_bits, pixel_bits;       /* that the devices set at once; 0: as many as the values have */
    double loss_db;                     /* of the optical path, source to detector, fan-out apart (sum over units) */
    double quantum_efficiency;          /* of the detectors */
    /* what decides how exact its outputs are */
    struct fl_lighting light;
    double wavelength_nm;
    char light_key[FL_LIGHT_KEY];       /* the design's key that sets it: "core[0].source.photon_bits" */
    double oscillator, input_extinction, weight_extinction;
    bool emitters_apart;                /* each input has its own, else a laser feeds all modulators */
    int64_t channels;                   /* of a bank of rings, which take of each other's light; 0: none do */
    double channel_spacing_nm, ring_quality;
    double weight_error, crosstalk, systematic;     /* as in struct fl_precision_ask */
    struct fl_receiver receiver;
    double adc_sigmas;                  /* range of converters: +- standard deviations of the signal; 0: full scale */
    /* What the units say of themselves, for bounds. A step's vectors start at least this far apart: */
    double dac_ps, source_ps, detector_ps, adc_ps, accumulator_ps; /* one issue of each unit's lanes */
    int64_t dac_lanes, adc_lanes, accumulator_lanes;               /* lanes of one core */
    double front_ps, flight_ps, back_ps;    /* a vector's way to its launch, to the SLM, to its sums; issues apart */
    double weight_dac_ps;                                          /* converters of weights, if any */
    int64_t weight_dac_lanes;                                      /* 0: none */
    int64_t accumulator_vectors;        /* vectors whose partial sums it holds; 0 is 1: the running one */
    double load_pixel_ps;               /* weight link of one core, ps a pixel; 0: no limit */
    fl_time row_ps, settle_ps;          /* per row loaded, and after loading */
    fl_time fresh_ps;                   /* per tile loaded that was not known before the run */
    int64_t calibrated;                 /* devices of a core that are calibrated before a run */
    int64_t back_frames;                /* tiles that can be loaded while another is used */
    int64_t blocks;                     /* the back frame holds still until the first of so many has settled; 0: not */
    bool settle_in_light;               /* light need not wait for settling */
    bool whole_frames;                  /* loading drives every pixel of a core, used or not */
};

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
    return pool->fixed ? 1 : fl_pool_digits(pool->weight_bits, pool->pixel_bits);
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

/* Times a vector is streamed: its input slices, and on dual rails twice for signed inputs. */
static inline int64_t fl_pool_passes(const struct fl_pool *pool, bool non_negative)
{
    return fl_pool_input_slices(pool) * fl_sign_passes((enum fl_sign_encoding)pool->encoding, non_negative);
}

/* Physical rows of an output: those of the encoding for each slice beside. */
static inline int64_t fl_pool_rows_per_output(const struct fl_pool *pool)
{
    return fl_signs[pool->encoding].rows * fl_pool_beside(pool);
}

/* Rows of a core that measure the sum of inputs. */
static inline int64_t fl_pool_references(const struct fl_pool *pool)
{
    return fl_signs[pool->encoding].sums && pool->reference == FL_REFERENCE_ROW ? 1 : 0;
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
    return fl_signs[pool->encoding].detectors;
}

/* May it hold weights of a network for a whole run? */
static inline bool fl_pool_is_home(const struct fl_pool *pool) { return !pool->dynamic && !pool->fixed; }

/* Are both operands streamed, and none held? */
static inline bool fl_pool_streams(const struct fl_pool *pool) { return pool->vectors > 0; }

/* Vectors that meet a core's weights at once. */
static inline int64_t fl_pool_block(const struct fl_pool *pool) { return fl_most(pool->vectors, 1); }

/* Converted samples of a core all of whose rows are used: what its detectors and converters are built for. */
static inline int64_t fl_pool_sample_lines(const struct fl_pool *pool)
{
    return fl_ceil_div(pool->rows, fl_signs[pool->encoding].rows) * fl_pool_block(pool);
}

/* Cores whose photocurrents are summed before they are read: what is behind them is there once for all of them. */
static inline int64_t fl_pool_wired(const struct fl_pool *pool) { return fl_most(pool->wired, 1); }

/* ---- for the units of a core ---- */

/* A unit that stands for those of all cores of the pool. */
static inline void fl_pool_enter(struct unit *u, const struct fl_pool *pool)
{
    u->pool = pool;
    u->engine = pool->index;
    u->cores = pool->cores;
}

/* The unit handles inputs: where all cores share them it stands for as many sets as work at once. Called in init. */
static inline void fl_handles_inputs(struct unit *u)
{
    u->shared = u->pool->shared_input;
    u->cores = fl_pool_input_sets(u->pool);
}

/* The unit is behind the wires that sum photocurrents of cores: one for each such group. Called in init. */
static inline void fl_handles_sums(struct unit *u) { u->cores = fl_ceil_div(u->pool->cores, fl_pool_wired(u->pool)); }
/* Such groups at work in a step. */
static inline int64_t fl_sum_groups(const struct unit *u, const struct fl_step *step)
{
    return fl_ceil_div(step->cores, fl_pool_wired(u->pool));
}

/* Sets of such a unit at work in a step. */
static inline int64_t fl_sets(const struct fl_step *step) { return step->sets > 0 ? step->sets : step->cores; }

#endif
