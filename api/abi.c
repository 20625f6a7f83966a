/* abi.c - records of programs that were compiled against another version of the header. */
#include "api/abi.h"

#include <string.h>

#include "api/fanlight.h"

int fanlight_abi(void)
{
    return FANLIGHT_ABI;
}

size_t fanlight_sizeof(const char *record)
{
#define RECORD(name) { #name, sizeof(struct name) }
    static const struct { const char *name; size_t size; } known[] = {
        RECORD(fl_figures), RECORD(fl_work), RECORD(fl_train_work), RECORD(fl_request), RECORD(fl_summary),
        RECORD(fl_component),
        RECORD(fl_operator), RECORD(fl_unit_use), RECORD(fl_alternative), RECORD(fl_explained_op),
        RECORD(fl_explained_pool), RECORD(fl_explained), RECORD(fl_explained_tensor),
        RECORD(fl_operator_precision), RECORD(fl_repricing),
        RECORD(fl_compared), RECORD(fl_sweep_progress), RECORD(fl_sweep_options), RECORD(fl_accuracy_ask),
        RECORD(fl_accuracy_row)};
#undef RECORD
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, record) == 0)
            return known[i].size;
    return 0;
}

bool fl_record_take(void *own, size_t room, const void *given, size_t size, const char *name, struct fl_err *err)
{
    const char *bytes = given;
    memset(own, 0, room);
    memcpy(own, given, size < room ? size : room);
    for (size_t i = room; i < size; i++)
        if (bytes[i] != 0)
            return fl_fail(err, name, "has fields set that fanlight %s does not know (%zu bytes, it knows %zu): "
                           "install a newer fanlight, or leave them at zero", fanlight_version(), size, room);
    return true;
}

void fl_record_give(void *given, size_t size, const void *own, size_t room)
{
    memset(given, 0, size);
    memcpy(given, own, size < room ? size : room);
}
