/* library.c - a sweep as programs ask for it. */
#include "api/abi.h"
#include "base/guard.h"
#include "explore/sweep.h"

struct sweeping { const char *file; const struct fl_sweep_options *options; struct fl_sweep_progress *progress; };

static bool sweep(void *context, struct fl_err *err)
{
    const struct sweeping *s = context;
    const struct fl_sweep_options *o = s->options;
    struct fl_sweep sweep;
    if (o->db == NULL || o->db[0] == '\0')
        return fl_fail(err, "db", "a sweep is stored in a database: give its file");
    if (o->jobs < 0 || o->shards < 0 || o->shard < 0 || (o->shards > 0 ? o->shard >= o->shards : o->shard > 0))
        return fl_fail(err, s->file, "%d jobs, shard %lld of %lld: no number may be negative, and shards count from 0",
                       o->jobs, (long long)o->shard, (long long)o->shards);
    if (!fl_sweep_read(&sweep, s->file, err))
        return false;
    bool ok = fl_sweep_run(&sweep, o, s->progress, err);
    fl_sweep_free(&sweep);
    return ok;
}

bool fanlight_sweep_sized(const char *file, const struct fl_sweep_options *options, size_t size,
                          struct fl_sweep_progress *progress, size_t progress_size, struct fl_err *err)
{
    struct fl_sweep_options own;
    struct fl_sweep_progress done = {0};
    struct sweeping s = {file, &own, &done};
    /* keeping: the threads' database lives on until they have ended */
    bool ok = fl_record_take(&own, sizeof own, options, size, "fl_sweep_options", err) &&
              fl_guard_keeping(sweep, &s, NULL, err);
    fl_record_give(progress, progress_size, &done, sizeof done);
    return ok;
}
