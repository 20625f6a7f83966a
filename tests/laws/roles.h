/* roles.h - what the bench must know of a port to feed it legally and to judge what comes out. */
#ifndef FL_TESTS_ROLES_H
#define FL_TESTS_ROLES_H

#include "sim/unit.h"

enum role_of {
    VECTORS,                            /* in: a message a vector of each optical step; the role of ports not listed */
    TILES, LOADS, WORK,                 /* in: a message a step that is optical, that moves data, that is digital */
    LAUNCHES,                           /* in: a message an operator on a GPU, `vectors` of them */
    EXCHANGES,                          /* in: a message an exchange between chips */
    PROJECTIONS, PATTERNS,              /* in: a message a projection; a message each of its patterns */
    CHUNKS, CHUNKS_OF_WORK,             /* in: a message a chunk that comes from DRAM: of each tile; of digital work */
    REQUESTS,                           /* in: reads and writes, as a mover of data would ask */
    ANSWERS,                            /* in: answers what goes out at `to`; reads, and writes that want it */
    ANSWERS_LAST, ANSWERS_MOVES,        /* in: only to the last vector of a step; only if the step moves data */
    ANSWERS_VECTORS,                    /* in: the vectors of the step, once `to` has named it */
    OWN,                                /* out: messages of the unit's own making */
    OWN_READS_WRITES,                   /* out: the same, in two flows that may overtake each other */
    OWN_OVERTAKING,                     /* out: the same, the end of one command may overtake another's */
    PACED,                              /* out: the same, one an item that came in, so that it shows the unit's pace */
    PACED_ALONE,                        /* out: the same, one an item, however things come in */
    UNPACED,                            /* out: passes a stream on, at no pace of its own */
};

struct role {
    const char *kind;                   /* NULL: for every type */
    const char *port;
    enum fl_way way;
    enum role_of of;
    const char *to;                     /* ANSWERS...: the outbound port that asks */
};

/* The role of a port; its first, if it answers several ports. */
enum role_of role_of(const struct fl_unit_type *type, const struct fl_portdef *port);
/* The next role of a port after `role` (NULL: the first); NULL if there is none. Lines for the type itself replace
 * those for all. */
const struct role *role_next(const struct fl_unit_type *type, const struct fl_portdef *port, const struct role *role);
/* Senders on this port never ask for room: a slot was reserved long before, or it is light. */
bool role_is_reserved(const struct fl_portdef *def);
/* Is the port joined on a pool such as this? Weights are driven only where they are streamed, and staged where not. */
bool role_is_joined(const struct fl_unit_type *type, const struct fl_portdef *def, const struct fl_pool *pool);
/* Does a memory answer the message? Reads always, writes that want it. */
bool role_is_due(const struct fl_msg *msg);
/* The port of `port` whose messages this outbound port passes on one for one, in order; -1 if it does not. */
int role_mirror_of(const struct fl_unit_type *type, uint32_t port);
/* Does a unit of this port (a memory) answer the message? */
bool role_is_answered(const struct fl_unit_type *type, uint32_t port, const struct fl_msg *msg);
/* The outbound port that shows the unit's pace, one message an item; -1 if there is none. `fed`: items come in by a
 * stream, so that their spacing there matters. */
int role_paced_port(const struct fl_unit_type *type, bool *fed);
/* Does this tally say what time did, rather than what was asked of the unit? */
bool role_is_timely(const struct fl_unit_type *type, const char *action);

#endif
