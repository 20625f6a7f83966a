/* activation_grad.c - back through a function of each value, or through a gate and what it gates.
 *
 * It reads the gradient of what the function wrote and all that the function read; for a
 * gate it writes the gradients of both operands, n values of a row, side by side.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    for (size_t i = 0; i < op->operands; i++) {
        int64_t wanted = i == 0 && op->operands > 2 ? op->m * (op->n / 2) : op->m * op->n;
        bool gated = i > 0 && op->operands > 2 && op->reads[1].tensor != op->reads[2].tensor;
        wanted = gated ? op->m * (op->n / 2) : wanted;
        if (read[i].rows > 0 && wanted > fl_extent_values(&read[i]))
            return fl_fits_too_many(where, wanted, read[i].name, fl_extent_values(&read[i]), err);
    }
    return true;
}

static int64_t inputs(const struct fl_op *op)
{
    return op->operands > 2 ? op->n + op->n / 2 : 2 * op->n;
}

const struct fl_op_type fl_op_activation_grad = {
    .name = "activation_grad",
    .does = "m rows of n values: the gradient, first, of an activation that read the others; of a gate, of both",
    .form = FL_ROWS, .work = FL_DIGITAL_ACTIVATION, .reads_least = 2, .reads_most = 3, .keys = FL_KEYS_ROWS,
    .needed = FL_KEYS_ROWS, .fits = fits, .inputs = inputs,
};
