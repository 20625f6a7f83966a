/* build.h - what the sources of traces share: reading files, growing a trace, checking it.
 *
 *     struct fl_trace_builder b = { .trace = trace };
 *     fl_trace_input_add(&b, "x");
 *     fl_trace_tensor_add(&b, &(struct fl_tensor){ .name = "kv_cache", .kind = FL_TENSOR_CACHE, .layered = true });
 *     fl_trace_block_open(&b, 12, 0);
 *     fl_trace_op_add(&b, &(struct fl_op){ ... }, (const char *const[]){ "x", NULL }, "y");
 *     fl_trace_block_close(&b);
 *     fl_trace_build_end(&b, "gpt2", &err);        checks, gives weights and caches their tensors, orders, counts
 */
#ifndef FL_TRACE_BUILD_H
#define FL_TRACE_BUILD_H

#include "base/whole.h"
#include "traces/trace.h"

/* ---- files ---- */
/* The whole of a text file, ended by a zero byte; free() it. A folder, a file past 256 MiB or one that holds zero
 * bytes is refused. A byte order mark is left out. */
bool fl_file_read(const char *path, char **text, struct fl_err *err);
/* The name of a workload read from a file: its base name without the suffix, or its folder's name for "config.json". */
const char *fl_file_stem(struct fl_arena *arena, const char *path);
/* A copy of `name` in which what a trace's word cannot hold (blanks, '#', '=', control characters, "->") is '_'. */
const char *fl_trace_word(struct fl_arena *arena, const char *name);

/* The config.json that `model` means: a shipped name, a path, or a folder that holds one. NULL and a fault if none. */
const char *fl_trace_model_find(struct fl_arena *arena, const char *model, struct fl_err *err);

/* ---- growing ---- */
enum { FL_OPERANDS = 6 };             /* more than any kind reads */
/* A tensor while the trace grows. */
struct fl_tensor_made {
    struct fl_tensor tensor;
    bool given;                         /* declared; else what operators make of it */
    int64_t each;                       /* of weights that an operator has of its own: 0: one a layer; else one for each
                                           of so many repetitions of a block that is of no layer */
};
struct fl_trace_builder {
    struct fl_trace *trace;
    struct fl_block *block;
    size_t blocks, block_room;
    struct fl_op *op;                   /* of the block that is open */
    size_t ops, op_room;
    struct fl_tensor_made *tensor;
    size_t tensors, tensor_room;
    size_t *slot, slots;                /* hash table of tensors by name */
    unsigned *said;                     /* of each operator, in the order in which they were added: what form 1 says of
                                           its tensors, a set of keys */
    size_t saids, said_room;
    bool form_1;                        /* of the text that is read: caches are what is appended to */
    int64_t repeat, layer, stage;
    bool down, onward, open;
};
void fl_trace_block_open(struct fl_trace_builder *builder, int64_t repeat, int64_t layer);
/* A copy of the operator, which reads the tensors named (NULL at the end) and writes one. Names not met before are
 * activations. */
void fl_trace_op_add(struct fl_trace_builder *builder, const struct fl_op *op, const char *const *reads,
                     const char *writes);
/* The same, of operands known; the list is copied. */
void fl_trace_op_put(struct fl_trace_builder *builder, const struct fl_op *op);
/* The same, of groups that have rows of their own: groups of equal rows that stand together are one operator; those
 * behind, "up/2", go on with what the first one writes. Some group must have rows. */
void fl_trace_groups_put(struct fl_trace_builder *builder, const struct fl_op *op, const int64_t *rows, int64_t groups);
/* What form 1 says of the tensors of the operator added last: FL_KEY(KV), FL_KEY(TIED). */
void fl_trace_op_say(struct fl_trace_builder *builder, unsigned said);
void fl_trace_block_close(struct fl_trace_builder *builder);
void fl_trace_input_add(struct fl_trace_builder *builder, const char *tensor);
/* Declares a tensor; NULL, or the one that has its name and is declared already. */
const struct fl_tensor *fl_trace_tensor_add(struct fl_trace_builder *builder, const struct fl_tensor *tensor);
/* A tensor's place in the list, or -1; and the same, made an activation if it is new. */
int32_t fl_trace_tensor_find(const struct fl_trace_builder *builder, const char *name);
int32_t fl_trace_tensor(struct fl_trace_builder *builder, const char *name);
/* Values of one copy of a tensor; false past 2^63 - 1. */
bool fl_tensor_values(const struct fl_tensor *tensor, int64_t *values);
/* A new tensor like another, named `name`, or what no tensor is called yet. */
int32_t fl_trace_tensor_new(struct fl_trace_builder *builder, const char *name, const struct fl_tensor *like);
/* Closes the trace: checks every operator, resolves dependencies, orders and counts. Frees the builder either way. */
bool fl_trace_build_end(struct fl_trace_builder *builder, const char *where, struct fl_err *err);
void fl_trace_build_drop(struct fl_trace_builder *builder);
/* Its parts. What operators imply: weights and tables of their own, and what form 1 says of caches and tied weights. */
bool fl_trace_infer(struct fl_trace_builder *builder, const char *where, struct fl_err *err);
/* Is every tensor used as what it is? `sizes`: the operators passed fl_op_check, and declared sizes must be theirs. */
bool fl_trace_uses(const struct fl_trace_builder *builder, bool sizes, const char *where, struct fl_err *err);
/* Caches of no given size are as large as their reads, or as what is appended; one whose layers differ becomes several.
 * False: past 2^63. */
bool fl_trace_caches(struct fl_trace_builder *builder, const char *where, struct fl_err *err);

/* ---- checking ---- */
/* "file:line: name", or "file: name" for an operator that came from no text. */
const char *fl_op_where(struct fl_arena *arena, const char *where, const struct fl_op *op);
/* In macs: the operator's line had faults of its own, told already. */
#define FL_MACS_FAULTY (-1)
/* One operator by itself: sizes, mask, overflow. Sets macs. `where` is fl_op_where's; a NULL err only asks. */
bool fl_op_check(struct fl_op *op, const char *where, struct fl_err *err);
/* What an operator writes, of the shape of what it reads first. */
struct fl_extent fl_op_extent(const struct fl_op *op, const struct fl_extent *first);
/* Whether an operator's sizes fit the tensors it reads, one extent for each operand. */
bool fl_op_fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err);
/* For the kinds: values in a tensor, at most INT64_MAX; two ways not to fit, each returns false. */
int64_t fl_extent_values(const struct fl_extent *extent);
bool fl_fits_unequal(const char *where, const char *key, int64_t size, const char *tensor, int64_t width,
                     struct fl_err *err);
bool fl_fits_too_many(const char *where, int64_t wanted, const char *tensor, int64_t have, struct fl_err *err);
/* Tensors and dependencies of all blocks: tensors that nobody writes, cycles, layers that are not there, names given
 * twice; orders each block. `sizes`: the operators passed fl_op_check, and what they read must fit. */
bool fl_trace_order(struct fl_trace_builder *builder, bool sizes, const char *where, struct fl_err *err);

#endif
