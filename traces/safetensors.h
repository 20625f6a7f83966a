/* safetensors.h - the tensors of a published model, as its file has them.
 *
 * The format (github.com/huggingface/safetensors): 8 bytes, low first, that tell the length of a JSON object; the
 * object, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}; then the data, to which offsets
 * refer. All of it is checked before any of it is used.
 */
#ifndef FL_SAFETENSORS_H
#define FL_SAFETENSORS_H

#include <stdint.h>

#include "base/arena.h"

enum { FL_STORED_DIMENSIONS = 8 };
struct fl_stored_tensor {
    const char *name, *dtype;           /* "F32", "F16", "BF16": floats that can be read; others can only be there */
    int dimensions;
    int64_t dimension[FL_STORED_DIMENSIONS], values;
    const unsigned char *data;
};
struct fl_stored {
    const char *path;
    struct fl_stored_tensor *tensor;           /* sorted by name */
    size_t count, bytes;
    unsigned char *file;
    struct fl_arena arena;
};
/* Reads a file whole. Faults name the file and the tensor. Freed by fl_stored_free, after failure, too. */
bool fl_stored_read(struct fl_stored *tensors, const char *path, struct fl_err *err);
void fl_stored_free(struct fl_stored *tensors);
/* The tensor of that name; NULL: there is none. */
const struct fl_stored_tensor *fl_stored_find(const struct fl_stored *tensors, const char *name);
/* Is it of a type that fl_stored_floats reads? */
bool fl_stored_is_float(const struct fl_stored_tensor *tensor);
/* All its values, in order. */
void fl_stored_floats(const struct fl_stored_tensor *tensor, float *to);
/* "F16 [2, 3]". In the arena. */
const char *fl_stored_text(const struct fl_stored_tensor *tensor, struct fl_arena *arena);

/* A number of a config.json under the first of two names that it has; `preset` where it has neither, or no number. */
double fl_config_number(const char *path, const char *name, const char *other, double preset);

#endif
