/* engine.h - what a machine is made of: engines, the slots of each, and the wires between slots.
 *
 * An engine is what works on a stream of steps: a pool of optical cores, a vector unit, a
 * mover of data; control and memory, which they share, are described alike. Its type is one
 * const table in one file: slots, wires, keys of its own. Designs, the checker, the builder
 * and the page of keys follow from these tables; none of them knows a device.
 *
 * A slot is a place that a unit fills: "adc" in every core, "dram" once. What can be written
 * in a slot is the parameter table of the unit that fills it.
 */
#ifndef FL_ENGINE_H
#define FL_ENGINE_H

#include "sim/unit.h"

/* What the unit in a slot does for the engine. */
enum fl_does {
    FL_SLOT_CONTROLS, FL_SLOT_CONVERTS_INPUTS, FL_SLOT_LIGHTS, FL_SLOT_FANS_OUT, FL_SLOT_HOLDS,
    FL_SLOT_CONVERTS_WEIGHTS, FL_SLOT_SENSES, FL_SLOT_CONVERTS_OUTPUTS, FL_SLOT_ADDS, FL_SLOT_KEEPS, FL_SLOT_STORES,
    FL_SLOT_CARRIES, FL_SLOT_MOVES, FL_SLOT_COMPUTES
};
struct fl_slot {
    const char *name;                   /* "": the engine's own group; NULL ends the list */
    enum fl_does does;
    const char *type;                   /* preset: kind of unit */
    bool optional;                      /* left out when the design says nothing of it, or type = "none" */
    const char *key, *value;            /* a parameter this place presets otherwise than the unit does; NULL */
    const char *fit;                    /* a count that may be "fit": as many as the data need; NULL */
    const char *const *needs;           /* parameters that a unit here must have, NULL at the end; NULL: none */
    const char *meaning;
};

/* A request from one unit to another and, if it is answered, the answer, which may go to a third. What lies
 * `through`, where it is not left out, is passed by both, or by the answer alone. A slot of another engine is named
 * like one's own; of a list of engines, each has wires of its own. */
struct fl_end { const char *slot, *port; };
struct fl_join {
    struct fl_end from, to;             /* a NULL slot ends the list */
    struct fl_end answer, back;         /* from which port of which slot, to which; NULL: not answered */
    struct { const char *slot, *in, *out; bool asked; } through;        /* asked: by requests, too */
};
/* One wire of a join. */
struct fl_wire { struct fl_end from, to; };
enum { FL_WIRES = 4 };
/* The wires of a join, with what lies through it or without: their number. Those of request and answer come in this
 * order, so that lines of a port that answers have the numbers of those that ask. */
size_t fl_join_wires(const struct fl_join *join, bool through, struct fl_wire wire[FL_WIRES]);

/* Keys that are plain texts. */
struct fl_text_key { const char *name, *meaning; };     /* NULL name ends */
/* A parameter that a slot shares with one of another engine: both must be equal, wherever both exist. */
struct fl_pair { const char *slot, *other, *key, *why; };       /* NULL slot ends */

struct fl_engine_type {
    const char *kind, *summary;         /* "optical" */
    const char *list;                   /* designs have a list of such ("core"); NULL: one, its slots at the top */
    bool alone;                         /* the list may be a single group: "vector" for "vector[0]" */
    size_t most;                        /* of a list: there may be so many */
    const char *clock;                  /* preset of its units'; NULL: "digital" if the design has it, else "core" */
    const struct fl_slot *slots;        /* in order of creation, which is the order of units */
    const struct fl_join *joins;
    const struct fl_text_key *texts;    /* keys of the engine, beside those of its units; NULL: none */
    const struct fl_param *params;      /* the first is how many there are, which may be "fit"; NULL: none */
    const struct fl_pair *pairs;        /* NULL: none */
};
#define FL_FIT "fit"

extern const struct fl_engine_type fl_engine_control, fl_engine_optical, fl_engine_memory, fl_engine_mover,
    fl_engine_vector;
/* All, in order of creation; NULL at the end. */
extern const struct fl_engine_type *const fl_engine_types[];
/* The slot of that name, or that function; NULL: it has none. */
const struct fl_slot *fl_engine_slot(const struct fl_engine_type *type, const char *name);
const struct fl_slot *fl_engine_slot_that(const struct fl_engine_type *type, enum fl_does does);

#endif
