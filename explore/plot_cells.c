/* plot_cells.c - a heat map: a cell for each pair of values of two axes, its colour and its text what is best there. */
#include "explore/plot_script.h"

#include <stdlib.h>
#include <string.h>

struct place { const char *text; double number; size_t arrival; };

static int place_compare(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->number < q->number || p->number > q->number)
        return p->number < q->number ? -1 : 1;
    return (p->arrival > q->arrival) - (p->arrival < q->arrival);
}

struct fl_plot_texts fl_plot_texts_find(struct fl_plot_table *table, bool of_x)
{
    struct place *place = fl_arena_array(&table->arena, table->rows, sizeof *place);
    struct fl_plot_texts texts = {.text = fl_arena_array(&table->arena, table->rows, sizeof *texts.text)};
    for (size_t i = 0; i < table->rows; i++) {
        const char *text = of_x ? table->row[i].x_text : table->row[i].name;
        size_t p = 0;
        while (p < texts.count && strcmp(place[p].text, text) != 0)
            p++;
        if (p == texts.count)
            place[texts.count++] = (struct place){text, of_x ? table->row[i].x : table->row[i].y, i};
    }
    qsort(place, texts.count, sizeof *place, place_compare);
    for (size_t p = 0; p < texts.count; p++)
        texts.text[p] = place[p].text;
    return texts;
}

static size_t place_of(const struct fl_plot_texts *texts, const char *text)
{
    size_t p = 0;
    while (strcmp(texts->text[p], text) != 0)
        p++;
    return p;
}

/* Texts at whole numbers, as many as there is room for. */
static void texts_write(struct fl_plot_table *table, char axis, const struct fl_plot_texts *texts, size_t room, FILE
                        *out)
{
    size_t step = (texts->count + room - 1) / room;
    fprintf(out, "set %crange [-0.5:%zu.5]\n", axis, texts->count - 1);
    for (size_t p = 0; p < texts->count; p += step) {
        if (p == 0)
            fprintf(out, "set %ctics scale 0 (", axis);
        else
            fputs(", ", out);
        fl_plot_tic_write(&table->arena, texts->text[p], (double)p, out);
    }
    fputs(")\n", out);
}

void fl_plot_cells_write(struct fl_plot_table *table, FILE *out)
{
    enum { ROOM_X = 10, ROOM_Y = 16 };
    struct fl_plot_texts x = fl_plot_texts_find(table, true), y = fl_plot_texts_find(table, false);
    fl_plot_set_text("xlabel", table->x, out);
    fl_plot_set_text("ylabel", table->y, out);
    texts_write(table, 'x', &x, ROOM_X, out);
    texts_write(table, 'y', &y, ROOM_Y, out);
    fl_plot_shades_write(table, out);
    fputs("unset grid\nset key off\nset style textbox opaque noborder fillcolor rgb \"#ffffff\"\n$cells << EOD\n", out);
    for (size_t i = 0; i < table->rows; i++) {
        const struct fl_plot_row *row = &table->row[i];
        fprintf(out, "%zu %zu %.12g ", place_of(&x, row->x_text), place_of(&y, row->name), row->shade);
        fl_plot_quoted(fl_plot_figure_text(&table->arena, row->shade, table->shade_unit), out);
        fputc('\n', out);
    }
    fputs("EOD\nplot $cells using 1:2:($1-0.49):($1+0.49):($2-0.49):($2+0.49):3 with boxxyerror lc palette "
          "fs solid noborder notitle", out);
    if (x.count <= ROOM_X && y.count <= ROOM_Y)     /* dark on a light patch: read on every shade */
        fputs(", \\\n     $cells using 1:2:4 with labels boxed tc rgb \"#222222\" notitle", out);
    fputc('\n', out);
}
