/* sram.c - on-chip memory: banks side by side, lines of requesters in rotation.
 *
 * A request is spread over all banks, so it takes ceil(bits / (banks x width)) cycles of
 * the memory. Line i is answered on line i. With `ideal` set, time is nothing and only the
 * accesses count.
 */
#include "sim/pace.h"

struct sram {
    struct unit unit;
    int64_t capacity_bits, banks, width_bits, latency;
    double read_fj, write_fj, leak_mw, area_um2;
    int32_t burns;
    bool ideal;
    fl_time free_at;
    uint32_t turn;
};
enum { ASK, GIVE };
enum { READ, WRITTEN };

static bool sram_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    fl_pipeline(u, GIVE, ((struct sram *)u)->latency);
    u->area_um2 = ((struct sram *)u)->area_um2;
    return true;
}

static bool answered(const struct fl_msg *msg)
{
    return !(msg->flags & FL_WRITE) || msg->flags & FL_REPLY;
}

/* The next line with a request that can be answered, or the number of lines. */
static uint32_t next_line(struct unit *u, const struct sram *s)
{
    uint32_t lines = u->socket[ASK].lines, found = lines;
    bool stuck = false;
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t line = s->turn + i < lines ? s->turn + i : s->turn + i - lines;
        if (!fl_has_on(u, ASK, line))
            continue;
        if (answered(fl_peek_on(u, ASK, line)) && !fl_room_on(u, GIVE, line))
            stuck = true;
        else if (found == lines)
            found = line;
    }
    fl_blocked(u, stuck && found == lines);
    return found;
}

static void serve(struct unit *u, struct sram *s, uint32_t line)
{
    struct fl_msg msg = fl_take_on(u, ASK, line);
    int64_t words = fl_ceil(msg.bits, s->width_bits), cycles = s->ideal ? 0 : fl_ceil(words, s->banks);
    fl_count(u, msg.flags & FL_WRITE ? WRITTEN : READ, words);
    s->free_at = cycles > 0 ? fl_issue(u, cycles, 1) : fl_now(u);
    s->turn = line + 1 < u->socket[ASK].lines ? line + 1 : 0;
    if (answered(&msg)) {
        msg.flags &= ~(uint32_t)FL_ASK;
        fl_send_on(u, GIVE, line, msg, s->ideal ? fl_now(u) : fl_edge(u, cycles + s->latency));
    }
}

static void sram_wake(struct unit *u)
{
    struct sram *s = (struct sram *)u;
    while (fl_now(u) >= s->free_at) {
        uint32_t line = next_line(u, s);
        if (line == u->socket[ASK].lines)
            return;
        serve(u, s, line);
    }
    fl_wake_at(u, s->free_at);
}

static void sram_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct sram *s = (const struct sram *)u;
    machine->sram_bits = s->capacity_bits;
    machine->sram_bit_ps = s->ideal ? 0 : fl_period_ps(u) / (double)(s->banks * s->width_bits);
}

#define AT(field) offsetof(struct sram, field)
const struct fl_unit_type fl_unit_sram = {
    .kind = "sram", .summary = "on-chip memory of banks", .phase = 1,
    .size = sizeof(struct sram),
    .params = (const struct fl_param[]){
        { "capacity", "bits", FL_COUNT, AT(capacity_bits), 1, 1e18, NAN, "of the whole memory", NULL },
        { "banks", "", FL_COUNT, AT(banks), 1, 1e6, NAN, "accessed side by side", NULL },
        { "width", "bits", FL_COUNT, AT(width_bits), 1, 1e6, NAN, "of one bank's port", NULL },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, 1, "access time beyond the first cycle, cycles", NULL },
        { "read_energy", "fJ", FL_REAL, AT(read_fj), 0, 1e12, NAN, "per word read", NULL },
        { "write_energy", "fJ", FL_REAL, AT(write_fj), 0, 1e12, NAN, "per word written", NULL },
        { "leakage", "mW", FL_REAL, AT(leak_mw), 0, 1e9, 0, "of the whole memory", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when it leaks", fl_burns_names },
        { "ideal", "", FL_FLAG, AT(ideal), 0, 1, 0, "takes no time", NULL },
        { "area", "um^2", FL_REAL, AT(area_um2), 0, 1e14, 0, "of the whole memory", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "ask", .way = FL_IN, .many = true, .room = 4 },
        { .name = "give", .way = FL_OUT, .many = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "read", "sram", "read_energy", AT(read_fj) },
        { "written", "sram", "write_energy", AT(write_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){ { "leakage", "sram", AT(leak_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "turn", .rule = FL_PLAIN, .offset = AT(turn), .size = sizeof(uint32_t) },
        { 0 } },
    .init = sram_init, .wake = sram_wake, .describe = sram_describe,
};
