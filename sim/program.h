/* program.h - what a machine is asked to do: plain records, no behaviour.
 *
 * A mapper turns operators into a program for the sequencer: nested loops around
 * operators, steps inside. A step drives the cores of one pool in lockstep: load a
 * tile into each core (or find it in place), then stream vectors through them all.
 * Because the cores of a step move together, one unit per device kind stands for all
 * of them: times are those of the busiest core, counts are sums over the cores.
 *
 *     LOOP 12                      layers
 *       OP 3  STEP 0  END_OP       one step
 *       OP 4  LOOP 3  STEP 1  NEXT  STEP 2  END_OP
 *     NEXT
 *     HALT
 */
#ifndef FL_PROGRAM_H
#define FL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/time.h"

enum fl_step_kind {
    FL_STEP_OPTICAL,                    /* vectors through the cores of a pool */
    FL_STEP_VECTOR,                     /* rows through the digital unit */
    FL_STEP_MOVE,                       /* DRAM to SRAM (load) or SRAM to DRAM (store) */
};
enum fl_place { FL_NOWHERE, FL_SRAM, FL_DRAM };
enum fl_function {                      /* digital work, by what it costs a value */
    FL_MAC, FL_SOFTMAX, FL_NORM, FL_ACTIVATION, FL_ADD, FL_ROTARY, FL_COPY, FL_FUNCTIONS
};

/* Everything is per vector unless it says otherwise. Sums run over the cores working in lockstep. */
struct fl_step {
    int32_t kind;                       /* enum fl_step_kind */
    int32_t pool;                       /* index of the pool, FL_STEP_OPTICAL only */
    int32_t load_from;                  /* enum fl_place: where the tile's weights come from; FL_NOWHERE: in place */
    int32_t function;                   /* enum fl_function, FL_STEP_VECTOR only */
    int64_t vectors;                    /* vectors (or rows of digital work) in the step */
    int64_t cores;                      /* cores working */
    int64_t columns, rows;              /* inputs and conversions of outputs on the busiest core: they set its times */
    int64_t sets;                       /* of input converters: one for each different slice of inputs; 0: one a core */
    int64_t converted;                  /* input conversions: once for all cores if the input is shared, else summed */
    int64_t detected;                   /* diodes read, summed: both of a balanced pair */
    int64_t sampled;                    /* conversions of outputs, summed: one a pair, one a weight slice */
    int64_t lit_rows;                   /* rows that light falls on, used or not unless gated, summed */
    int64_t lit_paths;                  /* sum of lit rows x used columns */
    int64_t operand;                    /* length of the whole dot product, over all its K-tiles */
    int64_t added;                      /* additions in the accumulator, summed */
    int64_t load_added;                 /* per step: additions while weights are loaded (their row sums), summed */
    int64_t read_bits, write_bits;      /* activations read from and results written to SRAM */
    int64_t partial_bits;               /* partial sums read back from SRAM and added */
    int64_t load_besides;               /* per step: cores that are loaded beside those at work, for steps to come */
    int64_t load_bits;                  /* per step: weights read for all cores, copies once (or bits moved) */
    int64_t load_pixels;                /* per step: pixels rewritten, all cores */
    int64_t load_rows;                  /* per step: rows rewritten on the busiest core */
    int64_t values;                     /* digital work: values (or MACs) per row */
    int64_t chunk_rows;                 /* rows of it that a chunk from DRAM is for: they wait until it has come; 0: for
                                           none. Chunks are those of this step's load, or of the one before */
    bool store;                         /* FL_STEP_MOVE: SRAM to DRAM */
    bool awaits;                        /* its last vector is read from SRAM once the loads before it have come there */
};

/* The cores that a step loads. */
static inline int64_t fl_step_loaded(const struct fl_step *step) { return step->cores + step->load_besides; }

enum fl_code { FL_LOOP, FL_NEXT, FL_OP, FL_STEP, FL_END_OP, FL_HALT };
struct fl_inst {
    int32_t code;                       /* enum fl_code */
    int32_t arg;                        /* FL_STEP: index into steps; FL_NEXT: index of its FL_LOOP;
                                           FL_LOOP and FL_OP: loops around it */
    int64_t count;                      /* FL_LOOP: times, at least 1 */
};
enum { FL_LOOP_DEPTH = 8 };             /* loops within loops, layers included */

struct fl_program {
    const struct fl_inst *inst;
    size_t insts;
    const struct fl_step *step;         /* equal steps share an index, so that equal work looks equal */
    size_t steps;
};

/* A pool: equal cores driven together, as the machine description gives it. */
enum fl_encoding { FL_OFFSET, FL_DUAL_RAIL, FL_COHERENT };
enum fl_reference { FL_REFERENCE_DIGITAL, FL_REFERENCE_ROW };   /* offset: how the sum of inputs is had */
enum fl_slicing { FL_SLICES_SPACE, FL_SLICES_TIME };
struct fl_pool {
    const char *name;                   /* "static", "dynamic" */
    int32_t index;                      /* among the pools of the machine */
    bool dynamic;                       /* both operands are loaded fast; for products of activations */
    bool fit;                           /* as many cores as the weights need in place */
    int64_t cores;
    int64_t columns, rows;              /* N inputs, M outputs of a core */
    bool shared_input;                  /* one converted input serves all cores, by optical broadcast */
    int64_t input_sets;                 /* of their converters; 0: one a core, or of a fit pool what the plan uses */
    int64_t reach;                      /* cores that a set lights, whether they work or not; 0: those that do */
    double switch_ps;                   /* until light goes where a step wants it, before its first vector */
    bool gate_rows;                     /* unused rows are dark */
    int32_t input_bits, weight_bits, output_bits;
    int32_t encoding;                   /* enum fl_encoding */
    int32_t reference;                  /* enum fl_reference */
    int32_t weight_slices;              /* enum fl_slicing: where the digits of a weight go */
    int32_t dac_bits, pixel_bits;       /* that the devices set at once; 0: as many as the values have */
    double loss_db;                     /* of the optical path, source to detector, fan-out apart (sum over units) */
    double quantum_efficiency;          /* of the detectors */
    bool level_fixed;                   /* the laser's, at that of an operand as long as a core is wide */
    /* What the units say of themselves, for bounds. A step's vectors start at least this far apart: */
    double dac_ps, source_ps, detector_ps, adc_ps, accumulator_ps; /* one issue of each unit's lanes */
    int64_t dac_lanes, adc_lanes, accumulator_lanes;               /* lanes of one core */
    double front_ps, flight_ps, back_ps;    /* a vector's way to its launch, to the SLM, to its sums; issues apart */
    double weight_dac_ps;                                          /* converters of weights, if any */
    int64_t weight_dac_lanes;                                      /* 0: none */
    int64_t accumulator_vectors;        /* vectors whose partial sums it holds; 0 is 1: the running one */
    double load_pixel_ps;               /* weight link of one core, ps a pixel; 0: no limit */
    fl_time row_ps, settle_ps;          /* per row loaded, and after loading */
    int64_t back_frames;                /* tiles that can be loaded while another is used */
    int64_t blocks;                     /* the back frame holds still until the first of so many has settled; 0: not */
    bool settle_in_light;               /* light need not wait for settling */
    bool whole_frames;                  /* loading drives every pixel of a core, used or not */
};

/* The machine as mappers see it. */
struct fl_machine {
    struct fl_pool pool[4];
    int32_t pools;
    bool ideal_memory;
    bool overlap_granule;
    int64_t sram_bits, dram_bits;       /* capacities */
    bool dram_fit;                      /* DRAM grows to what is needed */
    double sram_bit_ps, dram_bit_ps;    /* ps a bit at full rate; 0: no limit */
    int64_t dma_chunk_bits;             /* what moves between DRAM and SRAM moves in such chunks; 0: as a whole */
    double dma_ps;                      /* from one to the next */
    int64_t vector_lanes, mac_lanes;    /* digital operations and MACs a cycle */
    double vector_ps;                   /* its period */
    int64_t function_ops[FL_FUNCTIONS]; /* elementary operations a value costs */
    int32_t activation_bits, accumulator_bits;  /* as stored */
    int32_t weight_bits, kv_bits;       /* of weights and of K and V, as stored; 0: as mapping/mapper.h says */
};

#endif
