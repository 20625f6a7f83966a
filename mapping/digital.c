/* digital.c - strategy "digital": nothing on the optical cores; walk_digital.c says what that is in steps. */
#include "mapping/nest.h"

bool fl_map_digital(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                    struct fl_err *err)
{
    if (op->placed == 1)
        return fl_fail(err, op->name, "is placed on optical cores; the digital unit may not do it");
    *mapping = (struct fl_mapping){.strategy = "digital", .pool = -1, .tile_k = op->k, .tile_n = op->n, .tile_m = op->m,
                                   .cores_g = 1, .cores_k = 1, .cores_n = 1, .cores_m = 1,
                                   .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}, .accumulate = true};
    return fl_mapping_bound(op, machine, mapping, NULL, err);
}

const struct fl_mapper fl_mapper_digital = {
    "digital", "everything on the digital vector unit and its MACs", fl_map_digital, false,
};
