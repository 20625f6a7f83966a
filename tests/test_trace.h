/* test_trace.h - what the suites of traces share: files of the sources, files made for a moment, whole files. */
#ifndef FL_TEST_TRACE_H
#define FL_TEST_TRACE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traces/trace.h"

static inline const char *source_path(struct fl_arena *arena, const char *path)
{
    const char *folder = getenv("SRCDIR");
    return fl_arena_format(arena, "%s/%s", folder ? folder : FL_DATA_SOURCE, path);
}

/* A file that holds `length` bytes; the caller removes it. */
static inline const char *made_file(struct fl_arena *arena, const char *suffix, const char *bytes, size_t length)
{
    const char *folder = getenv("TMPDIR");
    char *made = fl_arena_format(arena, "%s/fanlight-test-XXXXXX", folder ? folder : "/tmp");
    int file = mkstemp(made);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, bytes, length), (ssize_t)length);
    close(file);
    const char *path = fl_arena_format(arena, "%s%s", made, suffix);
    ck_assert_int_eq(rename(made, path), 0);
    return path;
}

static inline char *whole_file(struct fl_arena *arena, const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *length = (size_t)ftell(file);
    rewind(file);
    char *text = fl_arena_alloc(arena, *length + 1);
    ck_assert_uint_eq(fread(text, 1, *length, file), *length);
    fclose(file);
    return text;
}

/* The trace of a model, which must be made. */
static inline struct fl_trace made_trace(const char *model, const struct fl_workload *work)
{
    struct fl_trace trace;
    struct fl_err err = {0};
    bool made = fl_trace_from_model(&trace, model, work, &err);
    ck_assert_msg(made, "%s", fl_err_text(&err));
    return trace;
}

/* The operator of the first block that has it. */
static inline const struct fl_op *op_named(const struct fl_trace *trace, const char *name)
{
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            if (strcmp(trace->block[b].op[i].name, name) == 0)
                return &trace->block[b].op[i];
    return NULL;
}

/* The name of a tensor that an operator reads; NULL: it reads no so many. */
static inline const char *read_name(const struct fl_trace *trace, const struct fl_op *op, size_t which)
{
    return which < op->operands ? trace->tensor[op->reads[which].tensor].name : NULL;
}

static inline bool is_tied(const struct fl_op *op)
{
    return fl_op_has_weights(op) && op->reads[op->operands - 1].transposed;
}

/* Does it read two parts of one tensor, or two tensors, as a gate does? */
static inline bool is_gated(const struct fl_op *op)
{
    return op->operands == 2;
}

/* Weights that are stored: of linear operators (but a tied one's, which are a table's) and tables, with all
 * repetitions. */
static inline int64_t stored_weights(const struct fl_trace *trace)
{
    int64_t sum = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            if (((fl_op_has_weights(op) && !is_tied(op)) || op->type->form == FL_LOOKUP) && !op->more)
                sum += trace->block[b].repeat * fl_op_groups_stored(op) * op->k * op->n;
        }
    return sum;
}

/* The trace of a config.json given as text. */
static inline struct fl_trace trace_of_config(const char *config, const struct fl_workload *work)
{
    struct fl_arena arena = {0};
    const char *path = made_file(&arena, ".json", config, strlen(config));
    struct fl_trace trace = made_trace(path, work);
    unlink(path);
    fl_arena_free(&arena);
    return trace;
}

/* A config.json given as text, or its part "#part", is refused in those words. Gives how many faults were told. */
static inline int config_refused(const char *config, const char *part, const struct fl_workload *work,
                                 const char *says)
{
    struct fl_trace trace;
    struct fl_err err = {0};
    struct fl_arena arena = {0};
    const char *path = made_file(&arena, ".json", config, strlen(config));
    ck_assert(!fl_trace_from_model(&trace, fl_arena_format(&arena, "%s%s", path, part), work, &err));
    ck_assert_msg(strstr(fl_err_text(&err), says) != NULL, "%s", fl_err_text(&err));
    int faults = err.faults;
    fl_err_free(&err);
    unlink(path);
    fl_arena_free(&arena);
    return faults;
}

#endif
