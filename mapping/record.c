/* record.c - what fl_walk tells of a piece, written down. */
#include "mapping/nest.h"
#include "mapping/record.h"

static void line_add(struct fl_record *r, struct fl_line line)
{
    r->line = fl_grow(r->line, &r->room, r->lines, sizeof *r->line);
    r->line[r->lines++] = line;
}

static void loop_add(void *context, int64_t times)
{
    line_add(context, (struct fl_line){.code = FL_LINE_LOOP, .times = times});
}

static void next_add(void *context)
{
    line_add(context, (struct fl_line){.code = FL_LINE_NEXT});
}

static void step_add(void *context, const struct fl_step *step)
{
    line_add(context, (struct fl_line){.code = FL_LINE_STEP, .step = *step});
}

void fl_record_piece(struct fl_record *r, const struct fl_overlap *o, const struct fl_task *t, int64_t piece)
{
    const struct fl_walker walker = {loop_add, next_add, step_add, r};
    r->lines = 0;
    bool counted = fl_walk(&t->piece[piece], o->machine, &t->mapping, &walker);
    fl_assert(counted);                 /* fl_mapping_bound refused what overflows */
}

size_t fl_record_behind(const struct fl_record *r, size_t at)
{
    size_t depth = 0;
    do {
        depth += r->line[at].code == FL_LINE_LOOP;
        depth -= r->line[at].code == FL_LINE_NEXT;
        at++;
    } while (depth > 0);
    return at;
}

bool fl_line_is_move(const struct fl_line *line)
{
    return line->code == FL_LINE_STEP && line->step.kind == FL_STEP_MOVE;
}

bool fl_record_moves(const struct fl_record *r, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (fl_line_is_move(&r->line[i]))
            return true;
    return false;
}
