/* read.h - what the parts of the text reader share: read.c knows lines, head and blocks, read_op.c operators,
 * read_tensor.c tensors, words.c numbers and choices. */
#ifndef FL_TRACE_READ_H
#define FL_TRACE_READ_H

#include "traces/build.h"

struct fl_trace_reader {
    struct fl_trace_builder build;
    struct fl_arena scratch;
    const char *where;                  /* the file */
    int form;                           /* of the text: 1 or 2 */
    int line;
    const char *place;                  /* "file:line" */
    struct fl_err *err;
    bool good;
    unsigned seen;                      /* header keys, a bit each */
    bool body;                          /* the first block or operator was met */
    int opened;                         /* line of the block that is open; 0: none was opened by "repeat" */
};
/* The words of a line. */
struct fl_words {
    const char **word;
    size_t count;
};
/* A fault of the line being read. Returns false. */
bool fl_trace_read_fail(struct fl_trace_reader *reader, const char *format, ...) FL_PRINTF(2, 3);
/* A whole number from `least` up, or a fault that names `what`. */
bool fl_trace_read_number(struct fl_trace_reader *reader, const char *what, const char *text, int64_t least,
                          int64_t *number);
/* One of `names`; its place, or -1 and a fault. */
int fl_trace_read_choice(struct fl_trace_reader *reader, const char *what, const char *text, const char *const *names,
                         size_t count);
/* "no" or "yes". */
bool fl_trace_read_flag(struct fl_trace_reader *reader, const char *what, const char *text, bool *flag);
/* Cuts KEY=VALUE in two; NULL and a fault if it is none. */
const char *fl_trace_read_pair(struct fl_trace_reader *reader, const char *of, const char *word, const char **value);
/* The line of a tensor: tensor NAME KIND KEY=VALUE... */
void fl_trace_read_tensor(struct fl_trace_reader *reader, const struct fl_words *words);
/* A tensor as an operator of form 2 names it: NAME, NAME=next, NAME=transposed, NAME=forward,transposed. */
bool fl_trace_read_use(struct fl_trace_reader *reader, const char *word, struct fl_tensor_use *use);
extern const char *const fl_layer_names[FL_LAYER_RELATIONS];    /* "" of the operator's own layer */
/* The line of an operator of a kind. Adds it to the open block. */
void fl_trace_read_op(struct fl_trace_reader *reader, const struct fl_op_type *type, const struct fl_words *words);

#endif
