/* optical.c - pools of optical cores: light of modulated inputs through held weights, summed on a row, and read.
 *
 *     sram > dac > source > fanout > slm > detector > adc > accumulator > sram
 *
 * A vector is asked for by control, given by SRAM, converted, put onto light, copied to all
 * rows, weighted, sensed, converted, and added to what came before. Weights are fetched from
 * SRAM by the unit that holds them.
 *
 * Or they are streamed as well, and nothing is held: the device in the slot `slm` then lets
 * two lights meet, and has as many columns, rows and vectors as are multiplied at once.
 *
 *     sram > weight_dac > weight_source > slm
 *
 * Sources launch together. An integrator may sum charge over vectors before it is read, and
 * photocurrents of cores that are wired together. A buffer of each core keeps what is used
 * again from SRAM.
 */
#include <stddef.h>

#include "machine/machine.h"
#include "machine/optics.h"
#include "traces/trace.h"

static const char *const sizes[] = {"columns", "rows", NULL};
static const struct fl_slot slots[] = {
    {.name = "buffer", .does = FL_SLOT_BUFFERS, .type = "buffer", .optional = true,
     .meaning = "memories of a core between SRAM and its converters; left out: operands come from SRAM each time"},
    {.name = "dac", .does = FL_SLOT_CONVERTS_INPUTS, .type = "dac", .meaning = "converters of inputs"},
    {.name = "source", .does = FL_SLOT_LIGHTS, .type = "source", .meaning = "laser and input modulators"},
    {.name = "fanout", .does = FL_SLOT_FANS_OUT, .type = "fanout",
     .meaning = "optical copy of the inputs to every row"},
    {.name = "slm", .does = FL_SLOT_HOLDS, .type = "slm", .needs = sizes,
     .meaning = "the weights; its columns and rows are the size of the core"},
    {.name = "weight_dac", .does = FL_SLOT_CONVERTS_WEIGHTS, .type = "dac", .optional = true, .key = "converts",
     .value = "weights",
     .meaning = "converters of weights on their way to the slm; left out: the slm is driven digitally"},
    {.name = "weight_source", .does = FL_SLOT_LIGHTS_WEIGHTS, .type = "modulators", .optional = true,
     .meaning = "modulators of weights that are streamed; left out: weights are held"},
    {.name = "detector", .does = FL_SLOT_SENSES, .type = "detector", .meaning = "photodiodes and amplifiers"},
    {.name = "integrator", .does = FL_SLOT_INTEGRATES, .type = "integrator", .optional = true,
     .meaning = "sums charge over vectors, and currents of wired cores; left out: each vector is read"},
    {.name = "adc", .does = FL_SLOT_CONVERTS_OUTPUTS, .type = "adc", .meaning = "converters of outputs"},
    {.name = "accumulator", .does = FL_SLOT_ADDS, .type = "accumulator",
     .meaning = "digital adders behind the converters"},
    {.name = NULL},
};

static const struct fl_join joins[] = {
    /* inputs to light, light to outputs */
    {.from = {"sequencer", "issue"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"dac", "values"},
     .through = {{"buffer", "values", "values_out", false}}},
    {.from = {"dac", "analog"}, .to = {"source", "drive"}},
    {.from = {"source", "light_out"}, .to = {"fanout", "light_in"}},
    {.from = {"fanout", "light_out"}, .to = {"slm", "light_in"}},
    {.from = {"slm", "light_out"}, .to = {"detector", "light_in"}},
    {.from = {"detector", "charge"}, .to = {"adc", "charge"}, .through = {{"integrator", "charge", "sums", true}}},
    {.from = {"adc", "codes"}, .to = {"accumulator", "codes"}, .through = {{"buffer", "codes", "codes_out", true}}},
    {.from = {"accumulator", "slot"}, .to = {"source", "slot"}, .through = {{"integrator", "slot", "free", true}}},
    /* sources of both operands launch together */
    {.from = {"weight_source", "driven"}, .to = {"source", "driven"}, .with = "weight_source"},
    {.from = {"source", "launched"}, .to = {"weight_source", "launched"}, .with = "weight_source"},
    /* partial sums and outputs */
    {.from = {"accumulator", "fetch"}, .to = {"sram", "ask"},
     .answer = {"sram", "give"}, .back = {"accumulator", "partial"}},
    {.from = {"accumulator", "store"}, .to = {"sram", "ask"},
     .answer = {"sram", "give"}, .back = {"sequencer", "done"}},
    /* weights */
    {.from = {"sequencer", "tile"}, .to = {"slm", "tile"},
     .answer = {"slm", "ready"}, .back = {"sequencer", "ready"}},
    {.from = {"slm", "fetch"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"slm", "weights"},
     .through = {{"weight_dac", "values", "analog", false}, {"weight_source", "drive", "light_out", false}}},
    {.from = {"dma", "staged"}, .to = {"slm", "staged"}},
    {.from = {NULL, NULL}},
};

static const struct fl_text_key texts[] = {
    {"name", "of the pool, such as static or dynamic"},
    {NULL, NULL},
};

static const char *const reference_names[] = {"digital", "row", NULL};
static const char *const slices_names[] = {"space", "time", NULL};
#define AT(field) offsetof(struct fl_core_keys, field)
static const struct fl_param params[] = {
    {"cores", "", FL_COUNT, AT(cores), 0, 1e12, NAN,
     "of this pool, driven in lockstep; \"fit\": as many as weights in place need; 0: the pool is left out", NULL},
    {"fixed", "", FL_FLAG, AT(fixed), 0, 1, 0,
     "weights are random and nobody sets them, as a scattering medium's: projections (`project`) alone, which load and "
     "store none", NULL},
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
    {"sum_bits", "", FL_COUNT | FL_WIDTH, AT(sum_bits), 0, 64, 0,
     "streamed weights: of a partial sum on its way to memory and back; 0: machine.accumulator_bits", NULL},
    {"spread", "", FL_FLAG, AT(spread), 0, 1, 0,
     "tiles are dealt to all cores one by one, as if any core could take any of them next; false: streamed, cores that "
     "share inputs take the same ones, and wired cores parts of the same outputs; held, cores stand in a grid of "
     "groups, inputs and outputs", NULL},
    {"reread", "", FL_FLAG, AT(reread), 0, 1, 0,
     "held weights: each pass of a vector (signed inputs take two, digits one each) reads its inputs anew; false: they "
     "are kept from one to the next", NULL},
    {"signal_integrity", "", FL_FLAG | FL_DIMS, AT(signal_integrity), 0, 1, 0,
     "light for what link budgets leave out: modulator bias, margin, eyes that inter-symbol interference closes "
     "(phys/loss.h)", NULL},
    {"encoding", "", FL_CHOICE, AT(encoding), 0, FL_SIGNS - 1, FL_SIGN_OFFSET, "of signed numbers in light",
     fl_sign_names},
    {"reference", "", FL_CHOICE, AT(reference), 0, 1, FL_REFERENCE_DIGITAL,
     "encoding offset: the sum of inputs is added up digitally, or measured by one more row of every core",
     reference_names},
    {"weight_slices", "", FL_CHOICE, AT(weight_slices), 0, 1, FL_SLICES_SPACE,
     "where the digits of a weight go that has more bits than a pixel: rows side by side, or one frame after another",
     slices_names},
    {0},
};
#undef AT

static const struct fl_pair pairs[] = {
    {"slm", "dma", "chunk", "chunk by chunk, an SLM fetches what the DMA has brought"},
    {NULL, NULL, NULL, NULL},
};

static bool takes(const struct fl_op *op, struct fl_err *why)
{
    if (!fl_op_is_product(op) && op->type->form != FL_PROJECT)
        return fl_fail(why, op->name, "is digital work; optical cores multiply only");
    return op->placed != 2 || fl_fail(why, op->name, "is placed on the digital unit");
}

/* A medium is all of the matrix at once, and that of a square all of its inputs. */
static bool medium_fits(const struct fl_pool *pool, const struct fl_op *op, struct fl_err *why)
{
    bool overflow = false;
    int64_t outputs = fl_pool_outputs(pool), parts = outputs > 0 ? fl_ceil_div(op->k, pool->columns) : 0;
    if (fl_signs[pool->encoding].squares && parts > 1)
        return fl_fail(why, op->name, "a projection of %lld inputs; a core of pool \"%s\" has %lld, and squares of "
                       "their parts do not add up", (long long)op->k, pool->name, (long long)pool->columns);
    int64_t cores = outputs > 0 ? fl_product(parts, fl_ceil_div(op->n, outputs), &overflow) : INT64_MAX;
    cores = fl_product(cores, op->groups, &overflow);
    return (!overflow && cores <= pool->cores) ||
           fl_fail(why, op->name, "a projection of %lld inputs to %lld outputs; the %lld cores of pool \"%s\", of %lld "
                   "and %lld, hold no random matrix as large", (long long)op->k, (long long)op->n,
                   (long long)pool->cores, pool->name, (long long)pool->columns, (long long)outputs);
}

static bool fits(const struct fl_machine *machine, int32_t number, const struct fl_op *op, struct fl_err *why)
{
    const struct fl_pool *pool = &machine->pool[number];
    bool projects = op->type->form == FL_PROJECT;
    if (projects && pool->fixed)
        return medium_fits(pool, op, why);
    if (projects)
        return fl_fail(why, op->name, "is a projection by a random matrix that nobody stores, and pool \"%s\" is to "
                       "be given its weights: it takes fixed = true, an OPU, or a GPU that holds the matrix",
                       pool->name);
    return !pool->fixed || fl_fail(why, op->name, "its weights are not random, and those of pool \"%s\" are, which "
                                   "nobody sets (fixed = true): it projects, and nothing else", pool->name);
}

static struct fl_grain grain(const struct fl_machine *machine, int32_t number)
{
    return fl_pool_grain(&machine->pool[number]);
}

static struct fl_precision_ask optics(const struct fl_machine *machine, int32_t number, bool non_negative,
                                      int64_t length, int64_t tile)
{
    const struct fl_pool *pool = &machine->pool[number];
    if (fl_pool_streams(pool))          /* what wired cores and the cycles of a reading sum before it is converted */
        tile = pool->columns * fl_pool_wired(pool) * fl_most(pool->window, 1);
    return fl_pool_optics(pool, non_negative, length, tile);
}

enum { DAC, SOURCE, DETECTOR, ADC, ACCUMULATOR };
static const char *const resources[] = {"dac", "source", "detector", "adc", "accumulator", NULL};

const struct fl_engine_type fl_engine_optical = {
    .kind = "optical", .summary = "a pool of optical cores", .place = "optical", .list = "core", .most = FL_POOLS,
    .clock = "core",
    .slots = slots, .joins = joins, .texts = texts, .params = params, .pairs = pairs,
    .takes = takes, .fits = fits, .grain = grain, .step = fl_optical_step, .pass = fl_optical_pass, .optics = optics,
    .paces = fl_optical_paces,
    .resources = resources, .streams = 1 << SOURCE | 1 << DETECTOR | 1 << ADC, .loads = "slm load",
    .settles = "slm settling",
};
