/* optical.h - the keys of a pool of optical cores in a design. */
#ifndef FL_OPTICAL_H
#define FL_OPTICAL_H

#include "machine/engine.h"
#include "machine/pool.h"

/* core = ( { ... } ): the first is `cores`, which may also be "fit". */
struct fl_core_keys {
    bool dynamic, shared_input, gate_rows;
    int64_t cores, input_sets, input_bits, weight_bits, output_bits;
    int32_t encoding, reference, weight_slices; /* enum fl_sign_encoding, fl_reference, fl_slicing */
};

#endif
