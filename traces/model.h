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

/* What a layer's tokens see of those before them. */
enum fl_reach { FL_REACH_ALL, FL_REACH_WINDOW, FL_REACH_CHUNK, FL_REACHES };

/* Feed-forwards of which each token goes through a few. */
struct fl_experts {
    int64_t count;                      /* in a layer that has them; 0: none has */
    int64_t used;                       /* by each token */
    int64_t ffn;                        /* width between the two products of one */
    int64_t shared;                     /* the same of what all tokens go through beside; 0: nothing */
    bool sigmoid;                       /* the router's scores go through one, not a softmax */
    const unsigned char *layers;        /* of each layer, whether it has them; NULL: all do, or none */
};

/* Attention to keys and values that are made of a narrow vector of each token, which is what a cache holds. */
struct fl_latent {
    int64_t rank;                       /* of that vector; 0: there is none, keys and values are their own */
    int64_t query_rank;                 /* of one that queries are made of; 0: they are made of the stream */
    int64_t plain, rotated;             /* values of a head of queries and keys: made of the vector; rotated, and the
                                           same for all heads of keys */
    int64_t value;                      /* of a head of values */
};

struct fl_model {
    const char *name;
    const char *source;                 /* where its config.json says that it comes from; NULL: nowhere */
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
    int64_t window;                     /* tokens that attention looks back, in layers that do; 0: in none */
    int64_t chunk;                      /* tokens of a chunk, in layers that have chunks; 0: none has */
    int64_t window_from;                /* the first layer that has the window */
    int64_t full_every;                 /* of these every so manieth sees all, and has none; 0: every one has it */
    const unsigned char *reach;         /* or, of each layer, enum fl_reach; NULL: by the rule above */
    int64_t plain_every;                /* every so manieth layer is not rotated; 0: all are */
    const unsigned char *plain;         /* or, of each layer, whether it is not; NULL: by that rule */
    bool query_norms;                   /* queries and keys are normed */
    int64_t patch_values, patches;      /* vision models: of a patch, all colours; in an image */
    int32_t head;                       /* enum fl_head */
    bool head_on_all;                   /* whatever is asked, the head works on every token */
    int64_t groups;                     /* of layers that share their weights; 0: each has its own */
    int64_t projection;                 /* outputs of a product at the end; 0: there is none */
    bool probe;                         /* before it one token attends to all */
    bool pooler;                        /* before the head, or instead: a product and tanh on the first token */
    bool transform;                     /* before the logits: a product, the activation and a norm */
    int64_t labels, classifiers;        /* outputs of a classifier; how many there are, each on a token of its own */
    bool tied;                          /* the head's weights are the token table */
    struct fl_experts experts;
    struct fl_latent latent;
    int32_t weight_bits, expert_bits;   /* of weights of the layers' products, and of experts, as stored; 0: as the
                                           machine has them */
    int32_t head_bits;                  /* of the head over the vocabulary */
    const struct fl_model *encoder;     /* in front of a decoder, whose layers attend to its tokens; NULL: none */
    bool own_table;                     /* of an encoder in front: of tokens, not the decoder's */
    bool encoder_alone;                 /* and it alone is run */
    int64_t frames;                     /* of sound, which become half as many tokens; 0: no sound */
    bool causal;                        /* a token sees those before it */
    bool cached;                        /* there is a cache, and decode */
    bool gated, parallel, one_norm, norm_last, final_norm;
};

/* Reads and checks a config.json; all faults together, each naming the file and the field. */
bool fl_model_read(struct fl_model *model, struct fl_arena *arena, const char *path, struct fl_err *err);

/* Whether it makes one token after another. */
static inline bool fl_model_decodes(const struct fl_model *model)
{
    return model->family->kind == FL_DECODER || model->family->kind == FL_ENCODER_DECODER;
}
/* What the tokens of a layer see, enum fl_reach. */
int32_t fl_model_reach(const struct fl_model *model, int64_t layer);
/* Whether a layer's queries and keys are left as they are, where others rotate them. */
bool fl_model_plain(const struct fl_model *model, int64_t layer);
/* Whether a layer has experts in place of its feed-forward. */
bool fl_model_has_experts(const struct fl_model *model, int64_t layer);
/* Whether all layers are alike: true of any number of layers, else they are few enough to be asked. */
bool fl_model_alike(const struct fl_model *model);

struct fl_workload;
struct fl_trace;
/* Is it asked of a model (NULL: one that could not be read) in words and numbers that can be? All faults together. */
bool fl_workload_check(struct fl_workload *work, const struct fl_model *model, struct fl_err *err);
/* Gives the trace its head: what was not said is filled in, what is odd becomes its note. */
void fl_workload_settle(struct fl_trace *trace, const struct fl_model *model, const struct fl_workload *work);

#endif
