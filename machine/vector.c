/* vector.c - digital work: rows of values through lanes. Of several units one works on an operator. */
#include "machine/vector.h"

#include <stddef.h>

static const struct fl_slot slots[] = {
    {.name = "", .does = FL_SLOT_COMPUTES, .type = "vector",
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

const struct fl_engine_type fl_engine_vector = {
    .kind = "vector", .summary = "digital work", .list = "vector", .alone = true, .most = FL_VECTORS,
    .slots = slots, .joins = joins,
};
