/* thin.c - which points of a long sweep stand on its page.
 *
 * Every so manieth, the best of the view `pareto`, and the front of any two of the figures
 * and axes of numbers that may be drawn: so the lines that the page draws through fronts
 * are those of all points, whatever is chosen.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole.h"
#include "explore/front.h"
#include "explore/plot.h"
#include "explore/report/page.h"

enum { POINT, RUN, JOB, MEETS, BEST, SETTINGS, VALUES, NUMBERS, FIGURES };     /* columns of the query */

struct thin {
    struct fl_arena arena;
    size_t points, most, figures, axes;
    int64_t *job;
    double *at;                         /* of each point its figures, then its axes; NAN: no number */
    bool *meets, *keep;
    int64_t every;
};

/* How many values a list has, each but the first behind a unit separator. */
static size_t listed(const char *text)
{
    size_t values = text != NULL;
    for (; text != NULL && *text != '\0'; text++)
        values += *text == '\x1f';
    return values;
}

static void point_take(void *context, int columns, const char *const *name, const char *const *text,
                       const double *number)
{
    struct thin *t = context;
    (void)name;
    fl_assert(t->points < t->most);
    if (t->at == NULL) {
        t->figures = (size_t)columns - FIGURES;
        t->axes = listed(text[NUMBERS]);
        t->at = fl_arena_array(&t->arena, t->most * (t->figures + t->axes), sizeof *t->at);
    }
    double *at = &t->at[t->points * (t->figures + t->axes)];
    for (size_t i = 0; i < t->figures; i++)
        at[i] = number[FIGURES + i];
    const char *axis = text[NUMBERS];
    for (size_t i = 0; i < t->axes; i++) {
        at[t->figures + i] = *axis == '\0' || *axis == '\x1f' ? NAN : strtod(axis, NULL);
        const char *next = strchr(axis, '\x1f');
        axis = next != NULL ? next + 1 : "";
    }
    t->job[t->points] = fl_whole(number[JOB], 0, INT64_MAX);
    t->meets[t->points] = number[MEETS] == 1;
    t->keep[t->points] = fl_whole(number[POINT], 0, INT64_MAX) % t->every == 0 || number[BEST] == 1;
    t->points++;
}

/* Keeps the front of two figures or axes. */
static void front_keep(struct thin *t, size_t x, size_t y, struct fl_front_point *front)
{
    size_t dimensions = t->figures + t->axes, count = 0;
    double x_sign = x < t->figures && fl_plot_figures[x].more ? -1 : 1;
    double y_sign = y < t->figures && fl_plot_figures[y].more ? -1 : 1;
    for (size_t i = 0; i < t->points; i++) {
        const double *at = &t->at[i * dimensions];
        if (t->meets[i] && !isnan(at[x]) && !isnan(at[y]))
            front[count++] = (struct fl_front_point){t->job[i], x_sign * at[x], y_sign * at[y], &t->keep[i]};
    }
    fl_front_find(front, count);
}

bool fl_page_thin(struct fl_db *db, const char *sql, struct fl_page_thinned *thinned, struct fl_err *err)
{
    struct thin t = {.most = (size_t)thinned->points, .every = thinned->every};
    t.job = fl_arena_array(&t.arena, t.most, sizeof *t.job);
    t.meets = fl_arena_array(&t.arena, t.most, sizeof *t.meets);
    t.keep = fl_calloc(t.most, sizeof *t.keep);
    bool ok = fl_db_rows(db, sql, point_take, &t, err);
    struct fl_front_point *front = fl_arena_array(&t.arena, t.points, sizeof *front);
    for (size_t x = 0; ok && x < t.figures + t.axes; x++)
        for (size_t y = x + 1; y < t.figures + t.axes; y++)
            front_keep(&t, x, y, front);
    fl_arena_free(&t.arena);
    thinned->keep = t.keep;
    return ok;
}
