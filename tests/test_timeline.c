/* test_timeline.c - the timeline is a Chrome trace that says what the ledger says: operators in time within their
 * layers, units busy in them, and power whose area is the energy. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "tests/suites.h"

enum { OPERATORS = 1, UNITS = 2 };

struct drawn {
    struct fl_result *result;
    json_t *root, *events;
    size_t bytes;
};

static void draw(struct drawn *d, const struct fl_request *ask)
{
    struct fl_err err = {0};
    json_error_t fault;
    char *text = NULL;
    ck_assert_msg(fanlight_run(ask, &d->result, &err), "%s", fl_err_text(&err));
    FILE *out = open_memstream(&text, &d->bytes);
    ck_assert(fanlight_timeline(d->result, out, &err));
    fclose(out);
    d->root = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    ck_assert_msg(d->root != NULL, "line %d: %s", fault.line, fault.text);
    d->events = json_object_get(d->root, "traceEvents");
    ck_assert(json_is_array(d->events));
    free(text);
}

static void done(struct drawn *d)
{
    json_decref(d->root);
    fanlight_free(d->result);
}

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text != NULL ? text : "";
}

static int64_t ps_of(const json_t *event, const char *key)
{
    return (int64_t)(json_number_value(json_object_get(event, key)) * 1e6 + 0.5);
}

/* Slices of a track but for layers, in time and apart; their number, and the sum of one of their arguments. */
static size_t track_sum(const struct drawn *d, int process, uint32_t track, const char *argument, int64_t *sum)
{
    size_t at, slices = 0;
    int64_t end = 0;
    json_t *event;
    json_array_foreach(d->events, at, event) {
        if (json_integer_value(json_object_get(event, "tid")) != (json_int_t)track ||
            json_integer_value(json_object_get(event, "pid")) != process ||
            strcmp(text_of(event, "ph"), "X") != 0 || strcmp(text_of(event, "cat"), "layer") == 0)
            continue;
        ck_assert_int_ge(ps_of(event, "ts"), end);
        ck_assert_int_ge(ps_of(event, "dur"), 0);
        end = ps_of(event, "ts") + ps_of(event, "dur");
        *sum += json_integer_value(json_object_get(json_object_get(event, "args"), argument));
        slices++;
    }
    ck_assert_int_le(end, d->result->run.latency_ps + 1);
    return slices;
}

static int64_t busy_in_ledger(const struct fl_result *result, uint32_t unit)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    int64_t sum = 0;
    for (size_t n = 0; n < ledger->occurrences; n++) {
        const struct fl_delta *delta = &ledger->delta[ledger->occurrence[n].delta];
        for (uint32_t i = 0; i < delta->entries; i++)
            if (ledger->entry[delta->first + i].unit == unit && ledger->entry[delta->first + i].tally == FL_BUSY_PS)
                sum += ledger->entry[delta->first + i].count;
    }
    return sum;
}

static void check_tracks(const struct drawn *d)
{
    int64_t nothing = 0;
    ck_assert_uint_gt(track_sum(d, OPERATORS, 0, "layer", &nothing), 0);
    for (uint32_t unit = 0; unit < d->result->arch.sim.units; unit++) {
        int64_t busy = 0;
        track_sum(d, UNITS, unit, "busy_ps", &busy);
        ck_assert_int_eq(busy, busy_in_ledger(d->result, unit));
    }
}

/* ---- the format: "Trace Event Format" (Google, revision of 2016) ---- */

static bool one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

static void check_counter(json_t *arguments)
{
    const char *key;
    json_t *value;
    ck_assert_uint_gt(json_object_size(arguments), 0);
    json_object_foreach(arguments, key, value)
        ck_assert_msg(json_is_number(value), "counter \"%s\" is no number", key);
}

/* What a reader needs of an event: its phase, where it belongs, and by its phase a time, a duration, numbers, a
 * name. */
static void check_event(json_t *event)
{
    static const char *const phases[] = {"X", "C", "M", NULL};
    static const char *const told[] = {"process_name", "thread_name", "thread_sort_index", NULL};
    const char *phase = text_of(event, "ph");
    json_t *arguments = json_object_get(event, "args");
    ck_assert_msg(one_of(phase, phases), "phase \"%s\"", phase);
    ck_assert(json_is_integer(json_object_get(event, "pid")) && json_is_integer(json_object_get(event, "tid")));
    ck_assert(text_of(event, "name")[0] != '\0' && json_is_object(arguments));
    if (*phase == 'M') {
        ck_assert_msg(one_of(text_of(event, "name"), told), "metadata \"%s\"", text_of(event, "name"));
        ck_assert(json_is_string(json_object_get(arguments, "name")) ||
                  json_is_integer(json_object_get(arguments, "sort_index")));
        return;
    }
    ck_assert(json_is_number(json_object_get(event, "ts")));
    if (*phase == 'C')
        check_counter(arguments);
    else
        ck_assert(json_is_number(json_object_get(event, "dur")));
}

/* Slices of a track lie apart or within one another, parents first, and every operator of a layer within a parent, if
 * there are any. The number of parents. */
static size_t check_nesting(const struct drawn *d, int process, uint32_t track)
{
    enum { DEEP = 4 };
    bool layered = json_is_true(json_object_get(json_object_get(d->root, "otherData"), "layers_drawn"));
    int64_t end[DEEP];
    size_t at, depth = 0, parents = 0;
    json_t *event;
    json_array_foreach(d->events, at, event) {
        if (strcmp(text_of(event, "ph"), "X") != 0 ||
            json_integer_value(json_object_get(event, "pid")) != process ||
            json_integer_value(json_object_get(event, "tid")) != (json_int_t)track)
            continue;
        int64_t start = ps_of(event, "ts"), stop = start + ps_of(event, "dur");
        while (depth > 0 && end[depth - 1] <= start)
            depth--;
        ck_assert_msg(depth == 0 || stop <= end[depth - 1], "\"%s\" outlasts what it is in",
                      text_of(event, "name"));
        ck_assert_uint_lt(depth, DEEP);
        bool layer = strcmp(text_of(event, "cat"), "layer") == 0;
        ck_assert(!layer || depth == 0);
        json_t *of_layer = json_object_get(json_object_get(event, "args"), "layer");
        ck_assert_msg(!layered || depth > 0 || of_layer == NULL || json_integer_value(of_layer) < 0,
                      "\"%s\" lies in no layer", text_of(event, "name"));
        if (layer || stop > start)
            end[depth++] = stop;
        parents += layer;
    }
    return parents;
}

static void check_format(const struct drawn *d)
{
    size_t at;
    json_t *event;
    ck_assert(strcmp(text_of(d->root, "displayTimeUnit"), "ns") == 0);
    json_array_foreach(d->events, at, event)
        check_event(event);
}

/* Joules under the counter of power, from the first to the last. */
static double area_of_power(const struct drawn *d)
{
    size_t at;
    json_t *event, *watts;
    const char *key;
    double joules = 0, power = 0;
    int64_t before = 0;
    json_array_foreach(d->events, at, event) {
        if (strcmp(text_of(event, "name"), "power") != 0)
            continue;
        joules += power * (double)(ps_of(event, "ts") - before) * 1e-12;
        before = ps_of(event, "ts");
        power = 0;
        json_object_foreach(json_object_get(event, "args"), key, watts)
            power += json_number_value(watts);
    }
    ck_assert_int_eq(before, d->result->run.latency_ps);
    ck_assert_double_eq(power, 0);
    return joules;
}

static void check_power(const struct drawn *d)
{
    struct fl_err err = {0};
    struct fl_summary summary;
    ck_assert_msg(fanlight_summary(d->result, &summary, &err), "%s", fl_err_text(&err));
    ck_assert_double_eq_tol(area_of_power(d) / summary.energy_j, 1, 1e-6);
}

START_TEST(gpt2_is_drawn_operator_by_operator)
{
    struct drawn d;
    const char *after = "machine.overlap=none";
    draw(&d, &(struct fl_request){.design = "free_space_1k", .model = "gpt2", .mapper = "weight_stationary",
                                  .set = &after, .sets = 1});
    int64_t layers = 0;
    check_tracks(&d);
    ck_assert_uint_eq(track_sum(&d, OPERATORS, 0, "layer", &layers), d.result->run.ledger.occurrences);
    check_format(&d);
    check_power(&d);
    ck_assert_uint_eq(check_nesting(&d, OPERATORS, 0), 12);
    for (uint32_t unit = 0; unit < d.result->arch.sim.units; unit++)
        ck_assert_uint_eq(check_nesting(&d, UNITS, unit), 0);
    ck_assert_uint_lt(d.bytes, 1000000);
    ck_assert_str_eq(text_of(json_object_get(d.root, "otherData"), "design"), "free_space_1k");
    done(&d);
}
END_TEST

START_TEST(a_long_run_is_drawn_in_fewer_slices)
{
    struct drawn d;
    int64_t layers = 0;
    draw(&d, &(struct fl_request){.design = "ot_10k", .model = "gpt2", .mapper = "weights_in_place",
                                  .work = {.phase = "decode", .context = 16, .tokens = 60}});
    check_tracks(&d);
    size_t slices = track_sum(&d, OPERATORS, 0, "layer", &layers);
    int64_t together = json_integer_value(json_object_get(json_object_get(d.root, "otherData"), "operators_a_slice"));
    ck_assert_int_gt(together, 1);
    ck_assert_uint_lt(slices, d.result->run.ledger.occurrences);
    ck_assert_uint_ge(slices, d.result->run.ledger.occurrences / (size_t)together);
    check_format(&d);
    check_power(&d);
    ck_assert_uint_eq(check_nesting(&d, OPERATORS, 0), 12 * 60);
    ck_assert_uint_lt(d.bytes, 50000000);
    done(&d);
}
END_TEST

/* More layers than a browser could hold: slices of many of them, no parents. */
START_TEST(of_very_many_layers_none_is_drawn)
{
    struct drawn d;
    draw(&d, &(struct fl_request){.design = "ot_10k", .model = "gpt2", .mapper = "weights_in_place",
                                  .work = {.phase = "decode", .context = 16, .tokens = 400}});
    check_format(&d);
    check_power(&d);
    ck_assert_uint_eq(check_nesting(&d, OPERATORS, 0), 0);
    ck_assert(json_is_false(json_object_get(json_object_get(d.root, "otherData"), "layers_drawn")));
    done(&d);
}
END_TEST

/* Operators side by side lie on several tracks, each with slices apart; so do units, whose tracks sum to what they were
 * busy; and the sum of all that ran at once is the energy. */
/* Slices name what their operators waited for longest: a token of the plan, no longer than the run. */
static void check_waits(const struct drawn *d)
{
    size_t at, waits = 0, rows = 0;
    json_t *event;
    json_array_foreach(d->events, at, event) {
        const json_t *args = json_object_get(event, "args");
        const char *waited = json_string_value(json_object_get(args, "waited_for"));
        if (waited == NULL)
            continue;
        bool known = false;
        for (int32_t t = 0; t < d->result->plan.program.tokens; t++)
            known |= strcmp(d->result->plan.program.token[t].name, waited) == 0;
        ck_assert_msg(known, "%s", waited);
        ck_assert_int_gt(ps_of(args, "waited_us"), 0);
        ck_assert_int_le(ps_of(args, "waited_us"), d->result->run.latency_ps);
        rows += strcmp(waited, "qkv for scores") == 0;      /* attention cannot begin before there are keys */
        waits++;
    }
    ck_assert_uint_gt(waits, 0);
    ck_assert_uint_gt(rows, 0);
}

START_TEST(side_by_side_they_have_tracks_of_their_own)
{
    struct drawn d;
    const char *set = "machine.overlap=block";
    draw(&d, &(struct fl_request){.design = "free_space_1k", .model = "gpt2", .mapper = "weights_in_place", .set = &set,
                                  .sets = 1, .work.context = 300});
    uint32_t units = d.result->arch.sim.units, lanes = 0;
    int64_t nothing = 0;
    size_t slices = 0, drawn;
    while ((drawn = track_sum(&d, OPERATORS, lanes, "layer", &nothing)) > 0) {
        slices += drawn;
        lanes++;
    }
    ck_assert_uint_gt(lanes, 1);
    ck_assert_uint_eq(slices, d.result->run.ledger.occurrences);
    check_waits(&d);
    for (uint32_t unit = 0; unit < units; unit++) {
        int64_t busy = 0;
        for (uint32_t lane = 0; lane < lanes; lane++)
            track_sum(&d, UNITS, unit * lanes + lane, "busy_ps", &busy);
        ck_assert_int_eq(busy, busy_in_ledger(d.result, unit));
    }
    double energy = fl_result_energy_j(d.result);
    ck_assert_double_eq_tol(area_of_power(&d) / energy, 1, 1e-6);
    done(&d);
}
END_TEST

Suite *test_timeline_suite(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");
    tcase_add_test(tcase, gpt2_is_drawn_operator_by_operator);
    tcase_add_test(tcase, side_by_side_they_have_tracks_of_their_own);
    tcase_add_test(tcase, a_long_run_is_drawn_in_fewer_slices);
    tcase_add_test(tcase, of_very_many_layers_none_is_drawn);
    suite_add_tcase(suite, tcase);
    return suite;
}
