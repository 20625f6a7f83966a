/* words.c - the words of a trace's line: numbers, choices, and what is wrong with them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/read.h"

bool fl_trace_read_fail(struct fl_trace_reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fl_fail_args(r->err, r->place, format, args);
    va_end(args);
    r->good = false;
    return false;
}

bool fl_trace_read_number(struct fl_trace_reader *r, const char *what, const char *text, int64_t least, int64_t *number)
{
    size_t digits = strspn(text + (text[0] == '-'), "0123456789");
    if (digits == 0 || text[(text[0] == '-') + digits] != '\0')
        return fl_trace_read_fail(r, "%s: \"%s\" is not a whole number", what, text);
    errno = 0;
    *number = strtoll(text, NULL, 10);
    if (errno == ERANGE && text[0] != '-')
        return fl_trace_read_fail(r, "%s: %s exceeds 2^63 - 1; make it smaller", what, text);
    if (*number < least)
        return fl_trace_read_fail(r, "%s: %s is too small; give %" PRId64 " or more", what, text, least);
    return true;
}

bool fl_trace_read_flag(struct fl_trace_reader *r, const char *what, const char *text, bool *flag)
{
    static const char *const answers[] = { "no", "yes" };
    int choice = fl_trace_read_choice(r, what, text, answers, 2);
    *flag = choice == 1;
    return choice >= 0;
}

const char *fl_trace_read_pair(struct fl_trace_reader *r, const char *of, const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    if (equals == NULL) {
        fl_trace_read_fail(r, "%s: \"%s\" is not KEY=VALUE", of, word);
        return NULL;
    }
    *value = equals + 1;
    return fl_arena_slice(&r->scratch, word, (size_t)(equals - word));
}

int fl_trace_read_choice(struct fl_trace_reader *r, const char *what, const char *text, const char *const *names,
                         size_t count)
{
    const char *list = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0)
            return (int)i;
        list = fl_arena_format(&r->scratch, "%s%s%s", list, i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
    }
    fl_trace_read_fail(r, "%s: \"%s\" is not known; give %s", what, text, list);
    return -1;
}
