/* read.c - a trace from its text, line by line; docs/trace.md has the grammar.
 *
 * A faulty line does not stop the reader: its fault is told and, as far as it can be
 * understood, the line still counts, so that one slip does not raise ten complaints.
 */
#include "traces/read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

enum { MOST_FAULTS = 100 };
static const char magic[] = "fanlight-trace";

/* ---- head ---- */

enum head { MODEL, PHASE, CONTEXT, TOKENS, SOURCE, BATCH, ATTENTION, LOGITS, LAYERS_ONLY, NOTE, INPUT, HEADS };
static const char *const head_names[HEADS] = { "model",     "phase",  "context",     "tokens", "source", "batch",
                                               "attention", "logits", "layers_only", "note",   "input" };

static const char *const *head_choices(enum head head)
{
    static const char *const phases[] = { "prefill", "decode", "train" }, *const attentions[] = { "causal", "dense" },
                      *const logits[] = { "last", "all" }, *const answers[] = { "no", "yes" };
    return head == PHASE ? phases : head == ATTENTION ? attentions : head == LOGITS ? logits : answers;
}

/* A head line of one value that is a number or one of two words. */
static void read_head_value(struct fl_trace_reader *r, enum head head, const char *value)
{
    struct fl_trace *trace = r->build.trace;
    int64_t *const number[HEADS] = { [CONTEXT] = &trace->context, [TOKENS] = &trace->tokens,
                                     [SOURCE] = &trace->source, [BATCH] = &trace->batch };
    if (number[head] != NULL) {
        fl_trace_read_number(r, head_names[head], value, head == BATCH ? 1 : 0, number[head]);
        return;
    }
    const char *const *choices = head_choices(head);
    int choice = fl_trace_read_choice(r, head_names[head], value, choices, head == PHASE && r->form > 1 ? 3 : 2);
    if (choice < 0)
        return;
    if (head == LAYERS_ONLY)
        trace->layers_only = choice == 1;
    else
        *(head == PHASE ? &trace->phase : head == ATTENTION ? &trace->attention : &trace->logits) = choices[choice];
}

static void read_head(struct fl_trace_reader *r, enum head head, const struct fl_words *words, const char *rest)
{
    struct fl_trace *trace = r->build.trace;
    if (r->body) {
        fl_trace_read_fail(r, "\"%s\" belongs above the first operator; move it up", head_names[head]);
        return;
    }
    if (words->count < 2 || rest[0] == '\0') {
        fl_trace_read_fail(r, "\"%s\" has no value; write it behind", head_names[head]);
        return;
    }
    if (head == INPUT) {
        for (size_t i = 1; i < words->count; i++)
            fl_trace_input_add(&r->build, words->word[i]);
        return;
    }
    if (r->seen & 1u << head)
        fl_trace_read_fail(r, "\"%s\" is given twice; leave one", head_names[head]);
    r->seen |= 1u << head;
    if (head == MODEL)
        trace->model = fl_arena_text(&trace->arena, rest);
    else if (head == NOTE)
        trace->note = fl_arena_text(&trace->arena, rest);
    else if (words->count > 2)
        fl_trace_read_fail(r, "\"%s\" takes one value; \"%s\" is too much", head_names[head], words->word[2]);
    else
        read_head_value(r, head, words->word[1]);
}

/* ---- blocks ---- */

/* repeat TIMES [layer FIRST [down]]: how often, and the first layer's number, or -1. */
static bool read_layers(struct fl_trace_reader *r, const struct fl_words *words, bool down, int64_t *repeat,
                        int64_t *layer)
{
    int64_t last;
    bool layers = (down || words->count == 4) && strcmp(words->word[2], "layer") == 0;
    if (words->count != 2 && !layers)
        return fl_trace_read_fail(r, "say: repeat TIMES, or: repeat TIMES layer FIRST%s", r->form > 1 ? " [down]" : "");
    if (!fl_trace_read_number(r, "repeat", words->word[1], 1, repeat))
        return false;
    if (!layers)
        return true;
    if (!fl_trace_read_number(r, "layer", words->word[3], 0, layer))
        return false;
    if (down && *layer - *repeat < -1)
        return fl_trace_read_fail(r, "layers from %" PRId64 " down are %" PRId64 " at most; repeat no more", *layer,
                                  fl_plus(*layer, 1, &last) ? last : *layer);
    return fl_plus(*layer, down ? 1 : *repeat, &last) ||
           fl_trace_read_fail(r, "the last layer's number exceeds 2^63 - 1; make them smaller");
}

static void read_repeat(struct fl_trace_reader *r, const struct fl_words *words)
{
    int64_t repeat = 1, layer = -1;
    if (r->opened > 0) {
        fl_trace_read_fail(r, "blocks do not nest; end the one of line %d first", r->opened);
        return;
    }
    bool down = r->form > 1 && words->count == 5 && strcmp(words->word[4], "down") == 0;
    if (!read_layers(r, words, down, &repeat, &layer)) {
        repeat = 1;                     /* told; the block still counts */
        layer = -1;
    }
    if (r->build.open)
        fl_trace_block_close(&r->build);
    fl_trace_block_open(&r->build, repeat, layer);
    r->build.down = down;
    r->opened = r->line;
    r->body = true;
}

static void read_end(struct fl_trace_reader *r, const struct fl_words *words)
{
    if (words->count > 1)
        fl_trace_read_fail(r, "\"end\" stands alone; \"%s\" is too much", words->word[1]);
    if (r->opened == 0) {
        fl_trace_read_fail(r, "\"end\" without \"repeat\"; drop it");
        return;
    }
    if (r->build.ops == 0)
        fl_trace_read_fail(r, "the block of line %d holds no operator; fill it or drop it", r->opened);
    fl_trace_block_close(&r->build);
    r->opened = 0;
}

/* ---- lines ---- */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Cuts a line (which ends at a zero byte) into words; a word that begins with '#' starts a comment. */
static struct fl_words split(struct fl_arena *arena, char *line)
{
    struct fl_words words = { fl_arena_array(arena, strlen(line) / 2 + 1, sizeof *words.word), 0 };
    for (char *c = line;;) {
        while (blank(*c))
            c++;
        if (*c == '\0' || *c == '#')
            return words;
        words.word[words.count++] = c;
        while (*c != '\0' && !blank(*c))
            c++;
        if (*c != '\0')
            *c++ = '\0';
    }
}

/* What follows the first word; control characters are blanks, and there are none around. */
static const char *rest_of(struct fl_arena *arena, const char *line)
{
    while (blank(*line))
        line++;
    while (*line != '\0' && !blank(*line))
        line++;
    char *rest = fl_arena_text(arena, line);
    for (char *c = rest; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    while (*rest == ' ')
        rest++;
    size_t length = strlen(rest);
    while (length > 0 && rest[length - 1] == ' ')
        length--;
    rest[length] = '\0';
    return rest;
}

static int find(const char *word, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return -1;
}

static void fail_word(struct fl_trace_reader *r, const char *word)
{
    size_t kinds = 0, count = 2;
    while (fl_op_types[kinds] != NULL)
        kinds++;
    const char **known = fl_arena_array(&r->scratch, kinds + HEADS + 3, sizeof *known), *all = "";
    known[0] = "repeat";
    known[1] = "end";
    if (r->form > 1)
        known[count++] = "tensor";
    for (size_t i = 0; i < kinds; i++) {
        known[count++] = fl_op_types[i]->name;
        all = fl_arena_listed(&r->scratch, all, fl_op_types[i]->name);
    }
    for (size_t i = 0; i < HEADS; i++)
        known[count++] = head_names[i];
    fl_trace_read_fail(r, "\"%s\" is no kind of operator; %s", word,
                       fl_meant(&r->scratch, fl_nearest(word, known, count),
                                fl_arena_format(&r->scratch, "known: %s", all)));
}

static void read_line(struct fl_trace_reader *r, char *line)
{
    const char *rest = rest_of(&r->scratch, line);
    struct fl_words words = split(&r->scratch, line);
    if (words.count == 0)
        return;
    const char *word = words.word[0];
    int head = find(word, head_names, HEADS);
    const struct fl_op_type *type = fl_op_type_find(word);
    if (strcmp(word, "repeat") == 0)
        read_repeat(r, &words);
    else if (strcmp(word, "end") == 0)
        read_end(r, &words);
    else if (r->form > 1 && strcmp(word, "tensor") == 0)
        fl_trace_read_tensor(r, &words);
    else if (head >= 0)
        read_head(r, (enum head)head, &words, rest);
    else if (type != NULL) {
        r->body = true;
        if (!r->build.open)
            fl_trace_block_open(&r->build, 1, -1);
        fl_trace_read_op(r, type, &words);
    } else
        fail_word(r, word);
}

/* The first line that is not empty must say what this is; else one fault is enough. */
static bool read_magic(struct fl_trace_reader *r, char *line, bool *done)
{
    struct fl_words words = split(&r->scratch, line);
    if (words.count == 0)
        return true;
    *done = true;
    if (strcmp(words.word[0], magic) != 0)
        return fl_trace_read_fail(r, "this is no operator trace: its first line should be \"%s 2\"; "
                                  "`fanlight trace` makes one of a model (--model) or of a table (--gemm-csv)", magic);
    r->form = words.count == 2 ? words.word[1][0] - '0' : 0;
    r->build.form_1 = r->form == 1;
    if (r->form < 1 || r->form > 2 || words.word[1][1] != '\0')
        return fl_trace_read_fail(r, "only \"%s 1\" and \"%s 2\" are understood; write the trace again with this "
                                  "version", magic, magic);
    return true;
}

static bool read_lines(struct fl_trace_reader *r, const char *text)
{
    bool begun = false;
    int first = r->err ? r->err->faults : 0;
    for (const char *next; text[0] != '\0'; text = next) {
        size_t length = strcspn(text, "\n");
        next = text + length + (text[length] == '\n');
        if (r->line == INT32_MAX)
            return fl_trace_read_fail(r, "too many lines");
        if (r->line++ % 1024 == 0)
            fl_arena_free(&r->scratch);                         /* nothing in it outlives its line */
        r->place = fl_arena_format(&r->scratch, "%s:%d", r->where, r->line);
        char *line = fl_arena_slice(&r->scratch, text, length);
        if (begun)
            read_line(r, line);
        else if (!read_magic(r, line, &begun))
            return false;
        if (r->err != NULL && r->err->faults - first >= MOST_FAULTS)
            return fl_trace_read_fail(r, "more than %d faults; mend these first", MOST_FAULTS - 1);
    }
    r->place = r->where;
    if (!begun)
        return fl_trace_read_fail(r, "empty; an operator trace begins with \"%s 2\"", magic);
    if (r->opened > 0)
        fl_trace_read_fail(r, "the block of line %d has no \"end\"; add it", r->opened);
    if (!(r->seen & 1u << MODEL))
        fl_trace_read_fail(r, "no line \"model NAME\"; add it at the top");
    return true;
}

bool fl_trace_read(struct fl_trace *trace, const char *text, const char *where, struct fl_err *err)
{
    *trace = (struct fl_trace){ .model = "", .phase = "prefill", .attention = "dense", .logits = "all", .batch = 1 };
    struct fl_trace_reader r = { .build.trace = trace, .where = where, .err = err, .good = true };
    bool whole = read_lines(&r, text);
    if (r.build.open)
        fl_trace_block_close(&r.build);
    bool empty = r.build.blocks == 0;
    if (whole && (r.good || !empty))
        r.good &= fl_trace_build_end(&r.build, where, err);
    fl_trace_build_drop(&r.build);
    fl_arena_free(&r.scratch);
    if (!r.good)
        fl_trace_free(trace);
    return r.good;
}

bool fl_trace_read_file(struct fl_trace *trace, const char *path, struct fl_err *err)
{
    char *text;
    *trace = (struct fl_trace){0};
    if (!fl_file_read(path, &text, err))
        return false;
    bool good = fl_trace_read(trace, text, path, err);
    fl_free(text);
    return good;
}
