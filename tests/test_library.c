/* test_library.c - the library as a program that embeds it meets it: figures, faults, stopping, threads. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/fanlight.h"
#include "tests/cases.h"
#include "tests/suites.h"

static struct fl_result *run(const struct fl_request *ask)
{
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result;
    ck_assert_msg(fanlight_run(ask, &result, err), "%s", fanlight_err_text(err));
    fanlight_err_free(err);
    return result;
}

/* ---- figures ---- */

struct sums { double energy, critical, last, busy; int64_t macs, rows; };

static void component_add(void *context, const struct fl_component *c)
{
    struct sums *s = context;
    ck_assert(fabs(c->dynamic_j + c->static_j - c->total_j) <= 1e-12 * c->total_j);
    ck_assert(s->rows++ == 0 || c->total_j <= s->last);
    s->last = c->total_j;
    s->energy += c->total_j;
}

static void operator_add(void *context, const struct fl_operator *o)
{
    struct sums *s = context;
    s->energy += o->energy_j;
    s->critical += o->critical_s;
    s->macs += o->macs;
    if (o->number == 0) {
        ck_assert_int_eq(o->name[0], '(');
        return;
    }
    ck_assert_int_eq(o->number, ++s->rows);
    ck_assert(o->layer >= -1 && o->start_s < o->end_s && o->bound_by[0] != '\0' && o->placed[0] != '\0');
}

static void unit_add(void *context, const struct fl_unit_use *u)
{
    struct sums *s = context;
    s->busy = u->busy_s + u->blocked_s + u->idle_s;
    ck_assert(fabs(s->busy - s->last) <= 1e-9 * s->last);
    ck_assert(u->utilization >= 0 && u->utilization <= 1 && (isnan(u->lane_utilization) || u->lane_utilization >= 0));
    s->energy += u->area_mm2;
    s->rows++;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

START_TEST(parts_sum_to_the_summary)
{
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result = run(&(struct fl_request){.design = "free_space_1k", .model = "gpt2",
                                                        .work.context = 64, .inferences = 1000});
    struct fl_summary sum;
    struct sums parts = {0}, ops = {0}, units = {0};
    ck_assert(fanlight_summary(result, &sum, err));
    ck_assert(near(sum.latency_s, (double)fanlight_latency_ps(result) * 1e-12));
    ck_assert(sum.setup_j > 0 && near(sum.j_per_mac * sum.macs, sum.energy_j));
    ck_assert(fanlight_components(result, component_add, &parts, err));
    ck_assert(near(parts.energy, sum.energy_j));
    ck_assert(fanlight_operators(result, operator_add, &ops, err));
    ck_assert(near(ops.energy, sum.energy_j) && near(ops.critical, sum.latency_s));
    ck_assert(near((double)ops.macs, sum.macs));
    units.last = sum.latency_s;
    ck_assert(fanlight_units(result, unit_add, &units, err));
    ck_assert(near(units.energy, sum.area_mm2));
    struct fl_summary again;
    ck_assert(fanlight_summary(result, &again, err));   /* now from all rows, not from sums */
    ck_assert(near(again.energy_j, sum.energy_j) && again.latency_s == sum.latency_s);
    ck_assert_str_eq(fanlight_err_text(err), "");
    fanlight_free(result);
    fanlight_err_free(err);
}
END_TEST

static void cell_keep(void *context, int columns, const char *const *name, const char *const *text,
                      const double *number)
{
    char *line = context;
    for (int i = 0; i < columns; i++)
        snprintf(line + strlen(line), 256 - strlen(line), "%s=%s/%g ", name[i], text[i] != NULL ? text[i] : "null",
                 number[i]);
}

START_TEST(any_sql_that_reads)
{
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result = run(&(struct fl_request){.design = "digital_300fj", .model = "gpt2", .work.context = 8});
    char line[256] = "";
    ck_assert(fanlight_query(result, "select run, model, 0.1 as x, null as y from run_summary", cell_keep, line, err));
    ck_assert_str_eq(line, "run=1/1 model=gpt2/nan x=0.1/0.1 y=null/nan ");
    ck_assert(!fanlight_query(result, "delete from run", cell_keep, line, err));
    ck_assert_ptr_nonnull(strstr(fanlight_err_text(err), "a query only reads"));
    fanlight_err_clear(err);
    ck_assert(!fanlight_query(result, "selekt", cell_keep, line, err));
    ck_assert_ptr_nonnull(strstr(fanlight_err_text(err), "syntax error"));
    fanlight_err_clear(err);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ck_assert(fanlight_report(result, out, err));
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, "Energy by component"));
    free(text);
    fanlight_free(result);
    fanlight_err_free(err);
}
END_TEST

/* ---- faults ---- */

static void refused(const struct fl_request *ask, const char *wanted)
{
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result = (struct fl_result *)err;
    ck_assert(!fanlight_run(ask, &result, err));
    ck_assert_ptr_null(result);
    ck_assert_msg(strstr(fanlight_err_text(err), wanted) != NULL, "%s", fanlight_err_text(err));
    fanlight_err_free(err);
}

START_TEST(faults_are_texts)
{
    static const char *const set[] = {"core[0].slm.setle=1 ms"};
    static const char head[] = "fanlight-trace 1\nmodel m\ninput x\n";
    char text[256];
    refused(&(struct fl_request){.model = "gpt99"}, "gpt99");
    refused(&(struct fl_request){.model = "gpt2", .design = "no/such.cfg"}, "no/such.cfg");
    refused(&(struct fl_request){.model = "gpt2", .set = set, .sets = 1}, "did you mean \"settle\"?");
    refused(&(struct fl_request){.design = "ot_10k"}, "no workload");
    refused(&(struct fl_request){.model = "gpt2", .trace = "x"}, "not both");
    refused(&(struct fl_request){.model = "gpt2", .objective = "speed"}, "latency, energy, edp");
    refused(&(struct fl_request){.model = "gpt2", .mapper = "tight"}, "no mapper \"tight\"");
    snprintf(text, sizeof text, "%slinear a x -> y m=0 k=4 n=4\n", head);
    refused(&(struct fl_request){.trace_text = text}, "trace_text:4: ");
    snprintf(text, sizeof text, "%slinear a x -> y m=2 k=4 n=4\n", head);
    fanlight_free(run(&(struct fl_request){.trace_text = text}));
    refused(&(struct fl_request){.model = "gpt-4q", .design = "slm_bench"}, "past its end");
}
END_TEST

static void name_count(void *context, const char *name)
{
    ck_assert_int_ne(name[0], '\0');
    ++*(int *)context;
}

START_TEST(what_there_is)
{
    struct fl_err *err = fanlight_err_new();
    int designs = 0, models = 0, mappers = 0, devices = 0, units = 0;
    ck_assert(fanlight_list("designs", name_count, &designs, err) && designs >= 7);
    ck_assert(fanlight_list("models", name_count, &models, err) && models >= 14);
    ck_assert(fanlight_list("mappers", name_count, &mappers, err) && mappers >= 7);
    ck_assert(fanlight_list("devices", name_count, &devices, err) && devices >= 5);
    ck_assert(fanlight_list("units", name_count, &units, err) && units >= 12);
    ck_assert(!fanlight_list("things", name_count, &mappers, err));
    fanlight_err_free(err);
}
END_TEST

/* ---- programs compiled against an older header, or a newer one ---- */

START_TEST(records_of_other_versions)
{
    struct { struct fl_request known; int64_t later; } ask = {
        {.design = "digital_300fj", .model = "gpt2", .work.context = 8}, 0};
    struct { double latency_s, energy_j; } few = {0, 0};
    struct { struct fl_summary known; double later; } many = {.later = 7};
    const size_t without_label = offsetof(struct fl_request, label);
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result;
    ask.known.label = "not there for a program that does not know it";
    ck_assert(fanlight_run_sized(&ask.known, without_label, &result, err));
    char line[256] = "";
    ck_assert(fanlight_query(result, "select label from run", cell_keep, line, err));
    ck_assert_str_eq(line, "label=null/nan ");
    ck_assert(fanlight_summary_sized(result, (struct fl_summary *)&few, sizeof few, err));
    ck_assert(fanlight_summary_sized(result, &many.known, sizeof many, err));
    ck_assert(few.latency_s == many.known.latency_s && few.energy_j == many.known.energy_j && few.energy_j > 0);
    ck_assert(many.later == 0);
    fanlight_free(result);
    ck_assert(fanlight_run_sized(&ask.known, sizeof ask, &result, err));    /* newer, and nothing new is asked */
    fanlight_free(result);
    ask.later = 1;
    ck_assert(!fanlight_run_sized(&ask.known, sizeof ask, &result, err));
    ck_assert_ptr_null(result);
    ck_assert_msg(strstr(fanlight_err_text(err), "fl_request: has fields set that fanlight") != NULL, "%s",
                  fanlight_err_text(err));
    ck_assert_int_eq(fanlight_err_code(err), 1);
    fanlight_err_free(err);
}
END_TEST

/* ---- stopping ---- */

struct patience { int64_t asked, most, done, all; };

static void note(void *context, int64_t done, int64_t all)
{
    struct patience *p = context;
    ck_assert(done >= 1 && done <= all);
    p->done = done;
    p->all = all;
}

static bool enough(void *context)
{
    struct patience *p = context;
    return ++p->asked > p->most;
}

START_TEST(a_run_can_be_stopped)
{
    static const char *const mappers[] = {"weight_stationary", "weights_in_place", "auto", "search"};
    for (size_t i = 0; i < sizeof mappers / sizeof *mappers; i++)
        for (int64_t most = 0; most < 60; most += 7) {
            struct patience p = {.most = most};
            refused(&(struct fl_request){.model = "gpt2", .work.context = 16, .mapper = mappers[i], .no_leap = true,
                                         .progress = note, .stop = enough, .context = &p}, "stopped");
            ck_assert_int_ge(p.asked, most + 1);
            ck_assert_int_lt(p.asked, most + 10);
        }
    struct patience p = {.most = INT64_MAX - 1};
    fanlight_free(run(&(struct fl_request){.model = "gpt2", .work.context = 16, .mapper = "weight_stationary",
                                           .progress = note, .stop = enough, .context = &p}));
    ck_assert_int_eq(p.done, p.all);
    ck_assert_int_gt(p.asked, 0);
}
END_TEST

/* ---- two at once ---- */

static const struct fl_request twin[] = {
    {.design = "free_space_1k", .model = "gpt2", .work.context = 100},
    {.design = "dmd_bench", .model = "bert-base", .work.context = 20, .mapper = "output_stationary"},
    {.design = "ot_10k", .model = "gpt2", .work = {.phase = "decode", .context = 30, .tokens = 2}, .mapper = "search"},
    {.design = "slm_bench", .model = "gpt2", .work.context = 40, .no_leap = true},
};
enum { TWINS = sizeof twin / sizeof *twin };
struct job { const struct fl_request *ask; FILE *out; pthread_t thread; };

static void row_write(void *context, int columns, const char *const *name, const char *const *text,
                      const double *number)
{
    (void)name, (void)number;
    for (int i = 0; i < columns; i++)
        fprintf(context, "%s\t", text[i] != NULL ? text[i] : "null");
    fputc('\n', context);
}

static const char run_sql[] =
    "select run, label, design, model, phase, mapper, objective, context, tokens, batch, version, latency_ps, "
    "setup_ps, inferences, tallies_of, error, notes, peak_macs_per_s, design_text, workload_text from run";

/* All rows of a run but those that CONTRACT says may differ. */
static void *rows_write(void *context)
{
    static const char *const sql[] = {
        run_sql, "select * from unit", "select * from operator", "select * from tally", "select * from price",
        "select * from energy_by_operator"};
    const struct job *job = context;
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result;
    bool ok = fanlight_run(job->ask, &result, err);
    for (size_t i = 0; ok && i < sizeof sql / sizeof *sql; i++)
        ok = fanlight_query(result, sql[i], row_write, job->out, err);
    fputs(fanlight_err_text(err), job->out);
    fanlight_free(result);
    fanlight_err_free(err);
    return NULL;
}

static void expect_same(FILE *a, FILE *b)
{
    char one[4096], other[4096];
    size_t all = 0, got;
    rewind(a);
    rewind(b);
    do {
        got = fread(one, 1, sizeof one, a);
        ck_assert_uint_eq(fread(other, 1, sizeof other, b), got);
        ck_assert(memcmp(one, other, got) == 0);
        all += got;
    } while (got > 0);
    ck_assert_uint_gt(all, 10000);
}

START_TEST(two_threads_are_two_processes)
{
    struct job thread[2], process[2];
    pid_t child[2];
    for (int i = 0; i < 2; i++) {
        const struct fl_request *ask = &twin[(_i + (_i < TWINS ? i : 0)) % TWINS];
        thread[i] = (struct job){.ask = ask, .out = tmpfile()};
        process[i] = (struct job){.ask = ask, .out = tmpfile()};
        ck_assert(thread[i].out != NULL && process[i].out != NULL);
    }
    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i] == 0) {
            rows_write(&process[i]);
            _exit(fflush(process[i].out) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&thread[i].thread, NULL, rows_write, &thread[i]), 0);
    for (int i = 0; i < 2; i++) {
        int status;
        ck_assert_int_eq(pthread_join(thread[i].thread, NULL), 0);
        ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
        ck_assert_int_eq(status, 0);
    }
    for (int i = 0; i < 2; i++) {
        expect_same(thread[i].out, process[i].out);
        fclose(thread[i].out);
        fclose(process[i].out);
    }
}
END_TEST

/* ---- more than one run ---- */

struct tilings { double time[2], energy[2], whole_s[2], whole_j[2]; int best, unfit, rows, why; };

static void tiling_add(void *context, const struct fl_compared *row)
{
    struct tilings *t = context;
    if (strcmp(row->state, "unfit") == 0) {
        ck_assert(isnan(row->time_s) && strstr(row->why, "need 155 cores") != NULL && !row->best);
        t->unfit++;
        return;
    }
    const int which = strcmp(row->tiling, "digital") == 0;
    const bool all = strcmp(row->operator_, "(all)") == 0;
    ck_assert_str_eq(row->state, "done");
    ck_assert_int_eq(row->run, 0);
    (all ? t->whole_s : t->time)[which] += row->time_s;
    (all ? t->whole_j : t->energy)[which] += row->energy_j;
    t->best += all && row->best ? which + 1 : 0;
    t->why += row->why != NULL;
    ck_assert(all || row->why == NULL);
    ck_assert(!all || row->best == (row->why == NULL));
    t->rows++;
}

START_TEST(tilings_side_by_side)
{
    struct fl_err *err = fanlight_err_new();
    struct tilings t = {0};
    struct fl_request ask = {.design = "ot_10k", .model = "gpt2", .work.context = 16,
                             .mapper = "weights_in_place, digital"};
    ck_assert_msg(fanlight_compare(&ask, NULL, tiling_add, &t, err), "%s", fanlight_err_text(err));
    ck_assert_int_gt(t.rows, 12);
    ck_assert_int_eq(t.why, 1);
    ck_assert_int_eq(t.best, t.whole_s[0] < t.whole_s[1] ? 1 : 2);
    for (int i = 0; i < 2; i++)
        ck_assert(near(t.time[i], t.whole_s[i]) && near(t.energy[i], t.whole_j[i]) && t.whole_s[i] > 0);
    struct fl_result *result = run(&(struct fl_request){.design = "ot_10k", .model = "gpt2", .work.context = 16,
                                                        .mapper = "digital"});
    struct fl_summary sum;
    ck_assert(fanlight_summary(result, &sum, err) && near(sum.energy_j, t.whole_j[1]));
    fanlight_free(result);
    struct tilings odd = {0};
    ask.design = "dmd_bench";
    ck_assert_msg(fanlight_compare(&ask, NULL, tiling_add, &odd, err), "%s", fanlight_err_text(err));
    ck_assert(odd.unfit == 1 && odd.best == 2);
    ask.mapper = "digital,tight";
    ck_assert(!fanlight_compare(&ask, NULL, tiling_add, &odd, err));
    ck_assert_ptr_nonnull(strstr(fanlight_err_text(err), "no mapper \"tight\""));
    fanlight_err_free(err);
}
END_TEST

static void points_count(void *context, const struct fl_sweep_progress *progress)
{
    ck_assert_int_le(progress->done, progress->points);
    ++*(int *)context;
}

START_TEST(a_sweep_by_one_call)
{
    char path[] = "/tmp/fanlight-library-XXXXXX";
    struct fl_err *err = fanlight_err_new();
    struct fl_sweep_progress done;
    int told = 0;
    ck_assert_ptr_nonnull(mkdtemp(path));
    char file[64], db[64], remove[96];
    snprintf(file, sizeof file, "%s/small.cfg", path);
    snprintf(db, sizeof db, "%s/small.db", path);
    snprintf(remove, sizeof remove, "rm -r %s", path);
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    fputs("design = \"digital_300fj\"; model = \"gpt2\"; context = [8, 16, 16];\n", out);
    fclose(out);
    struct fl_sweep_options options = {.db = db, .jobs = 2, .progress = points_count, .context = &told};
    ck_assert_msg(fanlight_sweep(file, &options, &done, err), "%s", fanlight_err_text(err));
    ck_assert(done.points == 3 && done.done == 3 && done.simulated == 2 && done.shared == 1 && told >= 1);
    ck_assert(!fanlight_sweep(file, &options, &done, err));
    ck_assert_ptr_nonnull(strstr(fanlight_err_text(err), "resume"));
    fanlight_err_clear(err);
    options.resume = true;
    ck_assert(fanlight_sweep(file, &options, &done, err) && done.before == 3 && done.simulated == 0);
    options.shard = 3;
    options.shards = 3;
    ck_assert(!fanlight_sweep(file, &options, &done, err));
    ck_assert_ptr_nonnull(strstr(fanlight_err_text(err), "shard 3 of 3"));
    fanlight_err_clear(err);
    ck_assert(!fanlight_sweep(file, &(struct fl_sweep_options){.jobs = 1}, &done, err));
    ck_assert_ptr_nonnull(strstr(fanlight_err_text(err), "give its file"));
    ck_assert_int_eq(system(remove), 0);
    fanlight_err_free(err);
}
END_TEST

Suite *test_library_suite(void)
{
    Suite *suite = suite_create("library");
    TCase *tcase = tcase_create("library");
    tcase_add_test(tcase, parts_sum_to_the_summary);
    tcase_add_test(tcase, any_sql_that_reads);
    tcase_add_test(tcase, faults_are_texts);
    tcase_add_test(tcase, what_there_is);
    tcase_add_test(tcase, records_of_other_versions);
    tcase_add_test(tcase, a_run_can_be_stopped);
    tcase_add_test(tcase, tilings_side_by_side);
    tcase_add_test(tcase, a_sweep_by_one_call);
    /* each job beside another, and beside itself */
    for (int pair = 0; pair < 2 * TWINS; pair++)
        if (cases_drawn(0, (uint64_t)pair, 2 * TWINS))
            tcase_add_loop_test(tcase, two_threads_are_two_processes, pair, pair + 1);
    suite_add_tcase(suite, tcase);
    return suite;
}
