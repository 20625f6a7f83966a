/* startup.c - what it costs to run at all: `fanlight run` on a tiny trace, database included.
 *
 *     startup [PROGRAM]       ./fanlight if none is named
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMES = 21 };
static const double WANTED_S = 0.02;

static const char trace[] =
    "fanlight-trace 1\n"
    "model tiny\n"
    "input x\n"
    "repeat 1\n"
    "  linear one x -> y m=4 k=64 n=64\n"
    "end\n";

static double spent(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int run(const char *command)
{
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    const char *program = argc > 1 ? argv[1] : "./fanlight";
    char folder[] = "/tmp/startup_XXXXXX", path[64], command[512];
    double took[TIMES];
    int failed = 0;
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/tiny.trace", folder);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(trace, file) < 0 || fclose(file) != 0)
        return 1;
    snprintf(command, sizeof command, "exec '%s' run -q --trace %s --db %s/tiny.db", program, path, folder);
    for (int i = 0; i < TIMES && !failed; i++) {
        double before = spent();
        failed = run(command);
        took[i] = spent() - before;
    }
    if (!failed) {
        double first = took[0];
        qsort(took, TIMES, sizeof *took, ascending);
        printf("fanlight run, a tiny trace: %.1f ms of CPU time with a new database, %.1f ms when it is there "
               "(median of %d; wanted: %.0f ms)\n", first * 1e3, took[TIMES / 2] * 1e3, TIMES, WANTED_S * 1e3);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    run(command);
    return failed;
}
