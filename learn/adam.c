/* adam.c - Adam. */
#include "learn/adam.h"

#include <math.h>

/* cos on [0, pi] by its series about the middle, in plain arithmetic: the same bits everywhere. */
static double half_cosine(double share)
{
    double x = (share - 0.5) * 3.14159265358979324, term = x, sum = 0;
    for (int i = 1; i < 12; i++) {
        sum += term;
        term *= -x * x / ((2 * i) * (2 * i + 1));
    }
    return -sum;
}

static double rate_now(const struct fl_adam *adam)
{
    double step = adam->step;
    if (step <= adam->warmup)
        return adam->rate * step / adam->warmup;
    if (adam->steps <= adam->warmup)
        return adam->rate;
    double share = (step - adam->warmup) / (adam->steps - adam->warmup);
    return adam->rate * (0.05 + 0.95 * (1 + half_cosine(share < 1 ? share : 1)) / 2);
}

static float shortened(const struct fl_adam *adam, size_t count, const float *gradient)
{
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += (double)gradient[i] * (double)gradient[i];
    double length = sqrt(square);
    return adam->longest > 0 && length > adam->longest ? (float)(adam->longest / length) : 1;
}

/* 1 - beta^step. */
static double started(double beta, int step)
{
    double power = 1;
    for (int i = 0; i < step && power > 1e-18; i++)
        power *= beta;
    return 1 - power;
}

void fl_adam_step(struct fl_adam *adam, size_t count, float *gradient, float *parameters)
{
    adam->step++;
    double rate = rate_now(adam);
    float b1 = (float)adam->beta1, b2 = (float)adam->beta2, scale = shortened(adam, count, gradient);
    float step = (float)(rate / started(adam->beta1, adam->step));
    float whole = (float)started(adam->beta2, adam->step), keep = (float)(1 - rate * adam->decay);
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i] * scale;
        gradient[i] = 0;
        adam->mean[i] = b1 * adam->mean[i] + (1 - b1) * g;
        adam->square[i] = b2 * adam->square[i] + (1 - b2) * g * g;
        float kept = adam->decays == NULL || adam->decays[i] != 0 ? keep : 1;
        parameters[i] = kept * parameters[i] - step * adam->mean[i] / (sqrtf(adam->square[i] / whole) + 1e-8F);
    }
}
