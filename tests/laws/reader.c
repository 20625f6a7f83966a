/* reader.c - asks for a few bits every so many cycles, if it can, and takes what comes. */
#include "tests/laws/reader.h"

#include "sim/pace.h"

struct reader {
    struct unit unit;
    int64_t bits, every;
    fl_time free_at;
};
enum { ASK, DATA };

static void reader_start(struct unit *u)
{
    fl_wake_at(u, 0);
}

static void reader_wake(struct unit *u)
{
    struct reader *r = (struct reader *)u;
    while (fl_has(u, DATA))
        fl_take(u, DATA);
    if (fl_now(u) >= r->free_at && fl_room(u, ASK)) {
        fl_send(u, ASK, (struct fl_msg){ .bits = r->bits, .step = FL_NO_STEP,
                                               .flags = FL_ASK | FL_FIRST | FL_LAST }, fl_now(u));
        r->free_at = fl_issue(u, NULL, r->every, 1);
    }
    if (fl_now(u) < r->free_at)
        fl_wake_at(u, r->free_at);
}

#define AT(field) offsetof(struct reader, field)
const struct fl_unit_type law_reader = {
    .kind = "law_reader", .summary = "one more who reads memory", .phase = 1,
    .size = sizeof(struct reader),
    .params = (const struct fl_param[]){
        { "bits", "bits", FL_COUNT, AT(bits), 1, 1e6, 64, "read at a time", NULL },
        { "every", "", FL_COUNT, AT(every), 1, 1e6, 20, "cycles between reads", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){ { .name = "ask", .way = FL_OUT }, { .name = "data", .way = FL_IN }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 }, { 0 } },
    .start = reader_start, .wake = reader_wake,
};
