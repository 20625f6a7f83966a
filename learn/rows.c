/* rows.c - norms, softmax, biases and their derivatives, one row after another. */
#include "learn/rows.h"

#include <math.h>

#include "learn/curve.h"

void fl_rows_norm(size_t rows, size_t width, double epsilon, const float *x, const float *gain_bias, float *out,
                  float *kept)
{
    const float *gain = gain_bias, *bias = gain_bias + width;
    for (size_t i = 0; i < rows; i++, x += width, out += width) {
        double sum = 0, square = 0;
        for (size_t j = 0; j < width; j++)
            sum += (double)x[j];
        float mean = (float)(sum / (double)width);
        for (size_t j = 0; j < width; j++)
            square += (double)(x[j] - mean) * (double)(x[j] - mean);
        float root = (float)(1 / sqrt(square / (double)width + epsilon));
        for (size_t j = 0; j < width; j++)
            out[j] = (x[j] - mean) * root * gain[j] + bias[j];
        kept[2 * i] = mean;
        kept[2 * i + 1] = root;
    }
}

/* With u the normed row: dx = root (v - mean(v) - u mean(v u)), v = d_out x gain. */
void fl_rows_norm_back(size_t rows, size_t width, const float *x, const float *gain_bias, const float *kept,
                       const float *d_out, float *d_x_gain_bias[2])
{
    float *d_x = d_x_gain_bias[0], *d_gain = d_x_gain_bias[1], *d_bias = d_gain + width;
    for (size_t i = 0; i < rows; i++, x += width, d_out += width, d_x += width) {
        float mean = kept[2 * i], root = kept[2 * i + 1];
        double sum = 0, along = 0;
        for (size_t j = 0; j < width; j++) {
            float u = (x[j] - mean) * root, v = d_out[j] * gain_bias[j];
            sum += (double)v;
            along += (double)(v * u);
            d_gain[j] += d_out[j] * u;
            d_bias[j] += d_out[j];
        }
        float flat = (float)(sum / (double)width), slope = (float)(along / (double)width);
        for (size_t j = 0; j < width; j++)
            d_x[j] += root * (d_out[j] * gain_bias[j] - flat - (x[j] - mean) * root * slope);
    }
}

void fl_rows_bias(size_t rows, size_t width, const float *bias, float *x)
{
    for (size_t i = 0; i < rows; i++, x += width)
        for (size_t j = 0; j < width; j++)
            x[j] += bias[j];
}

void fl_rows_bias_back(size_t rows, size_t width, const float *d_x, float *d_bias)
{
    for (size_t i = 0; i < rows; i++, d_x += width)
        for (size_t j = 0; j < width; j++)
            d_bias[j] += d_x[j];
}

void fl_rows_relu(size_t count, float *x)
{
    for (size_t i = 0; i < count; i++)
        x[i] = 0.5F * (x[i] + fabsf(x[i]));        /* no branch to guess wrong */
}

void fl_rows_relu_back(size_t count, const float *relu, float *d_x)
{
    static const float kept[2] = {0, 1};                /* no branch here either */
    for (size_t i = 0; i < count; i++)
        d_x[i] *= kept[relu[i] > 0];
}

static double error_function(double x)
{
    double t = 1 / (1 + 0.3275911 * fabs(x));
    double sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return copysign(1 - sum * fl_curve_exp(-x * x), x);
}

void fl_rows_gelu(size_t count, bool by_tanh, float *x)
{
    for (size_t i = 0; i < count; i++) {
        double v = (double)x[i], cube = v * v * v;
        double share = by_tanh ? 1 / (1 + fl_curve_exp(-2 * 0.7978845608028654 * (v + 0.044715 * cube)))
                               : (1 + error_function(v * 0.7071067811865476)) / 2;
        x[i] = (float)(v * share);
    }
}

void fl_rows_add(size_t count, const float *y, float *x)
{
    for (size_t i = 0; i < count; i++)
        x[i] += y[i];
}

/* Exponentials of scale x (x - the largest), and their sum. */
static double exponentials(size_t wanted, float scale, float *x)
{
    float most = x[0];
    for (size_t j = 1; j < wanted; j++)
        most = x[j] > most ? x[j] : most;
    double sum = 0;
    for (size_t j = 0; j < wanted; j++) {
        x[j] = (float)fl_curve_exp((double)(scale * (x[j] - most)));
        sum += (double)x[j];
    }
    return sum;
}

void fl_row_softmax(size_t width, size_t wanted, float scale, float *x)
{
    float part = (float)(1 / exponentials(wanted, scale, x));
    for (size_t j = 0; j < width; j++)
        x[j] = j < wanted ? x[j] * part : 0;
}

void fl_row_softmax_back(size_t width, float scale, const float *p, float *d_p)
{
    double along = 0;
    for (size_t j = 0; j < width; j++)
        along += (double)p[j] * (double)d_p[j];
    for (size_t j = 0; j < width; j++)
        d_p[j] = scale * p[j] * (d_p[j] - (float)along);
}

double fl_rows_loss(size_t rows, size_t width, const int *target, float scale, float *logits, size_t *hits)
{
    double loss = 0;
    for (size_t i = 0; i < rows; i++, logits += width) {
        if (target[i] < 0) {
            for (size_t j = 0; j < width; j++)
                logits[j] = 0;
            continue;
        }
        size_t wanted = (size_t)target[i], best = 0;
        for (size_t j = 1; j < width; j++)
            best = logits[j] > logits[best] ? j : best;
        if (hits != NULL)
            *hits += best == wanted;
        double below = (double)(logits[best] - logits[wanted]);
        double sum = exponentials(width, 1, logits);
        loss += below + fl_curve_log(sum);
        for (size_t j = 0; j < width; j++)
            logits[j] = scale * ((float)((double)logits[j] / sum) - (j == wanted ? 1.0F : 0));
    }
    return loss;
}
