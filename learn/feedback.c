/* feedback.c - random projections of an error. */
#include "learn/feedback.h"

#include <math.h>
#include <stdlib.h>

#include "base/guard.h"
#include "learn/draw.h"
#include "learn/gemm.h"
#include "learn/opu.h"

static void make_ternary(size_t inputs, double threshold, const float *error, float *shown)
{
    float most = 0, sum = 0;
    int kept = 0;
    for (size_t i = 0; i < inputs; i++)
        most = fmaxf(most, fabsf(error[i]));
    for (size_t i = 0; i < inputs; i++) {
        bool seen = most > 0 && fabsf(error[i]) >= (float)threshold * most;
        shown[i] = !seen ? 0 : error[i] > 0 ? 1 : -1;
        sum += seen ? fabsf(error[i]) : 0;
        kept += seen;
    }
    for (size_t i = 0; i < inputs; i++)
        shown[i] *= kept > 0 ? sum / (float)kept : 0;
}

static void add_noise(struct fl_projection *projection, size_t count, float *out)
{
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += (double)out[i] * (double)out[i];
    double size = projection->noise * sqrt(square / (double)count);
    uint64_t key = fl_draw_key(projection->key, ++projection->uses);
    for (size_t i = 0; i < count; i++)
        out[i] += (float)(size * fl_draw_normal(key, i));
}

void fl_project(struct fl_projection *projection, uint64_t number, size_t rows, size_t inputs, const float *error,
                size_t outputs, float *out)
{
    float *matrix = fl_calloc(1, (inputs * outputs + rows * inputs) * sizeof *matrix);
    float *shown = matrix + inputs * outputs;
    uint64_t key = fl_draw_key(fl_draw_key(projection->key, 0), number);
    for (size_t i = 0; i < inputs * outputs; i++)
        matrix[i] = (float)(fl_draw_normal(key, i) / sqrt((double)inputs));
    for (size_t i = 0; i < rows && projection->ternary; i++)
        make_ternary(inputs, projection->threshold, error + i * inputs, shown + i * inputs);
    const float *from = projection->ternary ? shown : error;
    const struct fl_projected work = {rows, inputs, outputs, from, matrix, out};
    if (projection->opu != NULL)
        fl_opu_project(projection->opu, (size_t)number, &work,
                       fl_draw_key(fl_draw_key(projection->key, 1), ++projection->uses));
    else
        fl_gemm(&(struct fl_gemm){.m = rows, .k = inputs, .n = outputs, .a = {from, inputs, 1},
                                  .b = {matrix, outputs, 1}, .c = out, .c_row = outputs});
    if (projection->noise > 0)
        add_noise(projection, rows * outputs, out);
    fl_free(matrix);
}
