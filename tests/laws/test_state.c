/* test_state.c - state tables tell the truth: all state is listed, and each rule says what time does to it.
 *
 * Reset and leaps know of a unit what its table says. So every byte that ever changes must
 * be listed; a machine started later must show the same state, later; a time that has
 * passed may be any time that has passed; and reset must forget everything. Tables made
 * wrong on purpose must be found out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cases.h"
#include "tests/laws/machine.h"
#include "tests/suites.h"

enum { STATES = 256 };
enum { SEEDS = 110, ALL_SEEDS = 40, MOMENTS = 1500, FAULT_BYTES = 160 };   /* of one type, of all types at once */

struct law_fault { char text[FAULT_BYTES]; };       /* "" : none */

/* ---- machines moment by moment ---- */

static void start(struct law_machine *m)
{
    m->sim.program = &m->program;
    fl_sim_reset(&m->sim);
}

/* All events of the next moment; false when there are none. */
static bool moment(struct law_machine *m)
{
    fl_time next = fl_queue_time(&m->sim.queue);
    if (m->sim.halted || next == FL_NEVER)
        return false;
    fl_sim_until(&m->sim, next);
    return true;
}

/* The unit's table, one entry for each state, until the next call. */
static const struct fl_state *states(const struct unit *u)
{
    static struct fl_state all[STATES];
    size_t n = 0;
    for (const struct fl_state *s = u->type->state; s != NULL && s->name != NULL; s++)
        for (uint32_t i = 0; i < fl_state_count(u, s); i++) {
            ck_assert_uint_lt(n + 1, STATES);
            all[n++] = fl_state_at(u, s, i);
        }
    all[n] = (struct fl_state){ .name = NULL };
    return all;
}

/* ---- every byte that changes is listed ---- */

/* Marks the bytes of a unit that its table lists. */
static void mark_listed(const struct unit *u, char *listed)
{
    for (const struct fl_state *s = states(u); s->name != NULL; s++) {
        memset(listed + s->offset, 1, s->size);
        if (s->rule == FL_LEFT)
            memset(listed + s->resets, 1, s->size);
        if (s->rule == FL_DEADLINE && s->watch != 0)
            memset(listed + s->watch, 1, s->size / sizeof(fl_time) * sizeof(struct fl_watch));
        if (s->rule == FL_STOCK)
            memset(listed + s->taking, 1, s->size / sizeof(int64_t) * sizeof(struct fl_taking));
    }
    memset(listed + offsetof(struct unit, alarm), 1, sizeof u->alarm);  /* what the kernel keeps itself */
    memset(listed + offsetof(struct unit, blocked), 1, sizeof u->blocked);
    memset(listed + offsetof(struct unit, blocked_at), 1, sizeof u->blocked_at);
    memset(listed + offsetof(struct unit, blocked_slot), 1, sizeof u->blocked_slot);
    memset(listed + offsetof(struct unit, touched), 1, sizeof u->touched);
    memset(listed + offsetof(struct unit, rows), 1, sizeof u->rows);
}

struct witness { char *before, *listed; };

static void compare_bytes(const struct unit *u, const struct witness *w, struct law_fault *fault)
{
    if (memcmp(u, w->before, u->type->size) == 0)
        return;
    for (size_t i = 0; i < u->type->size; i++)
        if (((const char *)u)[i] != w->before[i] && !w->listed[i])
            snprintf(fault->text, sizeof fault->text, "%s: byte %zu of the struct changes, and no table lists it",
                     u->type->kind, i);
}

/* Is the unit one of those that are looked at? Of a type made wrong they are its own. */
static bool looked_at(const struct unit *u, const struct fl_unit_type *type)
{
    return type == NULL || u->type == type;
}

static void find_unlisted(uint64_t seed, const struct law_twist *twist, struct law_fault *fault)
{
    struct law_machine m;
    law_machine_build(&m, seed, twist);
    struct witness *w = calloc(m.sim.units, sizeof *w);
    ck_assert_ptr_nonnull(w);
    start(&m);                          /* it decides how much state there is */
    for (uint32_t i = 0; i < m.sim.units; i++) {
        size_t size = m.sim.unit[i]->type->size;
        w[i] = (struct witness){ malloc(size), calloc(1, size) };
        memcpy(w[i].before, m.sim.unit[i], size);
        mark_listed(m.sim.unit[i], w[i].listed);
    }
    for (int n = 0; n < MOMENTS && fault->text[0] == '\0' && moment(&m); n++)
        for (uint32_t i = 0; i < m.sim.units; i++)
            if (looked_at(m.sim.unit[i], twist->type))
                compare_bytes(m.sim.unit[i], &w[i], fault);
    for (uint32_t i = 0; i < m.sim.units; i++) {
        free(w[i].before);
        free(w[i].listed);
    }
    free(w);
    law_machine_free(&m);
}

/* ---- a machine started later shows the same state, later ---- */

static int64_t word_at(const struct unit *u, uint32_t offset)
{
    int64_t word;
    memcpy(&word, (const char *)u + offset, sizeof word);
    return word;
}

static fl_time later(fl_time t, fl_time by)
{
    return t == FL_NEVER ? t : t + by;
}

static void start_later(struct law_machine *m, fl_time by)
{
    struct fl_sim *sim = &m->sim;
    start(m);
    sim->now = by;
    for (uint32_t i = 0; i < sim->units; i++) {
        struct unit *u = sim->unit[i];
        u->alarm = later(u->alarm, by);
        for (const struct fl_state *s = states(u); s->name != NULL; s++)
            for (uint32_t at = s->offset; at < s->offset + s->size; at += 8)
                if (s->rule == FL_TIME || s->rule == FL_DEADLINE) {
                    int64_t t = later(word_at(u, at), by);
                    memcpy((char *)u + at, &t, sizeof t);
                }
        for (uint32_t p = 0; u->type->ports[p].name != NULL; p++)
            for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++)
                for (uint32_t k = 0; k < u->socket[p].line[l]->used; k++)
                    u->socket[p].line[l]->ring[k].at += by;
    }
    fl_queue_rebuild(&sim->queue);
}

static bool times_agree(fl_time a, fl_time now_a, fl_time b, fl_time now_b)
{
    if (a == FL_NEVER || b == FL_NEVER)
        return a == b;
    return (a > now_a ? a - now_a : 0) == (b > now_b ? b - now_b : 0);
}

static bool states_agree(const struct fl_state *s, const struct unit *a, const struct unit *b)
{
    if (s->rule == FL_PLAIN)
        return memcmp((const char *)a + s->offset, (const char *)b + s->offset, s->size) == 0;
    for (uint32_t at = s->offset; at < s->offset + s->size; at += 8) {
        int64_t x = word_at(a, at), y = word_at(b, at);
        bool timed = s->rule == FL_TIME || s->rule == FL_DEADLINE;
        if (timed ? !times_agree(x, a->sim->now, y, b->sim->now) : x != y)
            return false;
    }
    return true;
}

/* Units of a type; NULL: all. */
static void compare_machines(const struct law_machine *a, const struct law_machine *b, const struct fl_unit_type *type,
                             struct law_fault *fault)
{
    for (uint32_t i = 0; i < a->sim.units; i++) {
        const struct unit *x = a->sim.unit[i], *y = b->sim.unit[i];
        if (!looked_at(x, type))
            continue;
        for (const struct fl_state *s = states(x); s->name != NULL; s++)
            if (!states_agree(s, x, y))
                snprintf(fault->text, sizeof fault->text, "%s.%s: not the same in a machine started later",
                         x->type->kind, s->name);
        if (!times_agree(x->alarm, a->sim.now, y->alarm, b->sim.now) || x->blocked != y->blocked)
            snprintf(fault->text, sizeof fault->text, "%s: acts otherwise in a machine started later", x->type->kind);
    }
}

static void find_unshifted(uint64_t seed, const struct law_twist *twist, struct law_fault *fault)
{
    struct law_machine a, b;
    law_machine_build(&a, seed, twist);
    law_machine_build(&b, seed, twist);
    start(&a);
    start_later(&b, 7 * a.joint);
    for (int n = 0; n < MOMENTS && fault->text[0] == '\0' && moment(&a); n++) {
        moment(&b);
        if (b.sim.now - a.sim.now != 7 * a.joint)
            snprintf(fault->text, sizeof fault->text, "a machine started later runs otherwise");
        else
            compare_machines(&a, &b, twist->type, fault);
    }
    law_machine_free(&a);
    law_machine_free(&b);
}

/* ---- laws of the shipped types ---- */

typedef void law(uint64_t seed, const struct law_twist *twist, struct law_fault *fault);

/* Half of the machines are crowded, some have many streams. */
static struct law_twist twist_of(uint64_t seed, const struct fl_unit_type *type)
{
    return (struct law_twist){ .type = type, .crowd = seed % 2 == 0, .streams = seed % 3 == 0,
                               .stocks = seed % 9 == 0 };
}

/* Has the machine of a seed a unit of the kind? All are built once. */
static bool has_kind(uint64_t seed, const char *kind)
{
    static uint64_t kinds[SEEDS + 1];   /* bits, in the order of fl_unit_types; 0: not looked at yet */
    size_t which = 0;
    while (strcmp(fl_unit_types[which]->kind, kind) != 0)
        which++;
    ck_assert_uint_lt(which, 64);
    if (kinds[seed] == 0) {
        struct law_machine m;
        struct law_twist twist = twist_of(seed, NULL);
        law_machine_build(&m, seed, &twist);
        for (uint32_t i = 0; i < m.sim.units; i++)
            for (size_t t = 0; fl_unit_types[t] != NULL; t++)
                kinds[seed] |= (uint64_t)(m.sim.unit[i]->type == fl_unit_types[t]) << t;
        law_machine_free(&m);
    }
    return kinds[seed] >> which & 1;
}

/* Looks for a fault of a type (NULL: of any) in random machines, if it is in them. */
static struct law_fault look(const struct fl_unit_type *type, law *find)
{
    struct law_fault fault = {{ 0 }};
    for (uint64_t seed = 1; seed <= (type != NULL ? SEEDS : ALL_SEEDS) && fault.text[0] == '\0'; seed++) {
        struct law_twist twist = twist_of(seed, type);
        if (type == NULL || has_kind(seed, type->kind))
            find(seed, &twist, &fault);
    }
    return fault;
}

START_TEST(every_changing_byte_is_listed)
{
    ck_assert_str_eq(look(NULL, find_unlisted).text, "");
}
END_TEST

START_TEST(starting_later_changes_nothing_but_time)
{
    ck_assert_str_eq(look(NULL, find_unshifted).text, "");
}
END_TEST

/* The laws above speak of all types only if the random machines use them all. */
START_TEST(every_type_is_used)
{
    bool used[64] = {false};
    size_t types = 0, seen = 0;
    while (fl_unit_types[types] != NULL)
        types++;
    ck_assert_uint_le(types, sizeof used / sizeof *used);
    for (uint64_t seed = 1; seed <= SEEDS && seen < types; seed++) {
        struct law_machine m;
        struct law_result r;
        law_machine_build(&m, seed, &law_plain);
        law_machine_run(&m, &r);
        for (uint32_t i = 0; i < m.sim.units; i++)
            for (size_t t = 0; t < types; t++)
                if (!used[t] && m.sim.unit[i]->type == fl_unit_types[t] && m.sim.unit[i]->count[FL_WAKES] > 9) {
                    used[t] = true;
                    seen++;
                }
        law_result_free(&r);
        law_machine_free(&m);
    }
    for (size_t t = 0; t < types; t++)
        ck_assert_msg(used[t], "no random machine uses a %s", fl_unit_types[t]->kind);
}
END_TEST

/* Times that have passed are set to other times that have passed. */
static void past_stir(struct law_machine *m)
{
    for (uint32_t i = 0; i < m->sim.units; i++) {
        struct unit *u = m->sim.unit[i];
        for (const struct fl_state *s = states(u); s->name != NULL; s++) {
            if (s->rule != FL_TIME)
                continue;
            for (uint32_t at = s->offset; at < s->offset + s->size; at += 8)
                if (word_at(u, at) <= m->sim.now) {
                    fl_time t = m->sim.now - fl_rng_range(&m->rng, 0, 5000);
                    memcpy((char *)u + at, &t, sizeof t);
                }
        }
    }
}

START_TEST(the_past_is_past)
{
    for (uint64_t seed = 1; seed <= cases_of(ALL_SEEDS); seed++) {
        struct law_machine a, b;
        struct law_fault fault = {{ 0 }};
        law_machine_build(&a, seed, &law_plain);
        law_machine_build(&b, seed, &law_plain);
        start(&a);
        start(&b);
        for (int n = 0; n < MOMENTS && fault.text[0] == '\0' && moment(&a); n++) {
            moment(&b);
            compare_machines(&a, &b, NULL, &fault);
            past_stir(&b);
        }
        ck_assert_msg(fault.text[0] == '\0', "seed %llu: %s when past times are others", (unsigned long long)seed,
                      fault.text);
        law_machine_free(&a);
        law_machine_free(&b);
    }
}
END_TEST

/* Whatever a run, or worse, has left behind. */
static void soil(struct law_machine *m)
{
    for (uint32_t i = 0; i < m->sim.units; i++) {
        struct unit *u = m->sim.unit[i];
        for (const struct fl_state *s = states(u); s->name != NULL; s++) {
            memset((char *)u + s->offset, 0xA5, s->size);
            if (s->rule == FL_LEFT)
                memset((char *)u + s->resets, 0x5A, s->size);
            if (s->rule == FL_DEADLINE && s->watch != 0)
                memset((char *)u + s->watch, 0x5A, s->size / sizeof(fl_time) * sizeof(struct fl_watch));
            if (s->rule == FL_STOCK)
                memset((char *)u + s->taking, 0x5A, s->size / sizeof(int64_t) * sizeof(struct fl_taking));
        }
        memset(u->count, 0x77, u->counts * sizeof *u->count);
    }
}

START_TEST(reset_forgets_everything)
{
    for (uint64_t seed = 1; seed <= cases_of(SEEDS); seed++) {
        struct law_machine m;
        struct law_result first, again;
        law_machine_build(&m, seed, &law_plain);
        law_machine_run(&m, &first);
        soil(&m);
        law_machine_run(&m, &again);
        const char *differs = law_result_differs(&m, &first, &again, true);
        ck_assert_msg(differs == NULL, "seed %llu: %s differs", (unsigned long long)seed, differs);
        law_result_free(&first);
        law_result_free(&again);
        law_machine_free(&m);
    }
}
END_TEST

/* ---- wrong tables are found out ---- */

enum { ENTRIES = 32 };

static uint32_t table_copy(const struct fl_unit_type *type, struct fl_state copy[ENTRIES])
{
    uint32_t n = 0;
    for (; type->state != NULL && type->state[n].name != NULL; n++) {
        ck_assert_uint_lt(n, ENTRIES - 1);
        copy[n] = type->state[n];
    }
    copy[n] = (struct fl_state){ 0 };
    return n;
}

START_TEST(a_field_left_out_is_found)
{
    for (size_t t = 0; fl_unit_types[t] != NULL; t++) {
        struct fl_state table[ENTRIES];
        struct fl_unit_type wrong = *fl_unit_types[t];
        uint32_t entries = table_copy(fl_unit_types[t], table);
        wrong.state = table;
        for (uint32_t out = 0; out < entries; out++) {
            table_copy(fl_unit_types[t], table);
            memmove(&table[out], &table[out + 1], (entries - out) * sizeof *table);
            ck_assert_msg(look(&wrong, find_unlisted).text[0] != '\0', "%s.%s is left out, and nobody notices",
                          wrong.kind, fl_unit_types[t]->state[out].name);
        }
    }
}
END_TEST

START_TEST(a_time_called_plain_is_found)
{
    for (size_t t = 0; fl_unit_types[t] != NULL; t++) {
        struct fl_state table[ENTRIES];
        struct fl_unit_type wrong = *fl_unit_types[t];
        uint32_t entries = table_copy(fl_unit_types[t], table);
        wrong.state = table;
        for (uint32_t i = 0; i < entries; i++) {
            table_copy(fl_unit_types[t], table);
            bool timed = table[i].rule == FL_TIME || table[i].rule == FL_DEADLINE;
            if (!timed)
                continue;
            table[i].rule = FL_PLAIN;
            ck_assert_msg(look(&wrong, find_unshifted).text[0] != '\0', "%s.%s is called plain, and nobody notices",
                          wrong.kind, table[i].name);
        }
    }
}
END_TEST

Suite *test_state_suite(void)
{
    Suite *suite = suite_create("state");
    TCase *tcase = tcase_create("state");
    tcase_add_test(tcase, every_changing_byte_is_listed);
    tcase_add_test(tcase, starting_later_changes_nothing_but_time);
    tcase_add_test(tcase, every_type_is_used);
    tcase_add_test(tcase, the_past_is_past);
    tcase_add_test(tcase, reset_forgets_everything);
    tcase_add_test(tcase, a_field_left_out_is_found);
    tcase_add_test(tcase, a_time_called_plain_is_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
