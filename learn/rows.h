/* rows.h - what networks do digitally, row by row: norms, softmax, biases, and their derivatives.
 *
 * Rows are floats one after the other; sums are taken in order, in double precision. Backward functions take the
 * derivative of the loss by their result and give that by their argument.
 */
#ifndef FL_ROWS_H
#define FL_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* out = (x - mean) / sqrt(variance + epsilon) x gain + bias; keeps mean and 1 / root of row i in kept[2 i] and
 * [2 i + 1]. */
void fl_rows_norm(size_t rows, size_t width, double epsilon, const float *x, const float *gain_bias, float *out,
                  float *kept);
/* d_x += ; d_gain_bias += (gain's first, as they are stored). */
void fl_rows_norm_back(size_t rows, size_t width, const float *x, const float *gain_bias, const float *kept,
                       const float *d_out, float *d_x_gain_bias[2]);
/* x += bias in each row; d_bias += sum of rows. */
void fl_rows_bias(size_t rows, size_t width, const float *bias, float *x);
void fl_rows_bias_back(size_t rows, size_t width, const float *d_x, float *d_bias);
/* The larger of x and 0, in place; d_x is cut where that is 0. */
void fl_rows_relu(size_t count, float *x);
void fl_rows_relu_back(size_t count, const float *relu, float *d_x);
/* x Phi(x) in place, Phi the normal's distribution by its error function (M. Abramowitz, I. Stegun, 7.1.26: 1.5e-7) or,
 * `by_tanh`, (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
void fl_rows_gelu(size_t count, bool by_tanh, float *x);
/* x += y. */
void fl_rows_add(size_t count, const float *y, float *x);
/* Softmax of `scale` x the first `wanted` values of a row; the rest become 0. Back: from d_p to d_x in place. */
void fl_row_softmax(size_t width, size_t wanted, float scale, float *x);
void fl_row_softmax_back(size_t width, float scale, const float *p, float *d_p);

/* Sum over rows of -ln(softmax of the row at its target); rows become (softmax - target) x `scale`, the derivative of
 * scale x that sum. Targets below 0 do not count: their rows become 0. `hits`: rows whose target has the largest
 * value; NULL: not wanted. */
double fl_rows_loss(size_t rows, size_t width, const int *target, float scale, float *logits, size_t *hits);

#endif
