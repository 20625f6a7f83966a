/* record.h - what fl_walk tells of a piece, written down: loops and steps (streams.c). */
#ifndef FL_RECORD_H
#define FL_RECORD_H

#include "mapping/overlap.h"

enum fl_line_code { FL_LINE_LOOP, FL_LINE_NEXT, FL_LINE_STEP };
struct fl_line { enum fl_line_code code; int64_t times; struct fl_step step; };
struct fl_record { struct fl_line *line; size_t lines, room; };     /* fl_free(line) in the end */

/* Writes down a piece of a task; what was there before is forgotten. */
void fl_record_piece(struct fl_record *r, const struct fl_overlap *o, const struct fl_task *t, int64_t piece);
/* The line behind the end of the loop that begins at a line. */
size_t fl_record_behind(const struct fl_record *r, size_t at);
/* Is a line a move from DRAM? Is any of those from one to before another? */
bool fl_line_is_move(const struct fl_line *line);
bool fl_record_moves(const struct fl_record *r, size_t from, size_t end);

#endif
