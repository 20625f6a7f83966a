/* vector.c - digital work: rows of values through lanes. Of several units one works on an operator. */
#include <stddef.h>

#include "machine/machine.h"
#include "traces/trace.h"

static const struct fl_slot slots[] = {
    {.name = "", .does = FL_SLOT_COMPUTES, .type = "vector", .shared = true,
     .meaning = "digital unit: softmax, norms, activations, MACs"},
    {.name = NULL},
};
static const struct fl_join joins[] = {
    {.from = {"sequencer", "work"}, .to = {"", "work"}},
    {.from = {"dma", "arrived"}, .to = {"", "arrived"}},
    {.from = {"", "fetch"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"", "data"}},
    {.from = {"", "store"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"sequencer", "done"}},
    {.from = {NULL, NULL}},
};

static bool takes(const struct fl_op *op, struct fl_err *why)
{
    if (op->type->form == FL_PROJECT)
        return fl_fail(why, op->name, "is a projection by a random matrix that nobody stores: it takes an OPU, or a "
                       "GPU that holds the matrix, and this is a digital unit: give the machine one of them");
    if (fl_op_is_exchange(op))
        return fl_fail(why, op->name, "is between chips, and the machine has one: give it chips.tensor or "
                       "chips.stages");
    return op->placed != 1 || fl_fail(why, op->name, "is placed on optical cores; the digital unit may not do it: "
                                    "place it anywhere, or give the machine what does it in light");
}

static void paces(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces)
{
    const struct fl_vector *unit = &machine->vector[step->engine];
    const struct fl_rows_step *rows = fl_rows_of(step);
    int64_t lanes = rows->function == FL_MAC ? unit->mac_lanes : unit->lanes;
    double ops = (double)rows->values;
    if (rows->function != FL_MAC)
        ops *= (double)unit->ops[rows->function];
    bool slow = lanes > 0 && (rows->function == FL_MAC || !unit->instant);
    *paces = (struct fl_paces){.vector_ps = {slow ? ops / (double)lanes * unit->period_ps : 0}};
}

static const char *const resources[] = {"vector", NULL};

const struct fl_engine_type fl_engine_vector = {
    .kind = "vector", .summary = "digital work", .place = "digital",
    .list = "vector", .alone = true, .most = FL_VECTORS,
    .slots = slots, .joins = joins,
    .takes = takes, .paces = paces, .resources = resources,
};
