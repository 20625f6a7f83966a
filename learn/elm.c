/* elm.c - extreme learning machines: fixed random features, one solve. */
#include <math.h>
#include <stdlib.h>

#include "learn/classify.h"
#include "base/guard.h"
#include "learn/draw.h"
#include "learn/gemm.h"

static const double ridge = 0.03;       /* over the rows trained on: features have rms near 1 */

/* One feature over all rows: intensity less its mean, over its rms, with noise. */
static void make_feature(const struct fl_classify_ask *ask, size_t rows, size_t number, const float *field,
                         float *features)
{
    size_t n = ask->features;
    double sum = 0, square = 0;
    for (size_t i = 0; i < rows; i++) {
        float re = field[i * 2 * n + number], im = field[i * 2 * n + n + number], light = re * re + im * im;
        features[i * (n + 1) + number] = light;
        sum += (double)light;
        square += (double)light * (double)light;
    }
    float mean = (float)(sum / (double)rows), rms = (float)sqrt(square / (double)rows);
    uint64_t key = fl_draw_key(fl_draw_key(ask->seed, 4), number);
    for (size_t i = 0; i < rows; i++) {
        float *value = &features[i * (n + 1) + number];
        *value = (*value - mean) / rms + (float)(ask->noise > 0 ? ask->noise * fl_draw_normal(key, i) : 0);
    }
}

/* features[rows][n + 1]: abs(x R)^2, and a last one that is 1. */
static void make_features(const struct fl_classify_ask *ask, const struct fl_samples *samples, const float *x,
                          float *features)
{
    size_t rows = samples->rows, k = samples->inputs, n = ask->features;
    float *matrix = fl_calloc(1, (2 * k * n + 2 * rows * n) * sizeof *matrix);
    float *field = matrix + 2 * k * n;
    for (size_t i = 0; i < 2 * k * n; i++)
        matrix[i] = (float)fl_draw_normal(fl_draw_key(ask->seed, 3), i);
    fl_gemm(&(struct fl_gemm){.m = rows, .k = k, .n = 2 * n, .a = {x, k, 1}, .b = {matrix, 2 * n, 1}, .c = field,
                              .c_row = 2 * n});
    for (size_t j = 0; j < n; j++)
        make_feature(ask, rows, j, field, features);
    for (size_t i = 0; i < rows; i++)
        features[i * (n + 1) + n] = 1;
    fl_free(matrix);
}

/* S = L L^T, in place below the diagonal (Cholesky); S is symmetric and positive. */
static void factor(size_t n, double *s)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = s[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= s[i * n + k] * s[j * n + k];
            s[i * n + j] = i == j ? sqrt(sum) : sum / s[j * n + j];
        }
    }
}

/* Solves L L^T w = b, in place, for one column of b[n][columns]. */
static void solve(size_t n, const double *l, size_t columns, double *b)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i * columns] -= l[i * n + k] * b[k * columns];
        b[i * columns] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i * columns] -= l[k * n + i] * b[k * columns];
        b[i * columns] /= l[i * n + i];
    }
}

/* Least squares from features to 1 in the column of a row's class, over the rows that are trained on. */
static void fit(const struct fl_samples *samples, size_t n, const float *features, float *weights)
{
    size_t classes = samples->classes;
    double *s = fl_calloc(n * n + n * classes, sizeof *s), rows = 0;
    double *b = s + n * n;
    for (size_t i = 0; i < samples->rows; i++) {
        if (samples->train[i] < 0)
            continue;
        const float *f = features + i * n;
        rows++;
        for (size_t j = 0; j < n; j++) {
            b[j * classes + (size_t)samples->train[i]] += (double)f[j];
            for (size_t k = 0; k <= j; k++)
                s[j * n + k] += (double)f[j] * (double)f[k];
        }
    }
    for (size_t j = 0; j < n; j++)
        s[j * n + j] += ridge * rows;
    factor(n, s);
    for (size_t c = 0; c < classes; c++)
        solve(n, s, classes, b + c);
    for (size_t i = 0; i < n * classes; i++)
        weights[i] = (float)b[i];
    fl_free(s);
}

double fl_classified_share(const struct fl_samples *samples, const int *target, const float *outputs)
{
    size_t rows = 0, hits = 0;
    for (size_t i = 0; i < samples->rows; i++) {
        const float *row = outputs + i * samples->classes;
        size_t best = 0;
        for (size_t j = 1; j < samples->classes; j++)
            best = row[j] > row[best] ? j : best;
        rows += target[i] >= 0;
        hits += target[i] >= 0 && best == (size_t)target[i];
    }
    return rows > 0 ? (double)hits / (double)rows : 0;
}

struct fl_classified fl_classify_elm(const struct fl_classify_ask *ask, const struct fl_samples *samples,
                                     const float *x)
{
    size_t n = ask->features + 1, rows = samples->rows, classes = samples->classes;
    float *features = fl_calloc(1, (rows * n + n * classes + rows * classes) * sizeof *features);
    float *weights = features + rows * n, *outputs = weights + n * classes;
    make_features(ask, samples, x, features);
    fit(samples, n, features, weights);
    fl_gemm(&(struct fl_gemm){.m = rows, .k = n, .n = classes, .a = {features, n, 1}, .b = {weights, classes, 1},
                              .c = outputs, .c_row = classes});
    struct fl_classified result = {fl_classified_share(samples, samples->train, outputs),
                                   fl_classified_share(samples, samples->test, outputs)};
    fl_free(features);
    return result;
}
