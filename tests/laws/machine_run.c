/* machine_run.c - a run of a random machine, and whether two are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/laws/machine.h"
#include "tests/suites.h"

static int64_t *counts_of(const struct law_machine *m)
{
    size_t counts = 0;
    for (uint32_t i = 0; i < m->sim.units; i++)
        counts += m->sim.unit[i]->counts;
    int64_t *copy = malloc(counts * sizeof *copy), *count = copy;
    ck_assert_ptr_nonnull(copy);
    for (uint32_t i = 0; i < m->sim.units; i++) {
        memcpy(count, m->sim.unit[i]->count, m->sim.unit[i]->counts * sizeof *count);
        count += m->sim.unit[i]->counts;
    }
    return copy;
}

/* What operators counted of a unit's count, summed. */
static int64_t by_operators(const struct fl_ledger *ledger, uint32_t unit, uint32_t tally)
{
    int64_t sum = 0;
    for (size_t n = 0; n < ledger->occurrences; n++) {
        const struct fl_delta *d = &ledger->delta[ledger->occurrence[n].delta];
        for (uint32_t i = d->first; i < d->first + d->entries; i++)
            if (ledger->entry[i].unit == unit && ledger->entry[i].tally == tally)
                sum += ledger->entry[i].count;
    }
    return sum;
}

/* The law of every run that came to its end: what operators count sums to what units count, but for what no step
 * causes. What does not hold first; NULL: all does. */
static const char *unit_not_summed(const struct law_machine *m)
{
    static char text[160];
    for (uint32_t i = 0; i < m->sim.units; i++) {
        const struct unit *u = m->sim.unit[i];
        bool crowded = m->reader != NULL && (u == m->reader || u == m->memory);    /* by who has no steps */
        for (uint32_t c = 0; c < u->counts && !crowded; c++)
            if (c != FL_WAKES &&
                by_operators(&m->ledger, i, c) != (fl_unit_count_stepless(u, c) ? 0 : u->count[c])) {
                snprintf(text, sizeof text, "%s of %s: %lld by operators, %lld by the unit", fl_unit_count_name(u, c),
                         u->path, (long long)by_operators(&m->ledger, i, c), (long long)u->count[c]);
                return text;
            }
    }
    return NULL;
}

/* The law of the parts of the latency: they sum to it. */
static void critical_find(const struct law_machine *m, struct law_result *result)
{
    fl_time sum = 0;
    result->critical = fl_ledger_critical(&m->ledger, &m->program, m->sim.now);
    for (size_t n = 0; n < m->ledger.occurrences; n++)
        sum += result->critical[n];
    if (sum != m->sim.now)
        result->error = strdup("operators' parts of the latency do not sum to it");
}

void law_machine_run(struct law_machine *m, struct law_result *result)
{
    struct fl_err err = {0};
    *result = (struct law_result){0};
    fl_ledger_init(&m->ledger, &m->sim);
    if (!fl_sim_run(&m->sim, &m->program, &err))
        result->error = strdup(fl_err_text(&err));
    else if (unit_not_summed(m) != NULL)
        result->error = strdup(unit_not_summed(m));
    else
        critical_find(m, result);
    fl_err_free(&err);
    result->end = m->sim.now;
    result->events = m->sim.events;
    result->count = counts_of(m);
    result->occurrence = m->ledger.occurrence;
    result->occurrences = m->ledger.occurrences;
    result->delta = m->ledger.delta;
    m->ledger.occurrence = NULL;        /* the result keeps them */
    m->ledger.delta = NULL;
    fl_ledger_free(&m->ledger);
    m->sim.ledger = NULL;
}

void law_result_free(struct law_result *result)
{
    free(result->count);
    fl_free(result->occurrence);      /* the library made them */
    fl_free(result->delta);
    fl_free(result->critical);
    free(result->error);
    *result = (struct law_result){0};
}

static const char *counts_differ(const struct law_machine *m, const int64_t *a, const int64_t *b, bool effort)
{
    static char text[128];
    for (uint32_t i = 0; i < m->sim.units; i++) {
        const struct unit *u = m->sim.unit[i];
        for (uint32_t c = 0; c < u->counts; c++, a++, b++)
            if (*a != *b && (effort || c != FL_WAKES)) {
                snprintf(text, sizeof text, "%s of %s (%lld, %lld)", fl_unit_count_name(u, c), u->path,
                         (long long)*a, (long long)*b);
                return text;
            }
    }
    return NULL;
}

const char *law_result_differs(const struct law_machine *m, const struct law_result *a, const struct law_result *b,
                               bool effort)
{
    if ((a->error == NULL) != (b->error == NULL) || (a->error != NULL && strcmp(a->error, b->error) != 0))
        return "error";
    const char *count = counts_differ(m, a->count, b->count, effort);
    if (count != NULL)
        return count;
    if (a->end != b->end)
        return "end time";
    if (effort && a->events != b->events)
        return "number of events";
    if (a->occurrences != b->occurrences)
        return "number of operators";
    for (size_t i = 0; i < a->occurrences; i++) {
        const struct fl_occurrence *x = &a->occurrence[i], *y = &b->occurrence[i];
        if (x->start != y->start || x->end != y->end)
            return "time of an operator";
        if (a->delta[x->delta].hash != b->delta[y->delta].hash)
            return "counts of an operator";
        if (a->critical != NULL && a->critical[i] != b->critical[i])     /* NULL: the run broke off */
            return "an operator's part of the latency";
    }
    return NULL;
}

void law_machine_free(struct law_machine *m)
{
    fl_leap_free(m->sim.leap);
    fl_sim_free(&m->sim);
}
