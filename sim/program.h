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

enum fl_step_kind {
    FL_STEP_OPTICAL,                    /* vectors through the cores of a pool */
    FL_STEP_VECTOR,                     /* rows through the digital unit */
    FL_STEP_MOVE,                       /* DRAM to SRAM (load) or SRAM to DRAM (store) */
    FL_STEP_GPU,                        /* an operator on a GPU */
    FL_STEP_OPU,                        /* a projection by an OPU */
};
enum { FL_SLOTS = 64 };                 /* operators in flight at once */
enum fl_place { FL_NOWHERE, FL_SRAM, FL_DRAM };

/* A step of an engine. Everything is per vector unless it says otherwise; sums run over the cores working in lockstep.
 * What only the units of the engine know of lies in `own`: machine/optical.h, vector.h, gpu.h, opu.h. */
enum { FL_STEP_OWN = 18 };
struct fl_step {
    int32_t kind;                       /* enum fl_step_kind */
    int32_t engine;                     /* which of that kind */
    int32_t load_from;                  /* enum fl_place: where the tile's weights come from; FL_NOWHERE: in place */
    int32_t slot;                       /* of the operator it belongs to, while that is in flight */
    int64_t vectors;                    /* vectors (or rows of digital work) in the step */
    int64_t cores;                      /* cores working */
    int64_t sets;                       /* of input converters: one for each different slice of inputs; 0: one a core */
    int64_t read_bits, write_bits;      /* activations read from and results written to SRAM */
    int64_t partial_bits;               /* partial sums read back from SRAM and added */
    int64_t load_bits;                  /* per step: weights read for all cores, copies once (or bits moved) */
    int64_t chunk_rows;                 /* rows that a chunk from DRAM is for: they wait until it has come; 0: for none.
                                           Chunks are those of this step's load, or of the one before */
    int64_t own[FL_STEP_OWN];           /* the engine's own record */
    bool store;                         /* FL_STEP_MOVE: SRAM to DRAM */
    bool awaits;                        /* its last vector is read from SRAM once the loads before it have come there */
};

enum fl_code { FL_LOOP, FL_NEXT, FL_OP, FL_STEP, FL_END_OP, FL_HALT };
struct fl_inst {
    int32_t code;                       /* enum fl_code */
    int32_t arg;                        /* FL_STEP: index into steps; FL_NEXT: index of its FL_LOOP;
                                           FL_LOOP and FL_OP: loops around it; FL_END_OP: slot of the operator */
    int64_t count;                      /* FL_LOOP: times, at least 1; FL_OP: slot of the operator */
};
enum { FL_LOOP_DEPTH = 8 };             /* loops within loops, layers included */

struct fl_program {
    const struct fl_inst *inst;
    size_t insts;
    const struct fl_step *step;         /* equal steps share an index, so that equal work looks equal */
    size_t steps;
};

#endif
