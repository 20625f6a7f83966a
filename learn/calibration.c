/* calibration.c - a line through measured pairs, and what is left of them parted into devices and noise. */
#include "learn/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

enum { LEAST = 10, BINS = 20 };

/* Sums about means. */
struct moments { double n, x, y, xx, xy; };     /* means; sums of squares and products about them */

static struct moments moments_of(const struct fl_pairs *pairs)
{
    struct moments m = {.n = (double)pairs->count};
    for (size_t i = 0; i < pairs->count; i++) {
        m.x += pairs->wanted[i] / m.n;
        m.y += pairs->got[i] / m.n;
    }
    for (size_t i = 0; i < pairs->count; i++) {
        double x = pairs->wanted[i] - m.x;
        m.xx += x * x;
        m.xy += x * (pairs->got[i] - m.y);
    }
    return m;
}

/* A pair of columns for each output. */
struct output { double n, x, y, left; };        /* pairs; means; mean of what is left of them beside the line */

static struct output *outputs_of(const struct fl_pairs *pairs)
{
    struct output *output = fl_calloc(pairs->outputs + 1, sizeof *output);
    for (size_t i = 0; i < pairs->count; i++) {
        struct output *o = &output[pairs->output[i]];
        o->n++;
        o->x += pairs->wanted[i];
        o->y += pairs->got[i];
    }
    for (size_t i = 0; i < pairs->outputs; i++) {
        output[i].x /= output[i].n;
        output[i].y /= output[i].n;
    }
    return output;
}

/* The slope within outputs, which their own errors do not touch; *xx: what it rests on. */
static double slope_within(const struct fl_pairs *pairs, const struct output *output, double *xx)
{
    double xy = 0;
    *xx = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct output *o = &output[pairs->output[i]];
        double x = pairs->wanted[i] - o->x;
        *xx += x * x;
        xy += x * (pairs->got[i] - o->y);
    }
    return xy / *xx;
}

/* What a pair is off the line, and off its output's mean where outputs are known. */
static double left_of(const struct fl_pairs *pairs, const struct fl_calibration *fit, const struct output *output,
                      size_t i)
{
    double left = pairs->got[i] - fit->offset.value - fit->gain.value * pairs->wanted[i];
    return output != NULL ? left - output[pairs->output[i]].left : left;
}

/* Noise within outputs, devices between them. */
static void part_errors(const struct fl_pairs *pairs, struct output *output, struct fl_calibration *fit)
{
    double n = (double)pairs->count, outputs = (double)pairs->outputs, within = 0, between = 0, squares = 0;
    for (size_t i = 0; i < pairs->outputs; i++)
        output[i].left = output[i].y - fit->offset.value - fit->gain.value * output[i].x;
    for (size_t i = 0; i < pairs->count; i++) {
        double left = left_of(pairs, fit, output, i);
        within += left * left;
    }
    double freedom = n - outputs - 1, noise = within / freedom;
    for (size_t i = 0; i < pairs->outputs; i++) {
        between += output[i].n * output[i].left * output[i].left;
        squares += output[i].n * output[i].n;
    }
    double each = (n - squares / n) / (outputs - 1);                    /* pairs of an output, as the estimate has it */
    double devices = fmax(0, (between / (outputs - 1) - noise) / each);
    double spread = (devices + noise / each) * sqrt(2 / (outputs - 1)); /* of that variance's estimate */
    fit->noise = (struct fl_estimate){sqrt(noise), sqrt(noise / (2 * freedom))};
    fit->systematic.value = sqrt(devices);
    fit->systematic.error = devices > spread ? spread / (2 * sqrt(devices)) : sqrt(spread);
}

static void no_parts(const struct fl_pairs *pairs, struct fl_calibration *fit)
{
    double sum = 0, freedom = (double)pairs->count - 2;
    for (size_t i = 0; i < pairs->count; i++) {
        double left = left_of(pairs, fit, NULL, i);
        sum += left * left;
    }
    fit->noise = (struct fl_estimate){sqrt(sum / freedom), sqrt(sum / freedom / (2 * freedom))};
    fit->systematic = (struct fl_estimate){NAN, NAN};
}

/* ---- where the line does not hold ---- */

struct place { double at, left; };

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    return (p->at > q->at) - (p->at < q->at);
}

static double rms(const struct place *place, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += place[i].left * place[i].left;
    return sqrt(sum / (double)count);
}

static void look_along(const struct fl_pairs *pairs, const struct output *output, struct fl_calibration *fit)
{
    size_t n = pairs->count, fifth = n / 5;
    struct place *place = fl_calloc(n, sizeof *place);
    double bend = 0;
    for (size_t i = 0; i < n; i++)
        place[i] = (struct place){pairs->wanted[i], left_of(pairs, fit, output, i)};
    qsort(place, n, sizeof *place, by_place);
    for (size_t bin = 0; bin < BINS; bin++) {
        size_t from = n * bin / BINS, end = n * (bin + 1) / BINS;
        double mean = 0, own = (double)(end - from);
        for (size_t i = from; i < end; i++)
            mean += place[i].left / own;
        bend += end > from ? mean * mean - fit->noise.value * fit->noise.value / own : 0;
    }
    fit->bend = sqrt(fmax(0, bend / BINS));
    for (size_t i = 0; i < n; i++)
        place[i].at = fabs(place[i].at);
    qsort(place, n, sizeof *place, by_place);
    fit->dim = rms(place, fifth);
    fit->bright = rms(place + n - fifth, fifth);
    fl_free(place);
}

/* ---- the whole ---- */

static bool is_enough(const struct fl_pairs *pairs, const char *where, const struct moments *m, struct fl_err *err)
{
    bool got_alike = true;
    if (pairs->count < LEAST)
        return fl_fail(err, where, "has %zu pairs; measure at least %d, better some hundreds", pairs->count, LEAST);
    for (size_t i = 1; i < pairs->count && got_alike; i++)
        got_alike = pairs->got[i] == pairs->got[0];
    if (!(m->xx > 0))
        return fl_fail(err, where, "every pair wants %g; measure at several values", pairs->wanted[0]);
    return !got_alike || fl_fail(err, where, "every pair got %g: is the bench on?", pairs->got[0]);
}

bool fl_calibration_fit(const struct fl_pairs *pairs, const char *where, struct fl_calibration *fit, struct fl_err *err)
{
    struct moments m = moments_of(pairs);
    *fit = (struct fl_calibration){.pairs = pairs->count, .outputs = pairs->outputs};
    if (!is_enough(pairs, where, &m, err))
        return false;
    /* two pairs of an output part noise from devices; a slope within outputs wants most of the spread there */
    bool parted = pairs->outputs > 1 && pairs->count > pairs->outputs + 1;
    struct output *output = parted ? outputs_of(pairs) : NULL;
    double xx = m.xx, slope = m.xy / m.xx, within_xx = 0;
    double within = parted ? slope_within(pairs, output, &within_xx) : 0;
    bool use_within = within_xx > m.xx / 2;
    if (use_within) {
        slope = within;
        xx = within_xx;
    }
    fit->gain.value = slope;
    fit->offset.value = m.y - slope * m.x;
    fit->spread = fabs(slope) * sqrt(m.xx / (m.n - 1));
    if (parted)
        part_errors(pairs, output, fit);
    else
        no_parts(pairs, fit);
    double noise = fit->noise.value * fit->noise.value, devices = parted ? pow(fit->systematic.value, 2) : 0;
    double outputs = parted ? (double)pairs->outputs : 1;
    fit->gain.error = sqrt((noise + (use_within ? 0 : devices)) / xx);
    fit->offset.error = sqrt(noise / m.n + devices / outputs + m.x * m.x * fit->gain.error * fit->gain.error);
    look_along(pairs, output, fit);
    fl_free(output);
    return true;
}
