/* read_op.c - the line of one operator: KIND NAME READ... -> WRITE KEY=VALUE... */
#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"
#include "traces/read.h"

/* "m, k, n" */
static const char *keys_text(struct fl_arena *arena, unsigned keys)
{
    const char *text = "";
    for (unsigned key = 0; key < FL_KEYS; key++)
        if (keys & 1u << key)
            text = fl_arena_listed(arena, text, fl_op_keys[key].name);
    return text;
}

/* The key's number, or -1 and a fault. */
static int find_key(struct fl_trace_reader *r, const struct fl_op *op, const char *name)
{
    unsigned allowed = op->type->keys & ~(r->form == 1 ? op->type->since_2 : FL_KEYS_FORM_1);
    const char *known[FL_KEYS];
    for (int key = 0; key < FL_KEYS; key++) {
        bool same = strcmp(name, fl_op_keys[key].name) == 0, may = allowed & 1u << key;
        if (same && may)
            return key;
        known[key] = may && !same ? fl_op_keys[key].name : NULL;
    }
    const char *near = fl_nearest(name, known, FL_KEYS), *kind = op->type->name;
    if (near != NULL)
        fl_fail(r->err, r->place, "%s: no key \"%s\"; did you mean \"%s\"?", op->name, name, near);
    else
        fl_fail(r->err, r->place, "%s: no key \"%s\"; %s takes %s", op->name, name, kind,
                keys_text(&r->scratch, allowed));
    return -1;
}

static bool set_choice(struct fl_trace_reader *r, const char *what, const char *value, const char *const *names,
                       size_t count, int32_t *field)
{
    int choice = fl_trace_read_choice(r, what, value, names, count);
    if (choice >= 0)
        *field = choice;
    return choice >= 0;
}

/* A key of form 1 that says something of tensors. */
static bool set_said(struct fl_trace_reader *r, const char *what, int key, const char *value, unsigned *said)
{
    bool yes = false, good = fl_trace_read_flag(r, what, value, &yes);
    *said |= yes ? 1u << key : 0;
    return good;
}

static bool set_key(struct fl_trace_reader *r, struct fl_op *op, int key, const char *value, unsigned *said)
{
    static const char *const masks[] = { [FL_DENSE] = "dense", [FL_CAUSAL_OUT] = "causal_out",
                                         [FL_CAUSAL_IN] = "causal_in" };
    static const char *const signs[] = { [FL_SIGNED] = "signed", [FL_NON_NEGATIVE] = "non_negative" };
    static const char *const places[] = { "auto", "optical", "digital" };
    const char *what = fl_arena_format(&r->scratch, "%s: %s", op->name, fl_op_keys[key].name);
    int64_t *const size[FL_KEYS] = { [FL_KEY_GROUPS] = &op->groups, [FL_KEY_M] = &op->m, [FL_KEY_K] = &op->k,
                                     [FL_KEY_N] = &op->n, [FL_KEY_SHARE] = &op->share, [FL_KEY_PAST] = &op->band.past,
                                     [FL_KEY_WINDOW] = &op->band.window, [FL_KEY_CHUNK] = &op->band.chunk,
                                     [FL_KEY_PATTERNS] = &op->patterns };
    switch (key) {
    case FL_KEY_MASK:
        return set_choice(r, what, value, masks, 3, &op->mask);
    case FL_KEY_SIGN:
        return set_choice(r, what, value, signs, 2, &op->sign);
    case FL_KEY_PLACED:
        return set_choice(r, what, value, places, 3, &op->placed);
    case FL_KEY_ROWS:
        return true;                    /* once all keys are known: fl_trace_read_op */
    case FL_KEY_KV:
    case FL_KEY_TIED:
    case FL_KEY_GATED:
        return set_said(r, what, key, value, said);
    default:
        return fl_trace_read_number(r, what, value, key == FL_KEY_PAST ? 0 : 1, size[key]);
    }
}

/* What an operator's line says besides its tensors. */
struct said {
    unsigned tensors;                   /* keys of form 1 that speak of them */
    const char *rows;                   /* of each group; NULL: m of all */
};

/* KEY=VALUE words from `at` on. */
static bool read_keys(struct fl_trace_reader *r, struct fl_op *op, const struct fl_words *words, size_t at,
                      struct said *said)
{
    bool good = true;
    unsigned given = 0, needed = op->type->needed;
    for (; at < words->count; at++) {
        const char *word = words->word[at], *equals = strchr(word, '=');
        if (equals == NULL) {
            good = fl_fail(r->err, r->place, "%s: \"%s\" is not KEY=VALUE; after \"->\" stands one tensor, then keys",
                           op->name, word);
            continue;
        }
        const char *name = fl_arena_slice(&r->scratch, word, (size_t)(equals - word));
        int key = find_key(r, op, name);
        if (key < 0) {
            good = false;
            continue;
        }
        if (given & 1u << key)
            good = fl_fail(r->err, r->place, "%s: %s is given twice; leave one", op->name, name);
        given |= 1u << key;
        good &= set_key(r, op, key, equals + 1, &said->tensors);
        said->rows = key == FL_KEY_ROWS ? equals + 1 : said->rows;
    }
    if (said->rows != NULL && (given & (FL_KEY(M) | FL_KEY(GROUPS))))
        good = fl_fail(r->err, r->place, "%s: rows are given, and m or groups too; leave one", op->name);
    needed &= said->rows != NULL ? ~FL_KEY(M) : ~0u;
    if (needed & ~given)
        good = fl_fail(r->err, r->place, "%s: %s needs %s too", op->name, op->type->name,
                       keys_text(&r->scratch, needed & ~given));
    return good;
}

/* `reads` counts what is computed or comes from outside, without a parameter. `told`: which rows go to which group of
 * weights may be, of weights that are declared. */
static bool check_reads(struct fl_trace_reader *r, const struct fl_op *op, size_t reads, bool told)
{
    const struct fl_op_type *rule = op->type;
    bool beside = rule->form == FL_PRODUCT && (rule->stored == FL_TENSOR_PARAMETER ? told : r->form > 1);
    int32_t least = rule->reads_least, most = rule->reads_most - (rule->form == FL_PRODUCT && !beside);
    if (reads >= (size_t)least && reads <= (size_t)most)
        return true;
    const char *wanted = least == most ? fl_arena_format(&r->scratch, "%d", least)
                                       : fl_arena_format(&r->scratch, most - least > 1 ? "%d to %d" : "%d or %d",
                                                         least, most);
    const char *more = r->form > 1 && rule->stored == FL_TENSOR_PARAMETER ? ", and a parameter behind" : "";
    return fl_fail(r->err, r->place, "%s: reads %zu tensors; %s reads %s%s", op->name, reads, rule->name, wanted, more);
}

static bool is_parameter(const struct fl_trace_reader *r, const struct fl_tensor_use *use)
{
    return r->build.tensor[use->tensor].tensor.kind == FL_TENSOR_PARAMETER;
}

/* The tensors that an operator reads. One that may hold two operands is both of them. */
static bool read_operands(struct fl_trace_reader *r, struct fl_op *op, const char *const *word, size_t words,
                          struct fl_tensor_use uses[FL_OPERANDS])
{
    bool good = true, own = false;
    size_t count = 0;
    for (; count < words && count < FL_OPERANDS - 1 && good; count++)
        good = fl_trace_read_use(r, word[count], &uses[count]);
    if (good && count > 0 && op->type->stored == FL_TENSOR_PARAMETER)
        own = is_parameter(r, &uses[count - 1]);
    good = good && check_reads(r, op, words - own, own && count > 1 && !is_parameter(r, &uses[count - 2]));
    if (good && count == 1 && op->type->form == FL_PRODUCT && op->type->stored != FL_TENSOR_PARAMETER)
        uses[count++] = uses[0];
    op->reads = uses;
    op->operands = good ? count : 0;
    return good;
}

/* Names, tensors and "->" stand where they should. */
static bool read_frame(struct fl_trace_reader *r, const struct fl_op_type *type, const struct fl_words *words,
                       size_t *arrow)
{
    *arrow = 1;
    while (*arrow < words->count && strcmp(words->word[*arrow], "->") != 0)
        (*arrow)++;
    bool named = *arrow >= 2 && *arrow + 1 < words->count && strchr(words->word[1], '=') == NULL &&
                 strchr(words->word[*arrow + 1], '=') == NULL;
    for (size_t i = 2; named && r->form == 1 && i < *arrow; i++)
        named = strchr(words->word[i], '=') == NULL;
    return named || fl_trace_read_fail(r, "%s: its name or tensors are missing; say: %s NAME READ... -> WRITE "
                                       "KEY=VALUE...", type->name, type->name);
}

/* "4,4,2,0": the rows of each group. */
static bool put_groups(struct fl_trace_reader *r, const struct fl_op *op, const char *text)
{
    const char *what = fl_arena_format(&r->scratch, "%s: rows", op->name);
    int64_t *rows = fl_arena_array(&r->scratch, strlen(text) / 2 + 1, sizeof *rows), groups = 0, most = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!fl_trace_read_number(r, what, fl_arena_slice(&r->scratch, text, length), 0, &rows[groups]))
            return false;
        most = fl_most(most, rows[groups++]);
        text += length;
        if (*text++ == '\0')
            break;
    }
    if (most == 0)
        return fl_trace_read_fail(r, "%s: no group has any; leave the operator out", what);
    fl_trace_groups_put(&r->build, op, rows, groups);
    return true;
}

void fl_trace_read_op(struct fl_trace_reader *r, const struct fl_op_type *type, const struct fl_words *words)
{
    size_t arrow;
    if (!read_frame(r, type, words, &arrow))
        return;
    struct fl_tensor_use uses[FL_OPERANDS] = {{0}};
    struct fl_op op = { .name = words->word[1], .type = type, .groups = 1, .share = 1, .line = r->line };
    struct said said = {0};
    bool good = read_operands(r, &op, words->word + 2, arrow - 2, uses);
    good &= read_keys(r, &op, words, arrow + 2, &said);
    if ((said.tensors & FL_KEY(GATED)) && op.operands == 1)
        uses[op.operands++] = uses[0];
    op.writes.tensor = fl_trace_tensor(&r->build, words->word[arrow + 1]);
    if (good && said.rows != NULL && op.operands < 2)
        good = fl_fail(r->err, r->place, "%s: groups of different rows share a parameter; declare it (tensor %s.w "
                       "parameter groups=...) and read it", op.name, op.name);
    if (good && said.rows != NULL && put_groups(r, &op, said.rows))
        return;
    if (!good || said.rows != NULL) {
        op.macs = FL_MACS_FAULTY;
        r->good = false;
    }
    fl_trace_op_put(&r->build, &op);
    fl_trace_op_say(&r->build, said.tensors);
}
