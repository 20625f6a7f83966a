/* control.c - what runs the program, and the memory that all engines share. */
#include "machine/engine.h"

#include <stddef.h>

static const struct fl_slot control_slots[] = {
    {.name = "sequencer", .does = FL_SLOT_CONTROLS, .type = "sequencer", .meaning = "control: runs the program"},
    {.name = NULL},
};
static const struct fl_slot memory_slots[] = {
    {.name = "sram", .does = FL_SLOT_KEEPS, .type = "sram", .shared = true,
     .meaning = "on-chip memory: activations, partial sums, weights on their way"},
    {.name = NULL},
};
static const struct fl_join none[] = {{.from = {NULL, NULL}}};

const struct fl_engine_type fl_engine_control = {
    .kind = "control", .summary = "what runs the program", .slots = control_slots, .joins = none,
};
const struct fl_engine_type fl_engine_memory = {
    .kind = "memory", .summary = "what all engines share", .slots = memory_slots, .joins = none,
};
