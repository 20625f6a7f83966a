/* recall.h - operators met before: what one did to the machine is done again, without simulating it.
 *
 * Layers recur one after another, and orbits (leap.c) leap over them. But some work comes
 * back after other work: the steps of a decode differ in the length of the attention and
 * in nothing else. So the machine before and after each operator is kept for a while. When
 * an operator is about to begin whose instructions are the same, and the machine is as it
 * was then, relative to now, the outcome is that of then, shifted.
 *
 * Compared and moved by the state tables, as in snapshot.h, with these differences:
 *
 *   FL_PLAIN     becomes what it was after the operator
 *   FL_STOCK     as FL_PLAIN; what was taken of it goes on
 *   FL_PLACE     may differ if the instructions from there on are the same
 *   FL_LEFT      one that made progress, or none, may stand anywhere above its floor
 *   FL_DEADLINE  may differ if all that was asked of it then is answered alike now (fl_watch)
 */
#ifndef FL_RECALL_H
#define FL_RECALL_H

#include "sim/snapshot.h"

enum { FL_RECALL_KEPT = 96, FL_RECALL_BRIEF = 64 };

struct fl_recall {
    struct fl_forms *forms;
    struct fl_recalled {
        const struct unit *walker;      /* who walked the program; NULL: an empty entry */
        int64_t place;                  /* of the operator's first instruction */
        size_t length;                  /* in instructions */
        uint64_t hash;                  /* of these */
        uint64_t used;                  /* when it served last */
        struct fl_snapshot from, to;
    } kept[FL_RECALL_KEPT], open;       /* `open`: of the operator under way */
    uint64_t uses;
    uint64_t brief[FL_RECALL_BRIEF];    /* hashes of operators that were too short to be worth it */
};

void fl_recall_init(struct fl_recall *recall, struct fl_forms *forms);
void fl_recall_free(struct fl_recall *recall);
void fl_recall_reset(struct fl_recall *recall);
/* Between operators: `walker` has just raised a boundary. Ends the record of the operator that has ended, if one was
 * begun and it took `least` events or more. */
void fl_recall_end(struct fl_recall *recall, const struct unit *walker, uint64_t least);
/* Begins the record of the operator that comes next, if one does. */
void fl_recall_begin(struct fl_recall *recall, const struct unit *walker);
/* A leap from `snapshot` on: the operator under way is then another than the one that the record was begun for, if that
 * began later. */
void fl_recall_pass(struct fl_recall *recall, const struct fl_snapshot *snapshot);
/* Does what the next operator will do, if it is known; the machine then stands at its end. `*broke`: of the last one
 * known by its instructions but met in another state, the part that differs; else UINT32_MAX. */
bool fl_recall_leap(struct fl_recall *recall, const struct unit *walker, uint32_t *broke);

#endif
