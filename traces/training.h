/* training.h - what the makers of a step of training share: train.c calls them.
 *
 * A forward trace is looked at as values: what each of its operators writes, and what comes
 * from outside. An operand is a value written before in the same block, or one that comes in:
 * in a block's first repetition from an earlier block, in the others from the one before.
 * Values that the way back wants are kept: as stashes, one a layer, where layers wrote them.
 *
 * The way back goes through blocks from the last to the first, each downwards, and through
 * each block's operators from the last to the first. Of each value it gathers the gradients
 * that its readers leave; together they are the gradient of the operator that wrote it.
 */
#ifndef FL_TRACE_TRAINING_H
#define FL_TRACE_TRAINING_H

#include "traces/build.h"
#include "traces/train.h"

#define FL_NONE SIZE_MAX

/* What an operand may be: a value of its own block, or one that comes in. FL_NONE: there is none such. */
struct fl_operand { size_t here, carried, before; };
/* What an operator writes; behind those of all operators, one for each tensor that comes from outside. */
struct fl_value {
    const struct fl_op *op;             /* NULL: from outside, or a part of what the operator before it writes */
    int32_t tensor;
    size_t block;
    struct fl_operand read[FL_OPERANDS];
    int64_t rows, width, size;          /* size 0: not known, from outside */
    bool differs;                       /* it depends on something trained */
    bool kept;                          /* the way back reads it */
    bool named;                         /* kept under a name of its own, as another block writes its tensor, too */
    bool apart;                         /* with its block's number in it, as it has another size there */
    bool leaves;                        /* another block, or the next repetition, reads it */
    bool used, cached;                  /* by an operator; appended to a cache */
    bool head;                          /* it stands behind the layers */
};
/* A gradient that somebody left of a value: a tensor of the new trace. */
struct fl_left { struct fl_left *next; const char *name; int64_t size; };

enum fl_method { FL_TRAIN_BP, FL_TRAIN_DFA_LAYER, FL_TRAIN_DFA_BLOCK, FL_TRAIN_TWO_PASS, FL_TRAIN_ELM };

struct fl_training {
    const struct fl_trace *from;
    struct fl_trace *trace;
    struct fl_trace_builder build;
    struct fl_train ask;
    enum fl_method method;
    const char *where;
    struct fl_err *err;
    struct fl_arena scratch;            /* of one block */
    struct fl_value *value;
    size_t *first;                      /* of each block, its first operator's value; behind them the end */
    size_t ops, values;
    bool layered;                       /* the network has layers: blocks with numbers */
    size_t head_block, head;            /* where the head begins: the block, and the value */
    size_t readout;                     /* the last product with weights */
    size_t entry;                       /* the value behind which the head stands: its gradient is the error */
    bool failed;
    /* of what is being made */
    int64_t micro;                      /* which micro-batch */
    bool second;                        /* a second pass: its names end in .2 */
    size_t second_from;                 /* it begins with this value */
    const char *perturbed;              /* in it, what stands for `entry_low` */
    size_t entry_low;                   /* the value that the layers begin with */
    size_t block;
    bool top, low;                      /* the repetition that is made is the block's last; its first, that finds what
                                           comes from before */
    bool again;                         /* forward operators were made in this block of the way back */
    bool adding;                        /* the gradient of the parameter at hand was begun before */
    size_t made;                        /* blocks of the new trace so far */
    size_t at;                          /* the value that the way back has come to */
    struct fl_left **left;              /* of each value, what was left of its gradient in this block; behind them of
                                           tensors that come in */
    bool *written;                      /* of each tensor of `from`: its gradient has been begun */
    size_t *begun;                      /* of each parameter: `made` when its gradient was begun; 0: it was not */
    bool *trained;                      /* of each parameter */
    const char *error;                  /* the tensor of the top error, and its size */
    int64_t error_rows, error_width;
    const char *feedback;               /* what of it is fed back */
    int64_t feedback_width;
};

/* ---- train_graph.c ---- */
bool fl_training_look(struct fl_training *t);
/* The forward value of an operand that is made in the repetition at hand; FL_NONE: it is a parameter, or none. */
size_t fl_training_meant(const struct fl_training *t, const struct fl_operand *operand);
static inline bool fl_operand_is(const struct fl_operand *o)
{
    return o->here != FL_NONE || o->carried != FL_NONE || o->before != FL_NONE;
}
/* Are both in one part of the network? In a block that is no layer each product with weights begins a part. */
bool fl_training_same_part(const struct fl_training *t, size_t early, size_t late);
/* Does the gradient of what the operator `at` reads end here, as something is fed back instead? */
bool fl_training_cut(const struct fl_training *t, const struct fl_operand *operand);
/* Values of a parameter's product: how many operators, this one first, go on with one another. */
size_t fl_training_parts(const struct fl_training *t, size_t value);
/* Rows of all groups together. */
int64_t fl_training_rows(const struct fl_training *t, size_t value);

/* ---- train_make.c: operators of the new trace ---- */
/* The copy in the new trace's arena. */
const char *fl_training_text(struct fl_training *t, const char *format, ...) FL_PRINTF(2, 3);
/* A name of what is made for the micro-batch and pass at hand. */
const char *fl_training_name(struct fl_training *t, const char *name);
struct fl_tensor_use fl_training_tensor(struct fl_training *t, const char *name);
/* How the block at hand reads an operand of a forward operator, and what a forward operator of its own wrote. `back`:
 * on the way back. */
struct fl_tensor_use fl_training_use(struct fl_training *t, const struct fl_operand *operand, bool back);
/* Is a value that layers keep read by layers that do not follow upon them, as an encoder's by its decoder? And its copy
 * for these. */
bool fl_training_exported(const struct fl_training *t, size_t value, size_t reader);
void fl_training_export(struct fl_training *t, size_t value);
struct fl_tensor_use fl_training_own(struct fl_training *t, size_t value, bool back);
/* Puts an operator, and gives the name of the tensor that it writes. NULL: one of its own name. */
const char *fl_training_put(struct fl_training *t, struct fl_op op, const struct fl_tensor_use *reads, size_t operands,
                            const char *writes);
/* Digital work on one or two tensors of the new trace (NULL: one), m rows of n values. */
const char *fl_training_work(struct fl_training *t, struct fl_op op, const char *first, const char *second);
/* A product that gives the gradient of a parameter, or a part of it; where that was begun, it is added. */
void fl_training_gradient(struct fl_training *t, struct fl_op op, const struct fl_tensor_use reads[2],
                          int32_t parameter, int64_t part);
/* Declares a parameter's gradient and gives its name. */
const char *fl_training_gradient_name(struct fl_training *t, const struct fl_op *op, int32_t parameter, int64_t part);

/* ---- train_forward.c ---- */
/* Declares inputs and parameters as they are, and what is kept. */
void fl_training_declare(struct fl_training *t);
/* A block's forward operators, from the value `from` on. `again`: on the way back. */
void fl_training_forward(struct fl_training *t, size_t block, size_t from, bool again);
/* All blocks, or from a value on. */
void fl_training_pass(struct fl_training *t, size_t from);
/* Calls `make` for the repetitions of a block: for the last one apart, where it begins gradients that the others add
 * to; for the first apart, where what comes in has another name. */
void fl_training_block(struct fl_training *t, size_t block, bool down,
                       void (*make)(struct fl_training *t, size_t block));

/* ---- train_op.c: back through one operator ---- */
/* Keeps what that needs of the values it reads and writes. `weights_only`: for the gradient of its weights. */
void fl_training_wants(struct fl_training *t, size_t value, bool weights_only);
/* Leaves gradients of its operands, of the tensor `gradient` that is its own. */
void fl_training_back_op(struct fl_training *t, size_t value, const char *gradient, bool weights_only);

/* ---- train_left.c ---- */
/* The list that gathers what an operand leaves: its own value's, or, of what comes in, its tensor's. */
struct fl_left **fl_training_list(struct fl_training *t, const struct fl_operand *operand);
/* Leaves a part of an operand's gradient. */
void fl_training_leave(struct fl_training *t, const struct fl_operand *operand, const char *name, int64_t size);
/* Makes a tensor of a value's size be called `into`; NULL: as it is. */
const char *fl_training_renamed(struct fl_training *t, const char *name, const struct fl_value *v, const char *into);
/* What a list has, as one tensor of a value's size, and empties it; NULL: nothing was left. */
const char *fl_training_gather(struct fl_training *t, struct fl_left **list, const struct fl_value *v, const char *stem,
                               const char *into);
/* The same of a value's own. */
const char *fl_training_gathered(struct fl_training *t, size_t value);

/* ---- train_back.c ---- */
/* The gradient of what the network says; the first value that it says. */
void fl_training_loss(struct fl_training *t);
size_t fl_training_output(const struct fl_training *t);
/* Back through all, and through the head alone, down to the top error. */
void fl_training_back(struct fl_training *t);
void fl_training_back_head(struct fl_training *t);

/* ---- train_feedback.c ---- */
/* Finds how wide the projection is; false: there is nothing to feed back to. */
bool fl_training_points(struct fl_training *t);
void fl_training_point_wants(struct fl_training *t, size_t value);
/* A block that projects so many rows of the top error; the tensor's name. */
const char *fl_training_project(struct fl_training *t, int64_t rows, int64_t width);
/* How many: all, or one for each sequence. */
int64_t fl_training_projected(const struct fl_training *t);
void fl_training_feedback(struct fl_training *t);
void fl_training_back_points(struct fl_training *t);

/* ---- train_others.c ---- */
/* A second pass, over a perturbed input; and updates of all that is trained. */
void fl_training_second(struct fl_training *t);
void fl_training_updates(struct fl_training *t);

/* ---- train_solve.c ---- */
/* Products of features with themselves and with targets, in the block at hand; the weights that follow. */
void fl_training_moments(struct fl_training *t);
void fl_training_solve(struct fl_training *t);

#endif
