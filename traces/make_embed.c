/* make_embed.c - what comes before the layers: tokens or patches, positions, types. */
#include "traces/maker.h"

/* The sum of a stream and what a table has for each row. */
static const char *add_table(struct fl_maker *k, const char *name, const char *stream, const char *table, int64_t width)
{
    fl_make_rows(k, &fl_op_add, name, FL_READS(stream, table), k->rows, width);
    return name;
}

static void make_text_embedding(struct fl_maker *k)
{
    const struct fl_model *m = k->model;
    const char *stream = "embed";
    bool picked = k->step > 0 && m->head == FL_HEAD_VOCABULARY; /* a step's token, from the last step's logits */
    bool encoder = m->family->kind == FL_TEXT_ENCODER, narrow = m->embed_width != m->width;
    int64_t width = encoder ? m->embed_width : m->width;        /* encoders make a narrow embedding wide at its end */
    fl_make_op(k, (struct fl_op){ .type = &fl_op_embed, .name = "embed", .m = k->rows, .k = m->vocab,
                                  .n = m->embed_width },
               FL_READS(picked ? "logits" : k->prefix != NULL ? "source" : "tokens", fl_maker_table));
    if (narrow && !encoder) {
        fl_make_linear(k, "embed_proj", stream, k->rows, m->embed_width, m->width);
        stream = "embed_proj";
    }
    if (m->types > 0) {
        fl_make_lookup(k, "token_type", NULL, k->rows, m->types, width);
        stream = add_table(k, "type_add", stream, "token_type", width);
    }
    if (m->position_rows > 0) {
        fl_make_lookup(k, "position", NULL, k->tokens, m->position_rows, width);
        stream = add_table(k, "embed_add", stream, "position", width);
    }
    if (encoder || m->family->embed_norm)
        stream = fl_make_norm(k, FL_NORM_EMBED, stream, k->rows);
    if (narrow && encoder)
        fl_make_linear(k, "embed_proj", stream, k->rows, m->embed_width, m->width);
}

/* Frames of sound through two convolutions over three neighbours each, the second of which halves them. */
static void make_sound_embedding(struct fl_maker *k)
{
    enum { TAPS = 3 };
    const struct fl_model *m = k->model;
    int64_t frames = fl_maker_times(k, m->frames, k->trace->batch), wide = fl_maker_times(k, TAPS, m->width);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_conv, .name = "conv1", .m = frames, .n = m->width,
                                  .k = fl_maker_times(k, TAPS, m->patch_values) }, FL_READS("sound"));
    fl_make_rows(k, &fl_op_activation, "conv1_gelu", FL_READS("conv1"), frames, m->width);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_conv, .name = "conv2", .m = k->rows, .k = wide, .n = m->width },
               FL_READS("conv1_gelu"));
    fl_make_rows(k, &fl_op_activation, "conv2_gelu", FL_READS("conv2"), k->rows, m->width);
    fl_make_lookup(k, "position", NULL, k->tokens, m->position_rows, m->width);
    add_table(k, "embed_add", "conv2_gelu", "position", m->width);
}

static void make_vision_embedding(struct fl_maker *k)
{
    const struct fl_model *m = k->model;
    fl_make_linear(k, "patch", "image", fl_maker_times(k, m->patches, k->trace->batch), m->patch_values, m->width);
    fl_make_lookup(k, "position", NULL, k->tokens, m->position_rows, m->width);
    add_table(k, "embed_add", "patch", "position", m->width);
    if (m->family->embed_norm)
        fl_make_norm(k, FL_NORM_EMBED, "embed_add", k->rows);
}

void fl_make_embedding(struct fl_maker *k)
{
    fl_trace_block_open(&k->build, 1, -1);
    if (k->model->frames > 0)
        make_sound_embedding(k);
    else if (k->model->family->kind == FL_VISION_ENCODER)
        make_vision_embedding(k);
    else
        make_text_embedding(k);
    fl_maker_close_stream(k);
    fl_trace_block_close(&k->build);
}
