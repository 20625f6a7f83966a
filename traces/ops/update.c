/* update.c - an optimizer's step: a parameter from its gradient and what is kept beside it.
 *
 * Of the parameter, or of the state that has it in full (a 32 bit copy and two moments), all
 * is read and written once.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    int64_t values = op->groups * op->m * op->n;
    return read[0].rows == 0 || values <= fl_extent_values(&read[0]) ||
           fl_fits_too_many(where, values, read[0].name, fl_extent_values(&read[0]), err);
}

const struct fl_op_type fl_op_update = {
    .name = "update", .does = "m rows of n values of a parameter, by its gradient and, if there is one, its state",
    .form = FL_UPDATE, .work = FL_DIGITAL_ADD, .stored = FL_TENSOR_PARAMETER, .reads_least = 1, .reads_most = 2,
    .keys = FL_KEYS_ROWS | FL_KEY(GROUPS), .needed = FL_KEYS_ROWS, .since_2 = FL_KEY(GROUPS), .fits = fits,
};
