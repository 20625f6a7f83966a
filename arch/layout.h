/* layout.h - what a design file is made of, besides units: one place for keys, slots and joins.
 *
 * A slot is a place in the machine that a unit fills: "adc" in every core, "dram" once.
 * What can be written in a slot is the parameter table of the unit that fills it; only
 * the slots themselves, and the keys of the machine and of a core, are listed here.
 */
#ifndef FL_LAYOUT_H
#define FL_LAYOUT_H

#include "sim/unit.h"

struct fl_slot {
    const char *name;
    const char *type;                   /* preset: kind of unit */
    bool optional;                      /* left out when the design says nothing of it, or type = "none" */
    const char *key, *value;            /* a parameter this place presets otherwise than the unit does; NULL */
    const char *fit;                    /* a count that may be "fit": as many as the data need; NULL */
    const char *meaning;
};
extern const struct fl_slot fl_core_slots[];        /* in order of creation, which is the order of units; NULL name */
extern const struct fl_slot fl_machine_slots[];
/* The slot of "core[1].adc" or "dram"; NULL if there is none. */
const struct fl_slot *fl_slot_at(const char *path);

/* Keys that are plain texts. */
struct fl_text_key { const char *name, *meaning; };
extern const struct fl_text_key fl_design_texts[];  /* name, summary, ...; NULL name ends */
extern const struct fl_text_key fl_core_texts[];

/* machine = { ... } */
struct fl_machine_keys {
    bool ideal_memory;
    int32_t overlap;                    /* 0 none, 1 granule */
    int64_t activation_bits, accumulator_bits, weight_bits, kv_bits;
};
extern const struct fl_param fl_machine_params[];

/* core = ( { ... } ): the first is `cores`, which may also be "fit". */
struct fl_core_keys {
    bool dynamic, shared_input, gate_rows;
    int64_t cores, input_sets, input_bits, weight_bits, output_bits;
    int32_t encoding, reference, weight_slices; /* enum fl_sign_encoding, fl_reference, fl_slicing */
};
extern const struct fl_param fl_core_params[];
#define FL_FIT "fit"
#define FL_PRESET "preset"
enum { FL_POOLS = 4 };                  /* as many as struct fl_machine has */

/* One wire of the machine. A port of a unit that answers ("ask" to "give") is joined by two entries, one after the
 * other, so that lines of request and answer have the same number. An optional unit that is left out is passed by:
 * what would go in goes where its output goes. */
struct fl_join {
    const char *from, *out, *to, *in;   /* "core.adc": of every core */
    bool each_core;                     /* one wire for every core */
};
extern const struct fl_join fl_joins[];             /* ends with a NULL from */

/* Two parameters that must be equal, wherever both exist. */
struct fl_pair { const char *unit, *of_core, *key, *why; };
extern const struct fl_pair fl_pairs[];             /* ends with a NULL unit */

#endif
