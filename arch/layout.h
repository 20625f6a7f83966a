/* layout.h - the keys of a design that belong to no engine (those that do: machine/engine.h). */
#ifndef FL_LAYOUT_H
#define FL_LAYOUT_H

#include "machine/engine.h"

/* Plain texts: name, summary, mapper. */
extern const struct fl_text_key fl_design_texts[];
#define FL_PRESET "preset"              /* takes back what the design says of a key */

/* machine = { ... } */
struct fl_machine_keys {
    bool ideal_memory;
    int32_t overlap;                    /* 0 none, 1 block */
    int64_t block, activation_bits, accumulator_bits, weight_bits, kv_bits;
    int32_t status;                     /* index into fl_status_names */
    double error_limit;
};
extern const struct fl_param fl_machine_params[];
extern const char *const fl_status_names[];     /* the first is none: untold */

#endif
