/* optics.c - calibration, and the products that are not optical. */
#include "learn/optics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/whole.h"
#include "learn/detect.h"
#include "learn/draw.h"

void fl_optics_make(struct fl_optics *optics, int sites, const struct fl_chain *chain, uint64_t machine)
{
    *optics = (struct fl_optics){.sites = sites, .machine = machine};
    optics->site = fl_calloc((size_t)sites, sizeof *optics->site);
    for (int i = 0; i < sites; i++) {
        struct fl_site_state *site = &optics->site[i];
        site->chain = *chain;
        site->inputs = fl_calloc(3 * FL_HISTOGRAM, sizeof *site->inputs);
        site->weights = site->inputs + FL_HISTOGRAM;
        site->outputs = site->weights + FL_HISTOGRAM;
    }
}

void fl_optics_free(struct fl_optics *optics)
{
    for (int i = 0; i < optics->sites; i++)
        fl_free(optics->site[i].inputs);
    fl_free(optics->site);
    memset(optics, 0, sizeof *optics);
}

void fl_optics_restart(struct fl_optics *optics)
{
    for (int i = 0; i < optics->sites; i++) {
        struct fl_site_state *site = &optics->site[i];
        memset(site->inputs, 0, 3 * FL_HISTOGRAM * sizeof *site->inputs);
        memset(site->sums, 0, sizeof site->sums);
        memset(site->terms, 0, sizeof site->terms);
        site->input_magnitudes = 0;
        memset(site->column_peaks, 0, sizeof site->column_peaks);
        memset(site->counts, 0, sizeof site->counts);
        site->light = 0;
        site->macs = 0;
    }
    optics->phase = FL_OPTICS_MEASURE;
}

/* ---- ranges ---- */

static bool is_masked(const struct fl_product *work, size_t row, size_t column)
{
    return work->mask == FL_PRODUCT_OUTPUTS && column > row;
}

static void gather(uint32_t *histogram, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    histogram[(bits & 0x7FFFFFFFu) >> 17]++;
}

/* The same, with how many and their squares. */
static void gather_term(uint32_t *histogram, float value, double terms[2])
{
    gather(histogram, value);
    terms[0] += 1;
    terms[1] += (double)value * (double)value;
}

/* The least magnitude that holds a share of what was gathered: the upper edge of its bin; 1 if all is zero. */
static double held(const uint32_t *histogram, double share)
{
    int64_t all = 0, below = 0;
    for (size_t i = 0; i < FL_HISTOGRAM; i++)
        all += histogram[i];
    int64_t wanted = fl_whole(ceil(share * (double)all), 0, INT64_MAX);
    for (size_t i = 1; i < FL_HISTOGRAM - 1; i++) {
        below += histogram[i] + (i == 1 ? histogram[0] : 0);
        if (below >= wanted && (i > 1 || below > histogram[0])) {
            uint32_t bits = (uint32_t)(i + 1) << 17;
            float edge;
            memcpy(&edge, &bits, sizeof edge);
            return (double)edge;
        }
    }
    return 1;
}

static void measure(struct fl_site_state *site, const struct fl_product *work)
{
    const struct fl_gemm *g = &work->gemm;
    site->computed = work->computed;
    for (size_t i = 0; i < g->m; i++) {
        size_t inputs = work->mask == FL_PRODUCT_INPUTS ? i + 1 : g->k;
        for (size_t k = 0; k < inputs; k++) {
            float x = g->a.at[i * g->a.row + k * g->a.column];
            gather_term(site->inputs, x, site->terms);
            site->input_magnitudes += (double)fabsf(x);
        }
        for (size_t j = 0; j < g->n; j++) {
            double y = (double)g->c[i * g->c_row + j];
            if (is_masked(work, i, j))
                continue;
            gather(site->outputs, (float)y);
            site->sums[0] += 1;
            site->sums[1] += y;
            site->sums[2] += y * y;
            site->terms[4] += (double)inputs;
        }
    }
    bool known = !site->computed && site->terms[2] > 0;         /* weights are always the same */
    for (size_t k = 0; k < g->k && !known; k++)
        for (size_t j = 0; j < g->n; j++)
            gather_term(site->weights, g->b.at[k * g->b.row + j * g->b.column], site->terms + 2);
    for (size_t j = 0; j < g->n && !known; j++) {
        double peak = (double)fl_optics_peak((struct fl_view){g->b.at + j * g->b.column, g->b.row, 0}, g->k, 1);
        site->column_peaks[0] += 1;
        site->column_peaks[1] += peak * peak;
    }
}

static double variance(double count, double sum, double square)
{
    double mean = sum / count;
    return fmax(0, square / count - mean * mean);
}

void fl_optics_ranged(struct fl_optics *optics)
{
    for (int i = 0; i < optics->sites; i++) {
        struct fl_site_state *site = &optics->site[i];
        site->ranges.input = held(site->inputs, site->chain.inside);
        site->ranges.weight = held(site->weights, site->chain.inside);
        site->ranges.output = held(site->outputs, 1);
        if (site->sums[0] > 0)
            site->ranges.spread = sqrt(variance(site->sums[0], site->sums[1], site->sums[2]));
    }
    optics->phase = FL_OPTICS_COUNT;
}

void fl_optics_counted(struct fl_optics *optics)
{
    for (int i = 0; i < optics->sites; i++) {
        struct fl_ranges *ranges = &optics->site[i].ranges;
        const double *counts = optics->site[i].counts;
        if (counts[0] > 0) {
            ranges->net_mean = counts[1] / counts[0];
            ranges->net_variance = variance(counts[0], counts[1], counts[2]);
            ranges->light = optics->site[i].light / counts[0];
            ranges->reference_mean = counts[3] / counts[0];
            ranges->reference_variance = variance(counts[0], counts[3], counts[4]);
        }
    }
    optics->phase = FL_OPTICS_RUN;
}

double fl_site_length(const struct fl_site_state *site)
{
    return site->sums[0] > 0 ? site->terms[4] / site->sums[0] : 0;
}

double fl_site_correlation(const struct fl_site_state *site)
{
    const double *terms = site->terms;
    double of_terms = fl_site_length(site) * (terms[1] / terms[0]) * (terms[3] / terms[2]);
    return site->ranges.spread * site->ranges.spread / of_terms;
}

double fl_site_input_mean(const struct fl_site_state *site)
{
    return site->input_magnitudes / site->terms[0] / sqrt(site->terms[1] / site->terms[0]);
}

double fl_site_input_peak(const struct fl_site_state *site)
{
    return site->ranges.input / sqrt(site->terms[1] / site->terms[0]);
}

double fl_site_weight_peak(const struct fl_site_state *site)
{
    double square = site->column_peaks[1] / site->column_peaks[0];
    if (site->computed)
        square = site->ranges.weight * site->ranges.weight;
    return sqrt(square / (site->terms[3] / site->terms[2]));
}

/* ---- products in whole numbers ---- */

/* Of 2^bits - 1 levels from one end of a range to the other those above 0; 0 bits: none are set. */
static double top_of(double bits)
{
    return bits > 0 ? exp2(bits - 1) - 1 : 0;
}

static void multiply_digital(const struct fl_site_state *site, const struct fl_product *work)
{
    const struct fl_gemm *g = &work->gemm;
    const struct fl_precision_ask *ask = &site->chain.ask;
    float *memory = fl_calloc(1, (g->m * g->k + g->k * g->n + g->n) * sizeof *memory);
    float *a = memory, *b = a + g->m * g->k, *range = b + g->k * g->n, full = (float)site->ranges.input;
    double input = top_of(ask->input_bits), weight = top_of(ask->weight_bits), output = top_of(ask->output_bits);
    fl_optics_columns(site, work, range);
    for (size_t i = 0; i < g->m; i++) {
        for (size_t k = 0; k < g->k; k++)
            a[i * g->k + k] = g->a.at[i * g->a.row + k * g->a.column];
        fl_round_row(&(struct fl_rounding){a + i * g->k, NULL, full, input, g->k});
    }
    for (size_t k = 0; k < g->k; k++) {
        for (size_t j = 0; j < g->n; j++)
            b[k * g->n + j] = g->b.at[k * g->b.row + j * g->b.column];
        fl_round_row(&(struct fl_rounding){b + k * g->n, range, 0, weight, g->n});
    }
    struct fl_gemm inner = *g;
    inner.a = (struct fl_view){a, g->k, 1};
    inner.b = (struct fl_view){b, g->n, 1};
    fl_gemm(&inner);
    for (size_t i = 0; i < g->m; i++)
        fl_round_row(&(struct fl_rounding){g->c + i * g->c_row, NULL, (float)site->ranges.output, output, g->n});
    fl_free(memory);
}

/* ---- any product ---- */

/* What an output's own devices add to it, always the same on one machine. */
static void add_systematic(const struct fl_optics *optics, const struct fl_site_state *site,
                           const struct fl_product *work)
{
    double size = site->chain.systematic * site->ranges.spread;
    uint64_t key = fl_draw_key(optics->machine, (uint64_t)work->site);
    for (size_t j = 0; j < work->gemm.n && size > 0; j++) {
        float error = (float)(size * fl_draw_normal(key, j));
        for (size_t i = 0; i < work->gemm.m; i++)
            work->gemm.c[i * work->gemm.c_row + j] += error;
    }
}

static void add_noise(const struct fl_optics_run *run, const struct fl_site_state *site, const struct fl_product *work)
{
    const struct fl_gemm *g = &work->gemm;
    double size = site->chain.error * site->ranges.spread;
    uint64_t key = fl_draw_key(run->noise, (uint64_t)work->site);
    for (size_t i = 0; i < g->m && size > 0; i++) {
        uint64_t place = (uint64_t)(work->first + (int64_t)i) * g->n;
        for (size_t j = 0; j < g->n; j++)
            g->c[i * g->c_row + j] += (float)(size * fl_draw_normal(key, place + j));
    }
}

static void multiply(void *context, const struct fl_product *work)
{
    struct fl_optics_run *run = context;
    fl_assert(work->site >= 0 && work->site < run->optics->sites);
    struct fl_site_state *site = &run->optics->site[work->site];
    bool optical = site->chain.kind == FL_CHAIN_OPTICAL;
    int64_t macs = fl_product_macs(work);
    run->macs += macs;
    run->optical_macs += optical ? macs : 0;
    if (run->optics->phase == FL_OPTICS_COUNT)
        site->macs += macs;
    if (run->optics->phase != FL_OPTICS_RUN || site->chain.kind == FL_CHAIN_EXACT ||
        site->chain.kind == FL_CHAIN_NOISY)
        fl_gemm(&work->gemm);
    if (run->optics->phase == FL_OPTICS_MEASURE)
        measure(site, work);
    else if (optical)
        fl_optics_expose(run, site, work);
    else if (run->optics->phase == FL_OPTICS_RUN && site->chain.kind == FL_CHAIN_DIGITAL)
        multiply_digital(site, work);
    else if (run->optics->phase == FL_OPTICS_RUN && site->chain.kind == FL_CHAIN_NOISY)
        add_noise(run, site, work);
    if (run->optics->phase == FL_OPTICS_RUN && optical)
        add_systematic(run->optics, site, work);
}

struct fl_multiplier fl_optics_multiplier(struct fl_optics_run *run)
{
    return (struct fl_multiplier){multiply, run};
}
