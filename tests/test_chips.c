/* test_chips.c - several chips: laws of a division, and sums done by hand.
 *
 * Twelve layers of 768 values, 12 heads, a table of 50,257 rows: 8 bits a value.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "traces/divide.h"
#include "tests/cases.h"
#include "tests/job.h"
#include "tests/suites.h"

enum { D = 768, LAYERS = 12, BITS = 8, CONTEXT = 64, SETS = 12 };
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

/* The same work with every event simulated takes as long and as much. */
static void leaps_change_nothing(const struct job *job, struct fl_request ask, int tensor, int stages, const char *with)
{
    struct job slow;
    ask.no_leap = true;
    runs(&slow, ask, tensor, stages, with);
    ck_assert_int_eq(job->result->run.latency_ps, slow.result->run.latency_ps);
    ck_assert(fl_result_energy_j(job->result) == fl_result_energy_j(slow.result));
    job_done(&slow);
}

/* MACs of all chips are those of the network, links pass what a closed form says; with leaps and without. */
START_TEST(work_and_links_add_up)
{
    bool decode = strcmp(divided[_i].phase, "decode") == 0;
    struct fl_request ask = {.work = {.phase = divided[_i].phase, .tokens = decode ? TOKENS : 0}};
    struct job whole, job;
    int tensor = divided[_i].tensor, stages = divided[_i].stages;
    runs(&whole, ask, 0, 0, NULL);
    runs(&job, ask, tensor, stages, divided[_i].head);
    ck_assert_int_eq(macs_of(&whole), macs_of(&job));
    int64_t rows = decode ? 1 : CONTEXT, passes = decode ? TOKENS : 1;
    int64_t bits = bits_by_hand(tensor, stages, rows, passes);
    ck_assert_int_eq(job_counted(&job, "chips", "bits"), bits);
    leaps_change_nothing(&job, ask, tensor, stages, divided[_i].head);
    job_done(&whole);
    job_done(&job);
}
END_TEST

/* Cut by inputs, a product's partial sums cross before its outputs, and its inputs do not: of a layer's 7 D values the
 * context's D and the feed forward's 4 D, for D sums of 8 to 40 bits each. The least of both has the context gathered,
 * and sums cross if they are shorter than the 4 D that the feed forward's first product makes. */
static const struct { int tensor, stages, sum_bits, layer; const char *split; } cut[] = {
    {2, 1, 16, 2 * 2 + 2, "inputs"}, {3, 4, 32, 2 * 4 + 2, "inputs"}, {12, 1, 8, 2 * 1 + 2, "inputs"},
    {4, 3, 16, 2 + 2 + 1, "least"}, {6, 1, 40, 7, "least"}, {4, 1, 16, 7, "outputs"},
};
enum { CUTS = sizeof cut / sizeof *cut };

START_TEST(partial_sums_cross_links)
{
    struct job whole, job;
    struct fl_request ask = {.work = {.layers_only = true}};
    int tensor = cut[_i].tensor, stages = cut[_i].stages;
    char with[64];
    snprintf(with, sizeof with, "chips.split=%s|chips.sum_bits=%d", cut[_i].split, cut[_i].sum_bits);
    runs(&whole, ask, 0, 0, NULL);
    runs(&job, ask, tensor, stages, with);
    ck_assert_int_eq(macs_of(&whole), macs_of(&job));
    int64_t ring = cut[_i].layer * LAYERS * (tensor - 1), onward = (int64_t)(stages - 1) * tensor;
    ck_assert_int_eq(job_counted(&job, "chips", "bits"), (ring + onward) * CONTEXT * D * BITS);
    ck_assert_int_eq(whole.result->plan.dram_bits, tensor * stages * job.result->plan.dram_bits);
    leaps_change_nothing(&job, ask, tensor, stages, with);
    job_done(&whole);
    job_done(&job);
}
END_TEST

/* What is summed of a product is what crossed and what is the chip's own: a chip adds up D / n sums of n parts of two
 * values each. */
START_TEST(partial_sums_are_added)
{
    enum { CHIPS = 4, WIDE = 2 };
    struct job outputs, inputs;
    const struct fl_request ask = {.design = "digital_22nm", .work = {.layers_only = true}};
    runs(&outputs, ask, CHIPS, 1, NULL);
    runs(&inputs, ask, CHIPS, 1, "chips.split=inputs|chips.sum_bits=16");
    int64_t sums = (int64_t)2 * LAYERS * CONTEXT * D * WIDE * CHIPS, crossed = 0, summed = 0;
    for (size_t i = 0; i < inputs.rows.operators; i++) {
        crossed += strcmp(inputs.rows.operator_[i].kind, "reduce") == 0;
        summed += strcmp(inputs.rows.operator_[i].kind, "sum") == 0;
    }
    ck_assert_int_eq(crossed, 2 * LAYERS);
    ck_assert_int_eq(summed, 2 * LAYERS);
    ck_assert_int_eq(job_counted(&inputs, "vector", "operated") - job_counted(&outputs, "vector", "operated"), sums);
    ck_assert_int_eq(job_counted(&inputs, "vector", "multiplied"), job_counted(&outputs, "vector", "multiplied"));
    job_done(&outputs);
    job_done(&inputs);
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
    ck_assert_int_eq(job.result->run.turn_ps, most);
    ck_assert_int_le(sum, job.result->run.latency_ps);
    ck_assert_int_ge(4 * most, sum);
    ck_assert(job.result->run.slowest >= 0 && job.result->run.slowest < 4);
    job_done(&job);
}
END_TEST

static void batched(struct job *job, struct fl_request ask, int stages, int batches, const char *with)
{
    char text[160];
    snprintf(text, sizeof text, "chips.microbatches=%d%s%s", batches, with != NULL ? "|" : "",
             with != NULL ? with : "");
    runs(job, ask, 1, stages, text);
}

/* What all units counted of their own is that of one batch, so many times. */
static void counts_are_times(const struct job *one, const struct job *all, int64_t batches)
{
    const struct fl_sim *sim = &one->result->arch.sim;
    const int64_t *a = one->result->run.counted, *b = all->result->run.counted;
    for (uint32_t i = 0; i < sim->units; i++)
        for (uint32_t c = 0; c < sim->unit[i]->counts; c++, a++, b++)
            if (c != FL_WAKES && !fl_unit_count_stepless(sim->unit[i], c))
                ck_assert_int_eq(*b, batches * *a);
}

/* Batches of one prompt follow each other: one goes through all stages, the others come out behind it, a turn of the
 * slowest stage apart. Of stages that have the same work B batches have S at work for B / (B + S - 1) of the time. */
START_TEST(batches_fill_the_stages)
{
    static const int tried[] = {2, 3, 8, 40};
    const char *const with = _i == 0 ? "machine.overlap=none|chips.bandwidth=1 Pb/s|chips.latency=0 ns"
                                    : "machine.overlap=block";
    enum { STAGES = 4 };
    struct job one, all;
    struct fl_request ask = {.design = "free_space_1k", .work = {.layers_only = true}};
    batched(&one, ask, STAGES, 1, with);
    const struct fl_phase_result *alone = &one.result->run;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        int64_t batches = tried[i];
        batched(&all, ask, STAGES, tried[i], with);
        const struct fl_phase_result *run = &all.result->run;
        ck_assert_int_eq(run->pass_ps, alone->latency_ps);
        ck_assert_int_ge(run->latency_ps, batches * alone->turn_ps);
        ck_assert_int_le(run->latency_ps, alone->latency_ps + (batches - 1) * alone->turn_ps);
        if (_i == 0) {                  /* turns that do not overlap, of equal stages and as good as no links */
            double busy = (double)batches * (double)alone->worked_ps / (double)STAGES / (double)run->latency_ps;
            ck_assert_int_eq(run->latency_ps, alone->latency_ps + (batches - 1) * alone->turn_ps);
            ck_assert_double_eq_tol(busy, (double)batches / (double)(batches + STAGES - 1), 0.02);
        }
        counts_are_times(&one, &all, batches);
        ck_assert_int_eq(macs_of(&all), batches * macs_of(&one));
        ck_assert_int_eq(all.rows.run.batch, batches);
        job_done(&all);
    }
    job_done(&one);
}
END_TEST

/* When a batch is through, turn by turn, by trying all batches at every stage again and again: whoever has been waiting
 * longest is next. Turns of one token after another come back to the first stage. */
static fl_time through_by_hand(const fl_time *turn, int turns, int stages, int batches)
{
    fl_time free_at[16] = {0}, ready[64] = {0}, last = 0;
    int at[64] = {0};
    for (int left = turns * batches; left > 0; left--) {
        int next = -1;
        for (int b = 0; b < batches; b++)
            if (at[b] < turns && (next < 0 || ready[b] < ready[next]))
                next = b;
        int stage = at[next] % stages;
        fl_time start = ready[next] > free_at[stage] ? ready[next] : free_at[stage];
        free_at[stage] = ready[next] = start + turn[at[next]++];
        last = ready[next] > last ? ready[next] : last;
    }
    return last;
}

/* Batches that make several tokens each: a batch's next token waits for its last one. As few batches as stages wait for
 * nobody but their own. */
START_TEST(batches_decode_side_by_side)
{
    enum { STAGES = 3, MADE = 4 };
    const char *const with = "machine.overlap=none";
    const struct fl_request ask = {.design = "digital_22nm", .work = {.phase = "decode", .tokens = MADE}};
    struct job one, all;
    batched(&one, ask, STAGES, 1, with);
    fl_time turn[STAGES * MADE], before = 0;
    int turns = 0;
    for (size_t i = 0; i < one.rows.operators; i++)
        if (i + 1 == one.rows.operators || strcmp(one.rows.operator_[i].kind, "hand_over") == 0) {
            ck_assert_int_lt(turns, STAGES * MADE);
            turn[turns++] = one.rows.operator_[i].end_ps - before;
            before = one.rows.operator_[i].end_ps;
        }
    ck_assert_int_eq(turns, STAGES * MADE);
    for (int batches = 2; batches <= 9; batches++) {
        batched(&all, ask, STAGES, batches, with);
        fl_time by_hand = through_by_hand(turn, turns, STAGES, batches), edges = all.result->arch.sim.frame.p * turns;
        ck_assert_int_le(llabs(all.result->run.latency_ps - by_hand), edges * batches);
        ck_assert_int_ge(all.result->run.latency_ps, batches * one.result->run.turn_ps);
        counts_are_times(&one, &all, batches);
        job_done(&all);
    }
    job_done(&one);
}
END_TEST

/* Every batch has caches of its own, and all have the same weights: what DRAM keeps grows by the caches alone. */
START_TEST(batches_have_their_caches)
{
    const struct fl_request ask = {.design = "digital_22nm", .work = {.phase = "decode"}};
    struct job job[3];
    for (int i = 0; i < 3; i++)
        batched(&job[i], ask, 1, i + 1, NULL);
    int64_t cache = 2 * (int64_t)LAYERS * (CONTEXT + 1) * D * BITS;
    ck_assert_int_eq(job[1].result->plan.dram_bits - job[0].result->plan.dram_bits, cache);
    ck_assert_int_eq(job[2].result->plan.dram_bits - job[0].result->plan.dram_bits, 2 * cache);
    for (int i = 0; i < 3; i++)
        job_done(&job[i]);
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
    tcase_add_loop_test(c, partial_sums_cross_links, 0, CUTS);
    tcase_add_test(c, partial_sums_are_added);
    tcase_add_test(c, all_chips_are_there);
    tcase_add_test(c, stages_follow_one_another);
    tcase_add_test(c, stages_take_turns);
    tcase_add_loop_test(c, batches_fill_the_stages, 0, 2);
    tcase_add_test(c, batches_decode_side_by_side);
    tcase_add_test(c, batches_have_their_caches);
    tcase_add_loop_test(c, weights_lie_with_their_stage, 0, 3);
    tcase_add_test(c, what_cannot_be_is_told);
    suite_add_tcase(suite, c);
    return suite;
}
