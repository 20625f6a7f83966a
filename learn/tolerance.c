/* tolerance.c - V by calibration, and the error that is tolerated by trying. */
#include "learn/tolerance.h"

#include <math.h>
#include <string.h>

#include "base/guard.h"
#include "learn/evaluate.h"
#include "learn/import.h"

enum { CALIBRATION = 16, TRIALS = 7, KINDS = FL_SITE_KINDS };
static const double worse[FL_WORSE] = {1.05, 1.20};

struct search {
    const struct fl_tolerance_ask *ask;
    struct fl_net net;
    struct fl_data data;
    struct fl_optics optics;
    double exact;                       /* loss */
    int64_t done, all;
};

static void count(struct search *s)
{
    s->done++;
    if (s->ask->progress != NULL)
        s->ask->progress(s->ask->progress_context, s->done < s->all ? s->done : s->all, s->all);
}

/* Perplexity over that of exact products, with errors of so much of the spread in the sites of a kind (KINDS: in all).
 * */
static double ratio(struct search *s, int kind, double error)
{
    for (int i = 0; i < s->optics.sites; i++) {
        bool in = kind == KINDS || (int)fl_transformer_site_kind(&s->net.shape, i) == kind;
        s->optics.site[i].chain.error = in ? error : 0;
    }
    double loss = fl_evaluate(&s->net, &s->data, &s->optics, 1, (size_t)s->ask->windows, s->ask->jobs).loss;
    count(s);
    return exp(loss - s->exact);
}

/* The error at which that ratio is `wanted`: perplexity grows as a power of the error, so between two trials, and
 * beyond them, the line through both in logarithms. Infinite if ten times the spread does not reach it. */
static double tolerated(struct search *s, int kind, double wanted)
{
    double e[2] = {0.05, 0.1}, excess[2], target = log(wanted - 1);
    for (int i = 0; i < 2; i++)
        excess[i] = log(fmax(ratio(s, kind, e[i]) - 1, 1e-6));
    for (int trial = 2; trial < TRIALS && fabs(excess[1] - target) > 0.02; trial++) {
        double slope = fmin(fmax((excess[1] - excess[0]) / log(e[1] / e[0]), 0.5), 4);
        double next = e[1] * exp(fmin(fmax((target - excess[1]) / slope, -2), 2));
        if (next > 10)
            return INFINITY;
        e[0] = e[1];
        excess[0] = excess[1];
        e[1] = next;
        excess[1] = log(fmax(ratio(s, kind, next) - 1, 1e-6));
    }
    return e[1];
}

/* ---- rows ---- */

static struct fl_tolerance_row row_of(const struct search *s, int kind, int layer)
{
    struct fl_tolerance_row row = {.name = fl_site_names[kind], .layer = layer, .v_least = INFINITY,
                                   .tolerated = {NAN, NAN}};
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
        row.spread += site->ranges.spread * site->ranges.spread;
        row.length = fl_site_length(site);
    }
    row.v /= sites;
    row.spread = sqrt(row.spread / sites);
    return row;
}

static void add_photons(struct fl_tolerance_row *row, const double *error)
{
    for (int w = 0; w < FL_WORSE; w++)
        row->photons[w] = 4 / (M_PI * M_PI) / (error[w] * error[w] * row->v);
}

static void tell_rows(struct search *s, void (*tell)(void *, const struct fl_tolerance_row *), void *context)
{
    struct fl_tolerance_row all = {.name = "all", .layer = -1, .v = NAN, .v_least = NAN, .v_most = NAN, .spread = NAN};
    double macs = 0;
    for (int w = 0; w < FL_WORSE; w++)
        all.tolerated[w] = tolerated(s, KINDS, worse[w]);
    for (int kind = 0; kind < KINDS; kind++) {
        struct fl_tolerance_row row = row_of(s, kind, -1);
        double own = 0;
        for (int i = 0; i < s->optics.sites; i++)
            if ((int)fl_transformer_site_kind(&s->net.shape, i) == kind)
                own += (double)s->optics.site[i].macs;
        for (int w = 0; w < FL_WORSE; w++)
            row.tolerated[w] = tolerated(s, kind, worse[w]);
        add_photons(&row, all.tolerated);
        for (int w = 0; w < FL_WORSE; w++)
            all.photons[w] += own * row.photons[w];
        macs += own;
        tell(context, &row);
        for (int l = 0; s->ask->layers && l < s->net.shape.layers && kind != FL_SITE_HEAD; l++) {
            row = row_of(s, kind, l);
            add_photons(&row, all.tolerated);
            tell(context, &row);
        }
    }
    for (int w = 0; w < FL_WORSE; w++)
        all.photons[w] /= macs;
    tell(context, &all);
}

bool fl_tolerance(const struct fl_tolerance_ask *ask, void (*tell)(void *context, const struct fl_tolerance_row *row),
                  void *context, struct fl_err *err)
{
    struct search s = {.ask = ask, .all = (KINDS + 1) * FL_WORSE * (TRIALS + 3) / 2};
    const struct fl_chain noisy = {.kind = FL_CHAIN_NOISY, .inside = 1};
    if (!fl_net_open(&s.net, ask->net, ask->context, err))
        return false;
    bool ok = fl_net_is_transformer(&s.net) ||
              fl_fail(err, "--net", "%s has classes; tolerance is told of networks that continue text", s.net.name);
    ok = ok && fl_data_load(&s.data, &s.net, ask->text, ask->wordnet, err);
    if (ok) {
        fl_optics_make(&s.optics, fl_net_sites(&s.net), &noisy, 0);
        fl_calibrate(&s.net, &s.data, CALIBRATION, &s.optics);
        s.exact = fl_evaluate(&s.net, &s.data, NULL, 0, (size_t)ask->windows, ask->jobs).loss;
        tell_rows(&s, tell, context);
        fl_optics_free(&s.optics);
        fl_data_free(&s.data);
    }
    fl_net_free(&s.net);
    return ok;
}
