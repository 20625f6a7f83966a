/* test_chips.c - several chips: laws of a division, and sums done by hand.
 *
 * Twelve layers of 768 values, 12 heads, a table of 50,257 rows: 8 bits a value.
 */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "traces/divide.h"
#include "tests/cases.h"
#include "tests/job.h"
#include "tests/suites.h"

enum { D = 768, LAYERS = 12, BITS = 8, CONTEXT = 64, SETS = 8 };
static const char *const links[] = {"chips.bandwidth=400 Gb/s", "chips.latency=50 ns", "chips.energy=5 pJ",
                                    "chips.power=1 W"};

/* A network on so many chips; `with` NULL, or settings more: "a=1|b=2". */
static bool go(struct job *job, struct fl_request ask, int tensor, int stages, const char *with, struct fl_err *err)
{
    memset(job, 0, sizeof *job);
    const char **set = fl_arena_array(&job->arena, SETS, sizeof *set);
    int sets = 0;
    for (size_t i = 0; i < sizeof links / sizeof *links && tensor > 0; i++)
        set[sets++] = links[i];
    if (tensor > 0) {
        set[sets++] = fl_arena_format(&job->arena, "chips.tensor=%d", tensor);
        set[sets++] = fl_arena_format(&job->arena, "chips.stages=%d", stages);
    }
    for (; with != NULL; with = strchr(with, '|') != NULL ? strchr(with, '|') + 1 : NULL)
        set[sets++] = fl_arena_slice(&job->arena, with, strcspn(with, "|"));
    ask.set = set;
    ask.sets = sets;
    if (ask.model == NULL && ask.trace_text == NULL)
        ask.model = "gpt2";
    if (ask.work.context == 0)
        ask.work.context = CONTEXT;
    bool ran = fanlight_run(&ask, &job->result, err);
    if (ran)
        fl_result_rows(job->result, true, &job->rows);
    return ran;
}

static void runs(struct job *job, struct fl_request ask, int tensor, int stages, const char *with)
{
    struct fl_err err = {0};
    ck_assert_msg(go(job, ask, tensor, stages, with, &err), "%d x %d: %s", tensor, stages, fl_err_text(&err));
}

static void refused(struct fl_request ask, int tensor, int stages, const char *with, const char *why)
{
    struct fl_err err = {0};
    struct job job;
    ck_assert_msg(!go(&job, ask, tensor, stages, with, &err), "%s", why);
    ck_assert_msg(strstr(fl_err_text(&err), why) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&job.arena);
}

static int64_t macs_of(const struct job *job)
{
    int64_t macs = 0;
    for (size_t i = 0; i < job->rows.operators; i++)
        macs += job->rows.operator_[i].macs;
    return macs;
}

/* One chip with links is one without: every count, every time, all joules. */
START_TEST(one_chip_is_the_machine_itself)
{
    struct job plain, one;
    runs(&plain, (struct fl_request){0}, 0, 0, NULL);
    runs(&one, (struct fl_request){0}, 1, 1, NULL);
    ck_assert_int_eq(plain.result->run.latency_ps, one.result->run.latency_ps);
    ck_assert_int_eq(plain.result->setup.latency_ps, one.result->setup.latency_ps);
    ck_assert_uint_eq(plain.rows.operators, one.rows.operators);
    size_t next = 0;
    for (size_t i = 0; i < plain.rows.tallies; i++, next++) {
        const struct fl_tally_row *a = &plain.rows.tally[i], *b = &one.rows.tally[next];
        while (b->unit == plain.result->arch.sim.units)     /* of the links, which are not there, time alone */
            b = &one.rows.tally[++next];
        ck_assert(a->unit == b->unit && a->operator == b->operator && a->count == b->count);
        ck_assert_str_eq(a->action, b->action);
    }
    ck_assert_int_eq(job_counted(&one, "chips", "bits"), 0);
    ck_assert(fl_result_energy_j(plain.result) == fl_result_energy_j(one.result));
    job_done(&plain);
    job_done(&one);
}
END_TEST

static const struct { int tensor, stages; const char *phase, *head; } divided[] = {
    {2, 1, "prefill", NULL}, {1, 5, "prefill", NULL}, {4, 3, "prefill", NULL}, {3, 12, "prefill", NULL},
    {12, 13, "prefill", "chips.head=true"}, {1, 12, "decode", NULL}, {6, 4, "decode", NULL},
};
enum { DIVIDED = sizeof divided / sizeof *divided, TOKENS = 3 };

/* All gathers of a layer: the context, what attention and the feed forward's second product make, of D values, and what
 * its first makes, of 4 D. Each chip gets what it has not. Between two stages each chip sends a row of D values. In a
 * decode all tell each other their largest logit and its number, 64 bits, and the number goes to the first stage. */
static int64_t bits_by_hand(int64_t tensor, int64_t stages, int64_t rows, int64_t passes)
{
    int64_t layer = 7 * (int64_t)D * BITS * (tensor - 1), handed = (stages - 1) * (int64_t)D * BITS * tensor;
    int64_t numbers = 64 * tensor * (passes * (tensor - 1) + (stages > 1 ? passes - 1 : 0));
    numbers *= passes > 1;
    return passes * rows * (LAYERS * layer + handed) + numbers;
}

/* MACs of all chips are those of the network, links pass what a closed form says; with leaps and without. */
START_TEST(work_and_links_add_up)
{
    bool decode = strcmp(divided[_i].phase, "decode") == 0;
    struct fl_request ask = {.work = {.phase = divided[_i].phase, .tokens = decode ? TOKENS : 0}};
    struct job whole, job, slow;
    int tensor = divided[_i].tensor, stages = divided[_i].stages;
    runs(&whole, ask, 0, 0, NULL);
    runs(&job, ask, tensor, stages, divided[_i].head);
    ck_assert_int_eq(macs_of(&whole), macs_of(&job));
    int64_t rows = decode ? 1 : CONTEXT, passes = decode ? TOKENS : 1;
    int64_t bits = bits_by_hand(tensor, stages, rows, passes);
    ck_assert_int_eq(job_counted(&job, "chips", "bits"), bits);
    ask.no_leap = true;
    runs(&slow, ask, tensor, stages, divided[_i].head);
    ck_assert_int_eq(job.result->run.latency_ps, slow.result->run.latency_ps);
    ck_assert(fl_result_energy_j(job.result) == fl_result_energy_j(slow.result));
    job_done(&whole);
    job_done(&job);
    job_done(&slow);
}
END_TEST

/* Every chip has its area, and draws its power all the time; what works is counted on those that share it. */
START_TEST(all_chips_are_there)
{
    struct job one, six;
    struct fl_figures a, b;
    runs(&one, (struct fl_request){.design = "digital_22nm"}, 0, 0, NULL);
    runs(&six, (struct fl_request){.design = "digital_22nm"}, 2, 3, NULL);
    fl_result_figures(one.result, &a);
    fl_result_figures(six.result, &b);
    ck_assert_double_eq_tol(b.area_mm2, 6 * a.area_mm2, 1e-9 * a.area_mm2);
    ck_assert_double_ge(b.peak_w, 6 * a.peak_w);
    for (uint32_t i = 0; i < one.result->arch.sim.units; i++) {
        const struct unit *u = one.result->arch.sim.unit[i], *v = six.result->arch.sim.unit[i];
        ck_assert_str_eq(u->path, v->path);
        ck_assert_int_eq(v->cores, 6 * u->cores);
    }
    /* 6 links of rings and 6 from chip to chip, of 1 W, for all of the run; 5 pJ a bit */
    double joules = 0, wanted = 12.0 * (double)six.result->run.latency_ps * 1e-12 +
                               5e-12 * (double)job_counted(&six, "chips", "bits");
    for (size_t i = 0; i < six.result->arch.prices; i++) {
        const struct fl_price *p = &six.result->arch.price[i];
        if (strcmp(six.result->arch.sim.unit[p->unit]->path, "chips") == 0)
            joules += 1e-15 * p->fj * (p->count < 0 ? (double)six.result->run.latency_ps
                                                    : (double)job_counted(&six, "chips", "bits"));
    }
    ck_assert_double_eq_tol(joules, wanted, 1e-9 * wanted);
    /* each multiplication is some chip's, but that 50,257 outputs are padded by one; rows that all need are done by
     * both of a group */
    ck_assert_int_eq(job_counted(&one, "vector", "multiplied") + D, job_counted(&six, "vector", "multiplied"));
    ck_assert_int_gt(job_counted(&six, "vector", "operated"), job_counted(&one, "vector", "operated"));
    job_done(&one);
    job_done(&six);
}
END_TEST

/* A stage begins when it has been handed over to: stages make no single pass faster, hand-overs take their rows. */
START_TEST(stages_follow_one_another)
{
    struct job one, four;
    struct fl_request ask = {.design = "digital_22nm", .work = {.layers_only = true}};
    runs(&one, ask, 0, 0, "machine.ideal_memory=true|machine.overlap=none");
    runs(&four, ask, 1, 4, "machine.ideal_memory=true|machine.overlap=none");
    fl_time handed = 0;
    for (size_t i = 0; i < four.rows.operators; i++)
        if (strcmp(four.rows.operator_[i].kind, "hand_over") == 0)
            handed += four.rows.operator_[i].end_ps - four.rows.operator_[i].start_ps;
    double row_ps = ceil(D * BITS / 0.4e12 * 1e12 / 1000) * 1000, more = 3 * (CONTEXT * row_ps + 50e3);
    ck_assert_double_ge((double)handed, more);
    ck_assert_double_le((double)handed, more + 3 * 20e3);
    double longer = (double)(four.result->run.latency_ps - one.result->run.latency_ps);
    ck_assert_double_ge(longer, (double)handed);    /* each waits for an edge of the clocks, too */
    ck_assert_double_le(longer, (double)handed + 3 * (double)four.result->arch.sim.frame.p);
    job_done(&one);
    job_done(&four);
}
END_TEST

/* A stage is needed from its first operator to its last; of equal stages the first looks up, the last has the head. */
START_TEST(stages_take_turns)
{
    struct job job;
    int64_t slowest = -1;
    runs(&job, (struct fl_request){.design = "digital_22nm"}, 2, 4, "machine.overlap=none");
    fl_time sum = 0, most = 0, start = 0;
    for (size_t i = 0; i < job.rows.operators; i++) {
        const struct fl_operator_row *row = &job.rows.operator_[i];
        bool ends = i + 1 == job.rows.operators || strcmp(row->kind, "hand_over") == 0;
        if (!ends)
            continue;
        most = row->end_ps - start > most ? row->end_ps - start : most;
        sum += row->end_ps - start;
        start = i + 1 < job.rows.operators ? job.rows.operator_[i + 1].start_ps : row->end_ps;
    }
    ck_assert_int_eq(fl_chips_turn_ps(job.result, &slowest), most);
    ck_assert_int_le(sum, job.result->run.latency_ps);
    ck_assert_int_ge(4 * most, sum);
    ck_assert(slowest >= 0 && slowest < 4);
    job_done(&job);
}
END_TEST

/* Weights in place lie on the chip of their stage, and no chip holds more than it has cores. */
START_TEST(weights_lie_with_their_stage)
{
    static const int chips[][2] = {{1, 12}, {2, 5}, {4, 3}};
    struct job job;
    runs(&job, (struct fl_request){.mapper = "weights_in_place"}, chips[_i][0], chips[_i][1], NULL);
    const struct fl_result *r = job.result;
    int64_t cores = r->machine.pool[0].cores;
    for (size_t i = 0; i < r->plan.ops; i++) {
        const struct fl_plan_op *op = &r->plan.op[i];
        const struct fl_block *block = &r->trace.block[op->block];
        for (int64_t n = 0; n < block->repeat && op->mapping.in_place; n++) {
            int64_t first = op->core_first + n * op->core_step;
            ck_assert_int_eq(first / cores, fl_block_stage(block, n));
            ck_assert_int_eq((first + op->mapping.cores - 1) / cores, fl_block_stage(block, n));
        }
    }
    job_done(&job);
}
END_TEST

START_TEST(what_cannot_be_is_told)
{
    struct fl_request decode = {.work = {.phase = "decode"}}, train = {.work = {.phase = "train"}};
    const struct fl_train_work bp = {.schedule = "bp"};
    train.train = &bp;
    refused(decode, 1, 13, NULL, "13 stages for layers, but gpt2 has 12 layers");
    refused(decode, 1, 1, "chips.head=true", "takes a stage for what follows the layers, and chips.stages is 1");
    refused(decode, 5, 1, NULL, "cannot share evenly");
    refused(decode, 8, 1, NULL, "has 12 heads of keys and values, which chips.tensor = 8 chips cannot share evenly; "
            "give one of 1, 2, 3, 4, 6, 12");
    refused(decode, 2, 1, "chips.bandwidth=0 Gb/s", "2 x 1 chips need links: give their bandwidth");
    refused(train, 2, 1, NULL, "a step of training is not divided");
    refused((struct fl_request){.design = "a100"}, 2, 1, NULL, "GPUs are joined by gpu.devices");
    refused((struct fl_request){.mapper = "weights_in_place"}, 1, 1, "core[0].cores=20", "weights in place need");
    refused((struct fl_request){.mapper = "weights_in_place"}, 2, 2, "core[0].cores=20",
            "on the fullest chip, of stage 2, which has 20");
    static const char own[] = "fanlight-trace 2\nmodel m\ninput x\ngather g x -> y m=4 k=2 n=4\n";
    refused((struct fl_request){.trace_text = own}, 0, 0, NULL, "is between chips, and the machine has one");
    refused((struct fl_request){.trace_text = own}, 2, 1, NULL, "is a gather: chips.tensor and chips.stages divide");
}
END_TEST

Suite *test_chips_suite(void)
{
    Suite *suite = suite_create("chips");
    TCase *c = tcase_create("laws");
    tcase_add_test(c, one_chip_is_the_machine_itself);
    tcase_add_loop_test(c, work_and_links_add_up, 0, DIVIDED);
    tcase_add_test(c, all_chips_are_there);
    tcase_add_test(c, stages_follow_one_another);
    tcase_add_test(c, stages_take_turns);
    tcase_add_loop_test(c, weights_lie_with_their_stage, 0, 3);
    tcase_add_test(c, what_cannot_be_is_told);
    suite_add_tcase(suite, c);
    return suite;
}
