/* try.c - one point of a sweep: its design read, its work told from others', simulated. */
#include <string.h>

#include "explore/desk.h"

struct try {
    const struct fl_sweep *sweep;
    const struct fl_sweep_options *options;
    int64_t number;
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
        .design = point->design, .mapper = point->mapper, .objective = sweep->objective, .set = point->set,
        .sets = (int)point->sets, .inferences = sweep->inferences, .label = sweep->name, .command = options->command,
    };
}

static struct fl_at_hand work_of(const struct try *try)
{
    return (struct fl_at_hand){&try->point.job->trace, try->point.job->text};
}

static void place(struct try *try)
{
    fl_sweep_point(try->sweep, try->number, &try->arena, &try->point);
    try->request = request_of(try->sweep, try->options, &try->point);
}

/* Reads the point's design and gives the fingerprint of its work, "" if it cannot be run. */
static void begin(struct try *try, char work[FL_HASH_TEXT])
{
    struct fl_hash hash = fl_hash_start();
    place(try);
    const struct fl_at_hand workload = work_of(try);
    try->ready = fl_prepare(&try->prepared, &try->request, &workload, &try->err);
    work[0] = '\0';
    if (!try->ready)
        return;
    fl_hash_add(&hash, try->prepared.design.text);
    fl_hash_add(&hash, try->point.job->text);
    fl_hash_add(&hash, try->prepared.strategy);
    fl_hash_write(&hash, work);
}

static bool admit(void *context, const struct fl_figures *figures)
{
    const struct try *try = context;
    return fl_sweep_judge(try->sweep, &try->point, try->key, figures, NULL) != 0;
}

static void failed(struct try *try, const char *why, struct fl_outcome *outcome)
{
    const struct fl_at_hand workload = work_of(try);
    outcome->state = FL_POINT_FAILED;
    fl_rows_of_failure(&try->request, &workload, &try->prepared, fl_arena_text(&try->arena, why), &outcome->rows);
}

/* What is known of the design, for constraints to ask. */
static void keys_read(struct try *try)
{
    if (!try->ready || try->sweep->quantities == 0)
        return;
    try->key = fl_calloc(try->sweep->quantities, sizeof *try->key);
    fl_sweep_keys(try->sweep, &try->prepared.design, try->key);
}

static void simulate(struct try *try, struct fl_outcome *outcome)
{
    const struct fl_sweep *sweep = try->sweep;
    struct fl_result *result = NULL;
    if (!try->ready) {
        failed(try, fl_err_first(&try->err), outcome);
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
        failed(try, fl_err_first(&try->err), outcome);
    } else if (result == NULL) {
        outcome->state = FL_POINT_EXCLUDED;
    } else {
        outcome->state = FL_POINT_DONE;
        fl_result_rows(result, try->options->by_operator, &outcome->rows);
    }
    fanlight_free(result);
}

static void end(struct try *try)
{
    fl_prepared_free(&try->prepared);
    fl_err_free(&try->err);
    fl_arena_free(&try->arena);
}

/* ---- under a guard ---- */

struct offer {
    struct try try;
    bool (*wanted)(void *context, const char *work);
    void *context;
    bool taken;
    const char *ended;                  /* why it ended early, once it has */
    bool readable;                      /* its design can at least be read */
    struct fl_outcome outcome;
};

static bool offer_try(void *context, struct fl_err *err)
{
    struct offer *o = context;
    char work[FL_HASH_TEXT];
    (void)err;
    begin(&o->try, work);
    o->taken = o->wanted(o->context, work);
    if (o->taken) {
        simulate(&o->try, &o->outcome);
        memcpy(o->outcome.work, work, sizeof work);
    }
    end(&o->try);
    return true;
}

/* The row of a point that ended early. */
static bool offer_fail(void *context, struct fl_err *err)
{
    struct offer *o = context;
    char work[FL_HASH_TEXT] = "";
    (void)err;
    if (o->readable)
        begin(&o->try, work);
    else
        place(&o->try);
    failed(&o->try, o->ended, &o->outcome);
    memcpy(o->outcome.work, work, sizeof work);
    end(&o->try);
    return true;
}

/* Does the work on a point from its beginning, whatever an earlier one left. */
static bool offered(struct offer *o, bool (*work)(void *context, struct fl_err *err), struct fl_err *err)
{
    const struct try fresh = {.sweep = o->try.sweep, .options = o->try.options, .number = o->try.number};
    bool ended;
    o->try = fresh;
    memset(&o->outcome, 0, sizeof o->outcome);
    fl_guard(work, o, &ended, err);
    return !ended;
}

bool fl_try_point(const struct fl_sweep *sweep, const struct fl_sweep_options *options, int64_t point,
                  bool (*wanted)(void *context, const char *work), void *context, struct fl_outcome *outcome)
{
    struct fl_err err = {0};
    struct offer o = {.try = {.sweep = sweep, .options = options, .number = point}, .wanted = wanted,
                      .context = context};
    if (!offered(&o, offer_try, &err)) {
        struct fl_err again = {0};
        o.readable = o.taken;
        o.ended = fl_err_first(&err);
        if (!o.taken)                   /* it ended before it could be offered */
            o.taken = wanted(context, "");
        if (o.taken)
            offered(&o, offer_fail, &again);
        fl_err_free(&again);
    }
    fl_err_free(&err);
    *outcome = o.outcome;
    return o.taken;
}

void fl_outcome_free(struct fl_outcome *outcome)
{
    fl_rows_free(&outcome->rows);
    fl_free(outcome->key);
    memset(outcome, 0, sizeof *outcome);
}

/* ---- hope ---- */

/* Asks what an admitting constraint would be asked, and admits nothing. */
struct hope { struct try try; bool found; };

static bool hope(void *context, const struct fl_figures *figures)
{
    struct hope *h = context;
    h->found = h->found || fl_sweep_judge(h->try.sweep, &h->try.point, h->try.key, figures, NULL) != 0;
    return false;
}

static bool hope_ask(void *context, struct fl_err *err)
{
    struct hope *h = context;
    struct try *try = &h->try;
    char work[FL_HASH_TEXT];
    struct fl_result *none = NULL;
    (void)err;
    begin(try, work);
    bool ran = try->ready;
    keys_read(try);
    if (ran && fl_sweep_judge(try->sweep, &try->point, try->key, NULL, NULL) != 0) {
        try->request.admit = hope;
        try->request.admit_context = h;
        ran = fl_prepared_run(&try->prepared, &try->request, &none, &try->err);
    }
    fl_free(try->key);
    end(try);
    return h->found || !ran;            /* what fails is a row with its error, and no contradiction */
}

bool fl_try_hopes(const struct fl_sweep *sweep, const struct fl_sweep_options *options, int64_t point)
{
    struct fl_err err = {0};
    struct hope h = {.try = {.sweep = sweep, .options = options, .number = point}};
    bool ended, hopes = fl_guard(hope_ask, &h, &ended, &err);
    fl_err_free(&err);
    return hopes || ended;
}
