/* try.c - one point of a sweep: its design read, its work told from others', simulated. */
#include <stdlib.h>
#include <string.h>

#include "explore/desk.h"

struct fl_try {
    const struct fl_sweep *sweep;
    const struct fl_sweep_options *options;
    struct fl_arena arena;
    struct fl_point point;
    struct fl_request request;
    struct fl_prepared prepared;
    bool ready;                         /* prepared holds something */
    struct fl_err err;
    double *key;
};

static struct fl_request request_of(const struct fl_sweep *sweep, const struct fl_sweep_options *options,
                                    const struct fl_point *point)
{
    return (struct fl_request){
        .design = point->design, .given = &point->job->trace, .given_text = point->job->text, .mapper = point->mapper,
        .objective = sweep->objective, .set = point->set, .sets = (int)point->sets, .inferences = sweep->inferences,
        .label = sweep->name, .command = options->command,
    };
}

struct fl_try *fl_try_begin(const struct fl_sweep *sweep, const struct fl_sweep_options *options, int64_t point,
                            char work[FL_HASH_TEXT])
{
    struct fl_try *try = calloc(1, sizeof *try);
    struct fl_hash hash = fl_hash_start();
    fl_assert(try != NULL);
    try->sweep = sweep;
    try->options = options;
    fl_sweep_point(sweep, point, &try->arena, &try->point);
    try->request = request_of(sweep, options, &try->point);
    try->ready = fl_prepare(&try->prepared, &try->request, &try->err);
    work[0] = '\0';
    if (!try->ready)
        return try;
    fl_hash_add(&hash, try->prepared.design.text);
    fl_hash_add(&hash, try->point.job->text);
    fl_hash_add(&hash, try->prepared.strategy);
    fl_hash_write(&hash, work);
    return try;
}

static bool admit(void *context, const struct fl_figures *figures)
{
    const struct fl_try *try = context;
    return fl_sweep_judge(try->sweep, &try->point, try->key, figures, NULL) != 0;
}

/* One line: rows have no room for more. */
static void failed(struct fl_try *try, struct fl_outcome *outcome)
{
    const char *why = fl_err_text(&try->err);
    const char *line = fl_arena_slice(&try->arena, why, strcspn(why, "\n"));
    outcome->state = FL_POINT_FAILED;
    fl_rows_of_failure(&try->request, &try->prepared, line, &outcome->rows);
}

/* What is known of the design, for constraints to ask. */
static void keys_read(struct fl_try *try)
{
    if (!try->ready || try->sweep->quantities == 0)
        return;
    try->key = calloc(try->sweep->quantities, sizeof *try->key);
    fl_assert(try->key != NULL);
    fl_sweep_keys(try->sweep, &try->prepared.design, try->key);
}

void fl_try_run(struct fl_try *try, struct fl_outcome *outcome)
{
    const struct fl_sweep *sweep = try->sweep;
    struct fl_result *result = NULL;
    memset(outcome, 0, sizeof *outcome);
    if (!try->ready) {
        failed(try, outcome);
        return;
    }
    keys_read(try);
    outcome->key = try->key;
    if (sweep->constraints != NULL) {
        try->request.admit = admit;
        try->request.admit_context = try;
    }
    if (fl_sweep_judge(sweep, &try->point, try->key, NULL, NULL) == 0) {
        outcome->state = FL_POINT_EXCLUDED;
    } else if (!fl_prepared_run(&try->prepared, &try->request, &result, &try->err)) {
        failed(try, outcome);
    } else if (result == NULL) {
        outcome->state = FL_POINT_EXCLUDED;
    } else {
        outcome->state = FL_POINT_DONE;
        fl_result_rows(result, try->options->by_operator, &outcome->rows);
    }
    fanlight_free(result);
}

void fl_try_end(struct fl_try *try)
{
    fl_prepared_free(&try->prepared);
    fl_err_free(&try->err);
    fl_arena_free(&try->arena);
    free(try);
}

void fl_outcome_free(struct fl_outcome *outcome)
{
    fl_rows_free(&outcome->rows);
    free(outcome->key);
    memset(outcome, 0, sizeof *outcome);
}

/* Asks what an admitting constraint would be asked, and admits nothing. */
struct hope { struct fl_try *try; bool found; };

static bool hope(void *context, const struct fl_figures *figures)
{
    struct hope *h = context;
    h->found = h->found || fl_sweep_judge(h->try->sweep, &h->try->point, h->try->key, figures, NULL) != 0;
    return false;
}

bool fl_try_hopes(const struct fl_sweep *sweep, const struct fl_sweep_options *options, int64_t point)
{
    char work[FL_HASH_TEXT];
    struct fl_result *none = NULL;
    struct fl_try *try = fl_try_begin(sweep, options, point, work);
    struct hope h = {try, false};
    bool ran = try->ready;
    keys_read(try);
    if (ran && fl_sweep_judge(sweep, &try->point, try->key, NULL, NULL) != 0) {
        try->request.admit = hope;
        try->request.admit_context = &h;
        ran = fl_prepared_run(&try->prepared, &try->request, &none, &try->err);
    }
    free(try->key);
    fl_try_end(try);
    return h.found || !ran;             /* what fails is a row with its error, and no contradiction */
}
