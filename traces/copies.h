/* copies.h - which layers' copies of layered tensors are there when a block reads them.
 *
 * A block works its layers through, up or down. Of an activation, a stash or a gradient
 * a copy is there once a block has written it; parameters, caches and inputs are there
 * from the start, for the layers that the trace has. A block that reads the next layer's
 * copy and writes its own finds it if it runs downwards, from its second layer on; the
 * first layer's must come from before.
 */
#ifndef FL_TRACE_COPIES_H
#define FL_TRACE_COPIES_H

#include "traces/build.h"
#include "traces/layer_set.h"

struct fl_copies {
    const struct fl_trace_builder *build;
    const char *where;
    struct fl_err *err;
    struct fl_arena arena, scratch;
    struct fl_layer_set *written;       /* of each tensor, the layers that blocks before have written */
    int64_t last;                       /* the highest number of a layer */
};
void fl_copies_open(struct fl_copies *copies, const struct fl_trace_builder *builder, const char *where,
                    struct fl_err *err);
/* May an operator of the block read this? `here`: the block writes the tensor. Else a fault, and false. */
bool fl_copies_read(struct fl_copies *copies, const struct fl_block *block, const struct fl_op *op,
                    const struct fl_tensor_use *operand, bool here);
/* Have the copies of all of the block's own layers been written before it? */
bool fl_copies_written(const struct fl_copies *copies, const struct fl_block *block, int32_t tensor);
/* The block has written what it writes. */
void fl_copies_close(struct fl_copies *copies, const struct fl_block *block);
void fl_copies_free(struct fl_copies *copies);

/* Does it come from outside, so that nobody need write it? */
bool fl_tensor_is_outside(const struct fl_tensor_made *made);

#endif
