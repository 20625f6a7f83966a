/* write.c - a trace as text, in form 2: docs/trace.md has the grammar. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/read.h"

/* A text up to the end of its line: what would end the line earlier is a blank. */
static void write_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "%s ", key);
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    fputc('\n', out);
}

/* A tensor of which there is more to say than its name. */
static void write_tensor(const struct fl_tensor *t, FILE *out)
{
    if (t->kind == FL_TENSOR_ACTIVATION && !t->layered && t->rows == 0)
        return;
    fprintf(out, "tensor %-12s %s", t->name, fl_tensor_kind_names[t->kind]);
    if (t->groups > 1)
        fprintf(out, " groups=%" PRId64, t->groups);
    if (t->rows > 0)
        fprintf(out, " rows=%" PRId64 " width=%" PRId64, t->rows, t->width);
    if (t->bits > 0)
        fprintf(out, " bits=%" PRId32, t->bits);
    fprintf(out, "%s%s\n", t->layered ? " layered=yes" : "", t->trained ? " trained=yes" : "");
}

static void write_head(const struct fl_trace *trace, FILE *out)
{
    fprintf(out, "fanlight-trace 2\n");
    write_text(out, "model", trace->model);
    fprintf(out, "phase %s\ncontext %" PRId64 "\ntokens %" PRId64 "\nbatch %" PRId64 "\n", trace->phase, trace->context,
            trace->tokens, trace->batch);
    if (trace->source > 0)
        fprintf(out, "source %" PRId64 "\n", trace->source);
    fprintf(out, "attention %s\nlogits %s\nlayers_only %s\n", trace->attention, trace->logits,
            trace->layers_only ? "yes" : "no");
    if (trace->note != NULL)
        write_text(out, "note", trace->note);
    for (size_t i = 0; i < trace->tensors; i++)
        if (trace->tensor[i].input)
            fprintf(out, "input %s\n", trace->tensor[i].name);
    for (size_t i = 0; i < trace->tensors; i++)
        write_tensor(&trace->tensor[i], out);
}

static int write_use(const struct fl_trace *trace, const struct fl_tensor_use *use, FILE *out)
{
    int width = fprintf(out, "%s", trace->tensor[use->tensor].name);
    if (use->layer != FL_LAYER_SAME)
        width += fprintf(out, "=%s", fl_layer_names[use->layer]);
    if (use->transposed)
        width += fprintf(out, "%ctransposed", use->layer != FL_LAYER_SAME ? ',' : '=');
    return width + fprintf(out, " ");
}

static void write_flow(const struct fl_trace *trace, const struct fl_op *op, FILE *out)
{
    enum { COLUMN = 32 };
    int width = 0;
    for (size_t i = 0; i < op->operands; i++)
        width += write_use(trace, &op->reads[i], out);
    width += fprintf(out, "-> %s", trace->tensor[op->writes.tensor].name);
    fprintf(out, "%*s", width < COLUMN ? COLUMN - width : 0, "");
}

/* The groups that an operator takes, and those of the `ops` operators behind it that go on with it. */
static void write_groups(const struct fl_op *op, size_t ops, FILE *out)
{
    int64_t group = 0;
    if (op->first == 0 && (ops == 1 || !op[1].more)) {
        if (op->groups != 1)
            fprintf(out, " groups=%" PRId64, op->groups);
        fprintf(out, " m=%" PRId64, op->m);
        return;
    }
    for (size_t part = 0; part < ops && (part == 0 || op[part].more); part++)
        for (int64_t end = op[part].first + op[part].groups; group < end; group++)
            fprintf(out, "%s%" PRId64, group == 0 ? " rows=" : ",", group < op[part].first ? 0 : op[part].m);
}

static void write_op(const struct fl_trace *trace, const struct fl_op *op, size_t ops, FILE *out)
{
    static const char *const masks[] = { [FL_DENSE] = "dense", [FL_CAUSAL_OUT] = "causal_out",
                                         [FL_CAUSAL_IN] = "causal_in" };
    static const char *const places[] = { "auto", "optical", "digital" };
    unsigned needed = op->type->needed;
    fprintf(out, "  %-10s %-12s ", op->type->name, op->name);
    write_flow(trace, op, out);
    write_groups(op, ops, out);
    if (needed & 1u << FL_KEY_K)
        fprintf(out, " k=%" PRId64, op->k);
    fprintf(out, " n=%" PRId64, op->n);
    if (op->patterns > 0)
        fprintf(out, " patterns=%" PRId64, op->patterns);
    if (op->share != 1)
        fprintf(out, " share=%" PRId64, op->share);
    if (op->band.past != 0)
        fprintf(out, " past=%" PRId64, op->band.past);
    if (op->mask != FL_DENSE)
        fprintf(out, " mask=%s", masks[op->mask]);
    if (op->band.window != 0)
        fprintf(out, " window=%" PRId64, op->band.window);
    if (op->band.chunk != 0)
        fprintf(out, " chunk=%" PRId64, op->band.chunk);
    if (op->sign == FL_NON_NEGATIVE)
        fprintf(out, " sign=non_negative");
    if (op->placed != 0)
        fprintf(out, " placed=%s", places[op->placed]);
    fputc('\n', out);
}

void fl_trace_write(const struct fl_trace *trace, FILE *out)
{
    write_head(trace, out);
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        fprintf(out, "\nrepeat %" PRId64, block->repeat);
        if (block->layer >= 0)
            fprintf(out, " layer %" PRId64, block->layer);
        fprintf(out, "%s\n", block->down ? " down" : "");
        for (size_t i = 0; i < block->ops; i++)
            if (!block->op[i].more)
                write_op(trace, &block->op[i], block->ops - i, out);
        fprintf(out, "end\n");
    }
}

const char *fl_trace_text(struct fl_trace *trace)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        fl_memory_short(BUFSIZ);
    fl_trace_write(trace, out);
    if (fclose(out) != 0)
        fl_memory_short(length);
    struct fl_hold hold;
    fl_hold(&hold, free, text);
    const char *kept = fl_arena_slice(&trace->arena, text, length);
    fl_let_go(&hold);
    free(text);
    return kept;
}
