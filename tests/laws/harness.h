/* harness.h - a bench on which any registered unit type can be run alone.
 *
 * The unit stands between ends of one test-only unit, the world: it feeds every inbound
 * port with random but legal traffic, takes what comes out of every outbound port, holds
 * back as it likes, and answers requests. Everything is a function of (type, seed), so
 * that two runs differ only in what a law varies: holding back, waking twice, waking for
 * nothing, starting again.
 *
 *     struct rig rig;
 *     rig_open(&rig, type, seed, 0);
 *     struct rig_result calm = rig_run(&rig, (struct rig_traffic){ .gaps = true });
 *     struct rig_result held = rig_run(&rig, (struct rig_traffic){ .gaps = true, .pressure = true });
 *     ...
 *     rig_result_free(&calm); rig_result_free(&held); rig_close(&rig);
 *
 * What the world must know of a port is one table in roles.c, by port name: a device
 * that uses the names of the house needs no line there.
 */
#ifndef FL_TESTS_HARNESS_H
#define FL_TESTS_HARNESS_H

#include "base/rng.h"
#include "machine/machine.h"
#include "sim/kernel.h"

enum { RIG_STEPS = 6, RIG_INSTS = 64, RIG_LINES = 3, RIG_TEXT = 400, RIG_LIGHT_PS = 70 };

/* What varies between two runs of one rig. */
struct rig_traffic {
    bool gaps;                          /* messages in and answers come at random times; else as fast as they can */
    fl_time spacing;                    /* without gaps: least time between two messages of a stream */
    fl_time delay;                      /* without gaps: from a request to its answer */
    bool pressure;                      /* outbound messages are left lying at random */
    bool twice;                         /* every wake is done twice */
    bool nudge;                         /* the unit is woken for nothing, at random times */
};

/* Something the unit sent: on which port and line, its place among those there, and the message; msg.at is when it
 * left. */
struct rig_mail { uint32_t port, line; int64_t order; struct fl_msg msg; };

struct rig_result {
    struct rig_mail *mail;              /* sorted by port, line, order */
    size_t mails, room;
    int64_t *count;                     /* the unit's counts, as fl_unit_count_name names them */
    uint32_t counts;
    fl_time end;                        /* when all was quiet: last event, or the end of the unit's last issue slot */
    bool quiet;                         /* no event was left; false if it never came to rest */
};

struct rig_feed;
struct rig_tap;
struct rig {
    const struct fl_unit_type *type;
    uint64_t seed;
    struct rig_traffic traffic;
    struct fl_sim sim;
    struct fl_machine machine;          /* its pools; the unit belongs to the first */
    struct fl_clock clock;
    struct fl_step step[RIG_STEPS];
    struct fl_inst inst[RIG_INSTS];
    struct fl_program program;
    struct unit *unit, *world, *nudger;
    struct rig_feed *feed;              /* one for each line of an inbound port */
    struct rig_tap *tap;                /* one for each line of an outbound port */
    size_t feeds, taps;
    struct rig_mail *mail;
    size_t mails, mail_room;
    fl_time nudge_until;
    fl_time light_until;                /* the last vector of light that went in lasts until then */
    char *fresh;                        /* the unit's own fields as they were before the first run */
};

/* Builds the bench for a type. `items` 0: a random program of several steps on a random clock; else one step of that
 * many equal vectors, rows or chunks, on a clock of whole picoseconds. */
void rig_open(struct rig *rig, const struct fl_unit_type *type, uint64_t seed, int64_t items);
void rig_close(struct rig *rig);

/* The same by hand: a type at its presets (what has none is 1), to be changed with param_set (draw.h) on rig->unit;
 * then a program, whose steps fill the feeds as they would at random; then messages of one's own. */
void rig_begin(struct rig *rig, const struct fl_unit_type *type, fl_time period_ps, const struct fl_pool *pool);
void rig_ready(struct rig *rig, struct fl_program program);
void rig_give(struct rig *rig, const char *port, uint32_t line, struct fl_msg msg);
/* Message `number` (from 0) of a port, NULL if there were fewer; when it left, FL_NEVER if it did not; a count. */
const struct fl_msg *rig_mail_at(const struct rig *rig, const struct rig_result *result, const char *port,
                                 size_t number);
fl_time rig_left_at(const struct rig *rig, const struct rig_result *result, const char *port, size_t number);
int64_t rig_count(const struct rig *rig, const struct rig_result *result, const char *name);

/* Starts afresh and runs until nothing is left to happen. */
struct rig_result rig_run(struct rig *rig, struct rig_traffic traffic);
/* Starts afresh and runs until `stop`, leaving the unit in the middle of its work. */
void rig_run_until(struct rig *rig, struct rig_traffic traffic, fl_time stop);
void rig_result_free(struct rig_result *result);

/* True if the unit's own fields are what they were before the first run; else the first byte that differs. Call it
 * after fl_sim_reset. */
bool rig_is_fresh(const struct rig *rig, size_t *byte);

/* Nothing left over: every feed is through, every ring empty, nobody refused, nobody blocked. Else says what is. */
bool rig_is_drained(struct rig *rig, char text[RIG_TEXT]);

/* The messages sent to an inbound line, in order. */
const struct fl_msg *rig_sent(const struct rig *rig, uint32_t port, uint32_t line, size_t *messages);
/* The least time between two vectors of light that the pool's detectors and ADCs can follow. */
fl_time rig_light_gap(const struct rig *rig, const struct fl_step *step);

#endif
