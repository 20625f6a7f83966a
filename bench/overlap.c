/* overlap.c - what operators side by side gain, and what they cost to simulate, beside the same runs drained.
 *
 * For each work: latency drained and side by side, how near the second comes to the bound of its plan as cut, joules,
 * events that had to be simulated, and CPU time of planning and simulating. The rival is the same machine with
 * `overlap = none`. Mappings are named, so that both have the same; but that of lcos_resident only auto mixes, whose
 * choice is in the CPU time.
 *
 *     bench/overlap           the designs of tests/designs, and what ships
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/result.h"

static const struct {
    const char *design, *model, *mapper;
    int64_t context;
    double wanted_us;                   /* at most; 0: nothing is aimed at */
} works[] = {
    {"tests/designs/free_space_1k_first.cfg", "gpt2", "weights_in_place", 1024, 270},
    {"tests/designs/free_space_1k_first.cfg", "bert-large", "weight_stationary", 384, 0},
    {"tests/designs/free_space_1k_first.cfg", "llama-3-8b", "weight_stationary", 2048, 0},
    {"tests/designs/free_space_1k_first.cfg", "gpt3-175b", "weight_stationary", 2048, 1.06e6},
    {"tests/designs/ot_10k_first.cfg", "gpt2", "weights_in_place", 1024, 0},
    {"tests/designs/ot_10k_first.cfg", "llama-3-8b", "weights_in_place", 2048, 0},
    {"tests/designs/ot_10k_first.cfg", "gpt3-175b", "weights_in_place", 2048, 0},
    {"lcos_resident", "gpt2", "auto", 1024, 0},
    {"digital_22nm", "gpt2", "digital", 1024, 0},
};
enum { WORKS = sizeof works / sizeof *works };

/* A file of this folder's parent, from a build in it or beside it. */
static const char *found(const char *design)
{
    static const char *const folders[] = {"", "../"};
    static char path[256];
    for (int i = 0; i < 2 && strchr(design, '/') != NULL; i++) {
        snprintf(path, sizeof path, "%s%s", folders[i], design);
        if (access(path, R_OK) == 0)
            return path;
    }
    return design;
}

struct outcome { double latency_us, bound_us, joules, simulated, cpu_s; };

static bool run(int work, const char *overlap, struct outcome *o)
{
    struct fl_err err = {0};
    struct fl_result *result;
    const char *set[] = {overlap};
    struct fl_request ask = {.design = found(works[work].design), .model = works[work].model,
                             .mapper = works[work].mapper, .set = set, .sets = 1,
                             .work = {.context = works[work].context}};
    clock_t start = clock();
    if (!fanlight_run(&ask, &result, &err)) {
        printf("%s on %s: %s\n", works[work].model, works[work].design, fl_err_text(&err));
        fl_err_free(&err);
        return false;
    }
    *o = (struct outcome){
        .latency_us = (double)result->run.latency_ps * 1e-6, .bound_us = fl_plan_bound_ps(&result->plan) * 1e-6,
        .joules = fl_result_energy_j(result), .cpu_s = (double)(clock() - start) / CLOCKS_PER_SEC,
        .simulated = (double)result->arch.sim.events * (1 - result->run.leapt_share)};
    fanlight_free(result);
    return true;
}

int main(void)
{
    bool reached = true;
    printf("%-38s %-11s %11s %11s %7s %8s %7s %10s %8s %7s %8s\n", "design", "model", "drained us", "beside us", "gain",
           "of bound", "J", "simulated", "more", "CPU s", "more");
    for (int w = 0; w < WORKS; w++) {
        struct outcome drained, beside;
        if (!run(w, "machine.overlap=none", &drained) || !run(w, "machine.overlap=block", &beside))
            return 1;
        bool missed = works[w].wanted_us > 0 && beside.latency_us > works[w].wanted_us;
        reached = reached && !missed;
        printf("%-38s %-11s %11.1f %11.1f %6.2fx %7.3fx %6.2fx %10.3g %7.1fx %7.3f %7.1fx%s\n", works[w].design,
               works[w].model, drained.latency_us, beside.latency_us, drained.latency_us / beside.latency_us,
               beside.latency_us / beside.bound_us, beside.joules / drained.joules, beside.simulated,
               beside.simulated / drained.simulated, beside.cpu_s, beside.cpu_s / drained.cpu_s,
               missed ? "  missed" : "");
    }
    printf("%s\n", reached ? "all figures aimed at were reached" : "some figures aimed at were missed");
    return 0;
}
