/* tolerance.c - V by calibration, and the error that is tolerated by trying. */
#include "learn/tolerance.h"

#include <math.h>
#include <string.h>

#include "base/guard.h"
#include "learn/evaluate.h"
#include "learn/import.h"

enum { CALIBRATION = 16, TRIALS = 7, KINDS = FL_SITE_HEAD + 1 };
static const double most_error = 10;    /* tried, over the spread */
static const double worse[FL_WORSE] = {1.05, 1.20};

struct search {
    const struct fl_tolerance_ask *ask;
    struct fl_net net;
    struct fl_data data;
    struct fl_optics optics;
    double *share;                      /* of an error, by site */
    double exact;                       /* loss */
    int64_t done, all;
};

static void count(struct search *s)
{
    s->done++;
    if (s->ask->progress != NULL)
        s->ask->progress(s->ask->progress_context, s->done < s->all ? s->done : s->all, s->all);
}

/* The sites of a kind, of all layers (layer -1) or of one, get that share of an error. */
static void give(struct search *s, int kind, int layer, double share)
{
    for (int l = 0; l < s->net.shape.layers; l++)
        if (layer < 0 || l == layer)
            s->share[fl_transformer_site(&s->net.shape, l, (enum fl_site)kind)] = share;
}

/* Nothing but these has errors. */
static void alone(struct search *s, int kind, int layer)
{
    memset(s->share, 0, (size_t)s->optics.sites * sizeof *s->share);
    give(s, kind, layer, 1);
}

/* Perplexity over that of exact products, with errors of so much of the spread, times the site's share. */
static double ratio(struct search *s, double error)
{
    for (int i = 0; i < s->optics.sites; i++)
        s->optics.site[i].chain.error = error * s->share[i];
    double loss = fl_evaluate(&s->net, &s->data, &s->optics, 1, (size_t)s->ask->windows, s->ask->jobs).loss;
    count(s);
    return exp(loss - s->exact);
}

/* The error at which that ratio is `wanted`: perplexity grows as a power of the error, so between two trials, and
 * beyond them, the line through both in logarithms. Infinite if ten times the spread does not reach it. */
static double tolerated(struct search *s, double wanted)
{
    double e[2] = {0.05, 0.1}, excess[2], target = log(wanted - 1);
    for (int i = 0; i < 2; i++)
        excess[i] = log(fmax(ratio(s, e[i]) - 1, 1e-6));
    for (int trial = 2; trial < TRIALS && fabs(excess[1] - target) > 0.02; trial++) {
        double slope = fmin(fmax((excess[1] - excess[0]) / log(e[1] / e[0]), 0.5), 4);
        double next = e[1] * exp(fmin(fmax((target - excess[1]) / slope, -2), 2));
        if (next > most_error)
            return INFINITY;
        e[0] = e[1];
        excess[0] = excess[1];
        e[1] = next;
        excess[1] = log(fmax(ratio(s, next) - 1, 1e-6));
    }
    return e[1];
}

/* ---- rows ---- */

static struct fl_tolerance_row row_of(const struct search *s, int kind, int layer)
{
    struct fl_tolerance_row row = {.name = fl_site_names[kind], .layer = layer, .v_least = INFINITY};
    double sites = 0;
    for (int l = 0; l < s->net.shape.layers; l++) {
        const struct fl_site_state *site = &s->optics.site[fl_transformer_site(&s->net.shape, l, (enum fl_site)kind)];
        if ((layer >= 0 && l != layer) || (kind == FL_SITE_HEAD && l > 0))
            continue;
        double v = fl_site_correlation(site);
        sites++;
        row.v += v;
        row.v_least = fmin(row.v_least, v);
        row.v_most = fmax(row.v_most, v);
        row.input_mean += fl_site_input_mean(site);
        row.input_peak += fl_site_input_peak(site) * fl_site_input_peak(site);
        row.weight_peak += fl_site_weight_peak(site) * fl_site_weight_peak(site);
        row.spread += site->ranges.spread * site->ranges.spread;
        row.length = fl_site_length(site);
    }
    row.v /= sites;
    row.input_mean /= sites;
    row.input_peak = sqrt(row.input_peak / sites);
    row.weight_peak = sqrt(row.weight_peak / sites);
    row.spread = sqrt(row.spread / sites);
    return row;
}

/* By shot noise on dual rails, whose light is 2 / pi of the operands' rms. */
static double photons_for(double error, double v)
{
    return 4 / (M_PI * M_PI) / (error * error * v);
}

/* A kind of operator in all layers or in one: what it tolerates alone, and its light at what all together do. */
static struct fl_tolerance_row row_tried(struct search *s, int kind, int layer, const double *all_tolerate)
{
    struct fl_tolerance_row row = row_of(s, kind, layer);
    alone(s, kind, layer);
    for (int w = 0; w < FL_WORSE; w++) {
        row.tolerated[w] = tolerated(s, worse[w]);
        row.photons[w] = photons_for(all_tolerate[w], row.v);
    }
    return row;
}

static double macs_of(const struct search *s, int kind)
{
    double macs = 0;
    for (int i = 0; i < s->optics.sites; i++)
        if ((int)fl_transformer_site_kind(&s->net.shape, i) == kind)
            macs += (double)s->optics.site[i].macs;
    return macs;
}

static struct fl_tolerance_row row_of_all(const char *name)
{
    return (struct fl_tolerance_row){.name = name, .layer = -1, .v = NAN, .v_least = NAN, .v_most = NAN,
                                     .input_mean = NAN, .input_peak = NAN, .weight_peak = NAN, .spread = NAN};
}

typedef void tell_row(void *context, const struct fl_tolerance_row *row);

static void tell_kinds(struct search *s, tell_row *tell, void *context)
{
    struct fl_tolerance_row all = row_of_all("all");
    double macs = 0;
    for (int kind = 0; kind < KINDS; kind++)
        give(s, kind, -1, 1);
    for (int w = 0; w < FL_WORSE; w++)
        all.tolerated[w] = tolerated(s, worse[w]);
    for (int kind = 0; kind < KINDS; kind++) {
        struct fl_tolerance_row row = row_tried(s, kind, -1, all.tolerated);
        double own = macs_of(s, kind);
        for (int w = 0; w < FL_WORSE; w++)
            all.photons[w] += own * row.photons[w];
        macs += own;
        tell(context, &row);
        for (int l = 0; s->ask->layers && l < s->net.shape.layers && kind != FL_SITE_HEAD; l++) {
            row = row_tried(s, kind, l, all.tolerated);
            tell(context, &row);
        }
    }
    for (int w = 0; w < FL_WORSE; w++)
        all.photons[w] /= macs;
    tell(context, &all);
}

/* ---- parts ---- */

static const struct part { const char *name; enum fl_site kind[2]; } parts[] = {
    {"attention", {FL_SITE_QKV, FL_SITE_OUT}}, {"attention_scores", {FL_SITE_SCORES, FL_SITE_CONTEXT}},
    {"ffn", {FL_SITE_UP, FL_SITE_DOWN}}, {"head", {FL_SITE_HEAD, FL_SITE_HEAD}}};
enum { PARTS = sizeof parts / sizeof *parts };

/* V that makes the light of a part's products the mean of its operators' at one error; and its MACs. */
static double part_v(const struct search *s, const struct part *part, double *macs)
{
    double sum = 0;
    *macs = 0;
    for (int i = 0; i < 2 && (i == 0 || part->kind[i] != part->kind[0]); i++) {
        double own = macs_of(s, (int)part->kind[i]);
        *macs += own;
        sum += own / row_of(s, (int)part->kind[i], -1).v;
    }
    return *macs / sum;
}

/* Light of each part for one excess: by need, then tried with all errors in those proportions. `mean`: of products. */
static void share_out(struct search *s, struct fl_tolerance_row *row, const double *macs, int w, double *mean)
{
    double need[PARTS], needs = 0, all = 0, error[PARTS];
    for (int p = 0; p < PARTS; p++) {
        error[p] = fmin(row[p].tolerated[w], most_error);       /* that may be any */
        need[p] = sqrt(macs[p] * photons_for(error[p], row[p].v));
        needs += need[p];
        all += macs[p];
    }
    for (int p = 0; p < PARTS; p++) {
        error[p] *= sqrt(need[p] / needs);
        for (int i = 0; i < 2; i++)
            give(s, (int)parts[p].kind[i], -1, error[p] / error[0]);
    }
    double first = tolerated(s, worse[w]);
    *mean = 0;
    for (int p = 0; p < PARTS; p++) {
        row[p].photons[w] = photons_for(first * error[p] / error[0], row[p].v);
        *mean += macs[p] * row[p].photons[w] / all;
    }
}

static void tell_parts(struct search *s, tell_row *tell, void *context)
{
    struct fl_tolerance_row row[PARTS], apart = row_of_all("apart");
    double macs[PARTS];
    for (int p = 0; p < PARTS; p++) {
        alone(s, (int)parts[p].kind[0], -1);
        give(s, (int)parts[p].kind[1], -1, 1);
        row[p] = row_of_all(parts[p].name);
        row[p].v = part_v(s, &parts[p], &macs[p]);
        for (int w = 0; w < FL_WORSE; w++)
            row[p].tolerated[w] = tolerated(s, worse[w]);
    }
    for (int w = 0; w < FL_WORSE; w++) {
        apart.tolerated[w] = NAN;
        share_out(s, row, macs, w, &apart.photons[w]);
    }
    for (int p = 0; p < PARTS; p++)
        tell(context, &row[p]);
    tell(context, &apart);
}

bool fl_tolerance(const struct fl_tolerance_ask *ask, void (*tell)(void *context, const struct fl_tolerance_row *row),
                  void *context, struct fl_err *err)
{
    struct search s = {.ask = ask};
    const struct fl_chain noisy = {.kind = FL_CHAIN_NOISY, .inside = 1};
    if (!fl_net_open(&s.net, ask->net, ask->context, err))
        return false;
    bool ok = fl_net_is_of_text(&s.net) ||
              fl_fail(err, "--net", "%s has classes; tolerance is told of networks that continue text", s.net.name);
    ok = ok && fl_data_load(&s.data, &s.net, ask->text, ask->wordnet, err);
    if (ok) {
        fl_optics_make(&s.optics, fl_net_sites(&s.net), &noisy, 0);
        fl_calibrate(&s.net, &s.data, CALIBRATION, &s.optics);
        s.share = fl_calloc((size_t)s.optics.sites, sizeof *s.share);
        s.all = (KINDS + 1 + (ask->layers ? s.optics.sites : 0) + (ask->parts ? PARTS + 1 : 0)) * FL_WORSE
                * (TRIALS + 3) / 2;
        s.exact = fl_evaluate(&s.net, &s.data, NULL, 0, (size_t)ask->windows, ask->jobs).loss;
        tell_kinds(&s, tell, context);
        if (ask->parts)
            tell_parts(&s, tell, context);
        fl_free(s.share);
        fl_optics_free(&s.optics);
        fl_data_free(&s.data);
    }
    fl_net_free(&s.net);
    return ok;
}
