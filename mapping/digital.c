/* digital.c - strategy "digital": nothing on the optical cores, all on the vector unit or GPU that takes least.
 * walk_digital.c and walk_whole.c say what that is in steps. */
#include "mapping/nest.h"

/* The best of the engines of a type, if it is better than what was found. */
static bool engines_try(const struct fl_op *op, const struct fl_machine *machine, const struct fl_engine_type *engine,
                        struct fl_mapping *mapping, bool found, struct fl_err *err)
{
    struct fl_mapping one = {.strategy = "digital", .engine = engine, .tile_k = op->k, .tile_n = op->n,
                             .tile_m = op->m, .cores_g = 1, .cores_k = 1, .cores_n = 1, .cores_m = 1,
                             .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}, .accumulate = true};
    for (; one.number < fl_machine_engines(machine, engine); one.number++) {
        if (engine->fits != NULL && !engine->fits(machine, one.number, op, found ? NULL : err))
            continue;
        if (!fl_mapping_bound(op, machine, &one, NULL, found ? NULL : err))
            continue;
        if (!found || one.bound_ps < mapping->bound_ps)
            *mapping = one;
        found = true;
    }
    return found;
}

bool fl_map_digital(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                    struct fl_err *err)
{
    struct fl_err why = {0};
    bool found = false;
    for (size_t i = 0; fl_engine_types[i] != NULL; i++) {
        const struct fl_engine_type *engine = fl_engine_types[i];
        bool uncut = engine->takes != NULL && engine->grain == NULL;
        if (uncut && fl_machine_engines(machine, engine) > 0 && engine->takes(op, &why))
            found = engines_try(op, machine, engine, mapping, found, &why);
    }
    if (!found)
        fl_err_take(err, &why);
    fl_err_free(&why);
    return found;
}

const struct fl_mapper fl_mapper_digital = {
    "digital", "everything on digital engines: vector units and their MACs, GPUs", fl_map_digital, false,
};
