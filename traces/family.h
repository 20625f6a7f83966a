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

enum fl_family_kind { FL_DECODER, FL_TEXT_ENCODER, FL_VISION_ENCODER, FL_ENCODER_DECODER, FL_TEXT_TOWER };
enum fl_family_parallel {
    FL_SERIAL,                          /* attention, then feed-forward */
    FL_PARALLEL_IF_SAID,                /* by use_parallel_residual or parallel_attn, preset true */
    FL_PARALLEL                         /* always */
};

/* Of a family that has experts. */
struct fl_family_experts {
    int64_t count, used;                /* presets */
    int64_t ffn;                        /* preset of an expert's own width; 0: it has the feed-forward's */
    int64_t shared;                     /* preset of the width of what all tokens go through beside; 0: nothing */
    int64_t shared_experts;             /* or of how many experts that is */
    int64_t dense_first;                /* preset of layers before the first that has experts */
    bool first_of_some;                 /* of so many layers the first has them, not the last */
    bool shared_weighed;                /* which is weighed for each token */
    bool sigmoid;                       /* preset: the router's scores go through a sigmoid, not a softmax */
};

/* Of a family with latent attention: presets. */
struct fl_family_latent {
    int64_t rank, query_rank;           /* of the vectors that keys and values, and queries, are made of */
    int64_t plain, rotated;             /* values of a head of queries and keys */
    int64_t value;                      /* of a head of values; 0: width / heads */
};

struct fl_family {
    const char *type;                   /* model_type */
    const char *classes;                /* what the names of its own classes begin with, blanks between: "GPT2" */
    int32_t kind;                       /* enum fl_family_kind */
    int32_t parallel;                   /* enum fl_family_parallel: attention and feed-forward read the same input */
    bool one_norm;                      /* parallel and both read one norm's output */
    bool rms;                           /* RMS norm rather than layer norm */
    bool norm_last;                     /* norm after the residual sum, as in the first Transformer */
    bool gated;                         /* feed-forward is (act(gate) * up) -> down */
    bool multi_query;                   /* preset: one head of keys and values */
    bool alibi;                         /* positions are biases of the scores: neither table nor rotation */
    bool rotary;                        /* rotary embedding; else a table of positions */
    bool tied;                          /* preset of tie_word_embeddings */
    bool ffn_preset;                    /* intermediate size may be missing: 4 x width */
    int64_t position_offset;            /* rows of the position table that no token uses (padding) */
    bool offset_counted;                /* max_position_embeddings counts those rows */
    int64_t extra_tokens;               /* class and distillation tokens, vision */
    double rotary_share;                /* preset of the share of a head's width that is rotated */
    int64_t rotary_width;               /* preset of the rotated values of a head; 0: by the share */
    int64_t head_width;                 /* preset of a head's width; 0: width / heads */
    int64_t positions;                  /* preset of the most tokens of a sequence; 0: must be said */
    int64_t window;                     /* preset of the tokens that attention looks back; 0: all */
    bool window_listed;                 /* a window is had by a list of layers alone */
    int64_t window_from;                /* preset of the first layer that has a window */
    int64_t full_every;                 /* preset: of these every so manieth sees all; 0: none */
    bool full_first;                    /* counted from the first layer, not from before it */
    int64_t chunk;                      /* preset of the tokens of a chunk, in layers that are rotated */
    int64_t plain_every;                /* preset: every so manieth layer is not rotated; 0: all are */
    bool plain_full;                    /* where others have a window, layers that see all are not rotated */
    bool four_norms;                    /* norms behind attention and feed-forward, too */
    bool norms_behind;                  /* norms there alone, before the residual sum */
    bool query_norms;                   /* preset: queries and keys are normed, head by head */
    bool rotated_norms;                 /* but in layers that are not rotated */
    bool embed_norm;                    /* one that is no encoder, and norms its embedding */
    bool no_types;                      /* an encoder without token types */
    bool shared;                        /* layers share their weights, in groups of layers */
    bool dense;                         /* a text tower whose tokens see those behind them, too */
    bool one_token;                     /* without a head, what comes out is the norm of the class token */
    bool probes;                        /* a vision model that ends with attention of one token to all, a probe */
    int64_t projection;                 /* preset of the width that classes with a projection end with; 0: none is */
    bool projects;                      /* a text tower that always has one, as wide as itself unless said */
    const char *pooler;                 /* function behind the pooler of heads, of a family that has none without one;
                                           NULL: tanh, and every headless encoder has it */
    bool ffn_halves;                    /* intermediate_size counts gate and up together */
    const struct fl_family_experts *experts;    /* NULL: none */
    const struct fl_family_latent *latent;      /* keys and values are made of a narrow vector of each token; NULL: they
                                           are not */
    const struct fl_family *encoder;    /* of an encoder in front of a decoder; NULL: none */
    bool frames;                        /* its input are frames of sound, through two convolutions */
    const char *activation;             /* preset; NULL: must be said */
};
extern const struct fl_family fl_families[];    /* ends with a NULL type */
const struct fl_family *fl_family_find(const char *type);

/* Model types that are known by name and not simulated: what kind of network each is, which family here is nearest,
 * and what differs. */
struct fl_foreign {
    const char *type, *kind, *nearest, *differs;
};
extern const struct fl_foreign fl_foreigners[];     /* ends with a NULL type */
const struct fl_foreign *fl_foreign_find(const char *type);

/* Activation functions by the names config.json files use. */
struct fl_activation {
    const char *name;                   /* "gelu_new" */
    const char *op;                     /* "gelu": the operator's name */
    bool non_negative;                  /* of its output */
};
extern const struct fl_activation fl_activations[];     /* ends with a NULL name */
const struct fl_activation *fl_activation_find(const char *name);

#endif
