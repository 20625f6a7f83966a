/* expose.c - one product through light: planes of levels, exposures, counts, decoding.
 *
 * An operand becomes planes, one for each digit (slice) and, on dual rails, each sign of the input (pass). An exposure
 * is one plane of inputs through one plane of weights over one K-tile, and a detection for each output. The two
 * detectors of a pair share an ADC, so what matters of their light is its sum (shot noise) and its difference.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "learn/detect.h"
#include "learn/draw.h"
#include "learn/neighbours.h"
#include "learn/optics.h"

enum { PHASES = 16, SLICES = 8 };       /* input planes: passes x digits; weight planes */

/* A product under way. m, k, n as in the work; planes are k or n wide. */
struct exposure {
    struct fl_optics_run *run;
    struct fl_site_state *site;
    const struct fl_product *work;
    const struct fl_precision_ask *ask;
    enum fl_sign_encoding sign;
    size_t m, k, n;
    int passes, input_slices, weight_slices, input_bits, weight_bits;
    float *input[PHASES], *squared_input[PHASES];   /* levels; of fields that beat: with their sign, and their light */
    float *net[SLICES], *total[SLICES];             /* weights: difference and sum of the rails */
    float *emitted;                                 /* a plane of levels as emitters with noise of their own give it */
    double *sum, *sum_x, *sum_w, *lit;              /* outputs; digital sums of the values set; measured ones */
    float *range, *light, *difference;
    void *memory;
};

static int at_least_one(int count)
{
    return count > 1 ? count : 1;
}

static size_t cells(const struct exposure *e)
{
    size_t planes = (size_t)(e->passes * e->input_slices) * (fl_signs[e->sign].beats ? 2 : 1) + 1;
    return planes * e->m * e->k + 2 * (size_t)e->weight_slices * e->k * e->n + 2 * e->m * e->n + e->n;
}

float fl_optics_peak(struct fl_view view, size_t rows, size_t columns)
{
    float peak = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            peak = fmaxf(peak, fabsf(view.at[i * view.row + j * view.column]));
    return peak;
}

void fl_optics_columns(const struct fl_site_state *site, const struct fl_product *work, float *range)
{
    const struct fl_gemm *g = &work->gemm;
    for (size_t j = 0; j < g->n; j++) {
        struct fl_view column = {g->b.at + j * g->b.column, g->b.row, 0};
        float peak = site->computed ? (float)site->ranges.weight : fl_optics_peak(column, g->k, 1);
        range[j] = peak > 0 ? peak : 1;
    }
}

static struct exposure begin(struct fl_optics_run *run, struct fl_site_state *site, const struct fl_product *work)
{
    const struct fl_precision_ask *ask = &site->chain.ask;
    const struct fl_gemm *g = &work->gemm;
    struct exposure e = {
        .run = run, .site = site, .work = work, .ask = ask, .sign = ask->coding.sign, .m = g->m, .k = g->k, .n = g->n,
        .passes = fl_sign_passes(ask->coding.sign, work->non_negative),
        .input_slices = at_least_one(ask->input_slices), .weight_slices = at_least_one(ask->weight_slices),
        .input_bits = fl_precision_level_bits(fl_signs[ask->coding.sign].signed_inputs, ask->input_bits),
        .weight_bits = fl_precision_level_bits(fl_signs[ask->coding.sign].signed_weights, ask->weight_bits)};
    fl_assert(!fl_signs[e.sign].squares);       /* those are no products */
    fl_assert(e.passes * e.input_slices <= PHASES && e.weight_slices <= SLICES);
    size_t doubles = e.m * e.n + 2 * e.m + e.n;
    e.memory = fl_calloc(doubles * sizeof(double) + cells(&e) * sizeof(float), 1);
    e.sum = e.memory;
    e.sum_x = e.sum + e.m * e.n;
    e.lit = e.sum_x + e.m;
    e.sum_w = e.lit + e.m;
    float *next = (float *)(e.sum_w + e.n);
    for (int i = 0; i < e.passes * e.input_slices; i++, next += e.m * e.k)
        e.input[i] = next;
    for (int i = 0; i < e.input_slices && fl_signs[e.sign].beats; i++, next += e.m * e.k)
        e.squared_input[i] = next;
    e.emitted = next;
    next += e.m * e.k;
    for (int j = 0; j < e.weight_slices; j++, next += 2 * e.k * e.n) {
        e.net[j] = next;
        e.total[j] = next + e.k * e.n;
    }
    e.light = next;
    e.difference = e.light + e.m * e.n;
    e.range = e.difference + e.m * e.n;
    return e;
}

/* ---- values to levels ---- */

static float darkened(double level, double extinction)
{
    return (float)(extinction + (1 - extinction) * level);
}

/* The digits of a value in [-1, 1] and what they add up to. Offset maps signed values onto [0, 1]. */
static double digits_of(double value, bool offset, int bits, int slices, double digit[SLICES])
{
    double magnitude = offset ? (1 + value) / 2 : fabs(value), sum = 0;
    for (int i = 0; i < slices; i++) {
        digit[i] = fl_slices_level(magnitude, bits, slices, i);
        sum += digit[i] * fl_slices_weight(bits, slices, i);
    }
    return offset ? 2 * sum - 1 : value < 0 ? -sum : sum;
}

static void set_input(struct exposure *e, size_t row, size_t at, double value)
{
    double digit[SLICES], r = e->ask->coding.input_extinction;
    bool offset = e->sign == FL_SIGN_OFFSET && !e->work->non_negative;
    e->sum_x[row] += digits_of(value, offset, e->input_bits, e->input_slices, digit);
    int pass = e->passes == 2 && value < 0;
    for (int i = 0; i < e->input_slices; i++) {
        if (fl_signs[e->sign].beats) {
            e->input[i][at] = (float)(value < 0 ? -digit[i] : digit[i]);
            e->squared_input[i][at] = darkened(digit[i] * digit[i], r);
            continue;
        }
        e->input[pass * e->input_slices + i][at] = darkened(digit[i], r);
        if (e->passes == 2)
            e->input[!pass * e->input_slices + i][at] = darkened(0, r);
    }
}

static void set_weight(struct exposure *e, size_t column, size_t at, double value)
{
    double digit[SLICES], r = e->ask->coding.weight_extinction;
    e->sum_w[column] += digits_of(value, e->sign == FL_SIGN_OFFSET, e->weight_bits, e->weight_slices, digit);
    for (int j = 0; j < e->weight_slices; j++) {
        float level = darkened(digit[j], r), dark = darkened(0, r);
        if (e->sign == FL_SIGN_OFFSET) {
            e->net[j][at] = level;
        } else if (e->sign == FL_SIGN_DUAL_RAIL) {
            e->net[j][at] = value < 0 ? dark - level : level - dark;
            e->total[j][at] = level + dark;
        } else if (e->sign == FL_SIGN_BALANCED) {
            e->net[j][at] = (float)(fl_sign_swing(r) * (value < 0 ? -digit[j] : digit[j]));
            e->total[j][at] = 1;
        } else {
            e->net[j][at] = (float)(value < 0 ? -digit[j] : digit[j]);
            e->total[j][at] = darkened(digit[j] * digit[j], r);
        }
    }
}

/* Of an error in a weight's level, what its net light misses. */
static double amiss(const struct exposure *e)
{
    double r = e->ask->coding.weight_extinction, error = e->ask->weight_error;
    if (e->sign == FL_SIGN_BALANCED)    /* of a share (1 + w) / 2 of the light */
        return 2 * fl_sign_swing(r) * error;
    return fl_signs[e->sign].beats ? error : error * (1 - r);
}

/* Every level of a weight misses what it should be by an error of its own, the same as long as the machine lasts. */
static void levels_amiss(struct exposure *e)
{
    double size = amiss(e);
    for (int j = 0; j < e->weight_slices && size > 0; j++) {
        uint64_t key = fl_draw_key(fl_draw_key(e->run->optics->machine, (uint64_t)e->work->site), (uint64_t)j + 1);
        for (size_t at = 0; at < e->k * e->n; at++) {
            double plus = size * fl_draw_normal(key, 2 * at), minus = 0;
            if (e->sign == FL_SIGN_DUAL_RAIL)
                minus = size * fl_draw_normal(key, 2 * at + 1);
            e->net[j][at] += (float)(plus - minus);
            e->total[j][at] += e->sign == FL_SIGN_DUAL_RAIL ? (float)(plus + minus) : 0;
        }
    }
}

/* The larger of it and 0, with no branch to guess wrong: signs come in no order. */
static double above_dark(double level)
{
    return (level + fabs(level)) / 2;
}

/* A row of inputs of one digit, from its signed levels (offset: its levels). */
static void set_input_row(struct exposure *e, size_t row, bool offset, const double *level)
{
    double r = e->ask->coding.input_extinction, sum = 0;
    float *first = e->input[0] + row * e->k, *second = e->passes == 2 ? e->input[1] + row * e->k : NULL;
    for (size_t k = 0; k < e->k; k++)
        sum += offset ? 2 * level[k] - 1 : level[k];
    e->sum_x[row] = sum;
    for (size_t k = 0; k < e->k && !fl_signs[e->sign].beats; k++)
        first[k] = darkened(second != NULL ? above_dark(level[k]) : fabs(level[k]), r);
    for (size_t k = 0; k < e->k && second != NULL; k++)
        second[k] = darkened(above_dark(-level[k]), r);
    for (size_t k = 0; k < e->k && fl_signs[e->sign].beats; k++) {
        first[k] = (float)level[k];
        e->squared_input[0][row * e->k + k] = darkened(level[k] * level[k], r);
    }
}

static void set_weight_row(struct exposure *e, size_t k, const double *level)
{
    double r = e->ask->coding.weight_extinction;
    float *net = e->net[0] + k * e->n, *total = e->total[0] + k * e->n, dark = darkened(0, r);
    bool offset = e->sign == FL_SIGN_OFFSET;
    for (size_t j = 0; j < e->n; j++)
        e->sum_w[j] += offset ? 2 * level[j] - 1 : level[j];
    for (size_t j = 0; j < e->n && offset; j++)
        net[j] = darkened(level[j], r);
    for (size_t j = 0; j < e->n && e->sign == FL_SIGN_DUAL_RAIL; j++) {
        float lit = darkened(fabs(level[j]), r);
        net[j] = copysignf(lit - dark, (float)level[j]);
        total[j] = lit + dark;
    }
    for (size_t j = 0; j < e->n && e->sign == FL_SIGN_BALANCED; j++) {
        net[j] = (float)(fl_sign_swing(r) * level[j]);
        total[j] = 1;
    }
    for (size_t j = 0; j < e->n && fl_signs[e->sign].beats; j++) {
        net[j] = (float)level[j];
        total[j] = darkened(level[j] * level[j], r);
    }
}

/* Values of a row of a view, one after the other. */
static const float *row_of(struct fl_view view, size_t row, size_t count, float *room)
{
    if (view.column == 1)
        return view.at + row * view.row;
    for (size_t i = 0; i < count; i++)
        room[i] = view.at[row * view.row + i * view.column];
    return room;
}

/* Operands of one digit each, row by row. */
static void set_rows(struct exposure *e)
{
    const struct fl_gemm *g = &e->work->gemm;
    size_t longest = e->k > e->n ? e->k : e->n;
    double *level = fl_calloc(longest, sizeof *level + sizeof(float));
    float *room = (float *)(level + longest);
    struct fl_leveling input = {.full = e->site->ranges.input, .top = fl_bits_top(e->input_bits), .level = level,
                                .count = e->k, .offset = e->sign == FL_SIGN_OFFSET && !e->work->non_negative};
    struct fl_leveling weight = {.range = e->range, .top = fl_bits_top(e->weight_bits), .level = level,
                                 .count = e->n, .offset = e->sign == FL_SIGN_OFFSET};
    for (size_t i = 0; i < e->m; i++) {
        input.value = row_of(g->a, i, e->k, room);
        fl_levels(&input);
        set_input_row(e, i, input.offset, level);
    }
    for (size_t k = 0; k < e->k; k++) {
        weight.value = row_of(g->b, k, e->n, room);
        fl_levels(&weight);
        set_weight_row(e, k, level);
    }
    fl_free(level);
}

static void set_digits(struct exposure *e)
{
    const struct fl_gemm *g = &e->work->gemm;
    double full = e->site->ranges.input;
    for (size_t i = 0; i < e->m; i++)
        for (size_t k = 0; k < e->k; k++)
            set_input(e, i, i * e->k + k, fl_held((double)g->a.at[i * g->a.row + k * g->a.column] / full, -1, 1));
    for (size_t k = 0; k < e->k; k++)
        for (size_t j = 0; j < e->n; j++)
            set_weight(e, j, k * e->n + j,
                       fl_held((double)g->b.at[k * g->b.row + j * g->b.column] / (double)e->range[j], -1, 1));
}

static void set_operands(struct exposure *e)
{
    fl_optics_columns(e->site, e->work, e->range);
    if (e->input_slices == 1 && e->weight_slices == 1)
        set_rows(e);
    else
        set_digits(e);
    levels_amiss(e);
    for (int j = 0; j < e->weight_slices && e->ask->channels.count > 1; j++) {
        fl_plane_take(e->net[j], e->k, e->n, at_least_one(e->ask->tiles), &e->ask->channels);
        if (e->sign == FL_SIGN_DUAL_RAIL)
            fl_plane_take(e->total[j], e->k, e->n, at_least_one(e->ask->tiles), &e->ask->channels);
    }
    for (int j = 0; j < e->weight_slices && e->ask->crosstalk > 0; j++) {
        fl_plane_spill(e->net[j], e->k, e->n, e->ask->crosstalk);
        fl_plane_spill(e->total[j], e->k, e->n, e->ask->crosstalk);
    }
}

/* ---- light ---- */

/* Sum of a row's levels over a tile. */
static double lit_of(const struct exposure *e, const float *input, size_t row, size_t from, size_t depth)
{
    double lit = 0;
    for (size_t k = 0; k < depth; k++)
        lit += (double)input[row * e->k + from + k];
    return lit;
}

/* Light on each output's detectors of the inputs' beam and of the weights', each dimmed once. */
static void both_beams(struct exposure *e, int phase, int slice, size_t from, size_t depth)
{
    const float *total = e->total[slice] + from * e->n;
    double oscillator = e->ask->coding.oscillator;
    for (size_t i = 0; i < e->m; i++) {
        float lit = (float)lit_of(e, e->squared_input[phase], i, from, depth);
        for (size_t j = 0; j < e->n; j++)
            e->light[i * e->n + j] = lit;
    }
    for (size_t j = 0; j < e->n; j++) {
        double through = 0;
        for (size_t k = 0; k < depth; k++)
            through += (double)total[k * e->n + j];
        for (size_t i = 0; i < e->m; i++)
            e->light[i * e->n + j] += (float)(oscillator * through);
    }
}

/* Light on each output's detectors and the difference between them, at level 1, over a tile. */
static void shine(struct exposure *e, const float *input, int phase, int slice, size_t from, size_t depth)
{
    struct fl_gemm gemm = {.m = e->m, .k = depth, .n = e->n, .a = {input + from, e->k, 1},
                           .b = {e->net[slice] + from * e->n, e->n, 1}, .c = e->difference, .c_row = e->n};
    fl_gemm(&gemm);
    if (e->sign == FL_SIGN_OFFSET)
        return;
    const struct fl_coding *coding = &e->ask->coding;
    if (fl_signs[e->sign].meets) {
        both_beams(e, phase, slice, from, depth);
    } else {
        gemm.a.at = fl_signs[e->sign].beats ? e->squared_input[phase] + from : gemm.a.at;
        gemm.b.at = e->total[slice] + from * e->n;
        gemm.c = e->light;
        fl_gemm(&gemm);
    }
    if (!fl_signs[e->sign].beats)
        return;
    double through = (1 - coding->input_extinction) * (1 - coding->weight_extinction);
    float beat = (float)(2 * sqrt(coding->oscillator * through));
    for (size_t i = 0; i < e->m * e->n; i++) {
        e->light[i] += fl_signs[e->sign].meets ? 0 : (float)((double)depth * coding->oscillator);
        e->difference[i] *= beat;
    }
}

/* ---- counting ---- */

/* The ADC spans the full scale, or so many standard deviations of what it was seen to get. */
static struct fl_adc_range range_of(const struct exposure *e, const struct fl_detector *d, bool reference)
{
    const struct fl_ranges *seen = &e->site->ranges;
    if (e->ask->adc_sigmas <= 0)
        return fl_precision_range(e->ask, reference);
    double mean = reference ? seen->reference_mean : seen->net_mean;
    double own = reference ? seen->reference_variance : seen->net_variance;
    double light = reference ? seen->reference_mean : seen->light, p = d->level;
    double noise = d->rin * d->rin * p * p * (own + mean * mean) + p * light + d->dark * (d->pair ? 2 : 1) +
                   d->sigma_e * d->sigma_e;         /* noise of many emitters is left out: it averages */
    double half = e->ask->adc_sigmas * sqrt(p * p * own + noise);
    return (struct fl_adc_range){p * mean - half, 2 * half};
}

static struct fl_detector detector_of(const struct exposure *e)
{
    const struct fl_receiver *receiver = &e->ask->receiver;
    struct fl_noise noise = fl_noise_at(receiver, 0);
    uint64_t key = fl_draw_key(e->run->noise, (uint64_t)e->work->site);
    double rin = sqrt(fl_noise_rin_share(receiver->rin_db_per_hz, receiver->integration_ps));
    struct fl_detector d = {
        .level = e->ask->photons / e->ask->length, .dark = noise.dark,
        .sigma_e = sqrt(noise.read + noise.ktc + noise.amplifier),
        .rin = e->ask->emitters_apart ? 0 : rin, .own_rin = e->ask->emitters_apart ? rin : 0,
        .photons = fl_draw_key(key, 0), .read = fl_draw_key(key, 1), .flicker = fl_draw_key(key, 2),
        .quiet = e->site->chain.quiet, .pair = e->sign != FL_SIGN_OFFSET};
    d.adc = fl_adc_of(range_of(e, &d, false), e->ask->output_bits);
    d.reference = e->ask->coding.reference_row ? fl_adc_of(range_of(e, &d, true), e->ask->output_bits) : d.adc;
    return d;
}

/* Which of all exposures of a product, and what its count is worth. */
struct shot { uint64_t number, all; double worth; };

static void count_row(struct exposure *e, const struct fl_detector *d, size_t row, struct shot shot)
{
    uint64_t line = (uint64_t)(e->work->first + (int64_t)row) * shot.all + shot.number;
    double flicker = d->rin > 0 && !d->quiet ? 1 + d->rin * fl_draw_normal(d->flicker, line) : 1;
    double level = d->level * flicker;
    const float *light = (d->pair ? e->light : e->difference) + row * e->n, *difference = e->difference + row * e->n;
    size_t wanted = e->work->mask == FL_PRODUCT_OUTPUTS ? row + 1 : e->n;
    const struct fl_detect_row detections = {light, difference, wanted, line * (e->n + 1), level,
                                             shot.worth / d->level, e->sum + row * e->n};
    e->run->detected += fl_detect_row(d, &detections);
}

/* A plane of inputs as it is emitted in this exposure, over a tile: each emitter has its own noise. */
static const float *emit(struct exposure *e, const struct fl_detector *d, int phase, struct shot shot, size_t from,
                         size_t depth)
{
    if (d->own_rin <= 0 || d->quiet || e->run->optics->phase == FL_OPTICS_COUNT)
        return e->input[phase];
    for (size_t row = 0; row < e->m; row++) {
        uint64_t line = (uint64_t)(e->work->first + (int64_t)row) * shot.all + shot.number;
        for (size_t k = from; k < from + depth; k++) {
            size_t at = row * e->k + k;
            e->emitted[at] = (float)((double)e->input[phase][at] *
                                     (1 + d->own_rin * fl_draw_normal(d->flicker, line * e->k + k)));
        }
    }
    return e->emitted;
}

/* Offset with a reference row: one more detector adds up the inputs. */
static void count_reference(struct exposure *e, const struct fl_detector *d, size_t row, struct shot shot, double lit)
{
    uint64_t line = (uint64_t)(e->work->first + (int64_t)row) * shot.all + shot.number;
    double light = d->level * lit;
    e->lit[row] += shot.worth / d->level * fl_detect(d, &d->reference, line * (e->n + 1) + e->n, light, light);
}

/* Calibration: what a detection gets, at level 1. */
static void gather(struct exposure *e, int phase, size_t from, size_t depth)
{
    double *counts = e->site->counts;
    const float *light = e->sign == FL_SIGN_OFFSET ? e->difference : e->light;
    for (size_t i = 0; i < e->m; i++) {
        double lit = e->ask->coding.reference_row ? lit_of(e, e->input[phase], i, from, depth) : 0;
        size_t wanted = e->work->mask == FL_PRODUCT_OUTPUTS ? i + 1 : e->n;
        for (size_t j = 0; j < wanted; j++) {
            double net = (double)e->difference[i * e->n + j];
            counts[0] += 1;
            counts[1] += net;
            counts[2] += net * net;
            counts[3] += lit;
            counts[4] += lit * lit;
            e->site->light += (double)light[i * e->n + j];
        }
    }
}

static void expose_tile(struct exposure *e, const struct fl_detector *d, int tile, int tiles)
{
    size_t from = e->k * (size_t)tile / (size_t)tiles, depth = e->k * ((size_t)tile + 1) / (size_t)tiles - from;
    int phases = e->passes * e->input_slices;
    for (int phase = 0; phase < phases; phase++) {
        for (int slice = 0; slice < e->weight_slices; slice++) {
            struct shot shot = {
                .number = (uint64_t)((tile * phases + phase) * e->weight_slices + slice),
                .all = (uint64_t)(tiles * phases * e->weight_slices),
                .worth = (phase < e->input_slices ? 1 : -1) *
                         fl_slices_weight(e->input_bits, e->input_slices, phase % e->input_slices) *
                         fl_slices_weight(e->weight_bits, e->weight_slices, slice)};
            const float *input = emit(e, d, phase, shot, from, depth);
            shine(e, input, phase, slice, from, depth);
            if (e->run->optics->phase == FL_OPTICS_COUNT) {
                gather(e, phase, from, depth);
                continue;
            }
            for (size_t i = 0; i < e->m; i++) {
                count_row(e, d, i, shot);
                if (e->ask->coding.reference_row)
                    count_reference(e, d, i, shot, lit_of(e, input, i, from, depth));
            }
        }
    }
}

/* ---- back to numbers ---- */

/* In products of full levels. */
static double decoded(const struct exposure *e, size_t row, size_t column)
{
    struct fl_sums sums = {.counts = e->sum[row * e->n + column], .inputs = e->sum_x[row],
                           .weights = e->sum_w[column], .lit = e->lit[row], .length = (double)e->k};
    return fl_decode(&e->ask->coding, e->work->non_negative, &sums);
}

void fl_optics_expose(struct fl_optics_run *run, struct fl_site_state *site, const struct fl_product *work)
{
    struct exposure e = begin(run, site, work);
    set_operands(&e);
    struct fl_detector d = detector_of(&e);
    int tiles = at_least_one(e.ask->tiles);
    for (int tile = 0; tile < tiles; tile++)
        expose_tile(&e, &d, tile, tiles);
    for (size_t i = 0; i < e.m && run->optics->phase == FL_OPTICS_RUN; i++)
        for (size_t j = 0; j < e.n; j++)
            work->gemm.c[i * work->gemm.c_row + j] =
                (float)(decoded(&e, i, j) * site->ranges.input * (double)e.range[j]);
    fl_free(e.memory);
}
