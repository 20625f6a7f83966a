/* model.h - a Transformer as its config.json describes it. */
#ifndef FL_TRACE_MODEL_H
#define FL_TRACE_MODEL_H

#include "base/arena.h"
#include "traces/family.h"

struct fl_model {
    const char *name;
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
    int64_t patch, channels, patches;   /* vision models */
    int64_t labels;                     /* outputs of the classifier; 0: none */
    bool tied;                          /* the head's weights are the token table */
    bool parallel, one_norm, norm_last, final_norm;
};

/* Reads and checks a config.json; all faults together, each naming the file and the field. */
bool fl_model_read(struct fl_model *model, struct fl_arena *arena, const char *path, struct fl_err *err);

#endif
