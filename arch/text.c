/* text.c - a design as one .cfg text, complete and without a base.
 *
 * Paths come sorted, so that all below a group stand together; groups open and close
 * as their common prefix does. Values that look like whole numbers or flags are written
 * bare, all else in quotes: reading the text gives the same values.
 */
#include "arch/design.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static bool is_bare(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return true;
    return text[digits] == '\0' && digits > 0 && digits < 10 && (text[0] != '0' || digits == 1);
}

static void write_text(FILE *out, const char *text)
{
    if (is_bare(text))
        fputs(text, out);
    else
        write_quoted(out, text);
}

static void write_value(FILE *out, const struct fl_value *value, const char *name, int indent)
{
    fprintf(out, "%*s%s = ", indent, "", name);
    if (value->from == NULL && value->low == NULL && value->high == NULL) {
        write_text(out, value->text);
    } else {
        const char *const name_of[] = {"v", "from", "low", "high"};
        const char *const text[] = {value->text, value->from, value->low, value->high};
        fputc('{', out);
        for (int i = 0; i < 4; i++) {
            if (text[i] == NULL)
                continue;
            fprintf(out, " %s = ", name_of[i]);
            if (i == 0)
                write_text(out, text[i]);
            else
                write_quoted(out, text[i]);
            fputc(';', out);
        }
        fputs(" }", out);
    }
    fputs(";\n", out);
}

/* Values [0, values) share the first `skip` bytes of their paths; writes what lies below. */
static void write_members(FILE *out, const struct fl_value *value, size_t values, size_t skip, int indent)
{
    for (size_t i = 0; i < values;) {
        const char *name = value[i].path + skip;
        size_t length = strcspn(name, ".[");
        if (name[length] == '\0') {
            write_value(out, &value[i++], name, indent);
            continue;
        }
        size_t count = 1;
        while (i + count < values && strncmp(value[i + count].path + skip, name, length + 1) == 0)
            count++;
        if (name[length] == '.') {
            fprintf(out, "%*s%.*s = {\n", indent, "", (int)length, name);
            write_members(out, value + i, count, skip + length + 1, indent + 4);
            fprintf(out, "%*s};\n", indent, "");
        } else {
            fprintf(out, "%*s%.*s = (", indent, "", (int)length, name);
            for (size_t done = 0, in; done < count; done += in) {
                const char *element = value[i + done].path;
                size_t prefix = skip + length + strcspn(element + skip + length, "]") + 2;
                for (in = 1; done + in < count && strncmp(value[i + done + in].path, element, prefix) == 0;)
                    in++;
                fputs(done > 0 ? ", {\n" : "{\n", out);
                write_members(out, value + i + done, in, prefix, indent + 4);
                fprintf(out, "%*s}", indent, "");
            }
            fputs(");\n", out);
        }
        i += count;
    }
}

const char *fl_text_of(struct fl_arena *arena, const struct fl_value *value, size_t values)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        fl_memory_short(BUFSIZ);
    write_members(out, value, values, 0, 0);
    if (fclose(out) != 0)
        fl_memory_short(bytes);
    struct fl_hold hold;
    fl_hold(&hold, free, text);
    const char *kept = fl_arena_slice(arena, text, bytes);
    fl_let_go(&hold);
    free(text);
    return kept;
}
