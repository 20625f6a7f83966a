/* vector.c - digital work: rows of values through lanes. */
#include "machine/engine.h"

#include <stddef.h>

static const struct fl_slot slots[] = {
    {.name = "vector", .does = FL_SLOT_COMPUTES, .type = "vector",
     .meaning = "digital unit: softmax, norms, activations, MACs"},
    {.name = NULL},
};
static const struct fl_join joins[] = {
    {.from = {"sequencer", "work"}, .to = {"vector", "work"}},
    {.from = {"dma", "arrived"}, .to = {"vector", "arrived"}},
    {.from = {"vector", "fetch"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"vector", "data"}},
    {.from = {"vector", "store"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"sequencer", "done"}},
    {.from = {NULL, NULL}},
};

const struct fl_engine_type fl_engine_vector = {
    .kind = "vector", .summary = "digital work", .slots = slots, .joins = joins,
};
