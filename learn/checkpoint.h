/* checkpoint.h - a training under way in a file, so that it goes on after an interruption as if there had been none.
 *
 *     fanlight-training 1
 *     recipe fanlight learn --task characters --width 256 --steps 1500 --seed 1
 *     text 0123456789abcdef          FNV-1a of the text that is trained on
 *     step 450                       done so far
 *     uses 0                         of random projections so far (learn/feedback.h)
 *     hash 0123456789abcdef          FNV-1a of the bytes behind `data`
 *     data
 *
 * Behind `data` stand the parameters and Adam's two means, floats with the low byte first. Batches and noise are looked
 * up by the number of the step, so nothing else is remembered.
 */
#ifndef FL_CHECKPOINT_H
#define FL_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct fl_checkpoint {
    const char *path, *recipe;          /* what is trained; another recipe, or text, is a fault */
    uint64_t text;                      /* fl_hash_file of what is trained on */
    int step, steps;                    /* done, of all */
    uint64_t uses;
    size_t count;                       /* parameters */
    float *parameters, *mean, *square;  /* count each */
};
/* Writes it beside `path` and then in its place, so that there is always a whole one. Faults: it cannot be written. */
bool fl_checkpoint_write(const struct fl_checkpoint *state, struct fl_err *err);
/* Fills step, uses and the arrays from the file; leaves them alone where there is none. Faults: damaged, or of another
 * training; they say which. */
bool fl_checkpoint_read(struct fl_checkpoint *state, struct fl_err *err);

#endif
