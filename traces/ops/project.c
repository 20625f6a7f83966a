/* project.c - rows times a fixed random matrix: the feedback of direct alignment, random features.
 *
 * The matrix is never stored where a scattering medium is it. Patterns say how many binary ones
 * a row takes there: 1 if it is binary, 2 if ternary, one for each bit plane of more.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (in->rows == 0)
        return true;
    if (op->k != in->width)
        return fl_fits_unequal(where, "k", op->k, in->name, in->width, err);
    return op->m <= in->rows || fl_fits_too_many(where, op->m * op->k, in->name, fl_extent_values(in), err);
}

const struct fl_op_type fl_op_project = {
    .name = "project", .does = "out[m][n] = in[m][k] x a fixed random matrix, which nobody loads",
    .form = FL_PROJECT, .reads_least = 1, .reads_most = 1,
    .keys = FL_KEYS_PRODUCT | FL_KEY(PATTERNS) | FL_KEY(PLACED), .needed = FL_KEYS_PRODUCT, .fits = fits,
};
