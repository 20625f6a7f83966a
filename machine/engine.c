/* engine.c - the list of engines, and questions about their tables. */
#include "machine/engine.h"

#include <string.h>

const struct fl_engine_type *const fl_engine_types[] = {
    &fl_engine_control, &fl_engine_optical, &fl_engine_memory, &fl_engine_mover, &fl_engine_vector,
    &fl_engine_gpu, NULL,
};

_Static_assert(sizeof fl_engine_types / sizeof *fl_engine_types == FL_ENGINE_TYPES + 1, "their number");

size_t fl_engine_index(const struct fl_engine_type *type)
{
    size_t index = 0;
    while (fl_engine_types[index] != type)
        index++;
    return index;
}

const struct fl_slot *fl_engine_slot(const struct fl_engine_type *type, const char *name)
{
    for (const struct fl_slot *slot = type->slots; slot->name != NULL; slot++)
        if (strcmp(slot->name, name) == 0)
            return slot;
    return NULL;
}

const struct fl_slot *fl_engine_slot_that(const struct fl_engine_type *type, enum fl_does does)
{
    for (const struct fl_slot *slot = type->slots; slot->name != NULL; slot++)
        if (slot->does == does)
            return slot;
    return NULL;
}

static size_t way(struct fl_end from, struct fl_end to, const struct fl_join *join, bool through, struct fl_wire *wire)
{
    if (!through) {
        wire[0] = (struct fl_wire){from, to};
        return 1;
    }
    wire[0] = (struct fl_wire){from, {join->through.slot, join->through.in}};
    wire[1] = (struct fl_wire){{join->through.slot, join->through.out}, to};
    return 2;
}

size_t fl_join_wires(const struct fl_join *join, bool through, struct fl_wire wire[FL_WIRES])
{
    through = through && join->through.slot != NULL;
    size_t wires = way(join->from, join->to, join, through && join->through.asked, wire);
    if (join->answer.slot != NULL)
        wires += way(join->answer, join->back, join, through, wire + wires);
    return wires;
}
