/* family.h - what a config.json leaves unsaid because its model_type says it.
 *
 * A family is one const record: adding a model type is adding one. The choices are
 * those of the published reference implementations (Hugging Face transformers,
 * models/<type>/configuration_<type>.py and modeling_<type>.py).
 */
#ifndef FL_TRACE_FAMILY_H
#define FL_TRACE_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

enum fl_family_kind { FL_DECODER, FL_TEXT_ENCODER, FL_VISION_ENCODER };
enum fl_family_parallel {
    FL_SERIAL,                          /* attention, then feed-forward */
    FL_PARALLEL_IF_SAID,                /* by use_parallel_residual or parallel_attn, preset true */
    FL_PARALLEL                         /* always */
};

struct fl_family {
    const char *type;                   /* model_type */
    int32_t kind;                       /* enum fl_family_kind */
    int32_t parallel;                   /* enum fl_family_parallel: attention and feed-forward read the same input */
    bool one_norm;                      /* parallel and both read one norm's output */
    bool rms;                           /* RMS norm rather than layer norm */
    bool norm_last;                     /* norm after the residual sum, as in the first Transformer */
    bool gated;                         /* feed-forward is (act(gate) * up) -> down */
    bool rotary;                        /* rotary embedding; else a table of positions */
    bool tied;                          /* preset of tie_word_embeddings */
    bool ffn_preset;                    /* intermediate size may be missing: 4 x width */
    int64_t position_offset;            /* rows of the position table that no token uses (padding) */
    bool offset_counted;                /* max_position_embeddings counts those rows */
    int64_t extra_tokens;               /* class and distillation tokens, vision */
    double rotary_share;                /* preset of the share of a head's width that is rotated */
    const char *activation;             /* preset; NULL: must be said */
};
extern const struct fl_family fl_families[];    /* ends with a NULL type */
const struct fl_family *fl_family_find(const char *type);

/* Activation functions by the names config.json files use. */
struct fl_activation {
    const char *name;                   /* "gelu_new" */
    const char *op;                     /* "gelu": the operator's name */
    bool non_negative;                  /* of its output */
};
extern const struct fl_activation fl_activations[];     /* ends with a NULL name */
const struct fl_activation *fl_activation_find(const char *name);

#endif
