/* config_encoder.c - a decoder with an encoder in front of it: two stacks of layers, one width, one vocabulary.
 *
 * Layers, heads and the feed-forward's width are given for each of them, or once for both
 * (T5). num_hidden_layers and num_attention_heads, where they stand beside, are leftovers.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

/* "relu", "gated-gelu": a function, and whether the feed-forward has a gate. "gated-gelu" is GELU by its tanh. */
static void read_feed_forward(struct fl_config *c, struct fl_model *m)
{
    static const char gate[] = "gated-";
    const char *said = fl_config_text(c, FL_FIELD_FFN_KIND);
    m->gated = m->family->gated;
    if (said == NULL) {
        fl_config_activation(c);
        return;
    }
    m->gated = strncmp(said, gate, strlen(gate)) == 0;
    const char *name = said + (m->gated ? strlen(gate) : 0);
    m->activation = fl_activation_find(name);
    if (m->activation == NULL)
        fl_config_fail(c, "feed_forward_proj", "\"%.64s\" is not known; give a function (relu, gelu), or gated-gelu, "
                       "gated-silu", said);
}

static int64_t head_width(struct fl_config *c, int64_t heads, const char *which)
{
    int64_t width = c->model->width, given = fl_config_count(c, FL_FIELD_HEAD_WIDTH, 1, 0);
    if (given > 0 || heads == 0 || width == 0)
        return given;
    if (width % heads != 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_WIDTH), "a width of %" PRId64 " cannot be divided into %" PRId64
                       " heads of the %s; change one", width, heads, which);
    return width / heads;
}

/* The encoder is like the decoder but for what is said of it, and what the network says of any. */
static void read_encoder(struct fl_config *c, struct fl_model *m, struct fl_model *e)
{
    *e = (struct fl_model){ .name = m->name, .family = m->family->encoder, .activation = m->activation,
                            .width = m->width, .gated = m->gated, .norm_last = m->norm_last,
                            .final_norm = m->final_norm, .head_on_all = true };
    e->layers = fl_config_count(c, FL_FIELD_ENCODER_LAYERS, 1, FL_REQUIRED);
    e->heads = e->kv_heads = fl_config_count(c, FL_FIELD_ENCODER_HEADS, 1, FL_REQUIRED);
    e->head_width = head_width(c, e->heads, "encoder");
    e->ffn = fl_config_count(c, FL_FIELD_ENCODER_FFN, 1, FL_REQUIRED);
}

void fl_config_encoder(struct fl_config *c)
{
    struct fl_model *m = c->model, *e = fl_arena_alloc(c->arena, sizeof *e);
    bool once = !fl_field_is_of(FL_FIELD_DECODER_HEADS, m->family);
    m->width = fl_config_count(c, FL_FIELD_WIDTH, 1, FL_REQUIRED);
    m->norm_last = m->family->norm_last;
    m->final_norm = !m->norm_last;
    read_feed_forward(c, m);
    read_encoder(c, m, e);
    m->layers = fl_config_count(c, FL_FIELD_DECODER_LAYERS, 1, once ? e->layers : FL_REQUIRED);
    m->heads = fl_config_count(c, FL_FIELD_DECODER_HEADS, 1, once ? e->heads : FL_REQUIRED);
    m->kv_heads = m->heads;
    m->head_width = head_width(c, m->heads, "decoder");
    m->ffn = fl_config_count(c, FL_FIELD_DECODER_FFN, 1, once ? e->ffn : FL_REQUIRED);
    m->encoder = e;
    if (!fl_config_flag(c, FL_FIELD_BOTH, true))
        fl_config_note(c, "is_encoder_decoder = false is not simulated: taken with the encoder that %s has",
                       m->family->type);
}

/* Once vocabulary and positions of the decoder are known. */
void fl_config_encoder_input(struct fl_config *c)
{
    struct fl_model *m = c->model, *e;
    if (m->encoder == NULL)
        return;
    e = fl_arena_alloc(c->arena, sizeof *e);
    *e = *m->encoder;
    e->vocab = m->vocab;
    m->vocab = fl_config_count(c, FL_FIELD_DECODER_VOCAB, 1, e->vocab);
    e->own_table = !fl_config_flag(c, FL_FIELD_ONE_TABLE, true) || m->vocab != e->vocab;
    e->embed_width = m->width;
    e->positions = m->positions;
    e->position_rows = m->position_rows;
    if (e->family->frames) {
        e->vocab = 0;
        e->positions = e->position_rows = fl_config_count(c, FL_FIELD_SOURCE, 1, FL_REQUIRED);
        e->frames = 2 * e->positions;
        e->patch_values = fl_config_count(c, FL_FIELD_BINS, 1, FL_REQUIRED);
    }
    m->encoder = e;
}

/* Once stored widths are known, and what the class says: the encoder alone may be the model. */
void fl_config_encoder_end(struct fl_config *c)
{
    struct fl_model *m = c->model, *e;
    if (m->encoder == NULL)
        return;
    e = fl_arena_alloc(c->arena, sizeof *e);
    *e = *m->encoder;
    e->weight_bits = m->weight_bits;
    e->source = m->source;
    e->note = m->note;
    m->encoder = e;
    if (m->encoder_alone)
        *m = *e;
}
