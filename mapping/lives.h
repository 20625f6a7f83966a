/* lives.h - from when to when tensors live, by who writes and who reads them.
 *
 * A value, what one operator writes of an activation, a stash or a gradient, lives until
 * its last reader. One of a layered tensor whose copy another block reads (a backward
 * layer, say) outlives its repetition: copies of all layers are alive together.
 */
#ifndef FL_LIVES_H
#define FL_LIVES_H

#include "traces/layer_set.h"

/* ---- tensors that outlive their repetition: of layers, by others' reading; gradients that are results ---- */
struct fl_lasting {
    bool stays;
    size_t first, last;                 /* blocks: the first that writes it, the last that reads it (or the last) */
    int64_t copies;                     /* layers that are written */
};
/* One for each tensor, from the arena. */
struct fl_lasting *fl_lasting_find(const struct fl_trace *trace, struct fl_arena *arena);
/* Is it computed, and lies in SRAM if it fits? Parameters and caches lie in DRAM. */
bool fl_tensor_is_value(const struct fl_tensor *tensor);

/* ---- values ---- */
struct fl_life {
    int32_t tensor;
    size_t block, op;                   /* that writes it */
    int64_t copies;                     /* alive together */
    const struct fl_op *next;           /* of the next repetition, that reads it; NULL: none */
    const struct fl_op *last;           /* that reads it last; NULL: nobody does after this repetition, or ever */
    bool result;                        /* nobody reads it at all, and it stays until the end */
};
/* Calls `tell` for every value, block by block as they are written. */
void fl_lives_tell(const struct fl_trace *trace, void (*tell)(void *context, const struct fl_life *life),
                   void *context);

#endif
