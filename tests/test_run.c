/* test_run.c - whole runs through the api: closed forms, conservation of time, leaps that change nothing. */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "tests/cases.h"
#include "tests/suites.h"

static struct fl_result *run(struct fl_request request)
{
    struct fl_err err = { 0 };
    struct fl_result *result = NULL;
    if (!fanlight_run(&request, &result, &err))
        ck_abort_msg("%s", fl_err_text(&err));
    return result;
}

/* Sum over operators of a count of a unit; over one operator name if `name` is given. */
static int64_t counted(const struct fl_result *result, const char *path, const char *action, const char *name)
{
    const struct fl_sim *sim = &result->arch.sim;
    const struct fl_ledger *ledger = &result->run.ledger;
    int64_t sum = 0;
    struct fl_place_in_trace place = { 0 };
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        if (name != NULL && strcmp(result->plan.op[place.plan_op + place.op].op->name, name) != 0)
            continue;
        const struct fl_delta *d = &ledger->delta[ledger->occurrence[n].delta];
        for (uint32_t i = 0; i < d->entries; i++) {
            const struct fl_entry *e = &ledger->entry[d->first + i];
            if (strcmp(sim->unit[e->unit]->path, path) == 0 &&
                strcmp(fl_unit_count_name(sim->unit[e->unit], e->tally), action) == 0)
                sum += e->count;
        }
    }
    return sum;
}

/* ---- streams ---- */

/* A row times weights that come from DRAM is worked on as they come: MACs that take nine tenths of their way, all
 * lanes busy, cost next to nothing beside it. Refreshes and opened rows keep DRAM a twelfth below its peak. */
START_TEST(one_row_does_not_wait_for_all_its_weights)
{
    static const char trace[] = "fanlight-trace 1\nmodel one\ninput x\nlinear l x -> y m=1 k=4096 n=4096\n";
    const char *set[2] = { "vector.mac_lanes=284" };
    struct fl_result *result = run((struct fl_request){
        .design = "free_space_1k", .mapper = "digital", .trace_text = trace, .set = set, .sets = 1 });
    double dram = 4096.0 * 4096 * 8 * result->machine.dram_bit_ps, macs = 4096.0 * 4096 / 284 * 1000;
    double ps = (double)result->run.latency_ps;
    ck_assert(macs > 0.85 * dram && macs < dram);
    ck_assert_msg(ps > dram && ps < 1.09 * dram, "%.0f ps; weights come in %.0f, MACs take %.0f", ps, dram, macs);
    fanlight_free(result);
}
END_TEST

/* ---- closed forms ---- */

START_TEST(conversions_of_a_layer)
{
    /* A plain block, dense attention on dynamic cores, inputs shared, operands no longer than N, and loaded once:
     * 10 n d + h n^2 values are loaded, and as many detected; 7 n d and 9 n d by linear layers alone. */
    const char *drained[] = { "machine.overlap=none" };
    const int64_t n = 256, d = 768, h = 12, layers = 12;
    struct fl_result *result = run((struct fl_request){
        .design = "ot_10k", .model = "gpt2", .mapper = "weights_in_place", .set = drained, .sets = 1,
        .work = { .context = n, .attention = "dense", .layers_only = true } });
    int64_t linear_in = counted(result, "core[0].dac", "converted", NULL);
    int64_t linear_out = counted(result, "core[0].adc", "converted", NULL);
    int64_t attention_in = counted(result, "core[1].dac", "converted", NULL) +
                           counted(result, "core[1].weight_dac", "converted", NULL);
    int64_t attention_out = counted(result, "core[1].adc", "converted", NULL);
    ck_assert_int_eq(linear_in, layers * 7 * n * d);
    ck_assert_int_eq(linear_out, layers * 9 * n * d);
    ck_assert_int_eq(linear_in + attention_in, layers * (10 * n * d + h * n * n));
    ck_assert_int_eq(linear_out + attention_out, layers * (10 * n * d + h * n * n));
    fanlight_free(result);
}
END_TEST

/* ---- what every run must obey ---- */

static const struct { const char *design, *model, *phase, *mapper; int64_t context, tokens, batch; } jobs[] = {
    { "free_space_1k", "gpt2", "prefill", NULL, 96, 0, 1 },
    { "free_space_1k", "gpt2", "decode", NULL, 33, 3, 2 },
    { "free_space_1k", "gpt2", "prefill", "weight_stationary", 70, 0, 2 },
    { "free_space_1k", "bert-base", "prefill", "weight_stationary", 50, 0, 1 },
    { "free_space_1k", "llama-3-8b", "decode", "weight_stationary", 65, 2, 1 },
    { "free_space_1k", "vit-base", "prefill", NULL, 0, 0, 1 },
    { "ot_10k", "gpt2", "prefill", "weights_in_place", 40, 0, 1 },
    { "ot_10k", "gpt2-xl", "decode", NULL, 17, 2, 3 },
    { "digital_300fj", "gpt2", "prefill", NULL, 33, 0, 1 },
};
enum { JOBS = sizeof jobs / sizeof jobs[0] };

static struct fl_request job_request(int job, bool no_leap)
{
    return (struct fl_request){
        .design = jobs[job].design, .model = jobs[job].model, .mapper = jobs[job].mapper, .no_leap = no_leap,
        .work = { .phase = jobs[job].phase, .context = jobs[job].context, .tokens = jobs[job].tokens,
                  .batch = jobs[job].batch } };
}

static void assert_same(const struct fl_phase_result *a, const struct fl_phase_result *b)
{
    const struct fl_ledger *x = &a->ledger, *y = &b->ledger;
    ck_assert_int_eq(a->latency_ps, b->latency_ps);
    ck_assert_uint_eq(x->occurrences, y->occurrences);
    for (size_t n = 0; n < x->occurrences; n++) {
        const struct fl_occurrence *o = &x->occurrence[n], *p = &y->occurrence[n];
        ck_assert_int_eq(o->start, p->start);
        ck_assert_int_eq(o->end, p->end);
        const struct fl_delta *d = &x->delta[o->delta], *e = &y->delta[p->delta];
        ck_assert_uint_eq(d->entries, e->entries);
        for (uint32_t i = 0; i < d->entries; i++) {
            const struct fl_entry *f = &x->entry[d->first + i], *g = &y->entry[e->first + i];
            ck_assert_uint_eq(f->unit, g->unit);
            ck_assert_uint_eq(f->tally, g->tally);
            ck_assert_int_eq(f->count, g->count);
        }
    }
}

START_TEST(leaps_change_no_row)
{
    struct fl_result *leapt = run(job_request(_i, false)), *stepped = run(job_request(_i, true));
    assert_same(&leapt->run, &stepped->run);
    assert_same(&leapt->setup, &stepped->setup);
    ck_assert_str_eq(leapt->mapper, stepped->mapper);
    ck_assert(stepped->run.leapt_share == 0);
    fanlight_free(leapt);
    fanlight_free(stepped);
}
END_TEST

START_TEST(time_is_accounted_for)
{
    struct fl_result *result = run(job_request(_i, false));
    const struct fl_ledger *ledger = &result->run.ledger;
    bool overlaps = result->plan.program.stream != NULL;
    fl_time before = 0;
    for (size_t n = 0; n < ledger->occurrences; n++) {
        ck_assert(overlaps || ledger->occurrence[n].start >= before);
        ck_assert_int_ge(ledger->occurrence[n].end, ledger->occurrence[n].start);
        before = fl_most(before, ledger->occurrence[n].end);
    }
    ck_assert_int_eq(before, result->run.latency_ps);
    ck_assert_int_eq((int64_t)ledger->occurrences, result->trace.ops);
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const char *path = result->arch.sim.unit[i]->path;
        int64_t busy = counted(result, path, "busy_ps", NULL), blocked = counted(result, path, "blocked_ps", NULL);
        ck_assert_int_ge(busy, 0);
        ck_assert_int_ge(blocked, 0);
        ck_assert_msg(busy + blocked <= result->run.latency_ps, "%s: busy %lld + blocked %lld ps > run %lld ps", path,
                      (long long)busy, (long long)blocked, (long long)result->run.latency_ps);
        /* Active is busy over the cores at work: of one, the same; of many, no more than there are. */
        int64_t cores = result->arch.sim.unit[i]->cores, active = counted(result, path, "active_ps", NULL);
        ck_assert_msg(active >= busy && active / cores <= busy, "%s: active %lld ps, busy %lld on %lld cores", path,
                      (long long)active, (long long)busy, (long long)cores);
    }
    fanlight_free(result);
}
END_TEST

/* ---- shares ---- */

static void excess_told(void *context, int columns, const char *const *name, const char *const *text,
                        const double *number)
{
    (void)context;
    (void)name;
    ck_assert_int_eq(columns, 3);
    ck_abort_msg("%s: %g is more than %g", text[0], number[1], number[2]);
}

/* No unit has more lanes at work than it has, or draws more than its peak; ideal memories, which take no time, may. */
static void nothing_exceeds_its_whole(struct fl_result *result)
{
    static const char *const queries[] = {
        "select path, lane_utilization, utilization from utilization where lane_utilization > utilization + 1e-9",
        "select u.path, sum(t.count * p.fj) / r.latency_ps * 1e-3 as w, u.peak_w from run r join unit u using (run) "
        "join tally t using (run, unit) join price p using (run, unit, action) "
        "where p.class <> 'setup' and u.kind not in ('sram', 'dram') group by u.unit having w > u.peak_w * (1 + 1e-9)",
    };
    struct fl_err err = { 0 };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (!fanlight_query(result, queries[i], excess_told, NULL, &err))
            ck_abort_msg("%s", fl_err_text(&err));
    fanlight_free(result);
}

START_TEST(nothing_in_a_job_exceeds_its_whole)
{
    nothing_exceeds_its_whole(run(job_request(_i, false)));
}
END_TEST

/* Attention alone, cores filled: offset's additions are several a conversion. */
START_TEST(full_cores_exceed_nothing)
{
    const char *const set[] = { "machine.ideal_memory=true", _i == 0 ? "core[1].source.budget=full_scale"
                                                                     : "core[1].source.budget=signal" };
    nothing_exceeds_its_whole(run((struct fl_request){
        .design = "free_space_1k", .set = set, .sets = 2,
        .trace_text = "fanlight-trace 1\nmodel full\ninput q k\n"
                      "matmul scores q k -> y m=20000 k=128 n=128 placed=optical\n" }));
}
END_TEST

/* Where peaks and times were once too small for what a run can do: inputs that pass once on dual rails, more columns
 * than whole issues of the DACs, frames that settle in light after the run has ended, or while the next is loaded, or
 * load in no time. Each keeps the laws of every result, or fanlight_run would fail (api/laws.c). */
static const struct { const char *design, *mapper, *trace, *set[6]; } hard[] = {
    {"free_space_1k", "weights_in_place", "linear up x -> y m=20000 k=1024 n=1024 sign=non_negative\n",
     {"core[0].encoding=dual_rail", "core[0].cores=2", "core[0].slm.rows=1024", "core[0].slm.columns=1024",
      "machine.ideal_memory=true"}},
    {"ot_10k", "weights_in_place", "linear up x -> y m=20000 k=64 n=64\n",
     {"core.cores=1", "core[1].slm.columns=2", "core[1].slm.rows=2", "core[0].slm.columns=65", "core[0].slm.rows=65",
      "core[0].dac.lanes=64"}},
    {"free_space_1k", "weight_stationary", "linear up x -> y m=1 k=50 n=50\n",
     {"core.slm.dark=none", "core.slm.settle=2 ms", "core.slm.back_frames=1"}},
    {"free_space_1k", "weight_stationary", "linear up x -> y m=1 k=5000 n=5000\n",
     {"core.slm.load_link=0 Gbit/s", "core.slm.settle=0 ns", "core.slm.row_time=0 ns", "core.slm.driver_power=0 W"}},
    {"dmd_bench", "output_stationary", "linear up x -> y m=2 k=5000 n=5000\n", {NULL}},
};
enum { HARD = sizeof hard / sizeof *hard };

START_TEST(hard_results_hold)
{
    char trace[256];
    int sets = 0;
    while (sets < 6 && hard[_i].set[sets] != NULL)
        sets++;
    snprintf(trace, sizeof trace, "fanlight-trace 1\nmodel hard\ninput x\n%s", hard[_i].trace);
    nothing_exceeds_its_whole(run((struct fl_request){.design = hard[_i].design, .mapper = hard[_i].mapper,
                                                      .trace_text = trace, .set = hard[_i].set, .sets = sets}));
}
END_TEST

/* A memory that nobody takes the answers of is blocked: DRAM in front of an SRAM of narrow ports. */
START_TEST(slow_sram_blocks_dram)
{
    const char *const set[] = {"sram.width=16"};
    struct fl_result *result = run((struct fl_request){
        .design = "free_space_1k", .set = set, .sets = 1, .mapper = "weight_stationary",
        .trace_text = "fanlight-trace 1\nmodel slow\ninput x\nlinear up x -> y m=8 k=2000 n=2000\n"});
    ck_assert_int_gt(counted(result, "dram", "blocked_ps", NULL), result->run.latency_ps / 100);
    fanlight_free(result);
}
END_TEST

/* Frames behind the one shown are of use where something may be loaded while light passes; else there are none. */
START_TEST(back_frames_are_those_of_use)
{
    static const char *const dark[] = {"core.slm.dark=load+settle", "core.slm.dark=settle"};
    for (int i = 0; i < 2; i++) {
        const char *const set[] = {dark[i], "core.slm.back_frames=1"};
        struct fl_result *result = run((struct fl_request){
            .design = "free_space_1k", .set = set, .sets = 2, .mapper = "weight_stationary",
            .trace_text = "fanlight-trace 1\nmodel frames\ninput x\nlinear up x -> y m=2 k=20 n=20\n"});
        ck_assert_int_eq(result->machine.pool[0].back_frames, i);
        fanlight_free(result);
    }
}
END_TEST

START_TEST(no_run_beats_its_bounds)
{
    struct fl_result *result = run(job_request(_i, false));
    const struct fl_ledger *ledger = &result->run.ledger;
    struct fl_place_in_trace place = { 0 };
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        const struct fl_plan_op *op = &result->plan.op[place.plan_op + place.op];
        fl_time took = ledger->occurrence[n].end - ledger->occurrence[n].start;
        ck_assert_msg((double)took >= op->mapping.bound_ps * (1 - 1e-9),
                      "%s took %lld ps, less than its bound %g ps (%s)", op->op->name,
                      (long long)took, op->mapping.bound_ps, op->mapping.bound_by);
    }
    fanlight_free(result);
}
END_TEST

START_TEST(a_written_trace_runs_alike)
{
    struct fl_request request = job_request(_i, false);
    struct fl_result *direct = run(request);
    char path[] = "/tmp/fanlight-trace-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *out = fdopen(fd, "w");
    fl_trace_write(&direct->trace, out);
    fclose(out);
    request.model = NULL;
    request.trace = path;
    struct fl_result *read = run(request);
    assert_same(&direct->run, &read->run);
    ck_assert_str_eq(fl_trace_text(&direct->trace), fl_trace_text(&read->trace));
    remove(path);
    fanlight_free(direct);
    fanlight_free(read);
}
END_TEST

START_TEST(faults_of_design_and_model_are_told_together)
{
    struct fl_err err = { 0 };
    struct fl_result *result;
    struct fl_request request = { .design = "no_such_design", .model = "no_such_model" };
    ck_assert(!fanlight_run(&request, &result, &err));
    ck_assert_ptr_null(result);
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "no_such_design"));
    fl_err_free(&err);
    request = (struct fl_request){ .design = "ot_10k", .model = "gpt2", .mapper = "best" };
    ck_assert(!fanlight_run(&request, &result, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "best"));
    fl_err_free(&err);
    request = (struct fl_request){ .design = "ot_10k", .model = "gpt2", .objective = "beauty" };
    ck_assert(!fanlight_run(&request, &result, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "beauty"));
    fl_err_free(&err);
}
END_TEST

Suite *test_run_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");
    tcase_add_test(tcase, one_row_does_not_wait_for_all_its_weights);
    tcase_add_test(tcase, conversions_of_a_layer);
    for (int job = 0; job < JOBS; job++)
        if (cases_drawn(0, (uint64_t)job, JOBS))        /* event by event, which takes seconds */
            tcase_add_loop_test(tcase, leaps_change_no_row, job, job + 1);
    tcase_add_loop_test(tcase, time_is_accounted_for, 0, JOBS);
    tcase_add_loop_test(tcase, nothing_in_a_job_exceeds_its_whole, 0, JOBS);
    tcase_add_loop_test(tcase, full_cores_exceed_nothing, 0, 2);
    tcase_add_loop_test(tcase, hard_results_hold, 0, HARD);
    tcase_add_test(tcase, slow_sram_blocks_dram);
    tcase_add_test(tcase, back_frames_are_those_of_use);
    tcase_add_loop_test(tcase, no_run_beats_its_bounds, 0, JOBS);
    tcase_add_loop_test(tcase, a_written_trace_runs_alike, 0, JOBS);
    tcase_add_test(tcase, faults_of_design_and_model_are_told_together);
    suite_add_tcase(suite, tcase);
    return suite;
}
