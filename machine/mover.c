/* mover.c - data between DRAM and chip: the DMA moves them chunk by chunk, over a link if there is one. */
#include "machine/engine.h"

#include <stddef.h>

static const struct fl_slot slots[] = {
    {.name = "dram", .does = FL_SLOT_STORES, .type = "dram", .shared = true, .fit = "depth", .whole = "stacks",
     .meaning = "off-chip memory: weights, embeddings, KV cache"},
    {.name = "link", .does = FL_SLOT_CARRIES, .type = "link", .optional = true,
     .meaning = "wires between DRAM and chip; left out: no delay, no cost"},
    {.name = "dma", .does = FL_SLOT_MOVES, .type = "dma", .shared = true,
     .meaning = "mover between DRAM and SRAM"},
    {.name = NULL},
};
/* The link's first line carries requests and writes, its second answers. */
static const struct fl_join joins[] = {
    {.from = {"sequencer", "load"}, .to = {"dma", "command"},
     .answer = {"dma", "done"}, .back = {"sequencer", "done"}},
    {.from = {"dma", "ask"}, .to = {"dram", "ask"}, .answer = {"dram", "give"}, .back = {"dma", "data"},
     .through = {{"link", "in", "out", true}}},
    {.from = {"dma", "store"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"dma", "stored"}},
    {.from = {"dma", "fetch"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"dma", "fetched"}},
    {.from = {NULL, NULL}},
};

const struct fl_engine_type fl_engine_mover = {
    .kind = "mover", .summary = "data between DRAM and SRAM", .slots = slots, .joins = joins,
};
