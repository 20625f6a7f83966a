/* engine.c - the list of engines, and questions about their tables. */
#include "machine/engine.h"

#include <string.h>

const struct fl_engine_type *const fl_engine_types[] = {
    &fl_engine_control, &fl_engine_optical, &fl_engine_memory, &fl_engine_mover, &fl_engine_vector,
    &fl_engine_gpu, &fl_engine_opu, &fl_engine_chips, NULL,
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

static size_t way(struct fl_end from, struct fl_end to, const struct fl_join *join, bool asks,
                  const bool there[FL_THROUGH], struct fl_wire *wire)
{
    size_t wires = 0;
    for (int i = 0; i < FL_THROUGH; i++) {
        if (join->through[i].slot == NULL || !there[i] || (asks && !join->through[i].asked))
            continue;
        wire[wires++] = (struct fl_wire){from, {join->through[i].slot, join->through[i].in}};
        from = (struct fl_end){join->through[i].slot, join->through[i].out};
    }
    wire[wires++] = (struct fl_wire){from, to};
    return wires;
}

size_t fl_join_wires(const struct fl_join *join, const bool there[FL_THROUGH], struct fl_wire wire[FL_WIRES])
{
    size_t wires = way(join->from, join->to, join, true, there, wire);
    if (join->answer.slot != NULL)
        wires += way(join->answer, join->back, join, false, there, wire + wires);
    return wires;
}
