/* unit_laws.c - each law runs the bench a few times and compares. */
#include "tests/laws/unit_laws.h"

#include <stdio.h>

#include "tests/laws/roles.h"

static bool mail_equal(const struct rig_mail *a, const struct rig_mail *b, bool times)
{
    return a->port == b->port && a->line == b->line && a->msg.bits == b->msg.bits && a->msg.step == b->msg.step &&
           a->msg.flags == b->msg.flags && (!times || a->msg.at == b->msg.at);
}

/* The same messages on every line, and at the same times if `times`. */
static bool same_mail(const struct rig *rig, const struct rig_result *a, const struct rig_result *b, bool times,
                      const char *what, char text[RIG_TEXT])
{
    if (a->mails != b->mails)
        return snprintf(text, RIG_TEXT, "%s: %zu messages come out instead of %zu", what, b->mails, a->mails) < 0;
    for (size_t i = 0; i < a->mails; i++) {
        const struct rig_mail *x = &a->mail[i], *y = &b->mail[i];
        if (!mail_equal(x, y, times))
            return snprintf(text, RIG_TEXT, "%s: message %zu was %s[%u] step %u bits %lld flags %u at %lld, now is "
                            "%s[%u] step %u bits %lld flags %u at %lld", what, i, rig->type->ports[x->port].name,
                            x->line, x->msg.step, (long long)x->msg.bits, x->msg.flags, (long long)x->msg.at,
                            rig->type->ports[y->port].name, y->line, y->msg.step, (long long)y->msg.bits,
                            y->msg.flags, (long long)y->msg.at) < 0;
    }
    return true;
}

/* Which counts must agree: those of actions alone; all but wakes, which are effort and not result; or all. */
enum compared { ACTIONS, RESULTS, ALL };

static bool is_compared(const struct rig *rig, uint32_t c, enum compared which)
{
    if (which == ACTIONS)
        return c >= FL_OWN && !role_is_timely(rig->type, fl_unit_count_name(rig->unit, c));
    return which == ALL || c != FL_WAKES;
}

static bool same_counts(const struct rig *rig, const struct rig_result *a, const struct rig_result *b,
                        enum compared which, const char *what, char text[RIG_TEXT])
{
    for (uint32_t c = 0; c < a->counts; c++)
        if (a->count[c] != b->count[c] && is_compared(rig, c, which))
            return snprintf(text, RIG_TEXT, "%s: %s is %lld instead of %lld", what, fl_unit_count_name(rig->unit, c),
                            (long long)b->count[c], (long long)a->count[c]) < 0;
    return true;
}

/* Two runs of one rig, compared. */
static bool runs_agree(const struct fl_unit_type *type, uint64_t seed, struct rig_traffic one, struct rig_traffic other,
                       const char *what, char text[RIG_TEXT])
{
    struct rig rig;
    rig_open(&rig, type, seed, 0);
    struct rig_result a = rig_run(&rig, one), b = rig_run(&rig, other);
    bool ok = same_mail(&rig, &a, &b, true, what, text) &&
              same_counts(&rig, &a, &b, RESULTS, what, text);
    rig_result_free(&a);
    rig_result_free(&b);
    rig_close(&rig);
    return ok;
}

bool law_wakes(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    for (int pressure = 0; pressure < 2; pressure++) {
        struct rig_traffic plain = { .gaps = true, .pressure = pressure }, twice = plain, nudged = plain;
        twice.twice = nudged.nudge = true;
        if (!runs_agree(type, seed, plain, twice, "woken twice", text) ||
            !runs_agree(type, seed, plain, nudged, "woken for nothing", text))
            return false;
    }
    return true;
}

/* An outbound line passes on what a stream brought to the same line of another port, in order. */
static bool mirrors(const struct rig *rig, const struct rig_result *result, uint32_t port, uint32_t line,
                    char text[RIG_TEXT])
{
    uint32_t from = (uint32_t)role_mirror_of(rig->type, port);
    size_t sent = 0, i = 0;
    const struct fl_msg *msg = rig_sent(rig, from, line, &sent);
    const char *name = rig->type->ports[port].name;
    for (size_t m = 0; m < result->mails; m++) {
        const struct rig_mail *out = &result->mail[m];
        if (out->port != port || out->line != line)
            continue;
        while (i < sent && !role_is_answered(rig->type, from, &msg[i]))
            i++;
        if (i == sent)
            return snprintf(text, RIG_TEXT, "more comes out on %s[%u] than went in", name, line) < 0;
        const uint32_t kept = FL_FIRST | FL_LAST;
        if (out->msg.step != msg[i].step || (out->msg.flags & kept) != (msg[i].flags & kept))
            return snprintf(text, RIG_TEXT, "message %zu on %s[%u] is of step %u, flags %u; step %u, flags %u went in",
                            i, name, line, out->msg.step, out->msg.flags, msg[i].step, msg[i].flags) < 0;
        i++;
    }
    while (i < sent && !role_is_answered(rig->type, from, &msg[i]))
        i++;
    if (i < sent)
        return snprintf(text, RIG_TEXT, "%zu messages went in for %s[%u], not all came out", sent, name, line) < 0;
    return true;
}

static bool all_mirrors(const struct rig *rig, const struct rig_result *result, char text[RIG_TEXT])
{
    for (uint32_t p = 0; rig->type->ports[p].name != NULL; p++)
        for (uint32_t l = 0; role_mirror_of(rig->type, p) >= 0 && l < rig->unit->socket[p].lines; l++)
            if (!mirrors(rig, result, p, l, text))
                return false;
    return true;
}

bool law_order(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    struct rig rig;
    rig_open(&rig, type, seed, 0);
    struct rig_result calm = rig_run(&rig, (struct rig_traffic){ .gaps = true });
    struct rig_result held = rig_run(&rig, (struct rig_traffic){ .gaps = true, .pressure = true });
    bool ok = all_mirrors(&rig, &held, text) && same_mail(&rig, &calm, &held, false, "held back", text);
    rig_result_free(&calm);
    rig_result_free(&held);
    rig_close(&rig);
    return ok;
}

bool law_credits(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    for (int gaps = 0; gaps < 2; gaps++) {
        struct rig rig;
        rig_open(&rig, type, seed, 0);
        struct rig_result held = rig_run(&rig, (struct rig_traffic){ .gaps = gaps, .pressure = true });
        bool ok = rig_is_drained(&rig, text);
        rig_result_free(&held);
        rig_close(&rig);
        if (!ok)
            return false;
    }
    return true;
}

bool law_reset(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    struct rig rig;
    rig_open(&rig, type, seed, 0);
    struct rig_traffic traffic = { .gaps = true, .pressure = true };
    struct rig_result fresh = rig_run(&rig, traffic), again = {0};
    struct fl_rng rng = { seed };
    rig_run_until(&rig, traffic, fl_rng_range(&rng, 0, fresh.end));
    fl_sim_reset(&rig.sim);
    size_t byte;
    bool ok = rig_is_fresh(&rig, &byte);
    if (!ok)
        snprintf(text, RIG_TEXT, "byte %zu of the struct is not as it was before the first run: the state table does "
                 "not cover it", byte + sizeof(struct unit));
    if (ok) {
        again = rig_run(&rig, traffic);
        ok = same_mail(&rig, &fresh, &again, true, "after a reset", text) &&
             same_counts(&rig, &fresh, &again, ALL, "after a reset", text);
    }
    rig_result_free(&fresh);
    rig_result_free(&again);
    rig_close(&rig);
    return ok;
}

/* ---- tightness ---- */

/* The times at which messages left on the paced port; how many there were. */
static size_t departures(const struct rig_result *result, uint32_t port, fl_time *at, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < result->mails; i++)
        if (result->mail[i].port == port && result->mail[i].line == 0 && n < room)
            at[n++] = result->mail[i].msg.at;
    return n;
}

enum { MANY = 12 };

/* Runs `items` equal items, `spacing` apart, and checks that they leave `apart` apart. */
static bool leave_apart(const struct fl_unit_type *type, uint64_t seed, int64_t items, fl_time spacing, fl_time apart,
                        char text[RIG_TEXT])
{
    struct rig rig;
    fl_time at[MANY + 1];
    rig_open(&rig, type, seed, items);
    struct rig_result result = rig_run(&rig, (struct rig_traffic){ .spacing = spacing });
    bool fed;
    uint32_t port = (uint32_t)role_paced_port(type, &fed);
    size_t n = departures(&result, port, at, MANY + 1);
    bool ok = n == (size_t)items;
    if (!ok)
        snprintf(text, RIG_TEXT, "%lld items give %zu messages on %s", (long long)items, n, type->ports[port].name);
    for (size_t i = 1; ok && i < n; i++)
        if (at[i] - at[i - 1] != apart) {
            ok = false;
            snprintf(text, RIG_TEXT, "message %zu on %s leaves %lld ps after the one before, not %lld (items come "
                     "%lld ps apart)", i, type->ports[port].name, (long long)(at[i] - at[i - 1]), (long long)apart,
                     (long long)spacing);
        }
    rig_result_free(&result);
    rig_close(&rig);
    return ok;
}

/* Pace of a type for a seed: the interval at which equal items leave, and the least at which they may come. */
struct pace { fl_time slot, least, period; };

/* The interval is the issue slot of one item. A source of light also keeps the distance its detectors and ADCs need,
 * from edge to edge; light that comes keeps it already. */
static struct pace pace_of(const struct fl_unit_type *type, uint64_t seed)
{
    struct rig rig;
    bool in = false, out = false;
    rig_open(&rig, type, seed, 1);
    struct rig_result one = rig_run(&rig, (struct rig_traffic){0});
    struct pace pace = { one.count[FL_BUSY_PS], 0, rig.clock.p };
    for (const struct fl_portdef *port = type->ports; port->name != NULL; port++)
        *(port->way == FL_IN ? &in : &out) |= port->domain == FL_OPTICAL;
    fl_time gap = rig_light_gap(&rig, &rig.program.step[0]);
    if (in) {
        gap = gap > RIG_LIGHT_PS ? gap : RIG_LIGHT_PS;
        pace.slot = pace.least = pace.slot > gap ? pace.slot : gap;
    }
    if (out && !in && gap > pace.slot)
        pace.slot = (gap + pace.period - 1) / pace.period * pace.period;
    rig_result_free(&one);
    rig_close(&rig);
    return pace;
}

fl_time law_tight_interval_ps(const struct fl_unit_type *type, uint64_t seed)
{
    return pace_of(type, seed).slot;
}

bool law_tight(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    bool fed;
    if (role_paced_port(type, &fed) < 0)
        return true;
    struct pace pace = pace_of(type, seed);
    if (pace.slot == 0)
        return true;
    fl_time up = (pace.slot + pace.period - 1) / pace.period * pace.period;
    const fl_time spacing[] = { up - pace.period, up, up + pace.period, 5 * up };
    bool ok = leave_apart(type, seed, MANY, 0, pace.slot, text);
    for (size_t i = 0; ok && fed && i < sizeof spacing / sizeof *spacing; i++)
        if (spacing[i] >= pace.least)
            ok = leave_apart(type, seed, 2, spacing[i], spacing[i] > pace.slot ? spacing[i] : pace.slot, text);
    return ok;
}

/* ---- counts ---- */

bool law_time(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    bool ok = true;
    for (int how = 0; ok && how < 4; how++) {
        struct rig rig;
        rig_open(&rig, type, seed, 0);
        struct rig_result run = rig_run(&rig, (struct rig_traffic){ .gaps = how & 1, .pressure = how & 2 });
        int64_t busy = run.count[FL_BUSY_PS], blocked = run.count[FL_BLOCKED_PS];
        ok = busy >= 0 && blocked >= 0 && busy + blocked <= run.end;
        if (!ok)
            snprintf(text, RIG_TEXT, "busy %lld ps and blocked %lld ps of a run of %lld ps", (long long)busy,
                     (long long)blocked, (long long)run.end);
        rig_result_free(&run);
        rig_close(&rig);
    }
    return ok;
}

bool law_tallies(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT])
{
    struct rig rig;
    rig_open(&rig, type, seed, 0);
    struct rig_result calm = rig_run(&rig, (struct rig_traffic){ .gaps = true });
    struct rig_result held = rig_run(&rig, (struct rig_traffic){ .gaps = true, .pressure = true });
    bool ok = same_counts(&rig, &calm, &held, ACTIONS, "held back", text);
    rig_result_free(&calm);
    rig_result_free(&held);
    rig_close(&rig);
    return ok;
}

const struct unit_law_entry unit_laws[] = {
    { "wakes", law_wakes }, { "order", law_order }, { "credits", law_credits }, { "reset", law_reset },
    { "tight", law_tight }, { "time", law_time }, { "tallies", law_tallies }, { NULL, NULL },
};
