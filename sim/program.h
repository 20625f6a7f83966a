/* program.h - what a machine is asked to do: plain records, no behaviour.
 *
 * A mapper turns operators into a program for the sequencer: streams of nested loops with
 * steps inside. A step drives the cores of one engine in lockstep: load a tile into each
 * core (or find it in place), then stream vectors through them all. Because the cores of a
 * step move together, one unit per device kind stands for all of them: times are those of
 * the busiest core, counts are sums over the cores.
 *
 * The first stream runs operators one after another, each drained before the next begins:
 *
 *     LOOP 12                      layers
 *       OP 3  STEP 0  END_OP       one step
 *       OP 4  LOOP 3  STEP 1  NEXT  STEP 2  END_OP
 *     NEXT
 *     HALT
 *
 * Others run side by side, joined by tokens (decoupled access and execution); each belongs to one engine, which answers
 * its steps in order, so that loads and stores are streams of their own:
 *
 *     OPEN 3  WAIT 0  STEP 5  SIGNAL 1  CLOSE 3  HALT
 *
 * Each has three cursors on its text (units/sequencer.c): `ahead` hands out commands, `exec`
 * issues vectors, `retire` follows what is done. Each instruction says which of them heeds it.
 */
#ifndef FL_PROGRAM_H
#define FL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum fl_step_kind {
    FL_STEP_OPTICAL,                    /* vectors through the cores of a pool */
    FL_STEP_VECTOR,                     /* rows through the digital unit */
    FL_STEP_MOVE,                       /* DRAM to SRAM (load) or SRAM to DRAM (store) */
    FL_STEP_GPU,                        /* an operator on a GPU */
    FL_STEP_OPU,                        /* a projection by an OPU */
    FL_STEP_EXCHANGE,                   /* rows from chip to chip */
};
enum { FL_SLOTS = 64 };                 /* operators in flight at once */
enum { FL_STREAMS = 32, FL_TOKENS = 4096 };      /* of a program, at most */
enum fl_place { FL_NOWHERE, FL_SRAM, FL_DRAM };

/* A step of an engine. Everything is per vector unless it says otherwise; sums run over the cores working in lockstep.
 * What only the units of the engine know of lies in `own`: machine/optical.h, vector.h, gpu.h, opu.h, chips.h. */
enum { FL_STEP_OWN = 19 };
struct fl_step {
    int32_t kind;                       /* enum fl_step_kind */
    int32_t engine;                     /* which of that kind */
    int32_t load_from;                  /* enum fl_place: where the tile's weights come from; FL_NOWHERE: in place */
    int32_t slot;                       /* of the operator it belongs to, while that is in flight */
    int32_t stream;                     /* of the program, in which it stands */
    int32_t zero;                       /* no padding */
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

enum fl_code {
    FL_LOOP, FL_NEXT, FL_STEP, FL_HALT, /* all cursors */
    FL_OP, FL_END_OP,                   /* exec: an operator alone, from an edge of the frame clock till its end */
    FL_OPEN, FL_WAIT_LOAD,              /* ahead: the stream's part of an operator begins; takes tokens for commands */
    FL_WAIT, FL_ALIGN,                  /* exec: takes tokens; waits until all before has retired, then for an edge */
    FL_SIGNAL, FL_CLOSE,                /* retire: gives tokens; the stream's part of the operator is done */
};
struct fl_inst {
    int32_t code;                       /* enum fl_code */
    int32_t arg;                        /* FL_STEP: index into steps; FL_NEXT: index of its FL_LOOP; FL_LOOP and FL_OP:
                                           loops around it; FL_END_OP, FL_OPEN, FL_CLOSE: slot of the operator;
                                           FL_WAIT, FL_WAIT_LOAD, FL_SIGNAL: the token */
    int64_t count;                      /* FL_LOOP: times, at least 1; FL_NEXT: 1 of a loop found in text that repeats
                                           (mapping/fold.c), at whose end nothing stops; FL_OP: slot of the operator;
                                           FL_OPEN: streams that have a part of it; waits and signals: how many
                                           tokens */
};
enum { FL_LOOP_DEPTH = 8 };             /* loops within loops, layers included */

/* The text of a stream begins at `first` and ends at its FL_HALT. */
struct fl_stream { const char *name; size_t first; };
/* What a token stands for, in reports: "rows of softmax for context"; the slot of the operator that gives it, which the
 * time until then is a part of; -1: of none. */
struct fl_token { const char *name; int32_t slot; };
struct fl_program {
    const struct fl_inst *inst;         /* of all streams */
    size_t insts;
    const struct fl_step *step;         /* equal steps share an index, so that equal work looks equal */
    size_t steps;
    const struct fl_stream *stream;     /* NULL: there is one, and it begins at 0 */
    int32_t streams;
    const struct fl_token *token;
    int32_t tokens;
    const char *const *name;            /* of operators, by slot; NULL: none have */
};
static inline int32_t fl_program_streams(const struct fl_program *program)
{
    return program->stream != NULL ? program->streams : 1;
}

/* Do all streams reach their ends, if steps take no time and rings have room? Walks their texts together. If not, tells
 * of each stream that stands still where, and what it waits for from whom. */
bool fl_program_flows(const struct fl_program *program, struct fl_err *err);
/* Walks a program that flows, streams beside each other; `passed` is told of each instruction but those of loops, in
 * every round. Loops of steps alone count as one round. */
struct fl_visitor {
    void (*passed)(void *context, int32_t stream, const struct fl_inst *inst);
    void *context;
};
void fl_program_walk(const struct fl_program *program, const struct fl_visitor *visitor);
/* Where a stream stands: the instruction that stops it, the rounds left of the loops around it, this one included. */
struct fl_place_in_stream { int64_t at; const int64_t *left; };
/* Adds a fault to `err` that says where, in which operator and round, and what the stream waits for from whom; `have`:
 * the tokens there are. */
void fl_program_stands(const struct fl_program *program, int32_t stream, struct fl_place_in_stream place,
                       const int64_t *have, struct fl_err *err);

#endif
