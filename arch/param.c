/* param.c - values of a design read by a table of parameters. */
#include "arch/param.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/whole.h"

const char *fl_param_choices(const struct fl_param *param, struct fl_arena *arena)
{
    const char *text = "";
    for (int i = 0; param->choices[i] != NULL; i++) {
        const char *between = i == 0 ? "" : param->choices[i + 1] == NULL ? " or " : ", ";
        text = fl_arena_format(arena, "%s%s%s", text, between, param->choices[i]);
    }
    return text;
}

const char *fl_param_preset(const struct fl_param *param, struct fl_arena *arena)
{
    char number[FL_QUANTITY_BYTES];
    if (isnan(param->preset))
        return NULL;
    if (fl_param_type(param) == FL_FLAG)
        return param->preset != 0 ? "true" : "false";
    if (fl_param_type(param) == FL_CHOICE)
        return param->choices[fl_whole(param->preset, 0, INT32_MAX)];
    return fl_arena_text(arena, fl_quantity_write(number, param->preset, param->measure));
}

/* The preset is always in range: it may stand for "as another parameter", outside of what can be asked for. */
static bool in_range(const struct fl_param *param, double value, const char *text, const char *where,
                     struct fl_err *err)
{
    char least[FL_QUANTITY_BYTES], most[FL_QUANTITY_BYTES];
    if ((value >= param->least && value <= param->most) || value == param->preset)
        return true;
    return fl_fail(err, where, "\"%s\" is out of range, %s to %s", text, fl_quantity_write(least, param->least, ""),
                   fl_quantity_write(most, param->most, param->measure));
}

static bool choice_read(const struct fl_param *param, const char *text, int32_t *choice, const char *where,
                        struct fl_err *err)
{
    for (*choice = 0; param->choices[*choice] != NULL; (*choice)++)
        if (strcmp(param->choices[*choice], text) == 0)
            return true;
    struct fl_arena arena = {0};
    fl_fail(err, where, "\"%s\" is not %s%s", text, param->choices[1] != NULL ? "one of " : "",
            fl_param_choices(param, &arena));
    fl_arena_free(&arena);
    return false;
}

bool fl_param_read(const struct fl_param *param, const char *text, void *base, const char *where, struct fl_err *err)
{
    union {
        int64_t whole;
        double real;
        int32_t choice;
        bool flag;
    } value;
    size_t size = 0;
    switch (fl_param_type(param)) {
    case FL_COUNT:
    case FL_SPAN:
        size = sizeof value.whole;
        if (!fl_quantity_count(text, param->measure, &value.whole, where, err) ||
            !in_range(param, (double)value.whole, text, where, err))
            return false;
        break;
    case FL_REAL:
        size = sizeof value.real;
        if (!fl_quantity_read(text, param->measure, &value.real, where, err) ||
            !in_range(param, value.real, text, where, err))
            return false;
        break;
    case FL_CHOICE:
        size = sizeof value.choice;
        if (!choice_read(param, text, &value.choice, where, err))
            return false;
        break;
    case FL_FLAG:
        size = sizeof value.flag;
        value.flag = strcmp(text, "true") == 0;
        if (!value.flag && strcmp(text, "false") != 0)
            return fl_fail(err, where, "\"%s\" is neither true nor false", text);
        break;
    }
    if (base != NULL)
        memcpy((char *)base + param->offset, &value, size);
    return true;
}
