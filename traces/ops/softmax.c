/* softmax.c - rows of scores to rows of weights; under a mask of those that are wanted. */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (in->rows == 0)
        return true;
    if (in->rows != op->m)
        return fl_fail(err, where, "m = %" PRId64 ", but \"%s\" has %" PRId64 " rows; make them equal", op->m,
                       in->name, in->rows);
    return op->n == in->width || fl_fits_unequal(where, "n", op->n, in->name, in->width, err);
}

const struct fl_op_type fl_op_softmax = {
    .name = "softmax",
    .does = "m rows of n values; under a mask those that are wanted",
    .form = FL_ROWS, .work = FL_DIGITAL_SOFTMAX, .reads_least = 1, .reads_most = 1,
    .keys = FL_KEYS_ROWS | FL_KEYS_BAND, .needed = FL_KEYS_ROWS, .fits = fits,
};
