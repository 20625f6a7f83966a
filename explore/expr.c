/* expr.c - expressions read by recursive descent, judged by walking the tree.
 *
 *     or := and { "||" and }          and := not { "&&" not }         not := "!" not | compare
 *     compare := sum [ op sum ]       sum := product { +- product }   product := sign { * / sign }
 *     sign := "-" sign | number | "text" | name | "(" or ")"
 *
 * Types are settled while reading: a comparison or a join of comparisons is a truth, the
 * rest a number or a text, so that judging has no errors.
 */
#include "explore/expr.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

enum kind { NUMBER, TEXT, NAME, NEGATE, NOT, ADD, SUBTRACT, MULTIPLY, DIVIDE, LESS, AT_MOST, MORE, AT_LEAST, EQUAL,
            UNEQUAL, AND, OR };
enum sort { OF_NUMBER, OF_TEXT, OF_TRUTH };

struct fl_expr {
    enum kind kind;
    enum sort sort;
    const struct fl_expr *a, *b;
    double number;
    const char *text;
    size_t id;                          /* NAME */
};

enum { DEPTH = 200 };

struct reader {
    struct fl_arena *arena;
    const char *text, *at;
    const struct fl_expr_names *names;
    const char *where;
    struct fl_err *err;
    int depth;
};

static const struct fl_expr *fail(struct reader *r, const char *at, const char *what)
{
    fl_fail(r->err, r->where, "column %d: %s", (int)(at - r->text) + 1, what);
    return NULL;
}

static void skip_blanks(struct reader *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static bool take(struct reader *r, const char *token)
{
    skip_blanks(r);
    size_t length = strlen(token);
    if (strncmp(r->at, token, length) != 0)
        return false;
    r->at += length;
    return true;
}

static const struct fl_expr *node(struct reader *r, struct fl_expr like)
{
    struct fl_expr *made = fl_arena_alloc(r->arena, sizeof *made);
    *made = like;
    return made;
}

/* ---- the leaves ---- */

static const struct fl_expr *read_or(struct reader *r);

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '[' || c == ']';
}

static const struct fl_expr *read_name(struct reader *r)
{
    const char *from = r->at;
    struct fl_expr is = {.kind = NAME};
    enum fl_expr_type type;
    while (name_char(*r->at))
        r->at++;
    const char *name = fl_arena_slice(r->arena, from, (size_t)(r->at - from));
    if (r->names->find(r->names->context, name, &type, &is.id)) {
        is.sort = type == FL_EXPR_TEXT ? OF_TEXT : OF_NUMBER;
        return node(r, is);
    }
    size_t known = 0;
    while (r->names->known[known] != NULL)
        known++;
    const char *near = fl_nearest(name, r->names->known, known);
    static const char all[] = "there are axes, keys of the design by their path, model, phase, design, mapper where "
                              "the sweep names one, and columns of run_summary";
    return fail(r, from, fl_arena_format(r->arena, "no quantity \"%s\"; %s", name, fl_meant(r->arena, near, all)));
}

static const struct fl_expr *read_text(struct reader *r)
{
    const char *from = r->at++, *end = strchr(r->at, *from);
    if (end == NULL)
        return fail(r, from, "a quote that is not closed");
    struct fl_expr is = {.kind = TEXT, .sort = OF_TEXT, .text = fl_arena_slice(r->arena, r->at, (size_t)(end - r->at))};
    r->at = end + 1;
    return node(r, is);
}

static const struct fl_expr *read_leaf(struct reader *r)
{
    skip_blanks(r);
    const char *from = r->at;
    if (isdigit((unsigned char)*from) || *from == '.') {
        char *end;
        struct fl_expr is = {.kind = NUMBER, .number = strtod(from, &end)};
        r->at = end;
        if (end == from || name_char(*end) || !isfinite(is.number))
            return fail(r, from, "no number; numbers have no units here, names have them: latency_s < 1e-3");
        return node(r, is);
    }
    if (isalpha((unsigned char)*from) || *from == '_')
        return read_name(r);
    if (*from == '"' || *from == '\'')
        return read_text(r);
    if (!take(r, "("))
        return fail(r, from, *from == '\0' ? "the expression ends too early"
                                           : "a number, a name, a quoted text or a parenthesis is wanted");
    const struct fl_expr *inner = read_or(r);
    if (inner == NULL || take(r, ")"))
        return inner;
    skip_blanks(r);
    return fail(r, r->at, "a ) is missing");
}

/* ---- operators, from the tightest ---- */

static const struct fl_expr *read_sign(struct reader *r)
{
    skip_blanks(r);
    const char *from = r->at;
    if (*from != '-')
        return read_leaf(r);
    r->at++;
    const struct fl_expr *of = r->depth++ < DEPTH ? read_sign(r) : fail(r, from, "nested beyond reason");
    r->depth--;
    if (of == NULL)
        return NULL;
    return of->sort == OF_NUMBER ? node(r, (struct fl_expr){.kind = NEGATE, .a = of}) : fail(r, from, "- of no number");
}

static const struct fl_expr *join(struct reader *r, const char *at, enum kind kind, const struct fl_expr *a,
                                  const struct fl_expr *b)
{
    if (a == NULL || b == NULL)
        return NULL;
    enum sort sort = kind >= AND ? OF_TRUTH : OF_NUMBER;
    if (kind == EQUAL || kind == UNEQUAL)
        sort = a->sort == OF_TEXT ? OF_TEXT : OF_NUMBER;
    if (a->sort != sort || b->sort != sort)
        return fail(r, at, kind >= AND ? "&& and || join comparisons"
                           : kind >= LESS ? "two numbers are compared, or by == and != two texts"
                                          : "+ - * / want numbers");
    return node(r, (struct fl_expr){.kind = kind, .sort = kind >= LESS ? OF_TRUTH : OF_NUMBER, .a = a, .b = b});
}

static const struct fl_expr *read_product(struct reader *r)
{
    const struct fl_expr *a = read_sign(r);
    for (;;) {
        skip_blanks(r);
        const char *at = r->at;
        if (a == NULL || (*at != '*' && *at != '/'))
            return a;
        r->at++;
        a = join(r, at, *at == '*' ? MULTIPLY : DIVIDE, a, read_sign(r));
    }
}

static const struct fl_expr *read_sum(struct reader *r)
{
    const struct fl_expr *a = read_product(r);
    for (;;) {
        skip_blanks(r);
        const char *at = r->at;
        if (a == NULL || (*at != '+' && *at != '-'))
            return a;
        r->at++;
        a = join(r, at, *at == '+' ? ADD : SUBTRACT, a, read_product(r));
    }
}

static const struct fl_expr *read_compare(struct reader *r)
{
    static const struct { const char *token; enum kind kind; } ops[] = {
        {"<=", AT_MOST}, {">=", AT_LEAST}, {"==", EQUAL}, {"!=", UNEQUAL}, {"<", LESS}, {">", MORE}};
    const struct fl_expr *a = read_sum(r);
    skip_blanks(r);
    const char *at = r->at;
    for (size_t i = 0; a != NULL && i < sizeof ops / sizeof *ops; i++)
        if (take(r, ops[i].token))
            return join(r, at, ops[i].kind, a, read_sum(r));
    return a != NULL && *at == '=' ? fail(r, at, "equality is ==") : a;
}

static const struct fl_expr *read_not(struct reader *r)
{
    skip_blanks(r);
    const char *from = r->at;
    if (from[0] != '!' || from[1] == '=')
        return read_compare(r);
    r->at++;
    const struct fl_expr *of = r->depth++ < DEPTH ? read_not(r) : fail(r, from, "nested beyond reason");
    r->depth--;
    if (of == NULL)
        return NULL;
    return of->sort == OF_TRUTH ? node(r, (struct fl_expr){.kind = NOT, .sort = OF_TRUTH, .a = of})
                                : fail(r, from, "! of no comparison; write !(a < b)");
}

static const struct fl_expr *read_and(struct reader *r)
{
    const struct fl_expr *a = read_not(r);
    skip_blanks(r);
    for (const char *at = r->at; a != NULL && take(r, "&&"); at = r->at) {
        a = join(r, at, AND, a, read_not(r));
        skip_blanks(r);
    }
    return a;
}

static const struct fl_expr *read_or(struct reader *r)
{
    if (r->depth++ > DEPTH)
        return fail(r, r->at, "nested beyond reason");
    const struct fl_expr *a = read_and(r);
    skip_blanks(r);
    for (const char *at = r->at; a != NULL && take(r, "||"); at = r->at) {
        a = join(r, at, OR, a, read_and(r));
        skip_blanks(r);
    }
    r->depth--;
    return a;
}

const struct fl_expr *fl_expr_read(struct fl_arena *arena, const char *text, const struct fl_expr_names *names,
                                   const char *where, struct fl_err *err)
{
    struct reader r = {arena, text, text, names, where, err, 0};
    const struct fl_expr *whole = read_or(&r);
    if (whole == NULL)
        return NULL;
    skip_blanks(&r);
    if (*r.at != '\0')
        return fail(&r, r.at, *r.at == '&' || *r.at == '|' ? "and is &&, or is ||" : "an operator is wanted here");
    return whole->sort == OF_TRUTH ? whole : fail(&r, text, "is a value; a comparison is wanted, as in area_mm2 < 100");
}

/* ---- judging ---- */

struct judge {
    struct fl_expr_value (*value)(const void *context, size_t id);
    const void *context;
};

static const struct fl_expr_value unknown = {FL_EXPR_UNKNOWN, 0, NULL};

static struct fl_expr_value number_of(double number)
{
    return (struct fl_expr_value){FL_EXPR_NUMBER, number, NULL};
}

static struct fl_expr_value evaluate(const struct judge *judge, const struct fl_expr *expr);

/* && and || of what may be unknown: false && x is false, true || x is true. */
static struct fl_expr_value logic(const struct judge *judge, const struct fl_expr *expr)
{
    double settles = expr->kind == OR;
    struct fl_expr_value a = evaluate(judge, expr->a);
    if (a.type != FL_EXPR_UNKNOWN && a.number == settles)
        return a;
    struct fl_expr_value b = evaluate(judge, expr->b);
    return a.type == FL_EXPR_UNKNOWN && !(b.type != FL_EXPR_UNKNOWN && b.number == settles) ? unknown : b;
}

static double binary(enum kind kind, double a, double b)
{
    switch (kind) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case DIVIDE: return a / b;
    case LESS: return a < b;
    case AT_MOST: return a <= b;
    case MORE: return a > b;
    case AT_LEAST: return a >= b;
    case EQUAL: return a == b;
    default: return a != b;
    }
}

static struct fl_expr_value evaluate(const struct judge *judge, const struct fl_expr *expr)
{
    if (expr->kind == NUMBER)
        return number_of(expr->number);
    if (expr->kind == TEXT)
        return (struct fl_expr_value){FL_EXPR_TEXT, 0, expr->text};
    if (expr->kind == NAME)
        return judge->value(judge->context, expr->id);
    if (expr->kind >= AND)
        return logic(judge, expr);
    struct fl_expr_value a = evaluate(judge, expr->a);
    if (a.type == FL_EXPR_UNKNOWN)
        return unknown;
    if (expr->kind == NEGATE)
        return number_of(-a.number);
    if (expr->kind == NOT)
        return number_of(a.number == 0);
    struct fl_expr_value b = evaluate(judge, expr->b);
    if (b.type == FL_EXPR_UNKNOWN)
        return unknown;
    if (a.type == FL_EXPR_TEXT || b.type == FL_EXPR_TEXT)
        return number_of((a.type == b.type && strcmp(a.text, b.text) == 0) == (expr->kind == EQUAL));
    return number_of(binary(expr->kind, a.number, b.number));
}

int fl_expr_judge(const struct fl_expr *expr, struct fl_expr_value (*value)(const void *context, size_t id),
                  const void *context)
{
    struct judge judge = {value, context};
    struct fl_expr_value is = evaluate(&judge, expr);
    return is.type == FL_EXPR_UNKNOWN ? -1 : is.number != 0;
}
