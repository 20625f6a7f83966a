/* law.c - power laws fitted to stored runs and to random draws. */
#include "explore/law.h"

#include <math.h>
#include <stdlib.h>

#include "base/whole.h"

/* Normal operands reach their peak at 4 standard deviations: as `fanlight precision` takes them. */
static const double peak_sigmas = 4;

struct points { double *x, *y, *sigma; size_t count, x_room, y_room, sigma_room; bool bad; };

static bool point_take(void *context, const char *const *value, int columns)
{
    struct points *p = context;
    double x = columns == 2 && value[0] != NULL ? strtod(value[0], NULL) : 0;
    double y = columns == 2 && value[1] != NULL ? strtod(value[1], NULL) : 0;
    p->bad = !(x > 0) || !(y > 0);
    if (p->bad)
        return false;
    p->x = fl_grow(p->x, &p->x_room, p->count, sizeof *p->x);
    p->y = fl_grow(p->y, &p->y_room, p->count, sizeof *p->y);
    p->sigma = fl_grow(p->sigma, &p->sigma_room, p->count, sizeof *p->sigma);
    p->x[p->count] = x;
    p->y[p->count] = y;
    p->sigma[p->count++] = 1;
    return true;
}

/* The standard error for sigmas of 1, times the scatter that there is. */
static struct fl_power_law fitted(const struct points *p)
{
    struct fl_power_law law = fl_power_law_fit(p->x, p->y, p->sigma, p->count);
    double squares = 0;
    for (size_t i = 0; i < p->count; i++) {
        double off = log(p->y[i]) - log(law.factor) - law.exponent * log(p->x[i]);
        squares += off * off;
    }
    law.exponent_sigma *= p->count > 2 ? sqrt(squares / (double)(p->count - 2)) : NAN;
    return law;
}

static bool differ(const double *x, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (x[i] != x[0])
            return true;
    return false;
}

bool fl_law_of_query(struct fl_power_law *law, struct fl_db *db, const char *sql, struct fl_err *err)
{
    struct points p = {.count = 0};
    bool ok = fl_db_each(db, sql, 0, NULL, point_take, &p, err);
    if (ok && (p.bad || !differ(p.x, p.count)))
        ok = fl_fail(err, "law", "wants rows of two numbers above 0, of more than one x: %s", sql);
    if (ok)
        *law = fitted(&p);
    fl_free(p.x);
    fl_free(p.y);
    fl_free(p.sigma);
    return ok;
}

/* What is drawn of operands so long. */
static void draws_at(const struct fl_draws *draws, double length, struct fl_photon_trial *trial)
{
    if (draws->statistics == FL_STAT_TRAINED)
        fl_draw_trained(false, peak_sigmas, length, &trial->input, &trial->weight);
    else
        fl_draw_named(draws->statistics, peak_sigmas, draws->common, &trial->input, &trial->weight);
    struct fl_operand x = fl_operand_of(&trial->input), w = fl_operand_of(&trial->weight);
    trial->coding = (struct fl_coding){.sign = draws->encoding,
                                      .oscillator = fl_best_oscillator(draws->encoding, &x, &w)};
}

struct fl_power_law fl_law_of_draws(const struct fl_draws *draws)
{
    struct fl_photon_trial trial = {.error = draws->error, .samples = draws->samples};
    struct fl_rng rng = {draws->seed};
    struct fl_arena arena = {0};
    double *per_mac = fl_arena_array(&arena, draws->lengths, sizeof *per_mac);
    double *sigma = fl_arena_array(&arena, draws->lengths, sizeof *sigma);
    for (size_t i = 0; i < draws->lengths; i++) {
        draws_at(draws, draws->length[i], &trial);
        per_mac[i] = fl_monte_carlo_photons_per_mac(&trial, fl_whole(draws->length[i], 1, INT64_MAX), &rng, &sigma[i]);
    }
    struct fl_power_law law = fl_power_law_fit(draws->length, per_mac, sigma, draws->lengths);
    fl_arena_free(&arena);
    return law;
}
