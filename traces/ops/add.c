/* add.c - sums of two tensors: residuals, positions, token types. */
#include "traces/build.h"

/* Whether a sum finds its rows in one operand: as many, or the same ones again and again. */
static bool has_rows(const struct fl_op *op, const struct fl_extent *in)
{
    return in->rows == 0 || in->rows >= op->m || op->m % in->rows == 0;
}

/* Whether all that an operand lacks is the tokens of a vision model that no patch makes: the other one is a table that
 * has a row for each token of a sequence, and up to two of them are the class and the distillation token. */
static bool lacks_tokens(const struct fl_op *op, const struct fl_extent *in, const struct fl_extent *table)
{
    enum { MOST_TOKENS = 2 };
    if (!table->table || table->rows == 0 || op->m % table->rows != 0)
        return false;
    int64_t sequences = op->m / table->rows;
    return in->rows % sequences == 0 && in->rows < op->m && op->m - in->rows <= MOST_TOKENS * sequences;
}

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    bool whole = false;
    for (size_t i = 0; i < 2; i++) {
        const struct fl_extent *in = &read[i];
        bool tokens = lacks_tokens(op, in, &read[1 - i]);
        bool heads = in->heads && op->m * op->n == fl_extent_values(in);   /* the same values, laid out by heads */
        whole = whole || tokens || heads || in->rows == 0 || in->rows >= op->m;
        if (heads)
            continue;
        if (in->rows > 0 && op->n != in->width)
            return fl_fits_unequal(where, "n", op->n, in->name, in->width, err);
        if (!tokens && !has_rows(op, in))
            return fl_fits_too_many(where, op->m * op->n, in->name, fl_extent_values(in), err);
    }
    return whole || fl_fits_too_many(where, op->m * op->n, read[0].name, fl_extent_values(&read[0]), err);
}

const struct fl_op_type fl_op_add = {
    .name = "add", .does = "m rows of n values", .form = FL_ROWS, .work = FL_DIGITAL_ADD,
    .reads_least = 2, .reads_most = 2, .keys = FL_KEYS_ROWS, .needed = FL_KEYS_ROWS, .fits = fits,
};
