/* trace.h - work: tensors, and a DAG of operators between them, as text and as records.
 *
 * A trace is a list of blocks; a block is a list of operators, repeated (layers). An
 * operator reads and writes tensors by index. Of a tensor that all layers share it reads
 * what its nearest earlier writer wrote (in the unrolled order), or else a later one of
 * its block, which may make a cycle and is then refused; of a layered tensor, the copy
 * of its own layer's number, or of a neighbour's. Shapes are those of `groups`
 * independent products
 *
 *     out[m][n] = in[m][k] x weight[k][n]
 *
 * (heads x sequences; 1 for linear layers), or rows x values for digital work.
 *
 * The text form and its grammar: docs/trace.md.
 */
#ifndef FL_TRACE_H
#define FL_TRACE_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "traces/band.h"
#include "traces/ops.h"

enum fl_sign { FL_SIGNED, FL_NON_NEGATIVE };
enum fl_mask { FL_DENSE, FL_CAUSAL_OUT, FL_CAUSAL_IN };
/* FL_CAUSAL_OUT: of token t the outputs n are wanted that its band has (scores): fl_band_first <= n <= past + t.
 * FL_CAUSAL_IN: other inputs k than those are zero (context). Rows m are `share` queries for each of m / share tokens,
 * tokens slowest; tokens, outputs and inputs are counted from 0. */

enum fl_tensor_kind {
    FL_TENSOR_ACTIVATION,               /* computed, and gone when its last reader has read it */
    FL_TENSOR_PARAMETER,                /* weights and tables: they come from outside and lie in DRAM */
    FL_TENSOR_CACHE,                    /* keys and values: appended to and read, in DRAM */
    FL_TENSOR_STASH,                    /* kept by a forward layer for the backward layer of its number */
    FL_TENSOR_GRADIENT,                 /* of a parameter; what nobody reads is a result and stays */
    FL_TENSOR_STATE,                    /* what an optimizer keeps beside a parameter: its updates read and write it */
    FL_TENSOR_KINDS
};
extern const char *const fl_tensor_kind_names[FL_TENSOR_KINDS];     /* "activation", "parameter", ... */
struct fl_tensor {
    const char *name;                   /* "ffn_up.w" */
    int32_t kind;                       /* enum fl_tensor_kind */
    int32_t bits;                       /* as stored; 0: the machine's for its kind */
    int64_t groups, rows, width;        /* 0: whatever its operators write, or of a cache read */
    bool layered;                       /* one a layer, by number; false: all layers have the same one */
    bool trained;                       /* a parameter that changes with the step */
    bool updated;                       /* and the trace has its update, by which it is written anew where it stays */
    bool input;                         /* comes from outside: an "input" line */
    int line;                           /* of the text that declares it; 0: none does */
};
/* Whose copy of a layered tensor an operator means. */
enum fl_layer {
    FL_LAYER_SAME,                      /* its own layer's, or of a tensor that has no layers the only one */
    FL_LAYER_NEXT, FL_LAYER_PREVIOUS,   /* that of the layer one number above, below */
    FL_LAYER_FORWARD,                   /* its own number's, as an earlier block wrote it */
    FL_LAYER_RELATIONS
};
struct fl_tensor_use {
    int32_t tensor;                     /* its place in the trace's list */
    int32_t layer;                      /* enum fl_layer */
    bool transposed;                    /* its rows are read as columns */
};

struct fl_op {
    const char *name;                   /* "ffn_up" */
    const struct fl_op_type *type;
    int32_t sign;                       /* enum fl_sign of the streamed input */
    int32_t mask;                       /* enum fl_mask */
    int32_t placed;                     /* where it must run: 0 auto, 1 optical, 2 digital */
    int64_t groups, m, k, n;
    int64_t first;                      /* of the groups of its tensors, the first that it takes (experts) */
    bool more;                          /* it goes on with what the operator before it writes: groups of other rows */
    int64_t share;                      /* matmul: query heads that share a loaded operand, folded into m;
                                           softmax: rows of each token */
    int64_t patterns;                   /* project: binary ones that a row takes; 0: one for each bit of inputs */
    struct fl_band band;                /* past: tokens in the cache before this operator's first; the rest under a
                                           mask */
    int64_t macs;                       /* unmasked, all groups, one occurrence; 0 for digital work */
    int64_t all_macs;                   /* of all chips that share it (traces/divide.h); 0: it is one chip's */
    const struct fl_tensor_use *reads;     /* a product's streamed operand, then its second one, which may be the same
                                           tensor, last: what is read beside them stands between */
    size_t operands;                    /* read; 0 of an operator made without a trace: as many as its kind reads */
    struct fl_tensor_use writes;        /* its own layer's copy, as it is */
    bool gradient;                      /* what it writes is a parameter's: sums over all tokens */
    int32_t state_bits;                 /* update: kept beside each value of its parameter; 0: nothing */
    const struct fl_tensor *stored;     /* of a product its second operand, of a move the table or the cache; NULL of
                                           an operator made without a trace: what its kind has there */
    int32_t stage;                      /* of a pipeline's stages the one that does it, from 1 on; 0: any engine */
    int line;                           /* of the text it came from; 0 if generated */
};

struct fl_block {
    int64_t repeat;                     /* 1 or more */
    int64_t layer;                      /* number of the first repetition's layer; -1: not a layer */
    bool down;                          /* the next repetition's layer is one below, as in a backward pass */
    int64_t stage;                      /* of the chips that work on its first repetition (traces/divide.h) */
    bool onward;                        /* the next repetition is the next stage's; else all are one stage's */
    struct fl_op *op;
    size_t ops;
};

struct fl_trace {
    struct fl_arena arena;
    const char *model, *phase, *attention, *logits;     /* "gpt2", "prefill"|"decode", "causal"|"dense", "last"|"all" */
    int64_t context;                    /* prefill: the prompt's length; decode: the cache's at the start */
    int64_t tokens;                     /* of each sequence that the run works on: prefill context, decode steps */
    int64_t source;                     /* tokens of each sequence that an encoder in front reads; 0: there is none */
    int64_t batch;
    bool layers_only;
    const char *note;                   /* e.g. context beyond the model's maximum; NULL: none */
    struct fl_tensor *tensor;           /* in the order in which they are first met; inputs first */
    size_t tensors;
    struct fl_block *block;
    size_t blocks;
    int64_t ops;                        /* unrolled */
    int64_t macs;                       /* unrolled */
};

/* What a step of training is asked for; NULL and 0 are presets. */
struct fl_train {
    const char *schedule;               /* "bp", "dfa_layer", "dfa_block", "two_pass", "elm": must be said */
    const char *feedback;               /* "shared" (preset): one projection for all points; or "independent" */
    const char *rows;                   /* of the error that are projected: one for each "token" (preset), "sequence" */
    const char *encode;                 /* of the error on mirrors: "ternary" (preset), or "bits=N" */
    const char *optimizer;              /* "adam" (preset) or "sgd" */
    const char *projector;              /* where projections must run: "auto" (preset), "optical", "digital" */
    int64_t microbatch;                 /* parts of the batch, one after another; 0: 1 */
    bool recompute;                     /* layers keep what they read alone, and are done again on the way back */
    int64_t patterns;                   /* of `encode`, binary ones for each row */
};

/* What a model is asked for. */
struct fl_workload {
    const char *phase;                  /* "prefill" (preset), "decode" or "train" */
    int64_t context;                    /* 0: preset (the model's maximum, at most 1024; decode: less `tokens`, so that
                                           the last step still fits) */
    int64_t tokens;                     /* decode steps; 0: 1; prefill takes none */
    int64_t batch;                      /* 0: 1 */
    const char *attention;              /* NULL: causal for decoders, dense for encoders */
    const char *logits;                 /* NULL: last */
    bool layers_only;
    int64_t source;                     /* tokens of an encoder in front; 0: as many as the context */
    const char *routing;                /* shares of all choices that each expert has, "4,2,1,1"; NULL: all alike */
    const struct fl_train *train;       /* of phase "train"; else NULL */
};

/* The stage of a repetition. */
static inline int64_t fl_block_stage(const struct fl_block *block, int64_t repetition)
{
    return block->stage + (block->onward ? repetition : 0);
}
static inline bool fl_op_is_product(const struct fl_op *op) { return op->type->form == FL_PRODUCT; }
/* Between memories, nothing is worked out. */
static inline bool fl_op_is_move(const struct fl_op *op)
{
    return op->type->form == FL_LOOKUP || op->type->form == FL_APPEND;
}
/* Tensors it reads; those of a gate are two, or one twice. */
static inline size_t fl_op_operands(const struct fl_op *op)
{
    return op->operands > 0 ? op->operands : (size_t)op->type->reads_least;
}
/* What is stored of it (see `stored`), enum fl_tensor_kind. */
static inline int32_t fl_op_stored(const struct fl_op *op)
{
    return op->stored != NULL ? op->stored->kind : op->type->stored;
}
/* Is it a product with weights, and with something that comes from DRAM? */
static inline bool fl_op_has_weights(const struct fl_op *op)
{
    return fl_op_is_product(op) && fl_op_stored(op) == FL_TENSOR_PARAMETER;
}
static inline bool fl_op_from_dram(const struct fl_op *op)
{
    return fl_op_has_weights(op) || (fl_op_is_product(op) && fl_op_stored(op) == FL_TENSOR_CACHE);
}
/* Is an operand read beside those that a product is of: what tells which rows go to which group of weights, or inputs
 * of the second operand that all groups share? It is waited for, and that is all it costs but for moves. */
static inline bool fl_op_is_beside(const struct fl_op *op, size_t operand)
{
    return fl_op_is_product(op) && operand > 0 && operand + 1 < op->operands;
}
/* May its weights stay where they are for the whole run? Trained ones only if the run sees how they change. */
static inline bool fl_op_may_stay(const struct fl_op *op)
{
    return fl_op_has_weights(op) && (op->stored == NULL || !op->stored->trained || op->stored->updated);
}
/* Are its weights written anew while they are in use? */
static inline bool fl_op_is_trained(const struct fl_op *op)
{
    return fl_op_has_weights(op) && op->stored != NULL && op->stored->trained;
}
/* Groups of its weights, of which it may take some alone. */
static inline int64_t fl_op_groups_stored(const struct fl_op *op)
{
    return fl_op_has_weights(op) && op->stored != NULL ? op->stored->groups : op->groups;
}
/* Does it move what it reads from chip to chip, and nothing else? */
static inline bool fl_op_is_exchange(const struct fl_op *op)
{
    return op->type->form == FL_ROWS && op->type->work == FL_DIGITAL_EXCHANGE;
}
/* How often digital work turns to each value that it writes. */
static inline int64_t fl_op_rounds(const struct fl_op *op)
{
    return op->type->rounds_k > 0 ? op->type->rounds_k * op->k : 1;
}
/* Values of the parameters that products read, each layer's once; false past 2^63 - 1. */
bool fl_trace_weights(const struct fl_trace *trace, int64_t *weights);
/* The same, and those of tables that are only looked up in. */
bool fl_trace_parameters(const struct fl_trace *trace, int64_t *parameters);
/* Values that an operator of a block writes, with those that go on with it. */
bool fl_op_written(const struct fl_block *block, size_t op, int64_t *values);
/* The layers whose copy of a layered tensor a block means, from the lowest number on: block->repeat of them. A block
 * that is of no layer counts its repetitions from 0. */
static inline int64_t fl_block_lowest(const struct fl_block *block)
{
    int64_t first = block->layer < 0 ? 0 : block->layer;
    return block->down ? first - block->repeat + 1 : first;
}

/* The number of a repetition's layer; -1: it is none. */
static inline int64_t fl_block_layer(const struct fl_block *block, int64_t repetition)
{
    return block->layer < 0 ? -1 : block->down ? block->layer - repetition : block->layer + repetition;
}

/* Unmasked multiply-accumulates of one occurrence, all groups: groups m k n, less what the mask skips; 0 for digital
 * work. Exact, by closed form; false if the count, or the number of values of an operand, exceeds 2^63 - 1. */
bool fl_op_macs(const struct fl_op *op, int64_t *macs);
/* Products of a projection, which are no MACs: nobody multiplies; false past 2^63 - 1. */
bool fl_op_projected(const struct fl_op *op, int64_t *products);
/* Values that digital work writes, all rows: groups m n, less what a softmax's mask skips. Exact, by closed form; false
 * past 2^63 - 1. */
bool fl_op_values(const struct fl_op *op, int64_t *values);

/* The trace of a model: a shipped name ("gpt2") or the path of a config.json. All faults of the file together.
 * A trace that failed to be made holds nothing and need not be freed; this goes for all of these. */
bool fl_trace_from_model(struct fl_trace *trace, const char *model, const struct fl_workload *work, struct fl_err *err);
/* A trace from its text, of either form; `where` names it in errors. Checks tensors, shapes, names, cycles; orders
 * operators by dependency within their block. All faults together. */
bool fl_trace_read(struct fl_trace *trace, const char *text, const char *where, struct fl_err *err);
bool fl_trace_read_file(struct fl_trace *trace, const char *path, struct fl_err *err);
/* Of a trace that was read, and is one of the way forth: if the phase is "train", the step of training in its place.
 * False: it cannot be, and is freed. */
bool fl_trace_train_this(struct fl_trace *trace, const struct fl_workload *work, const char *path, struct fl_err *err);
/* The trace of a GEMM table ("Layer,M,N,K" as architecture simulators use it): a linear operator a row, M vectors of K
 * inputs times K x N weights. */
bool fl_trace_from_gemm_csv(struct fl_trace *trace, const char *path, struct fl_err *err);
/* Writes the text, in form 2; reading it back gives an equal trace. */
void fl_trace_write(const struct fl_trace *trace, FILE *out);
/* The text form in memory, from the trace's arena. */
const char *fl_trace_text(struct fl_trace *trace);
void fl_trace_free(struct fl_trace *trace);
/* What a trace made from another says of itself as that does: model, phase, sizes. Texts are copied. */
void fl_trace_head(struct fl_trace *trace, const struct fl_trace *from);

/* Names of shipped models, sorted; NULL at the end. Their folder: FL_MODELS in the environment, else the installed one,
 * else that of the sources. */
const char *const *fl_trace_models(struct fl_arena *arena);
/* The config.json of a shipped model; NULL if no model has that name. */
const char *fl_trace_model_path(struct fl_arena *arena, const char *name);

#endif
