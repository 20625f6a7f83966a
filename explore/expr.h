/* expr.h - constraints: "area_mm2 < 100 && peak_w < 20".
 *
 * Numbers, texts in quotes, names, + - * /, comparisons, && || !, parentheses. What a name
 * is, its owner says twice: when the expression is read (is there such a name, and is it
 * a number or a text?) and when it is judged. A value may not be known yet; then a
 * comparison is neither true nor false, and && and || do what they can without it.
 */
#ifndef FL_EXPR_H
#define FL_EXPR_H

#include "base/arena.h"

enum fl_expr_type { FL_EXPR_UNKNOWN, FL_EXPR_NUMBER, FL_EXPR_TEXT };
struct fl_expr_value {
    enum fl_expr_type type;
    double number;                      /* of a comparison: 1 true, 0 false */
    const char *text;
};
struct fl_expr_names {
    /* Sets type and a number by which `value` will be asked for the name; false: no such name. */
    bool (*find)(void *context, const char *name, enum fl_expr_type *type, size_t *id);
    void *context;
    const char *const *known;           /* names, for "did you mean"; NULL at the end */
};

struct fl_expr;
/* Reads an expression that is true or false. A fault tells the column, from 1, after `where`. The expression lives in
 * the arena. NULL with a fault. */
const struct fl_expr *fl_expr_read(struct fl_arena *arena, const char *text, const struct fl_expr_names *names,
                                   const char *where, struct fl_err *err);
/* 1 true, 0 false, -1 not known yet. */
int fl_expr_judge(const struct fl_expr *expr, struct fl_expr_value (*value)(const void *context, size_t id),
                  const void *context);

#endif
