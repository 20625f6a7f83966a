/* model.h - a Transformer as its config.json describes it. */
#ifndef FL_TRACE_MODEL_H
#define FL_TRACE_MODEL_H

#include "base/arena.h"
#include "traces/family.h"

/* What a network ends with, after the final norm. */
enum fl_head {
    FL_HEAD_NONE,
    FL_HEAD_VOCABULARY,                 /* logits of every token known */
    FL_HEAD_LABELS                      /* classifiers */
};

struct fl_model {
    const char *name;
    const char *note;                   /* what was understood otherwise than its config.json says; NULL: nothing */
    const struct fl_family *family;
    const struct fl_activation *activation;
    int64_t width;                      /* of the residual stream */
    int64_t layers, heads, kv_heads, head_width;
    int64_t ffn;                        /* width between the two feed-forward products */
    int64_t vocab;                      /* text models */
    int64_t embed_width;                /* of the token table; unlike width it takes a projection */
    int64_t types;                      /* rows of the token type table, 0: none */
    int64_t positions;                  /* most tokens; 0: no limit is known */
    int64_t position_rows;              /* of the position table; 0: none */
    int64_t rotary;                     /* values of a head that are rotated; 0: none */
    int64_t window;                     /* tokens that attention looks back; 0: all */
    int64_t window_layers;              /* layers that have the window: fl_model_looks_back tells which */
    int64_t window_from;                /* the first of them */
    int64_t full_every;                 /* of these every so manieth sees all, and has none; 0: every one has it */
    const bool *window_list;            /* or, of each layer, whether it has it; NULL: by the rule above */
    int64_t patch_values, patches;      /* vision models: of a patch, all colours; in an image */
    int32_t head;                       /* enum fl_head */
    bool head_on_all;                   /* whatever is asked, the head works on every token */
    bool pooler;                        /* before the head, or instead: a product and tanh on the first token */
    bool transform;                     /* before the logits: a product, the activation and a norm */
    int64_t labels, classifiers;        /* outputs of a classifier; how many there are, each on a token of its own */
    bool tied;                          /* the head's weights are the token table */
    bool causal;                        /* a token sees those before it: there is a cache, and decode */
    bool gated, parallel, one_norm, norm_last, final_norm;
};

/* Reads and checks a config.json; all faults together, each naming the file and the field. */
bool fl_model_read(struct fl_model *model, struct fl_arena *arena, const char *path, struct fl_err *err);

/* Whether a layer's attention is bounded by the window. */
bool fl_model_looks_back(const struct fl_model *model, int64_t layer);

#endif
