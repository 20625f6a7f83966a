/* layout.c - the block diagram of a machine, as tables.
 *
 * A new device fills a slot and needs no change here; a new place for devices is a slot
 * and its joins.
 */
#include "arch/layout.h"

#include <stddef.h>
#include <string.h>

#include "machine/pool.h"

const struct fl_slot fl_machine_slots[] = {
    {.name = "sequencer", .type = "sequencer", .meaning = "control: runs the program"},
    {.name = "sram", .type = "sram", .meaning = "on-chip memory: activations, partial sums, weights on their way"},
    {.name = "dram", .type = "dram", .fit = "depth", .meaning = "off-chip memory: weights, embeddings, KV cache"},
    {.name = "link", .type = "link", .optional = true,
     .meaning = "wires between DRAM and chip; left out: no delay, no cost"},
    {.name = "dma", .type = "dma", .meaning = "mover between DRAM and SRAM"},
    {.name = "vector", .type = "vector", .meaning = "digital unit: softmax, norms, activations, MACs"},
    {.name = NULL},
};

const struct fl_slot fl_core_slots[] = {
    {.name = "dac", .type = "dac", .meaning = "converters of inputs"},
    {.name = "source", .type = "source", .meaning = "laser and input modulators"},
    {.name = "fanout", .type = "fanout", .meaning = "optical copy of the inputs to every row"},
    {.name = "slm", .type = "slm", .meaning = "the weights; its columns and rows are the size of the core"},
    {.name = "weight_dac", .type = "dac", .optional = true, .key = "converts", .value = "weights",
     .meaning = "converters of weights on their way to the slm; left out: the slm is driven digitally"},
    {.name = "detector", .type = "detector", .meaning = "photodiodes and amplifiers"},
    {.name = "adc", .type = "adc", .meaning = "converters of outputs"},
    {.name = "accumulator", .type = "accumulator", .meaning = "digital adders behind the converters"},
    {.name = NULL},
};

const struct fl_slot *fl_slot_at(const char *path)
{
    const struct fl_slot *slot = fl_machine_slots;
    const char *name = path;
    if (strncmp(path, "core[", 5) == 0 && strchr(path, '.') != NULL) {
        slot = fl_core_slots;
        name = strchr(path, '.') + 1;
    }
    for (; slot->name != NULL; slot++)
        if (strcmp(slot->name, name) == 0)
            return slot;
    return NULL;
}

const struct fl_text_key fl_design_texts[] = {
    {"name", "of the design; preset: of its file"},
    {"summary", "one line for `fanlight list designs`"},
    {"mapper", "strategy for `--map` when none is given; preset: auto"},
    {NULL, NULL},
};

const struct fl_text_key fl_core_texts[] = {
    {"name", "of the pool, such as static or dynamic"},
    {NULL, NULL},
};

static const char *const overlap_names[] = {"none", NULL};
static const char *const reference_names[] = {"digital", "row", NULL};
static const char *const slices_names[] = {"space", "time", NULL};

#define AT(field) offsetof(struct fl_machine_keys, field)
const struct fl_param fl_machine_params[] = {
    {"ideal_memory", "", FL_FLAG, AT(ideal_memory), 0, 1, 0,
     "memories take no time, only energy: sets `ideal` in every unit that has it", NULL},
    {"overlap", "", FL_CHOICE, AT(overlap), 0, 0, 0, "of operators; none: each starts when the one before has drained",
     overlap_names},
    {"activation_bits", "", FL_COUNT | FL_WIDTH, AT(activation_bits), 1, 64, 8, "of an activation as stored", NULL},
    {"weight_bits", "", FL_COUNT | FL_WIDTH, AT(weight_bits), 0, 64, 0,
     "of a weight as stored, tables of embeddings too; 0: as the cores that multiply by it load it, and for digital "
     "work as the first static cores would, or as an activation where there are none", NULL},
    {"kv_bits", "", FL_COUNT | FL_WIDTH, AT(kv_bits), 0, 64, 0,
      "of a value of the KV cache as stored; 0: as an activation", NULL},
    {"accumulator_bits", "", FL_COUNT | FL_WIDTH, AT(accumulator_bits), 1, 64, 32, "of a partial sum as stored", NULL},
    {0},
};
#undef AT

#define AT(field) offsetof(struct fl_core_keys, field)
const struct fl_param fl_core_params[] = {
    {"cores", "", FL_COUNT, AT(cores), 0, 1e12, NAN,
     "of this pool, driven in lockstep; \"fit\": as many as weights in place need; 0: the pool is left out", NULL},
    {"dynamic", "", FL_FLAG, AT(dynamic), 0, 1, 0, "both operands are loaded fast, for products of activations", NULL},
    {"shared_input", "", FL_FLAG, AT(shared_input), 0, 1, 0,
     "one converted input serves all cores that want it, by optical broadcast", NULL},
    {"input_sets", "", FL_COUNT, AT(input_sets), 0, 1e12, 0,
     "shared_input: sets of `dac` and `source`, one for each slice of inputs that is sent at once; mappings use no "
     "more. 0: as many as cores, and with cores = \"fit\" as many as the plan uses at once", NULL},
    {"gate_rows", "", FL_FLAG, AT(gate_rows), 0, 1, 0, "rows that are not used are dark", NULL},
    {"input_bits", "", FL_COUNT | FL_WIDTH, AT(input_bits), 1, 24, NAN, "of a converted input", NULL},
    {"weight_bits", "", FL_COUNT | FL_WIDTH, AT(weight_bits), 1, 24, NAN, "of a weight as loaded", NULL},
    {"output_bits", "", FL_COUNT | FL_WIDTH, AT(output_bits), 1, 24, NAN, "of a converted output", NULL},
    {"encoding", "", FL_CHOICE, AT(encoding), 0, 2, FL_SIGN_OFFSET, "of signed numbers in light", fl_sign_names},
    {"reference", "", FL_CHOICE, AT(reference), 0, 1, FL_REFERENCE_DIGITAL,
     "encoding offset: the sum of inputs is added up digitally, or measured by one more row of every core",
     reference_names},
    {"weight_slices", "", FL_CHOICE, AT(weight_slices), 0, 1, FL_SLICES_SPACE,
     "where the digits of a weight go that has more bits than a pixel: rows side by side, or one frame after another",
     slices_names},
    {0},
};

#define EACH true
#define ONCE false
const struct fl_join fl_joins[] = {
    /* inputs to light, light to outputs */
    {"sequencer", "issue", "sram", "ask", EACH},
    {"sram", "give", "core.dac", "values", EACH},
    {"core.dac", "analog", "core.source", "drive", EACH},
    {"core.source", "light_out", "core.fanout", "light_in", EACH},
    {"core.fanout", "light_out", "core.slm", "light_in", EACH},
    {"core.slm", "light_out", "core.detector", "light_in", EACH},
    {"core.detector", "charge", "core.adc", "charge", EACH},
    {"core.adc", "codes", "core.accumulator", "codes", EACH},
    {"core.accumulator", "slot", "core.source", "slot", EACH},
    /* partial sums and outputs */
    {"core.accumulator", "fetch", "sram", "ask", EACH},
    {"sram", "give", "core.accumulator", "partial", EACH},
    {"core.accumulator", "store", "sram", "ask", EACH},
    {"sram", "give", "sequencer", "done", EACH},
    /* weights */
    {"sequencer", "tile", "core.slm", "tile", EACH},
    {"core.slm", "fetch", "sram", "ask", EACH},
    {"sram", "give", "core.weight_dac", "values", EACH},
    {"core.weight_dac", "analog", "core.slm", "weights", EACH},
    {"core.slm", "ready", "sequencer", "ready", EACH},
    /* DRAM to SRAM and back: the link's first line carries requests and writes, its second answers */
    {"sequencer", "load", "dma", "command", ONCE},
    {"dma", "ask", "link", "in", ONCE},
    {"link", "out", "dram", "ask", ONCE},
    {"dram", "give", "link", "in", ONCE},
    {"link", "out", "dma", "data", ONCE},
    {"dma", "store", "sram", "ask", ONCE},
    {"sram", "give", "dma", "stored", ONCE},
    {"dma", "fetch", "sram", "ask", ONCE},
    {"sram", "give", "dma", "fetched", ONCE},
    {"dma", "staged", "core.slm", "staged", EACH},
    {"dma", "done", "sequencer", "done", ONCE},
    /* digital work */
    {"sequencer", "work", "vector", "work", ONCE},
    {"dma", "arrived", "vector", "arrived", ONCE},
    {"vector", "fetch", "sram", "ask", ONCE},
    {"sram", "give", "vector", "data", ONCE},
    {"vector", "store", "sram", "ask", ONCE},
    {"sram", "give", "sequencer", "done", ONCE},
    {NULL, NULL, NULL, NULL, ONCE},
};

const struct fl_pair fl_pairs[] = {
    {"dma", "slm", "chunk", "chunk by chunk, an SLM fetches what the DMA has brought"},
    {NULL, NULL, NULL, NULL},
};
