/* pipeline_cells.h - the cells of a pipeline while a trace is dealt to its stages (pipeline.c). */
#ifndef FL_TRACE_PIPELINE_CELLS_H
#define FL_TRACE_PIPELINE_CELLS_H

#include "traces/pipeline.h"

enum { FL_NO_CELL = -1 };

/* A version of a tensor of `from`. */
struct version {
    int32_t tensor, count;              /* in the new trace; versions so far on this stage */
    int64_t write, part;                /* which write it is of, in which part */
    size_t cell;                        /* that wrote it last; FL_NO_CELL: it comes from outside */
    bool edge;                          /* it has the copy of the layer beside those of its stage */
};
struct cell {
    struct fl_block block;
    int32_t stage;
    size_t *after;                      /* cells that write what it reads */
    size_t afters, room;
    double cost;
    bool done;
};

struct pipeline {
    const struct fl_trace *from;
    struct fl_trace *trace;
    struct fl_arena scratch;
    int64_t stages, layers;
    struct fl_tensor *tensor;
    size_t tensors, tensor_room;
    struct cell *cell;
    size_t cells, cell_room;
    struct fl_op *op;                   /* of the cell that is made */
    size_t ops, op_room;
    int64_t part;
    struct version *at;                 /* of each tensor of `from`, by stage */
    int32_t *place;                     /* of each: the stage that wrote it last; FL_NO_CELL: none has in this part */
    int64_t *writes;                    /* of each: how often cells wrote it */
    bool *made;                         /* somebody writes it */
    bool *used;                         /* of each parameter, by stage */
    bool *fresh;                        /* of each tensor: the cell that is made has written it */
};

/* A tensor of the new trace. */
int32_t fl_pipeline_tensor(struct pipeline *p, const struct fl_tensor *like, const char *name);
/* The cells of a block, of those layers that each stage has, or of operators that are of no layer. */
void fl_pipeline_block(struct pipeline *p, const struct fl_block *block);

#endif
