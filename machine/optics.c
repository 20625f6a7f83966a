/* optics.c - the chain of a core, from what its units said of themselves (fl_unit_type.describe). */
#include "machine/optics.h"

/* Digits that a device sets one by one: their number, and the bits of one. */
static void slices_ask(int64_t slices, int device_bits, int *asked, int *bits)
{
    if (slices > 1) {
        *asked = (int)slices;
        *bits = device_bits;
    }
}

struct fl_channels fl_pool_channels(const struct fl_pool *pool)
{
    struct fl_channels channels = {.count = pool->channels, .spacing_nm = pool->channel_spacing_nm};
    if (pool->ring_quality > 0)
        channels.half_nm = fl_channels_half_nm(pool->wavelength_nm, pool->ring_quality);
    return channels;
}

struct fl_precision_ask fl_pool_optics(const struct fl_pool *pool, bool non_negative, int64_t length, int64_t tile)
{
    struct fl_precision_ask ask = {
        .length = (double)length, .tiles = (int)fl_ceil_div(length, tile),
        .coding = {.sign = (enum fl_sign_encoding)pool->encoding, .oscillator = pool->oscillator,
                   .reference_row = pool->reference == FL_REFERENCE_ROW, .input_extinction = pool->input_extinction,
                   .weight_extinction = pool->weight_extinction},
        .input_bits = pool->input_bits, .weight_bits = pool->weight_bits, .output_bits = pool->output_bits,
        .adc_sigmas = pool->adc_sigmas, .receiver = pool->receiver, .emitters_apart = pool->emitters_apart,
        .weight_error = pool->weight_error, .crosstalk = pool->crosstalk, .channels = fl_pool_channels(pool),
        .systematic = pool->systematic, .convention = pool->light.convention};
    slices_ask(fl_pool_input_slices(pool), pool->dac_bits, &ask.input_slices, &ask.input_bits);
    slices_ask(fl_pool_weight_slices(pool), pool->pixel_bits, &ask.weight_slices, &ask.weight_bits);
    if (pool->fixed) {                  /* weights are what they are */
        ask.weight_bits = 0;
        ask.weight_slices = 0;
        ask.weight_error = 0;
        ask.coding.weight_extinction = 0;
    }
    fl_lighting_operands(&pool->light, non_negative, ask.length, &ask.input, &ask.weight);
    /* light is set for each tile, of which several are read together where charge and currents are summed */
    double lit = (double)fl_ceil_div(length, fl_pool_streams(pool) ? fl_least(pool->columns, tile) : tile);
    ask.photons = fl_lighting_operand_photons(&pool->light, &ask.coding, &ask.input, &ask.weight, ask.length, lit);
    return ask;
}

double fl_product_error(const struct fl_engine_type *engine, const struct fl_machine *machine, int32_t number,
                        bool non_negative, int64_t length, int64_t tile)
{
    struct fl_precision_ask ask = engine->optics(machine, number, non_negative, length, tile);
    return fl_precision_predict(&ask).error;
}

double fl_pool_light_knob(const struct fl_pool *pool)
{
    return pool->light.budget == FL_BUDGET_SIGNAL ? pool->light.error : pool->light.bits;
}
