/* ops.h - what a kind of operator is: one file of traces/ops/ each, one const table.
 *
 * Reader, writer, checks, `fanlight list operators` and docs/trace.md follow from the
 * tables; mappers ask for the form and the work, and know no kind by name. A new kind is
 * a new file.
 */
#ifndef FL_TRACE_OPS_H
#define FL_TRACE_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct fl_op;

enum fl_form {
    FL_PRODUCT,                         /* groups of m x k inputs times k x n of a second operand */
    FL_ROWS,                            /* digital work on m rows of n values */
    FL_LOOKUP,                          /* m rows of n values from DRAM */
    FL_APPEND,                          /* m rows of n values to DRAM */
    FL_PROJECT,                         /* m rows of k values times a fixed random k x n matrix */
    FL_UPDATE                           /* m rows of n values of a parameter, which it reads and writes in DRAM */
};
enum fl_digital {                          /* digital work, by what it does with a value */
    FL_DIGITAL_MACS, FL_DIGITAL_SOFTMAX, FL_DIGITAL_NORM, FL_DIGITAL_ACTIVATION, FL_DIGITAL_ADD, FL_DIGITAL_ROTARY,
    FL_DIGITAL_EXCHANGE,                   /* nothing: it goes to other chips */
    FL_DIGITALS
};

/* What an operator may say of itself, KEY=VALUE. */
enum fl_op_key { FL_KEY_GROUPS, FL_KEY_M, FL_KEY_K, FL_KEY_N, FL_KEY_SHARE, FL_KEY_PAST, FL_KEY_MASK,
                 FL_KEY_WINDOW, FL_KEY_CHUNK, FL_KEY_SIGN, FL_KEY_PLACED, FL_KEY_ROWS, FL_KEY_KV, FL_KEY_GATED,
                 FL_KEY_TIED, FL_KEY_PATTERNS, FL_KEYS };
struct fl_op_key_type { const char *name, *preset, *meaning; };
extern const struct fl_op_key_type fl_op_keys[FL_KEYS];
/* Sets of keys. */
#define FL_KEY(key) (1u << FL_KEY_##key)
#define FL_KEYS_ROWS (FL_KEY(M) | FL_KEY(N))
#define FL_KEYS_PRODUCT (FL_KEY(M) | FL_KEY(K) | FL_KEY(N))
#define FL_KEYS_FORM_1 (FL_KEY(KV) | FL_KEY(GATED) | FL_KEY(TIED))     /* form 2 has tensors for what they say */
#define FL_KEYS_BAND (FL_KEY(SHARE) | FL_KEY(PAST) | FL_KEY(MASK) | FL_KEY(WINDOW) | FL_KEY(CHUNK))

/* What an operator writes, as far as its sizes tell: rows of `width` values; rows 0: not known. `heads`: the result of
 * a matmul, whose rows belong to heads, so that only its values in all can be compared with a row of another layout.
 * `table`: rows of a table. */
struct fl_extent {
    const char *name;                   /* of the tensor, to be told */
    int64_t rows, width;
    bool heads, table;
};

struct fl_op_type {
    const char *name, *does;            /* "linear"; a sentence for the page */
    enum fl_form form;
    enum fl_digital work;                  /* FL_ROWS, FL_UPDATE */
    int32_t reads_least, reads_most;    /* tensors, besides the parameter that it has if `stored` says so */
    int32_t stored;                     /* enum fl_tensor_kind of a product's second operand, of what a move goes to */
    unsigned keys, needed;              /* sets of 1u << enum fl_op_key */
    unsigned since_2;                   /* of its keys, those that form 1 does not have */
    bool masks_inputs;                  /* it may be masked on the side of its inputs, too */
    int32_t rounds_k;                   /* digital work: for each value that it writes so many times k; 0: one */
    bool reads_k;                       /* for each row that it writes it reads k of its first operand */
    /* Digital work: values that it reads for each row that it writes. NULL: n of each operand. */
    int64_t (*inputs)(const struct fl_op *op);
    /* Whether its sizes fit the tensors it reads, one extent for each; a NULL err only asks. NULL: see `part`. */
    bool (*fits)(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err);
    /* What it writes, of what it reads first. NULL: m rows of n values. */
    struct fl_extent (*extent)(const struct fl_op *op, const struct fl_extent *first);
};
/* All kinds, sorted by name; NULL at the end. */
extern const struct fl_op_type *const fl_op_types[];
/* Those that the makers of traces name. */
extern const struct fl_op_type fl_op_linear, fl_op_matmul, fl_op_softmax, fl_op_norm, fl_op_activation, fl_op_add,
    fl_op_rotary, fl_op_embed, fl_op_kv_append, fl_op_topk, fl_op_aggregate, fl_op_conv,
    fl_op_project, fl_op_loss, fl_op_update, fl_op_norm_grad, fl_op_softmax_grad, fl_op_activation_grad, fl_op_join,
    fl_op_sum, fl_op_expand, fl_op_scatter, fl_op_solve,
    fl_op_gather, fl_op_hand_over, fl_op_reduce;
/* NULL: no such kind. */
const struct fl_op_type *fl_op_type_find(const char *name);

#endif
