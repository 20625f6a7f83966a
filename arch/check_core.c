/* check_core.c - what the keys of a core must be together: rows enough for an output in its encoding.
 *
 * Values that are faulty by themselves were told where they stand; here they count as
 * their presets, so that one mistake is told once.
 */
#include <string.h>

#include "arch/design.h"
#include "arch/param.h"
#include "base/quantity.h"
#include "machine/optical.h"

static const struct fl_value *value_at(const struct fl_gather *gather, const char *group, const char *name)
{
    const char *path = fl_arena_format(gather->arena, "%s.%s", group, name);
    const struct fl_entry_of_design *entry = fl_gather_find(gather, path);
    return entry != NULL && entry->value.text != NULL ? &entry->value : NULL;
}

static int64_t count_at(const struct fl_gather *gather, const char *group, const char *name)
{
    int64_t count = 0;
    const struct fl_value *value = value_at(gather, group, name);
    return value != NULL && fl_quantity_count(value->text, "", &count, NULL, NULL) ? count : 0;
}

/* A key of the unit with a function. */
static const char *key_of(const struct fl_gather *gather, enum fl_does does, const char *key)
{
    return fl_path_join(gather->arena, fl_engine_slot_that(&fl_engine_optical, does)->name, key);
}

static struct fl_pool pool_of(const struct fl_gather *gather, const char *group)
{
    struct fl_core_keys keys = {0};
    for (const struct fl_param *param = fl_engine_optical.params; param->name != NULL; param++) {
        const struct fl_value *value = value_at(gather, group, param->name);
        if (value != NULL)
            fl_param_read(param, value->text, &keys, NULL, NULL);
    }
    return (struct fl_pool){
        .rows = count_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "rows")),
        .weight_bits = (int32_t)keys.weight_bits, .encoding = keys.encoding, .reference = keys.reference,
        .weight_slices = keys.weight_slices,
        .pixel_bits = (int32_t)count_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "pixel_bits")),
    };
}

bool fl_check_core(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    struct fl_pool pool = pool_of(gather, group);
    const struct fl_value *reference = value_at(gather, group, "reference");
    const struct fl_value *rows = value_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "rows"));
    if (pool.reference == FL_REFERENCE_ROW && !fl_signs[pool.encoding].sums)
        return fl_fail(err, fl_where(gather->arena, reference, reference->path),
                       "only encoding \"offset\" has a reference row; leave this out");
    if (pool.rows < 1 || fl_pool_outputs(&pool) >= 1)
        return true;
    return fl_fail(err, fl_where(gather->arena, rows, rows->path),
                   "%lld rows give no output: one takes %lld (encoding, weight slices side by side)%s",
                   (long long)pool.rows, (long long)fl_pool_rows_per_output(&pool),
                   fl_pool_references(&pool) > 0 ? " beside the reference row" : "");
}
