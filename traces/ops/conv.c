/* conv.c - a convolution along a sequence, as the product of its unrolled windows.
 *
 * Each of the m vectors is a window of whole rows, k / width of them; windows overlap, so
 * values are streamed as often as windows hold them. How far apart windows are, m says.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (in->rows == 0)
        return true;
    if (op->k % in->width != 0)
        return fl_fail(err, where, "k = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; a window is of whole "
                       "rows", op->k, in->name, in->width);
    return op->m <= in->rows || fl_fits_too_many(where, op->m * in->width, in->name, fl_extent_values(in), err);
}

const struct fl_op_type fl_op_conv = {
    .name = "conv", .does = "out[m][n] = window[m][k] x weight[k][n]: windows of rows of one tensor, which overlap",
    .form = FL_PRODUCT, .stored = FL_TENSOR_PARAMETER, .reads_least = 1, .reads_most = 1,
    .keys = FL_KEYS_PRODUCT | FL_KEY(SIGN) | FL_KEY(PLACED), .needed = FL_KEYS_PRODUCT,
    .fits = fits,
};
