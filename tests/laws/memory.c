/* memory.c - off-chip memory for law tests: what no shipped unit does all at once.
 *
 * Requests are served one at a time. Data lie one behind the other, so that the address
 * walks through rows and banks, around and around (FL_PLAIN); a row closes after a rest
 * (FL_TIME); refresh falls due (FL_DEADLINE) and is done before the next request.
 */
#include "tests/laws/memory.h"

#include "sim/pace.h"

enum { BANKS = 3, RECOVER_PS = 700 };
/* Any of the rows drawn (16, 24, 48 bits) times any number of banks divides it. */
enum { AROUND = 288 };

struct memory {
    struct unit unit;
    int64_t row, banks, beat, open;
    fl_time rest, refresh_every, refresh_for;
    bool ideal;
    int64_t place;                      /* bits passed, less whole ways around */
    fl_time closes, due, free_at, bank_at[BANKS];
};
enum { ASK, GIVE };
enum { BITS, OPENED, REFRESHED };

static void memory_start(struct unit *u)
{
    struct memory *m = (struct memory *)u;
    m->due = m->refresh_every > 0 ? m->refresh_every : FL_NEVER;
}

static fl_time refresh(struct unit *u, struct memory *m)
{
    if (fl_now(u) < m->due)
        return 0;
    m->due = fl_now(u) + m->refresh_every;
    fl_count(u, NULL, REFRESHED, 1);
    return m->refresh_for;
}

/* Rows to be opened for the request: those it enters, and its first one if that had been closed. */
static int64_t rows_open(const struct unit *u, const struct memory *m, int64_t bits)
{
    return (m->place + bits) / m->row - m->place / m->row + (fl_now(u) >= m->closes);
}

static fl_time serve(struct unit *u, struct memory *m, const struct fl_msg *msg)
{
    const struct fl_step *step = fl_step_of_msg(u, msg);
    int64_t bits = msg->bits;
    int64_t rows = rows_open(u, m, bits), bank = m->place / m->row % m->banks;
    fl_time start = fl_edge(u, 0) + refresh(u, m);
    if (start < m->bank_at[bank])
        start = m->bank_at[bank];
    fl_time end = start + fl_edge(u, fl_ceil_div(bits, m->beat) + rows * m->open) - fl_edge(u, 0);
    fl_count(u, step, BITS, bits);
    fl_count(u, step, OPENED, rows);
    fl_busy(u, step, end - start, 1);
    m->place = (m->place + bits) % AROUND;
    m->bank_at[bank] = end + RECOVER_PS;
    m->free_at = end;
    m->closes = end + m->rest;
    if (rows > 0)
        fl_boundary(u, 0);
    return end;
}

static void memory_wake(struct unit *u)
{
    struct memory *m = (struct memory *)u;
    if (fl_now(u) < m->free_at) {
        fl_wake_at(u, m->free_at);
        return;
    }
    if (!fl_has(u, ASK))
        return;
    bool answer = !(fl_peek(u, ASK)->flags & FL_WRITE) || fl_peek(u, ASK)->flags & FL_REPLY;
    if (answer && !fl_room(u, GIVE)) {
        fl_blocked(u, fl_step_of_msg(u, fl_peek(u, ASK)), true);
        return;
    }
    fl_blocked(u, NULL, false);
    struct fl_msg msg = fl_take(u, ASK);
    msg.flags &= ~(uint32_t)FL_ASK;
    fl_time end = m->ideal ? fl_now(u) : serve(u, m, &msg);
    if (answer)
        fl_send(u, GIVE, msg, end);
    fl_wake_at(u, end);
}

#define AT(field) offsetof(struct memory, field)
const struct fl_unit_type law_memory = {
    .kind = "law_memory", .summary = "memory of law tests", .phase = 1,
    .size = sizeof(struct memory),
    .params = (const struct fl_param[]){
        { "row", "bits", FL_COUNT, AT(row), 1, 1e6, NAN, "of a row", NULL },
        { "banks", "", FL_COUNT, AT(banks), 1, BANKS, NAN, "walked through row by row", NULL },
        { "beat", "bits", FL_COUNT, AT(beat), 1, 1e6, NAN, "moved in a cycle", NULL },
        { "open", "", FL_COUNT, AT(open), 0, 1e6, NAN, "cycles to open a row", NULL },
        { "rest", "ps", FL_SPAN, AT(rest), 0, 1e12, NAN, "after which a row is closed", NULL },
        { "refresh_every", "ps", FL_SPAN, AT(refresh_every), 0, 1e12, NAN, "0: never", NULL },
        { "refresh_for", "ps", FL_SPAN, AT(refresh_for), 0, 1e12, NAN, "duration of a refresh", NULL },
        { "ideal", "", FL_FLAG, AT(ideal), 0, 1, 0, "takes no time", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "ask", .way = FL_IN, .room = 4 },
        { .name = "give", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "bits", "dram", NULL, 0 }, { "opened", "dram", NULL, 0 }, { "refreshed", "dram", NULL, 0 }, { 0 } },
    .stepless = 1,                      /* refreshed */
    .state = (const struct fl_state[]){
        { .name = "place", .rule = FL_PLAIN, .offset = AT(place), .size = 8 },
        { .name = "closes", .rule = FL_TIME, .offset = AT(closes), .size = 8 },
        { .name = "due", .rule = FL_DEADLINE, .offset = AT(due), .size = 8, .arg = 0 },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "bank_at", .rule = FL_TIME, .offset = AT(bank_at), .size = sizeof(fl_time[BANKS]) },
        { 0 } },
    .start = memory_start, .wake = memory_wake,
};
