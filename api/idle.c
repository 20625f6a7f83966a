/* idle.c - what a run did not touch, and its asker should know: optical cores left dark, overrides of units at rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/result.h"

/* Whether the path of a unit begins with `length` letters of a key: "core[0].slm" is in "core[0]", and in "core", which
 * stands for every core. */
static bool is_within(const char *path, const char *key, size_t length)
{
    for (const char *end = key + length; key < end; key++) {
        if (*key == '.' && *path == '[')
            path = strchr(path, ']') + 1;
        if (*path != *key)
            return false;
        path++;
    }
    return *path == '\0' || *path == '.' || *path == '[';
}

static bool worked(const struct fl_ledger *ledger, uint32_t unit)
{
    for (size_t i = 0; i < ledger->entries; i++)
        if (ledger->entry[i].unit == unit && ledger->entry[i].count != 0)
            return true;
    return false;
}

/* Whether there are units under the first `length` letters of a key, and none of them did anything. */
static bool at_rest(const struct fl_result *result, const char *key, size_t length)
{
    const struct fl_sim *sim = &result->arch.sim;
    bool any = false;
    for (uint32_t i = 0; i < sim->units; i++) {
        if (!is_within(sim->unit[i]->path, key, length))
            continue;
        any = true;
        if (worked(&result->run.ledger, i) || worked(&result->setup.ledger, i))
            return false;
    }
    return any;
}

/* Whether a key, cut before its last word, sets how wide weights are stored: the width of the core where static weights
 * would be is that of digital work, too. */
static bool sets_stored_width(const struct fl_result *result, const char *set, size_t slot)
{
    const struct fl_machine *machine = &result->machine;
    int home = 0;
    char path[32];
    while (home < machine->pools && machine->pool[home].dynamic)
        home++;
    if (home == machine->pools)
        return false;
    snprintf(path, sizeof path, "core[%d]", machine->pool[home].core);
    bool width = machine->weight_bits == 0 && strncmp(&set[slot], "weight_bits=", 12) == 0;
    return width && is_within(path, set, slot - 1);
}

/* The keys among the overrides whose units were at rest: "core[0].slm.settle, core[0].adc.energy"; NULL: none. */
static const char *keys_at_rest(struct fl_result *result, const struct fl_request *request)
{
    const char *keys = NULL;
    for (int i = 0; i < request->sets; i++) {
        const char *set = request->set[i];
        size_t length = strcspn(set, "="), slot = length;
        while (slot > 0 && set[slot - 1] != '.')
            slot--;
        if (slot < 2 || !at_rest(result, set, slot - 1) || sets_stored_width(result, set, slot))
            continue;
        keys = fl_arena_format(&result->arena, "%s%s%.*s", keys ? keys : "", keys ? ", " : "", (int)length, set);
    }
    return keys;
}

/* Whether a strategy that may choose left every product to the vector unit, though there are optical cores. */
static bool all_digital(const struct fl_result *result, const char *strategy)
{
    bool products = false;
    if (strcmp(strategy, "auto") != 0 && strcmp(strategy, "search") != 0)
        return false;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *op = &result->plan.op[i];
        if (op->mapping.pool >= 0)
            return false;
        products = products || op->op->macs > 0;
    }
    return products && result->machine.pools > 0;
}

const char *fl_result_idle_note(struct fl_result *result, const struct fl_request *request, const char *strategy)
{
    const char *keys = keys_at_rest(result, request);
    const char *dark = all_digital(result, strategy)
        ? fl_arena_format(&result->arena, "%s put nothing on the optical cores: every product runs on the vector unit",
                          strategy) : NULL;
    const char *rest = keys != NULL
        ? fl_arena_format(&result->arena, "set, but of units that did no work in this run: %s", keys) : NULL;
    return dark == NULL ? rest : rest == NULL ? dark : fl_arena_format(&result->arena, "%s; %s", dark, rest);
}
