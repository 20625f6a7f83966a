/* learn_bits.c - trains and runs a small network and prints what came out, bit by bit; tests/learn_bits.sh builds it by
 * several compilers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/adam.h"
#include "learn/draw.h"
#include "learn/optics.h"
#include "learn/rows.h"
#include "learn/text.h"
#include "learn/transformer.h"

enum { SEQUENCES = 4, TOKENS = SEQUENCES * 16, STEPS = 12 };

static const struct fl_transformer net = {FL_TEXT_SYMBOLS, 16, 24, 2, 3, 40};

/* FNV-1a. */
static void tell(const char *what, const float *values, size_t count)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
    }
    printf("%s %016" PRIx64 "\n", what, hash);
}

static void train(const struct fl_text *text, struct fl_pass *pass, float *parameters, size_t count)
{
    float *room = calloc(3 * count, sizeof *room);
    struct fl_adam adam = {.rate = 0.01, .beta1 = 0.9, .beta2 = 0.99, .longest = 1, .warmup = 3, .steps = STEPS,
                           .mean = room, .square = room + count};
    int symbols[TOKENS], next[TOKENS];
    fl_transformer_start(&net, 1, parameters);
    for (uint64_t step = 0; step < STEPS; step++) {
        fl_text_batch(text, fl_draw_key(1, step), SEQUENCES, 16, symbols, next);
        fl_transformer_forward(&net, parameters, symbols, 0, &fl_exact, pass);
        fl_rows_loss(TOKENS, FL_TEXT_SYMBOLS, next, 1.0F / TOKENS, pass->logits, NULL);
        fl_transformer_backward(&net, parameters, symbols, NULL, pass, room + 2 * count);
        fl_adam_step(&adam, count, room + 2 * count, parameters);
    }
    tell("trained", parameters, count);
    free(room);
}

static void shine(const struct fl_text *text, struct fl_pass *pass, const float *parameters, int sign)
{
    struct fl_chain chain = {.kind = FL_CHAIN_OPTICAL, .inside = 0.999, .systematic = 0.02, .ask = {
        .coding = {.sign = (enum fl_sign_encoding)sign, .oscillator = 0.1, .weight_extinction = 0.02},
        .length = 24, .photons = 300, .tiles = 2, .input_bits = 6, .weight_bits = 4, .weight_slices = 2,
        .output_bits = 7, .adc_sigmas = 4,
        .receiver = {.integration_ps = 1000, .read_e = 3, .dark_na = 1, .rin_db_per_hz = -140}}};
    struct fl_optics optics;
    struct fl_optics_run run = {.optics = &optics, .noise = 3};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    int symbols[TOKENS], next[TOKENS];
    fl_optics_make(&optics, fl_transformer_sites(&net), &chain, 9);
    fl_text_batch(text, 5, SEQUENCES, 16, symbols, next);
    fl_transformer_forward(&net, parameters, symbols, 0, &by, pass);
    fl_optics_ranged(&optics);
    fl_transformer_forward(&net, parameters, symbols, 0, &by, pass);
    fl_optics_counted(&optics);
    fl_transformer_forward(&net, parameters, symbols, 0, &by, pass);
    tell(fl_sign_names[sign], pass->logits, TOKENS * FL_TEXT_SYMBOLS);
    fl_optics_free(&optics);
}

int main(void)
{
    struct fl_err err = {0};
    struct fl_text text;
    if (!fl_text_load(&text, "generated", NULL, 16, &err))
        return 1;
    size_t count = fl_transformer_at(&net).count;
    float *parameters = calloc(count, sizeof *parameters);
    struct fl_pass pass = fl_pass_make(&net, SEQUENCES, true);
    train(&text, &pass, parameters, count);
    for (int sign = FL_SIGN_OFFSET; sign <= FL_SIGN_COHERENT; sign++)
        shine(&text, &pass, parameters, sign);
    for (int sign = FL_SIGN_HOMODYNE; sign < FL_SIGNS; sign++)
        shine(&text, &pass, parameters, sign);
    fl_pass_free(&pass);
    free(parameters);
    fl_text_free(&text);
    return 0;
}
