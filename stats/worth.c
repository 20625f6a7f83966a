/* worth.c - what a run's figures are worth: how much of its machine exists, and whether its outputs are exact enough
 * for its joules to be held against anybody's. */
#include <string.h>

#include "base/table.h"
#include "stats/db.h"

const char *fl_status_said(const char *status)
{
    static const struct { const char *status, *said; } of[] = {
        {"product", "sold, or made of parts that are sold"},
        {"demonstrated", "built and measured"},
        {"projected", "larger or faster than what has been shown"},
        {"assumed", "figures that stand for a machine"},
    };
    for (size_t i = 0; status != NULL && i < sizeof of / sizeof *of; i++)
        if (strcmp(of[i].status, status) == 0)
            return of[i].said;
    return "";
}

const char *fl_error_said(struct fl_arena *arena, double error, double limit)
{
    char share[FL_SI_BYTES];
    if (!(error > limit))               /* or no product is optical */
        return NULL;
    if (error > 1)
        return "noise";
    return fl_arena_format(arena, "off by more than the %s that the design allows", fl_percent(share, limit));
}

bool fl_worth_print(struct fl_db *db, int64_t run, FILE *out, struct fl_err *err)
{
    sqlite3_stmt *s;
    struct fl_arena arena = {0};
    bool ok = fl_db_prepare(db, "select worst_error, coalesce(error_limit, 1) from run where run = ?1", &s, err);
    if (!ok)
        return false;
    sqlite3_bind_int64(s, 1, run);
    ok = sqlite3_step(s) == SQLITE_ROW || fl_db_fail(db, err);
    const char *said = ok ? fl_error_said(&arena, sqlite3_column_double(s, 0), sqlite3_column_double(s, 1)) : NULL;
    if (said != NULL)
        fprintf(out, "Its outputs are %s: that is no advantage over anything.\n", said);
    sqlite3_finalize(s);
    fl_arena_free(&arena);
    return ok;
}
