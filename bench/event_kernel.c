/* event_kernel.c - the hold model: N alarms pending, the earliest goes off and is set anew, at random.
 *
 * The classic measure of an event queue (Jones, CACM 29(4), 1986). Units wake through the
 * kernel as in a run. The rival is SystemC, in the faster of two styles, in turn with ours:
 * bench/event_kernel_systemc.cpp, built where configure found libsystemc.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "sim/kernel.h"

enum { LONGEST_PS = 1000000 };

struct hold {
    struct unit unit;
    struct fl_rng rng;
};

static void hold_wake(struct unit *u)
{
    fl_wake_at(u, fl_now(u) + fl_rng_range(&((struct hold *)u)->rng, 1, LONGEST_PS));
}

static const struct fl_unit_type hold = {
    .kind = "hold", .summary = "sets its alarm", .phase = 1, .size = sizeof(struct hold), .wake = hold_wake,
};

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double rate(uint32_t pending, uint64_t events)
{
    struct fl_sim sim = { 0 };
    struct fl_err err = { 0 };
    for (uint32_t i = 0; i < pending; i++)
        ((struct hold *)fl_sim_unit(&sim, &hold, "hold", NULL))->rng.state = i;
    if (!fl_sim_ready(&sim, &err))
        fl_panic(__FILE__, __LINE__, "%s", fl_err_text(&err));
    fl_sim_reset(&sim);
    for (uint32_t i = 0; i < pending; i++)
        hold_wake(sim.unit[i]);
    fl_time span = (fl_time)((double)events / pending * (LONGEST_PS / 2));
    fl_sim_until(&sim, LONGEST_PS);     /* until no trace is left of how it began */
    uint64_t before = sim.events;
    double start = cpu_now();
    fl_sim_until(&sim, LONGEST_PS + span);
    double took = cpu_now() - start;
    double result = (double)(sim.events - before) / took;
    fl_sim_free(&sim);
    return result;
}

/* ---- the rival ---- */

enum { TURNS = 3, EVENTS = 3000000 };
struct line { uint32_t pending; double wanted; };
static const struct line lines[] = { { 100, 2.5 }, { 10000, 4 }, { 1000000, 4 } };
static const char *const styles[] = { "method", "event" };
enum { STYLES = sizeof styles / sizeof *styles };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double turn[TURNS])
{
    qsort(turn, TURNS, sizeof *turn, ascending);
    return turn[TURNS / 2];
}

/* 0: it could not be run. */
static double rival_rate(const char *program, const char *style, uint32_t pending)
{
    char command[512];
    double result = 0;
    snprintf(command, sizeof command, "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 '%s' %s %u %d", program, style, pending,
             EVENTS);
    FILE *answer = popen(command, "r");
    if (answer == NULL || fscanf(answer, "%lf", &result) != 1)
        result = 0;
    if (answer != NULL)
        pclose(answer);
    return result;
}

/* Both in turn, so that what else the machine does meets both alike. */
static bool line_print(const struct line *line, const char *rival)
{
    double ours[TURNS], theirs[STYLES][TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
        ours[turn] = rate(line->pending, EVENTS);
        for (int style = 0; rival != NULL && style < STYLES; style++)
            theirs[style][turn] = rival_rate(rival, styles[style], line->pending);
    }
    double fast = median(ours), best = 0;
    for (int style = 0; rival != NULL && style < STYLES; style++) {
        double slow = median(theirs[style]);
        best = slow > best ? slow : best;
    }
    printf("%9u %10.2f", line->pending, fast * 1e-6);
    if (best > 0)
        printf(" %10.2f %8.1fx %8.1fx", best * 1e-6, fast / best, line->wanted);
    printf("\n");
    return rival == NULL || best > 0;
}

int main(int argc, char **argv)
{
    char rival[256];
    snprintf(rival, sizeof rival, "%s_systemc", argv[0]);
    bool there = access(rival, X_OK) == 0, ok = true;
    (void)argc;
    printf("events a second of CPU time, in millions; medians of %d\n", TURNS);
    printf("%9s %10s %10s %9s %9s\n", "pending", "fanlight", "SystemC", "ratio", "wanted");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ok = line_print(&lines[i], there ? rival : NULL) && ok;
    if (!there)
        printf("SystemC was not found when this was built (Debian: libsystemc-dev), so its rates are missing\n");
    return !ok;
}
