/* auto.c - strategy "auto": whichever strategy, pool or digital unit the bounds prefer. */
#include <string.h>

#include "mapping/nest.h"

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    struct fl_err why = {0};
    bool found = false;
    for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++) {
        struct fl_mapping other;
        if (!(*m)->map(op, machine, &other, &why))
            continue;
        if (!found || other.bound_ps < mapping->bound_ps)
            *mapping = other;
        found = true;
    }
    if (!found)
        fl_err_take(err, &why);
    fl_err_free(&why);
    return found;
}

const struct fl_mapper fl_mapper_auto = {
    "auto", "per operator, whichever of the others has the smallest bound", map, true,
};
