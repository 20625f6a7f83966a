/* explain.h - a request planned and not simulated: what explain.c and lifetimes.c tell about. */
#ifndef FL_EXPLAIN_H
#define FL_EXPLAIN_H

#include "api/search.h"

struct fl_explain {
    struct fl_prepared given;
    struct fl_plan plan;
    struct fl_arena arena;              /* for texts */
};
/* Prepares and plans; false leaves nothing to be closed. */
bool fl_explain_open(struct fl_explain *explain, const struct fl_request *request, struct fl_err *err);
void fl_explain_close(struct fl_explain *explain);

#endif
