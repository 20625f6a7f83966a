/* planted.c - fanlight with an assertion that breaks in the middle of a run; linked for tests alone (tests/planted.sh).
 *
 * The linker hands us every start of the kernel (--wrap=fl_sim_run). Where the environment says so, the sequencer of
 * that machine breaks a law of its own at its fifth wake-up, as deep in a simulation as a fault can lie:
 * PLANTED_COLUMNS=N on machines with cores of N columns, PLANTED_CALL=N in the N-th simulation of the process.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/kernel.h"
#include "sim/pool.h"

bool __real_fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err);
bool __wrap_fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err);

static _Thread_local struct { struct fl_unit_type type; void (*sound)(struct unit *u); int wakes; } faulty;
static int calls;

static long long asked(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoll(text, NULL, 10) : -1;
}

static void faulty_wake(struct unit *u)
{
    fl_unit_assert(u, ++faulty.wakes < 5);
    faulty.sound(u);
}

static bool is_wanted(const struct fl_sim *sim)
{
    if (asked("PLANTED_CALL") > 0 && ++calls == asked("PLANTED_CALL"))
        return true;
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->pool != NULL && sim->unit[i]->pool->columns == asked("PLANTED_COLUMNS"))
            return true;
    return false;
}

bool __wrap_fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err)
{
    bool wanted = is_wanted(sim);
    for (uint32_t i = 0; wanted && i < sim->units; i++) {
        struct unit *u = sim->unit[i];
        if (strcmp(u->type->kind, "sequencer") != 0)
            continue;
        faulty.type = *u->type;
        faulty.sound = u->type->wake;
        faulty.wakes = 0;
        faulty.type.wake = faulty_wake;
        u->type = &faulty.type;
    }
    return __real_fl_sim_run(sim, program, err);
}
