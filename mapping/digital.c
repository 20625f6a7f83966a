/* digital.c - strategy "digital": nothing on the optical cores, all on the vector unit that takes least; walk_digital.c
 * says what that is in steps. */
#include "mapping/nest.h"

bool fl_map_digital(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                    struct fl_err *err)
{
    if (!fl_engine_vector.takes(op, err))
        return false;
    struct fl_mapping one = {.strategy = "digital", .engine = &fl_engine_vector, .tile_k = op->k, .tile_n = op->n,
                             .tile_m = op->m, .cores_g = 1, .cores_k = 1, .cores_n = 1, .cores_m = 1,
                             .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}, .accumulate = true};
    bool found = false;
    for (; one.number < machine->vectors; one.number++) {
        if (!fl_mapping_bound(op, machine, &one, NULL, found ? NULL : err))
            continue;
        if (!found || one.bound_ps < mapping->bound_ps)
            *mapping = one;
        found = true;
    }
    return found;
}

const struct fl_mapper fl_mapper_digital = {
    "digital", "everything on the digital vector unit and its MACs", fl_map_digital, false,
};
