/* test_timeline.c - the timeline is JSON that says what the ledger says: operators in time, units busy in them. */
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
    fanlight_timeline(d->result, out);
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

/* Slices of a track, in time and apart; their number, and the sum of one of their arguments. */
static size_t track_sum(const struct drawn *d, int process, uint32_t track, const char *argument, int64_t *sum)
{
    size_t at, slices = 0;
    int64_t end = 0;
    json_t *event;
    json_array_foreach(d->events, at, event) {
        if (strcmp(text_of(event, "ph"), "X") != 0 ||
            json_integer_value(json_object_get(event, "pid")) != process ||
            json_integer_value(json_object_get(event, "tid")) != (json_int_t)track)
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

START_TEST(gpt2_is_drawn_operator_by_operator)
{
    struct drawn d;
    draw(&d, &(struct fl_request){.design = "free_space_1k", .model = "gpt2", .mapper = "weight_stationary"});
    int64_t layers = 0;
    check_tracks(&d);
    ck_assert_uint_eq(track_sum(&d, OPERATORS, 0, "layer", &layers), d.result->run.ledger.occurrences);
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
    ck_assert_uint_eq(slices, (d.result->run.ledger.occurrences + (size_t)together - 1) / (size_t)together);
    ck_assert_uint_lt(d.bytes, 50000000);
    done(&d);
}
END_TEST

Suite *test_timeline_suite(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, gpt2_is_drawn_operator_by_operator);
    tcase_add_test(tcase, a_long_run_is_drawn_in_fewer_slices);
    suite_add_tcase(suite, tcase);
    return suite;
}
