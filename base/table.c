/* table.c - cells are kept until all are known, then padded to the widest of their column. */
#include "base/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns on paper: bytes that continue a UTF-8 character take no room. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void add_row(struct fl_table *table, const char *const *cell)
{
    size_t first = (table->rows + 1) * table->columns;
    table->cell = fl_grow(table->cell, &table->room, first + table->columns, sizeof *table->cell);
    for (size_t i = 0; i < table->columns; i++)
        table->cell[first + i] = cell[i] == NULL ? "" : fl_arena_text(&table->arena, cell[i]);
    table->rows++;
}

void fl_table_heads(struct fl_table *table, const char *const *head, size_t columns)
{
    fl_assert(table->columns == 0 && columns > 0);
    table->columns = columns;
    table->right = fl_arena_array(&table->arena, columns, sizeof *table->right);
    table->cell = fl_grow(table->cell, &table->room, columns, sizeof *table->cell);
    for (size_t i = 0; i < columns; i++) {
        size_t length = strlen(head[i]);
        fl_assert(length > 0 && strchr("<>", head[i][length - 1]) != NULL);
        table->right[i] = head[i][length - 1] == '>';
        table->cell[i] = fl_arena_slice(&table->arena, head[i], length - 1);
    }
}

/* The texts of an argument list that ends with NULL, at most `room` of them. */
static size_t gather(const char **text, size_t room, const char *first, va_list args)
{
    size_t count = 0;
    for (const char *next = first; next != NULL; next = va_arg(args, const char *)) {
        fl_assert(count < room);
        text[count++] = next;
    }
    return count;
}

enum { ARGUMENTS = 64 };

void fl_table_head(struct fl_table *table, const char *first, ...)
{
    const char *text[ARGUMENTS];
    va_list args;
    va_start(args, first);
    size_t count = gather(text, ARGUMENTS, first, args);
    va_end(args);
    fl_table_heads(table, text, count);
}

void fl_table_row(struct fl_table *table, const char *first, ...)
{
    const char *text[ARGUMENTS] = {NULL};
    va_list args;
    va_start(args, first);
    size_t count = gather(text, ARGUMENTS, first, args);
    va_end(args);
    fl_assert(count <= table->columns && table->columns <= ARGUMENTS);
    add_row(table, text);
}

void fl_table_cells(struct fl_table *table, const char *const *cell)
{
    add_row(table, cell);
}

static void spaces(FILE *out, size_t count, char space)
{
    while (count-- > 0)
        fputc(space, out);
}

/* The last column is not padded on the right: no line ends in spaces. */
static void print_row(const struct fl_table *table, size_t row, const size_t *width, FILE *out)
{
    size_t owed = table->indent;
    for (size_t i = 0; i < table->columns; i++) {
        const char *text = table->cell[row * table->columns + i];
        size_t pad = width[i] - width_of(text);
        if (table->right[i])
            owed += pad;
        if (*text != '\0') {
            spaces(out, owed, ' ');
            fputs(text, out);
            owed = 0;
        }
        owed += (table->right[i] ? 0 : pad) + 2;
    }
    fputc('\n', out);
}

void fl_table_print(const struct fl_table *table, FILE *out)
{
    if (table->columns == 0)
        return;
    struct fl_arena scratch = {0};
    size_t *width = fl_arena_array(&scratch, table->columns, sizeof *width);
    bool headed = false;
    for (size_t i = 0; i < (table->rows + 1) * table->columns; i++) {
        size_t wide = width_of(table->cell[i]), *most = &width[i % table->columns];
        *most = wide > *most ? wide : *most;
        headed = headed || (i < table->columns && wide > 0);
    }
    if (headed) {
        print_row(table, 0, width, out);
        spaces(out, table->indent, ' ');
        for (size_t i = 0; i < table->columns; i++) {
            spaces(out, width[i], '-');
            fputs(i + 1 < table->columns ? "  " : "\n", out);
        }
    }
    for (size_t row = 1; row <= table->rows; row++)
        print_row(table, row, width, out);
    fl_arena_free(&scratch);
}

void fl_table_free(struct fl_table *table)
{
    fl_free(table->cell);
    fl_arena_free(&table->arena);
    memset(table, 0, sizeof *table);
}

const char *fl_si(char buffer[FL_SI_BYTES], double value, const char *unit)
{
    static const char *const prefix[] = {"y", "z", "a", "f", "p", "n", "u", "m", "",
                                         "k", "M", "G", "T", "P", "E", "Z", "Y"};
    enum { ONE = 8, PREFIXES = sizeof prefix / sizeof *prefix };
    const char *space = *unit != '\0' ? " " : "";
    if (value == 0 || !isfinite(value)) {
        snprintf(buffer, FL_SI_BYTES, "%g%s%s", value == 0 ? 0.0 : value, space, unit);
        return buffer;
    }
    /* Three digits are rounded first, so that 999.9 becomes 1 k and not 1e+03. */
    char digits[FL_SI_BYTES];
    snprintf(digits, sizeof digits, "%.2e", value);
    double rounded = strtod(digits, NULL);
    long tens = strtol(strchr(digits, 'e') + 1, NULL, 10), thousands = (tens - (tens < 0 ? 2 : 0)) / 3;
    if (thousands < -ONE || thousands >= PREFIXES - ONE) {
        snprintf(buffer, FL_SI_BYTES, "%.3g%s%s", value, space, unit);
        return buffer;
    }
    const char *letter = prefix[thousands + ONE];
    double scaled = rounded / pow(1000, (double)thousands);
    snprintf(buffer, FL_SI_BYTES, "%.3g%s%s%s", scaled, *letter != '\0' ? " " : space, letter,
             unit);
    return buffer;
}

const char *fl_percent(char buffer[FL_SI_BYTES], double share)
{
    if (share > 0 && share < 0.0005)
        snprintf(buffer, FL_SI_BYTES, "<0.1 %%");
    else
        snprintf(buffer, FL_SI_BYTES, "%.1f %%", 100 * share);
    return buffer;
}
