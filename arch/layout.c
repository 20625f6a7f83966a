/* layout.c - the keys of a design that belong to no engine. */
#include "arch/layout.h"

#include <stddef.h>

const struct fl_text_key fl_design_texts[] = {
    {"name", "of the design; preset: of its file"},
    {"summary", "one line for `fanlight list designs`"},
    {"mapper", "strategy for `--map` when none is given; preset: auto"},
    {NULL, NULL},
};

static const char *const overlap_names[] = {"none", "block", NULL};

const char *const fl_status_names[] = {"untold", "product", "demonstrated", "projected", "assumed", NULL};

#define AT(field) offsetof(struct fl_machine_keys, field)
const struct fl_param fl_machine_params[] = {
    {"ideal_memory", "", FL_FLAG, AT(ideal_memory), 0, 1, 0,
     "memories take no time, only energy: sets `ideal` in every unit that has it", NULL},
    {"overlap", "", FL_CHOICE, AT(overlap), 0, 1, 1,
     "of operators; none: each starts when the one before has drained; block: block by block of rows, as soon as what "
     "it reads is there", overlap_names},
    {"block", "", FL_COUNT, AT(block), 0, 1e9, 0,
     "rows of a block where operators overlap, about; 0: as the planner finds best", NULL},
    {"activation_bits", "", FL_COUNT | FL_WIDTH, AT(activation_bits), 1, 64, 8, "of an activation as stored", NULL},
    {"weight_bits", "", FL_COUNT | FL_WIDTH, AT(weight_bits), 0, 64, 0,
     "of a weight as stored, tables of embeddings too; 0: as the cores that multiply by it load it, and for digital "
     "work as the first static cores would, or as an activation where there are none", NULL},
    {"kv_bits", "", FL_COUNT | FL_WIDTH, AT(kv_bits), 0, 64, 0,
      "of a value of the KV cache as stored; 0: as an activation", NULL},
    {"accumulator_bits", "", FL_COUNT | FL_WIDTH, AT(accumulator_bits), 1, 64, 32, "of a partial sum as stored", NULL},
    {"status", "", FL_CHOICE, AT(status), 0, 0, 0,
     "of the machine, told in every report; product: sold, or of parts that are; demonstrated: built and measured; "
     "projected: larger or faster than what has been shown, or claimed; assumed: figures that stand for a machine",
     fl_status_names},
    {"error_limit", "", FL_REAL, AT(error_limit), 0.000001, 1, 1,
     "the error over spread that outputs of optical products may have; past it no report tells of an advantage; 1: "
     "noise", NULL},
    {0},
};
#undef AT
