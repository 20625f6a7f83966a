/* test_overlap.c - operators side by side: pieces do the work, nobody reads what is not there, and runs stay exact.
 *
 * Pieces and who waits for them are held against brute force: a unit of a value has rows and heads, and a piece reads
 * those that its own rows and heads are made of. Runs are held against the same runs without leaps, row by row, and
 * against the ones in which each operator drains before the next.
 */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "api/result.h"
#include "mapping/mapfile.h"
#include "mapping/overlap.h"
#include "tests/cases.h"
#include "tests/made.h"
#include "tests/test_trace.h"
#include "tests/suites.h"

/* ---- pieces ---- */

static struct fl_op attention_drawn(struct fl_rng *rng, int64_t sequences, int64_t tokens, int64_t *heads)
{
    static const struct fl_op_type *const types[] = {&fl_op_matmul, &fl_op_matmul, &fl_op_softmax};
    int which = (int)fl_rng_range(rng, 0, 2);
    int64_t past = fl_rng_range(rng, 0, 3) == 0 ? fl_rng_range(rng, 1, 50) : 0, share = fl_rng_range(rng, 1, 3);
    *heads = fl_rng_range(rng, 1, 4);
    bool masked = fl_rng_range(rng, 0, 3) > 0;
    struct fl_op op = {.name = "op", .type = types[which], .share = share, .k = fl_rng_range(rng, 1, 30)};
    op.band.past = masked ? past : 0;
    if (masked && fl_rng_range(rng, 0, 2) == 0)
        op.band.window = fl_rng_range(rng, 1, tokens);
    op.groups = *heads * sequences;
    op.m = tokens * share;
    op.n = past + tokens;
    op.mask = masked ? FL_CAUSAL_OUT : FL_DENSE;
    if (which == 1) {
        op.n = op.k;
        op.k = past + tokens;
        op.mask = masked ? FL_CAUSAL_IN : FL_DENSE;
    }
    if (which == 2) {
        op.m = tokens * *heads * sequences;
        op.share = masked ? *heads * sequences : 1;
        op.groups = 1;
    }
    return op;
}

static int64_t work_of(const struct fl_op *op)
{
    int64_t macs, values;
    ck_assert(fl_op_macs(op, &macs));
    struct fl_op written = *op;
    written.mask = op->mask == FL_CAUSAL_OUT ? op->mask : FL_DENSE;
    ck_assert(fl_op_values(&written, &values));
    return fl_op_is_product(op) ? macs : values;
}

/* Whatever blocks and heads: pieces do all products, and all values of digital work, once. */
START_TEST(pieces_do_the_work)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    int64_t sequences = fl_rng_range(&rng, 1, 4), tokens = fl_rng_range(&rng, 1, 200), heads, sum = 0;
    struct fl_op op = attention_drawn(&rng, sequences, tokens, &heads);
    ck_assert(fl_grid_fits(&op, sequences, tokens));
    ck_assert_int_eq(fl_grid_groups(&op, sequences, tokens), heads);
    struct fl_grid grid = fl_grid_make(sequences, tokens, fl_rng_range(&rng, 1, 300));
    grid.heads = fl_rng_range(&rng, 0, 1) == 0 ? heads : 1;
    grid.by_head = fl_rng_range(&rng, 0, 1) == 0;
    for (int64_t p = 0; p < fl_grid_pieces(&grid); p++) {
        struct fl_op piece = fl_grid_piece(&op, &grid, p);
        sum += work_of(&piece);
    }
    ck_assert_int_eq(sum, work_of(&op));
}
END_TEST

/* ---- who waits for what ---- */

/* A unit or a piece: its sequences and its block among those of one; its part of the heads, of all parts. */
struct place { int64_t sequence, at, head, heads; };

static struct place place_of(const struct fl_grid *grid, int64_t piece)
{
    int64_t each = (grid->tokens + grid->block_tokens - 1) / grid->block_tokens;
    int64_t block = grid->by_head ? piece % grid->blocks : piece / grid->heads;
    int64_t head = grid->by_head ? piece / grid->blocks : piece % grid->heads;
    return (struct place){block / each, block % each, head, grid->heads};
}

/* Does a piece read a unit: the rows of its own, of all before them (`again`), or of its whole sequence? */
static bool reads(struct place piece, struct place unit, bool again, bool whole)
{
    bool heads = piece.heads == unit.heads ? piece.head == unit.head : true;
    bool rows = piece.at == unit.at || (again && unit.at < piece.at) || whole;
    return heads && piece.sequence == unit.sequence && rows;
}

START_TEST(nobody_reads_what_is_not_there_or_gone)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    int64_t sequences = fl_rng_range(&rng, 1, 3), tokens = fl_rng_range(&rng, 1, 60);
    int64_t rows = fl_rng_range(&rng, 1, 80), heads = fl_rng_range(&rng, 1, 3);
    struct fl_grid made = fl_grid_make(sequences, tokens, rows), by = made;
    bool again = fl_rng_range(&rng, 0, 1) == 0, whole = again && fl_rng_range(&rng, 0, 1) == 0;
    made.heads = fl_rng_range(&rng, 0, 1) == 0 ? heads : 1;
    by.heads = fl_rng_range(&rng, 0, 1) == 0 ? heads : 1;
    made.by_head = by.by_head = fl_rng_range(&rng, 0, 1) == 0;
    int64_t units = fl_grid_pieces(&made), pieces = fl_grid_pieces(&by), most = 0;
    for (int64_t p = 0; p < pieces; p++) {
        int64_t want = fl_grid_wanted(&made, &by, p, whole), gone = fl_grid_released(&made, &by, p, again);
        most = want > most ? want : most;
        ck_assert_int_le(want, units);
        ck_assert_int_le(gone, most);
        for (int64_t u = 0; u < units; u++)
            if (reads(place_of(&by, p), place_of(&made, u), again, whole))
                ck_assert_msg(u < most, "piece %lld reads unit %lld of %lld", (long long)p, (long long)u,
                              (long long)most);
        for (int64_t later = p + 1; later < pieces; later++)
            for (int64_t u = 0; u < gone; u++)
                ck_assert_msg(!reads(place_of(&by, later), place_of(&made, u), again, whole),
                              "piece %lld reads unit %lld, gone after %lld", (long long)later, (long long)u,
                              (long long)p);
    }
    ck_assert_int_eq(fl_grid_released(&made, &by, pieces - 1, again), units);
}
END_TEST

/* ---- runs ---- */

#define BLOCK "machine.overlap=block"

static const struct job {
    const char *design, *model, *mapper, *set;
    struct fl_work work;
    const char *train;                  /* NULL: a pass */
} jobs[] = {
    {"free_space_1k", "gpt2", "weights_in_place", BLOCK, .work = {.context = 300}},
    {"free_space_1k", "gpt2", "auto", "sram.capacity=8 MiB", .work = {.context = 300}},    /* room for some scores */
    {"free_space_1k", "gpt2", "weight_stationary", BLOCK, .work = {.context = 300}},  /* tiles from DRAM */
    {"free_space_1k", "gpt2", "weights_in_place", "sram.capacity=1 MiB", .work = {.context = 300, .batch = 2}},
    {"ot_10k", "llama-3-8b", "weights_in_place", BLOCK,
     .work = {.context = 512, .layers_only = true}},    /* clocks that are not in step */
    {"lcos_resident", "gpt2", "auto", BLOCK, .work = {.context = 260}},
    {"free_space_1k", "t5-small", "weights_in_place", BLOCK, .work = {.context = 260}},
    {"free_space_1k", "whisper-tiny", "digital", BLOCK, .work = {.context = 260}},
    {"ot_10k", "mixtral-8x7b", "weights_in_place", BLOCK, .work = {.context = 520, .layers_only = true}},
    {"free_space_1k", "gemma-3-1b", "input_stationary", BLOCK, .work = {.context = 260, .layers_only = true}},
    {"digital_22nm", "gpt2", "digital", BLOCK, .work = {.context = 300}},
    {"lt_b_8", "deit-tiny", "streamed", BLOCK, .work = {.context = 0}},
    {"hybrid_1k", "gpt2", "auto", BLOCK, .work = {.context = 300}},
    {"free_space_1k", "gpt2", "weight_stationary", BLOCK, .work = {.phase = "train", .context = 64}, .train = "bp"},
    {"digital_22nm", "deit-tiny", "digital", BLOCK, .work = {.phase = "train", .batch = 2}, .train = "elm"},
    {"tests/designs/ot_opu.cfg", "gpt2", "weights_in_place", BLOCK, .work = {.phase = "train", .context = 64},
     .train = "dfa_layer"},
    {"tests/designs/ot_opu.cfg", "deit-tiny", "weight_stationary", BLOCK, .work = {.phase = "train"},
     .train = "two_pass"},
    {"tests/designs/ot_opu.cfg", "gpt2", "weights_in_place", BLOCK, .work = {.phase = "train", .context = 64},
     .train = "bp"},                    /* weights that stay are written anew */
    {"tests/designs/ot_opu.cfg", "deit-tiny", "weights_in_place", BLOCK, .work = {.phase = "train"},
     .train = "dfa_block"},
    {"lcos_resident", "deit-tiny", "weights_in_place", BLOCK, .work = {.phase = "train"}, .train = "bp"},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

static const char *design_of(struct fl_arena *arena, const struct job *job)
{
    return strchr(job->design, '/') == NULL ? job->design : source_path(arena, job->design);
}

/* By another mapper than the job's, unless NULL. */
static struct fl_result *run_by(const struct job *job, const char *mapper, bool overlaps, bool no_leap)
{
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    const char *set[] = {overlaps ? "machine.overlap=block" : "machine.overlap=none", job->set};
    const struct fl_train_work step = {.schedule = job->train};
    struct fl_arena arena = {0};
    struct fl_request ask = {.design = design_of(&arena, job), .model = job->model,
                             .mapper = mapper != NULL ? mapper : job->mapper, .set = set,
                             .sets = strncmp(job->set, "machine.overlap", 15) == 0 ? 1 : 2, .work = job->work,
                             .train = job->train != NULL ? &step : NULL, .no_leap = no_leap};
    if (!fanlight_run(&ask, &result, &err))
        ck_abort_msg("%s on %s: %s", job->model, job->design, fl_err_text(&err));
    fl_arena_free(&arena);
    return result;
}

static struct fl_result *run_of(const struct job *job, bool overlaps, bool no_leap)
{
    return run_by(job, NULL, overlaps, no_leap);
}

/* Not one row of a run differs with leaps, and operators come in the order of the trace, each with its own. */
static void same_rows(struct fl_result *leapt, struct fl_result *full)
{
    struct fl_rows a = {0}, b = {0};
    fl_result_rows(leapt, true, &a);
    fl_result_rows(full, true, &b);
    ck_assert_int_eq(leapt->run.latency_ps, full->run.latency_ps);
    ck_assert_uint_eq(a.operators, b.operators);
    ck_assert_uint_eq(a.tallies, b.tallies);
    for (size_t i = 0; i < a.operators; i++) {
        ck_assert_str_eq(a.operator_[i].name, b.operator_[i].name);
        ck_assert_int_eq(a.operator_[i].start_ps, b.operator_[i].start_ps);
        ck_assert_int_eq(a.operator_[i].end_ps, b.operator_[i].end_ps);
        ck_assert_int_eq(a.operator_[i].critical_ps, b.operator_[i].critical_ps);
    }
    for (size_t i = 0; i < a.tallies; i++) {
        ck_assert_uint_eq(a.tally[i].unit, b.tally[i].unit);
        ck_assert_uint_eq(a.tally[i].operator, b.tally[i].operator);
        ck_assert_int_eq(a.tally[i].count, b.tally[i].count);
    }
    fl_rows_free(&a);
    fl_rows_free(&b);
    fanlight_free(leapt);
    fanlight_free(full);
}

START_TEST(runs_are_exact)
{
    if (!cases_drawn(5, (uint64_t)_i, JOBS))
        return;
    struct fl_result *leapt = run_of(&jobs[_i], true, false), *full = run_of(&jobs[_i], true, true);
    ck_assert_ptr_nonnull(leapt->plan.program.stream);
    same_rows(leapt, full);
}
END_TEST

/* A plan cut in pieces, written to a file, comes back from it; not for a machine of the other kind. */
START_TEST(a_file_has_its_pieces)
{
    const struct job *job = &jobs[_i];
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    char *text = NULL;
    size_t length = 0;
    struct fl_result *first = run_of(job, true, false), *none = NULL;
    FILE *out = open_memstream(&text, &length);
    fl_mapfile_write(out, &first->plan, &first->trace, &first->machine, job->design);
    fclose(out);
    const char *path = made_file(&arena, ".map", text, length);
    same_rows(first, run_by(job, path, true, false));
    const struct fl_train_work step = {.schedule = job->train};
    struct fl_request ask = {.design = design_of(&arena, job), .model = job->model, .mapper = path,
                             .set = (const char *[]){"machine.overlap=none"}, .sets = 1, .work = job->work,
                             .train = job->train != NULL ? &step : NULL};
    ck_assert(!fanlight_run(&ask, &none, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "machine.overlap is none"));
    fl_err_free(&err);
    unlink(path);
    free(text);
    fl_arena_free(&arena);
}
END_TEST

/* A layer of a small Transformer, whose operators' names end in `mark`. */
struct sizes { long long tokens, batch, heads, share, head, ffn; bool causal; };

static const char *layer_text(struct fl_arena *arena, const struct sizes *s, int mark)
{
    long long width = s->heads * s->share * s->head, rows = s->tokens * s->batch, qkv = width + 2 * s->heads * s->head;
    const char *out = s->causal ? " mask=causal_out" : "", *in = s->causal ? " mask=causal_in" : "";
    return fl_arena_format(
        arena,
        "norm ln1_%d x -> a m=%lld n=%lld\nlinear qkv_%d a -> qkv m=%lld k=%lld n=%lld\n"
        "matmul scores_%d qkv qkv -> s groups=%lld m=%lld k=%lld n=%lld share=%lld%s\n"
        "softmax softmax_%d s -> p m=%lld n=%lld share=%lld%s\n"
        "matmul context_%d p qkv -> c groups=%lld m=%lld k=%lld n=%lld share=%lld%s sign=non_negative\n"
        "linear attn_out_%d c -> o m=%lld k=%lld n=%lld\nadd add1_%d x o -> r m=%lld n=%lld\n"
        "linear ffn_up_%d r -> u m=%lld k=%lld n=%lld\nactivation gelu_%d u -> g m=%lld n=%lld\n"
        "linear ffn_down_%d g -> d m=%lld k=%lld n=%lld\nadd add2_%d r d -> x m=%lld n=%lld\n",
        mark, rows, width, mark, rows, width, qkv,
        mark, s->heads * s->batch, s->tokens * s->share, s->head, s->tokens, s->share, out,
        mark, rows * s->heads * s->share, s->tokens, s->causal ? s->heads * s->share * s->batch : 1, out,
        mark, s->heads * s->batch, s->tokens * s->share, s->tokens, s->head, s->share, in,
        mark, rows, width, width, mark, rows, width, mark, rows, width, s->ffn, mark, rows, s->ffn,
        mark, rows, s->ffn, width, mark, rows, width);
}

/* A small Transformer of random sizes: blocks of layers, of which now and then there are so many, or a block is of so
 * many, that operators share the slots of those in flight. */
static const char *network_drawn(struct fl_arena *arena, struct fl_rng *rng)
{
    bool many = fl_rng_range(rng, 0, 3) == 0, in_one = fl_rng_range(rng, 0, 1) == 0;
    struct sizes s = {.tokens = fl_rng_range(rng, 60, many ? 100 : 300), .heads = fl_rng_range(rng, 1, 4),
                      .share = fl_rng_range(rng, 1, 2), .batch = fl_rng_range(rng, 1, 2),
                      .head = fl_rng_range(rng, 2, 9), .ffn = fl_rng_range(rng, 5, 90),
                      .causal = fl_rng_range(rng, 0, 2) > 0};
    long long rows = s.tokens * s.batch, width = s.heads * s.share * s.head;
    int blocks = many && !in_one ? 7 : 1, layers = many && in_one ? 7 : 1, made = 0;
    const char *text = fl_arena_format(arena, "fanlight-trace 2\nmodel drawn\ntokens %lld\nbatch %lld\ninput tokens\n"
                                       "repeat 1\nembed embed tokens -> x m=%lld k=50 n=%lld\nend\n",
                                       s.tokens, s.batch, rows, width);
    for (int b = 0; b < blocks; b++) {
        long long times = fl_rng_range(rng, 1, many ? 3 : 6);
        text = fl_arena_format(arena, "%srepeat %lld layer %d\n", text, times, made);
        for (int l = 0; l < layers; l++)
            text = fl_arena_format(arena, "%s%s", text, layer_text(arena, &s, b * layers + l));
        text = fl_arena_format(arena, "%send\n", text);
        made += (int)times;
    }
    return fl_arena_format(arena, "%srepeat 1\nnorm ln_f x -> l m=%lld n=%lld\nend\n", text, rows, width);
}

/* Random machines, with SRAM for all, for some or for hardly anything; random networks, every third in a step of
 * training; any strategy. */
START_TEST(random_runs_are_exact)
{
    static const char *const mappers[] = {"auto", "weights_in_place", "weight_stationary", "output_stationary",
                                          "input_stationary", "digital"};
    static const char *const srams[] = {"8 KiB", "64 KiB", "256 KiB", "4 MiB"};
    struct fl_rng rng = cases_rng((uint64_t)_i + 77);
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    struct fl_result *result[2] = {NULL};
    const struct fl_train_work step = {.schedule = "bp"};
    const char *set[SETS], *folder = getenv("SRCDIR");
    size_t sets = made_sets(&arena, &rng, set);
    set[sets++] = "machine.overlap=block";
    set[sets++] = "machine.accumulator_bits=64";
    set[sets++] = fl_arena_format(&arena, "sram.capacity=%s", srams[fl_rng_range(&rng, 0, 3)]);
    set[sets++] = fl_arena_format(&arena, "machine.block=%lld",
                                  (long long)(fl_rng_range(&rng, 0, 1) * fl_rng_range(&rng, 8, 60)));
    struct fl_request ask = {
        .design = fl_arena_format(&arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : "."),
        .trace_text = network_drawn(&arena, &rng), .mapper = mappers[fl_rng_range(&rng, 0, 5)], .set = set,
        .sets = (int)sets, .train = _i % 3 == 2 ? &step : NULL, .work.phase = _i % 3 == 2 ? "train" : NULL};
    for (int plain = 0; plain < 2; plain++) {
        ask.no_leap = plain == 1;
        if (!fanlight_run(&ask, &result[plain], &err)) {
            ck_assert_msg(strstr(fl_err_text(&err), "for ever") == NULL && strstr(fl_err_text(&err), "law") == NULL &&
                          plain == 0, "case %d: %s\n%s", _i, fl_err_text(&err), ask.trace_text);
            fl_err_free(&err);          /* nobody maps it so */
            fl_arena_free(&arena);
            return;
        }
    }
    same_rows(result[0], result[1]);
    fl_arena_free(&arena);
}
END_TEST

/* The first rows of a layer fill the wait for the last rows of the one before. */
START_TEST(layers_end_behind_the_next)
{
    const struct job job = {"lcos_resident", "gpt2", "auto", BLOCK, .work = {.context = 1024}};
    struct fl_result *result = run_of(&job, true, false);
    const struct fl_ledger *ledger = &result->run.ledger;
    fl_time last = 0;                   /* when the last operator of the layer before ended */
    struct fl_place_in_trace place = {0};
    int behind = 0;
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        const char *name = result->trace.block[place.block].op[place.op].name;
        behind += strcmp(name, "ln1") == 0 && ledger->occurrence[n].start + 1000000 < last;
        last = strcmp(name, "add2") == 0 ? ledger->occurrence[n].end : last;
    }
    ck_assert_int_eq(behind, 11);
    fanlight_free(result);
}
END_TEST

/* Blocks of so many rows, of which SRAM can hold what a piece makes. */
START_TEST(blocks_are_as_wanted)
{
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    const char *set[] = {"machine.block=100", "sram.capacity=32 KiB"};
    struct fl_request ask = {.design = "free_space_1k", .model = "gpt2", .mapper = "weights_in_place", .set = set,
                             .sets = 1, .work.context = 300};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    for (size_t i = 0; i < result->plan.ops; i++)
        ck_assert(result->plan.op[i].op->m != 300 || result->plan.op[i].pieces % 3 == 0);
    fanlight_free(result);
    ask.sets = 2;
    ck_assert(!fanlight_run(&ask, &result, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "machine.block: 100 rows: a piece of ffn_up is 2457600 bits, and SRAM "
                         "holds 262144") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

/* The schedule takes no way that it takes for slower than one operator after another; and where a run took longer than
 * that could, because memories or receivers that wake are waited for, both are run. */
START_TEST(beside_each_other_they_are_no_slower)
{
    struct fl_result *beside = run_of(&jobs[_i], true, false), *after = run_of(&jobs[_i], false, false);
    ck_assert_ptr_null(after->plan.program.stream);
    ck_assert_msg(beside->run.latency_ps <= after->run.latency_ps, "%s on %s: %lld and %lld ps",
                  jobs[_i].model, jobs[_i].design, (long long)beside->run.latency_ps, (long long)after->run.latency_ps);
    ck_assert_uint_eq(beside->run.ledger.occurrences, after->run.ledger.occurrences);
    fanlight_free(beside);
    fanlight_free(after);
}
END_TEST

/* Does an occurrence read the copy of a tensor that a layer has? */
static bool reads_copy(const struct fl_trace *trace, const struct fl_place_in_trace *at, int32_t tensor, int64_t layer)
{
    const struct fl_block *block = &trace->block[at->block];
    const struct fl_op *op = &block->op[at->op];
    for (size_t i = 0; i < op->operands; i++)
        if (op->reads[i].tensor == tensor &&
            (!trace->tensor[tensor].layered || fl_block_layer(block, at->repeat) == layer))
            return true;
    return false;
}

/* A parameter is there anew after all that read it as it was have ended, however much goes on beside. */
START_TEST(nobody_reads_parameters_that_are_overwritten)
{
    if (jobs[_i].train == NULL)
        return;
    struct fl_result *result = run_of(&jobs[_i], true, false);
    const struct fl_trace *trace = &result->trace;
    struct fl_rows rows = {0};
    size_t n = 0, updates = 0;
    fl_result_rows(result, true, &rows);
    struct fl_place_in_trace at = {0};
    for (; fl_trace_walk(trace, &at); n++, at.op++) {
        const struct fl_op *op = &trace->block[at.block].op[at.op];
        if (op->type->form != FL_UPDATE)
            continue;
        updates++;
        size_t reader = 0;
        int64_t layer = fl_block_layer(&trace->block[at.block], at.repeat);
        struct fl_place_in_trace by = {0};
        for (; reader < n && fl_trace_walk(trace, &by); reader++, by.op++)
            ck_assert_msg(!reads_copy(trace, &by, op->writes.tensor, layer) ||
                          rows.operator_[reader].end_ps <= rows.operator_[n].end_ps, "%s overwrites what %s reads",
                          rows.operator_[n].name, rows.operator_[reader].name);
    }
    ck_assert_uint_gt(updates, 0);
    fl_rows_free(&rows);
    fanlight_free(result);
}
END_TEST

/* One row has no blocks: a decode step is what it was. */
START_TEST(steps_of_one_token_drain)
{
    struct fl_result *result[2];
    for (int overlaps = 0; overlaps < 2; overlaps++) {
        struct fl_err err = {0};
        const char *set[] = {overlaps ? "machine.overlap=block" : "machine.overlap=none"};
        struct fl_request ask = {.design = "free_space_1k", .model = "gpt2", .mapper = "weights_in_place", .set = set,
                                 .sets = 1, .work = {.phase = "decode", .context = 40, .tokens = 2}};
        ck_assert_msg(fanlight_run(&ask, &result[overlaps], &err), "%s", fl_err_text(&err));
        ck_assert_ptr_null(result[overlaps]->plan.program.stream);
    }
    ck_assert(fl_plan_alike(&result[0]->plan, &result[1]->plan));
    ck_assert_int_eq(result[0]->run.latency_ps, result[1]->run.latency_ps);
    fanlight_free(result[0]);
    fanlight_free(result[1]);
}
END_TEST

Suite *test_overlap_suite(void)
{
    Suite *suite = suite_create("overlap");
    TCase *pieces = tcase_create("pieces"), *runs = tcase_create("runs");
    tcase_add_loop_test(pieces, pieces_do_the_work, 0, (int)cases_of(2000));
    tcase_add_loop_test(pieces, nobody_reads_what_is_not_there_or_gone, 0, (int)cases_of(2000));
    tcase_add_loop_test(runs, runs_are_exact, 0, JOBS);
    tcase_add_loop_test(runs, a_file_has_its_pieces, 0, JOBS);
    tcase_add_loop_test(runs, random_runs_are_exact, 0, (int)cases_of(60));
    tcase_add_test(runs, layers_end_behind_the_next);
    tcase_add_test(runs, blocks_are_as_wanted);
    tcase_add_loop_test(runs, beside_each_other_they_are_no_slower, 0, JOBS);
    tcase_add_loop_test(runs, nobody_reads_parameters_that_are_overwritten, 0, JOBS);
    tcase_add_test(runs, steps_of_one_token_drain);
    tcase_set_timeout(runs, 300);
    suite_add_tcase(suite, pieces);
    suite_add_tcase(suite, runs);
    return suite;
}
