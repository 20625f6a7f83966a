/* unit.h - what a hardware unit is.
 *
 * A unit is a plain struct whose first member is `struct unit`: first its parameters,
 * then its mutable state. Its type is one const table: parameters, ports, tallies,
 * state and functions. The kernel calls init once (parameters are set), start once
 * (ports are joined, time is 0), and wake whenever a message, a credit or the unit's
 * own alarm is due. A unit never calls another unit: it sends to ports and sets its alarm.
 *
 * A wake is a hint, never a permission: a unit paces itself by its own `free_at`, and
 * waking it twice changes nothing. A unit counts integers; SQL prices them later.
 */
#ifndef FL_UNIT_H
#define FL_UNIT_H

#include <math.h>
#include <stddef.h>

#include "base/err.h"
#include "sim/program.h"
#include "sim/time.h"

struct unit;
struct fl_sim;
struct fl_pool;                         /* machine/pool.h: the kernel only keeps it for the units */
struct fl_machine;                      /* machine/machine.h: what units describe themselves to */

/* One config key, and the struct field it fills. Every unit also has the key `clock`. */
enum fl_param_type {
    FL_COUNT,                           /* int64_t, measure "" or "bits", "bytes" */
    FL_REAL,                            /* double, in `measure` ("fJ", "mW", "dB", "um^2", "" for a ratio) */
    FL_SPAN,                            /* fl_time, measure "ps" */
    FL_CHOICE,                          /* int32_t, index into `choices` */
    FL_FLAG,                            /* bool */
};
/* What a key decides, added to its type (`FL_REAL | FL_COSTS`). A price list may change what costs and no more; only
 * what no count depends on may have a range. */
enum fl_role {
    FL_DOES = 0,                        /* what happens */
    FL_COSTS = 1 << 3,                  /* a price is proportional to it: an energy, a power, a current */
    FL_SCALES = 2 << 3,                 /* it multiplies others that cost: a voltage */
    FL_DIVIDES = 3 << 3,                /* a price is divided by it: an efficiency */
    FL_DIMS = 4 << 3,                   /* loses light, or decides what a photon is worth: the laser makes up for it */
    FL_LIGHTS = 5 << 3,                 /* how much light is asked for, and so how exact outputs are */
    FL_WIDTH = 6 << 3,                  /* bits of a number: conversions, tiles, traffic */
};
struct fl_param {
    const char *name, *measure;
    uint32_t kind;                      /* its type and its role; read by the two functions below */
    uint32_t offset;
    double least, most, preset;         /* preset NAN: the key is required */
    const char *meaning;
    const char *const *choices;         /* FL_CHOICE: ends with NULL */
};

static inline enum fl_param_type fl_param_type(const struct fl_param *param)
{
    return (enum fl_param_type)(param->kind & 7);
}
static inline enum fl_role fl_param_role(const struct fl_param *param)
{
    return (enum fl_role)(param->kind & ~7u);
}

enum fl_way { FL_IN, FL_OUT };
enum fl_domain { FL_ELECTRICAL, FL_OPTICAL };   /* unlike domains never join */
struct fl_portdef {
    const char *name;                   /* NULL ends the list */
    enum fl_way way;
    enum fl_domain domain;
    bool many;                          /* any number of lines, joined by the builder */
    bool optional;                      /* may stay unjoined: sends vanish, nothing ever arrives */
    int64_t room;                       /* messages an inbound ring holds; 0: 2. A unit may enlarge it in init */
};

/* What a unit counts. `energy` names the parameter that prices it (for the citation), `price` is the
 * double in fJ per count; `busy_price`, if set, is fJ per count burnt while busy (power x time). */
struct fl_tally {
    const char *action, *component;
    const char *energy;                 /* NULL: not priced */
    uint32_t price;                     /* offset of a double; meaningless when energy is NULL */
};
/* What lanes do that a vector leaves unused: an FL_CHOICE parameter of fl_idle_names. */
enum fl_idle { FL_IDLE_REST, FL_IDLE_CONVERT };
extern const char *const fl_idle_names[];       /* "rest", "convert" */
/* A consumer of static power: `burns` is an FL_CHOICE parameter of fl_burns_names. */
enum fl_burns { FL_ALWAYS, FL_POWERED, FL_BUSY, FL_HELD };
extern const char *const fl_burns_names[];      /* "always", "powered", "busy" */
extern const char *const fl_hold_names[];       /* the same and "held": by cores that hold weights */
struct fl_static {
    const char *power, *component;      /* the parameter's name; the component it belongs to */
    uint32_t mw, burns;                 /* offsets: double, mW of ONE core (or of the unit, if not pooled); int32_t */
};

/* What a price is charged for: a count of actions, time in a state, or what the setup counted of either. */
enum fl_class { FL_DYNAMIC, FL_STATIC, FL_SETUP, FL_CLASSES };
extern const char *const fl_class_names[FL_CLASSES];

/* All mutable state, for leaps and for reset: see sim/leap.h. */
enum fl_rule { FL_PLAIN, FL_TIME, FL_LEFT, FL_DEADLINE, FL_PLACE, FL_STOCK };
struct fl_state {
    const char *name;
    enum fl_rule rule;
    uint32_t offset, size;              /* FL_PLAIN: any size; else an int64_t, or an array of them */
    int64_t arg;                        /* FL_LEFT: floor; FL_DEADLINE: slack */
    uint32_t resets;                    /* FL_LEFT: offset of the int64_t that counts reloads of the counter */
    uint32_t watch;                     /* FL_DEADLINE: offset of an fl_watch, one a deadline, kept by fl_due_by and
                                         * fl_due_move; 0: none, the deadline is compared with now only */
    uint32_t taking;                    /* FL_STOCK: offset of an fl_taking, one a stock, kept by fl_stock_take */
    uint32_t many, stride;              /* it stands for so many, `stride` bytes apart, its reload counters too: offset
                                         * of an int32_t, set by start(); 0: for one */
    uint32_t saved, beside;             /* where a snapshot has it, and the words beside it: filled in by sim/form.c */
    uint32_t span;                      /* FL_PLAIN, an int64_t that is 1 while a time is open that own tally number
                                         * span - 1, which no step causes, counts as -start, later +end; 0: none */
};
/* What was asked of a deadline: all that its value has decided. */
struct fl_watch {
    fl_time seen;                       /* the latest time by which it had not come yet */
    fl_time met;                        /* the earliest by which it had, if `found` */
    int64_t found;
    fl_time first_seen, first_met;      /* the same of the first deadline to move since the operator began; */
    uint64_t moved;                     /* it did at this event, if that lies after fl_sim.epoch */
};

/* What has been asked of a stock. */
struct fl_taking {
    int64_t taken;                      /* so much so far */
    uint64_t refused;                   /* the event of the last time that there was not enough; 0: none */
    int64_t wanted;                     /* the least that there was not enough for since some was taken; 0: none */
};

/* How many states an entry of a table stands for, and number `i` of them. */
uint32_t fl_state_count(const struct unit *u, const struct fl_state *state);
struct fl_state fl_state_at(const struct unit *u, const struct fl_state *state, uint32_t i);

struct fl_unit_type {
    const char *kind, *summary;
    size_t size;
    int phase;                          /* among events of one time: 0 deliver, 1 act (most), 2 sample */
    const struct fl_param   *params;    /* each list ends with a zero entry; NULL: empty */
    const struct fl_portdef *ports;
    const struct fl_tally   *tallies;
    uint32_t stepless;                  /* so many of the tallies, the last, no step causes: they are no operator's */
    const struct fl_static  *statics;
    const struct fl_state   *state;
    bool (*init)(struct unit *, struct fl_err *);   /* derive from parameters; NULL: nothing to do */
    void (*start)(struct unit *);                   /* first tokens, first alarm; NULL: nothing to do */
    void (*tidy)(struct unit *);        /* forgets what no longer matters, before leaps look; NULL: nothing to do */
    void (*wake)(struct unit *);
    void (*describe)(const struct unit *, struct fl_machine *); /* what mappers must know; NULL: nothing */
    void (*stands)(const struct unit *, struct fl_err *);       /* what it waits for, of a deadlock; NULL: ports tell */
};
/* All types, generated from units/ (units/registry.c), sorted by kind; ends with NULL. */
extern const struct fl_unit_type *const fl_unit_types[];
const struct fl_unit_type *fl_unit_type_find(const char *kind);

/* Counts every unit has, before those of its own table. */
enum { FL_BUSY_PS, FL_BLOCKED_PS, FL_ACTIVE_PS, FL_WAKES, FL_OWN };
/* Times that are known of a unit when a phase is over, and that a price may be of; below 0, where no count is. */
enum fl_burnt { FL_RUN_PS = -3, FL_POWERED_PS, FL_HELD_PS };
/* busy_ps, blocked_ps: of the issue slot. active_ps: busy summed over the cores at work. wakes: effort, not result. */

struct fl_msg {                         /* relative facts only: no running ids, no addresses */
    fl_time at;                         /* not to be taken before */
    union {
        int64_t bits;                   /* electrical: how much is moved, where it matters */
        fl_time lasts;                  /* light: how long it lasts, in ps */
        int64_t payload;                /* either, for whoever only keeps it */
    };
    uint32_t step;                      /* index of the step it belongs to; FL_NO_STEP: of none */
    uint32_t flags;
};
#define FL_NO_STEP UINT32_MAX
enum {
    FL_FIRST = 1, FL_LAST = 2,          /* first, last of its step */
    FL_WRITE = 4,                       /* memory: a write */
    FL_REPLY = 8,                       /* memory: answer this write (reads are always answered) */
    FL_ASK = 16,                        /* memory: a read request; its bits come with the answer */
};
/* Reads of memory are always answered, writes if they ask for it. */
static inline bool fl_is_answered(const struct fl_msg *msg)
{
    return !(msg->flags & FL_WRITE) || msg->flags & FL_REPLY;
}

struct fl_port {                        /* a ring with credits, owned by its receiver */
    struct fl_msg *ring;
    uint32_t room, head, used;
    bool hungry;                        /* the receiver looked and found it empty: wake it on arrival */
    bool refused;                       /* the sender asked for room and got none: wake it on a credit */
    struct unit *sender, *receiver;
};
struct fl_socket { struct fl_port **line; uint32_t lines; };

struct unit {
    /* what the kernel touches at each event, in one line of the cache; * is mutable */
    const struct fl_unit_type *type;
    struct fl_sim *sim;
    struct fl_clock *clock;
    struct fl_socket *socket;           /* in portdef order */
    int64_t *count;                     /* * FL_OWN common ones, then in tally order; signed, checked when stored */
    int64_t *row;                       /* * the same of each operator in flight, by slot; NULL: nobody asks */
    uint64_t rows;                      /* * bits: slots whose row may be other than zero */
    uint32_t counts;                    /* how many there are */
    fl_time alarm;                      /* * FL_NEVER: asleep */
    uint64_t touched;                   /* * event number of the last change, for leaps */
    uint32_t rank;                      /* order among events of one time */
    bool blocked;                       /* * */
    int32_t blocked_slot;               /* * of the operator that it is blocked with; -1: of none */
    fl_time blocked_at;                 /* * since when */

    uint32_t number;                    /* position in the machine */
    const char *path;                   /* "core[1].adc" */
    const struct fl_pool *pool;         /* NULL for units that are not part of a core */
    int32_t engine;                     /* which of the engines of its kind it is part of */
    int64_t cores;                      /* cores this unit stands for; 1 if not pooled */
    bool shared;                        /* it stands for sets that serve any core of the pool; `cores`: how many */
    double area_um2;                    /* of one core's share (or of the unit); set by init */
    int64_t cells;                      /* of a core that are rewritten, and how often each can be; 0: not so */
    double endurance;
    double peak_mw;                     /* the same: all its actions at full rate, static power apart; set by init */
    double setup_mw;                    /* what a core may draw besides in a set-up, which no run does; set by init */
    bool timeless;                      /* what it does takes no time, so that its power has no peak; set by init */
    int64_t lanes;                      /* lanes of one core; 0: not an array of lanes */
    int32_t lane_tally;                 /* own tally that counts one lane being busy for lane_ps */
    double lane_ps;
};

#endif
