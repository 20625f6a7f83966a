/* maker.h - what the makers of a model's operators share: model.c calls them in the order of the network.
 *
 *     fl_trace_block_open(&k->build, 1, -1);
 *     fl_make_linear(k, "up", "x", k->rows, m->width, m->ffn);
 *     fl_maker_close_stream(k);                           the result is the residual stream, "x"
 *     fl_trace_block_close(&k->build);
 *
 * Operators write tensors of their own names, but what is appended goes to a cache. Those of
 * an encoder in front of a decoder have a prefix, and so have the tensors that they write;
 * what they read is found under either name.
 */
#ifndef FL_TRACE_MAKER_H
#define FL_TRACE_MAKER_H

#include "traces/build.h"
#include "traces/model.h"

#define FL_READS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* One pass of the model over `tokens` tokens of each sequence. */
struct fl_maker {
    struct fl_trace_builder build;
    const struct fl_model *model;
    struct fl_trace *trace;
    const char *prefix;                 /* of names; NULL: none */
    const char *encoded;                /* tensor that an encoder in front has made; NULL: it was made before */
    const int64_t *shares;              /* of all choices, of each expert; NULL: all alike */
    int64_t source;                     /* tokens of each sequence in it */
    int64_t group;                      /* of layers that share their weights, from 1; 0: each has its own */
    int32_t bits;                       /* of weights of the products being made, as stored; 0: the machine's */
    int64_t tokens, past, rows;         /* rows: tokens of the whole batch */
    int64_t head_rows;                  /* rows that go on to the head */
    bool decode, causal;
    struct fl_band band;                /* of the layers that are being made */
    bool plain;                         /* their queries and keys are not rotated */
    int64_t longest;                    /* tokens of a sequence that a last token would see; 0: attention is dense */
    int64_t step;
    bool overflow;
};

/* Tensors: keys and values, of a decoder's own tokens and of an encoder's; the table of tokens. */
extern const char fl_maker_cache[], fl_maker_cross_cache[], fl_maker_table[];

/* Held to INT64_MAX, and noted. */
int64_t fl_maker_times(struct fl_maker *k, int64_t a, int64_t b);
int64_t fl_maker_plus(struct fl_maker *k, int64_t a, int64_t b);
/* A name with the prefix. */
const char *fl_maker_name(struct fl_maker *k, const char *name);
/* The last operator's result is the residual stream. */
void fl_maker_close_stream(struct fl_maker *k);

/* Declares the weights of a layer's product, if there is more to say of them than that they are its own; their name,
 * or NULL. */
const char *fl_maker_weights(struct fl_maker *k, const struct fl_op *op);
/* An operator that reads the tensors named, NULL at the end. Groups and share of 0 are one. */
void fl_make_op(struct fl_maker *k, struct fl_op op, const char *const *reads);
void fl_make_append(struct fl_maker *k, const char *name, const char *read, const char *cache, int64_t m, int64_t n);
/* In groups, each with weights of its own and a part of what it reads. */
void fl_make_grouped(struct fl_maker *k, const char *name, const char *read, int64_t groups, int64_t inputs,
                     int64_t outputs);
void fl_make_linear(struct fl_maker *k, const char *name, const char *read, int64_t m, int64_t inputs,
                    int64_t outputs);
void fl_make_lookup(struct fl_maker *k, const char *name, const char *read, int64_t m, int64_t rows, int64_t width);
/* Digital work: m rows of n values. */
void fl_make_rows(struct fl_maker *k, const struct fl_op_type *type, const char *name, const char *const *reads,
                  int64_t m, int64_t n);
enum fl_norm { FL_NORM_EMBED, FL_NORM_1, FL_NORM_1_AFTER, FL_NORM_CROSS, FL_NORM_2, FL_NORM_2_AFTER, FL_NORM_FINAL };
/* A norm of the model's kind and width. Gives the name of what it writes. */
const char *fl_make_norm(struct fl_maker *k, enum fl_norm which, const char *read, int64_t m);

/* ---- parts of a network ---- */
void fl_make_embedding(struct fl_maker *k);
void fl_make_layers(struct fl_maker *k);
/* From a normed stream to "attn_out". `first` names the operator of queries, keys and values, which has `besides`
 * outputs that are not attention's. */
void fl_make_attention(struct fl_maker *k, const char *read, const char *first, int64_t besides);
/* The same of latent attention. */
void fl_make_latent_attention(struct fl_maker *k, const char *read);
/* From a normed stream to "cross_out", by attention to an encoder's tokens. */
void fl_make_cross_attention(struct fl_maker *k, const char *read);
/* From a normed stream; `up`: the operator that has made the first product already, or NULL. Gives the name of what it
 * writes. */
const char *fl_make_feed_forward(struct fl_maker *k, const char *read, const char *up);
/* The same by experts. */
const char *fl_make_experts(struct fl_maker *k, const char *read);
void fl_make_head(struct fl_maker *k);

#endif
