/* device.c - one device by itself, for tools that look at it without a machine around. */
#include "arch/design.h"
#include "arch/layout.h"
#include "arch/param.h"
#include "base/quantity.h"

#include <stdlib.h>

static struct fl_clock *clock_of(struct fl_sim *sim, const struct fl_gather *gather, const char *kind,
                                 const char *where, struct fl_err *err)
{
    const char *path = fl_arena_format(gather->arena, "%s.clock", kind);
    const struct fl_entry_of_design *entry = fl_gather_find(gather, path);
    if (entry == NULL) {
        fl_fail(err, where, "clock is missing: a frequency (GHz) or a period (ns)");
        return NULL;
    }
    int64_t p, q;
    struct fl_clock *clock = fl_arena_alloc(&sim->arena, sizeof *clock);
    clock->name = kind;
    if (!fl_quantity_period(entry->value.text, &p, &q, fl_where(gather->arena, &entry->value, path), err))
        return NULL;
    if (fl_clock_from_ps(clock, p, q))
        return clock;
    fl_fail(err, fl_where(gather->arena, &entry->value, path), "\"%s\" cannot be kept exactly", entry->value.text);
    return NULL;
}

static struct unit *unit_make(struct fl_sim *sim, const struct fl_gather *gather, const char *kind, const char *file,
                              struct fl_err *err)
{
    struct fl_clock *clock = clock_of(sim, gather, kind, file, err);
    if (clock == NULL)
        return NULL;
    struct unit *u = fl_sim_unit(sim, fl_unit_type_find(kind), file, clock);
    for (const struct fl_param *param = u->type->params; param != NULL && param->name != NULL; param++) {
        const char *path = fl_arena_format(gather->arena, "%s.%s", kind, param->name);
        const struct fl_entry_of_design *entry = fl_gather_find(gather, path);
        if (!fl_param_read(param, entry->value.text, u, fl_where(gather->arena, &entry->value, path), err))
            return NULL;
    }
    return fl_sim_ready(sim, err) ? u : NULL;
}

struct unit *fl_device_unit(struct fl_sim *sim, const char *kind, const char *name, struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct fl_gather gather = {.arena = &arena};
    const char *file = fl_arena_text(&sim->arena, name);
    struct unit *u = NULL;
    if (fl_layer_device(&gather, name, kind, err) && fl_check_unit(&gather, kind, file, err))
        u = unit_make(sim, &gather, kind, file, err);
    fl_free(gather.entry);
    fl_arena_free(&arena);
    return u;
}

const char *fl_device_summary(struct fl_arena *arena, const char *name)
{
    struct fl_settings settings;
    const char *path = fl_arena_format(arena, "%s/%s.cfg", fl_shelf_folder(&fl_devices_shelf), name), *text = "";
    struct fl_err unread = {0};
    if (fl_settings_read(&settings, path, &unread)) {
        const struct fl_setting *summary = fl_settings_find(&settings, "summary");
        if (summary != NULL && summary->text != NULL)
            text = fl_arena_text(arena, summary->text);
        fl_settings_free(&settings);
    }
    fl_err_free(&unread);
    return text;
}
