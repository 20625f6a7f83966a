/* test_encodings.c - what an encoding and slices cost, counted: the table of DESIGN section 6, kept to the last count.
 *
 * One law over random operators: cores that give the same outputs cut the work alike, and
 * then the counts of any two encodings differ by the table's factors and nothing else.
 * And one small product through built machines, each count worked out by hand.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "tests/cases.h"
#include "tests/samples.h"
#include "tests/suites.h"

enum { DIGITAL, ROW, RAILS, COHERENT, BALANCED, INTENSITY, HOMODYNE, ENCODINGS };
static const char *const names[ENCODINGS] = {"offset", "offset, reference row", "dual_rail", "coherent", "balanced",
                                             "intensity", "homodyne"};

/* ---- the law ---- */

/* The table, written out: rows of an output and of a tile, passes by sign, detectors of a conversion. */
struct row { int64_t rows, reference, signed_passes, diodes; };
static const struct row table[ENCODINGS] = {
    [DIGITAL] = {1, 0, 1, 1}, [ROW] = {1, 1, 1, 1}, [RAILS] = {2, 0, 2, 2}, [COHERENT] = {1, 0, 1, 2},
    [BALANCED] = {1, 0, 2, 2}, [INTENSITY] = {1, 0, 1, 1}, [HOMODYNE] = {1, 0, 1, 2}};

static struct fl_machine machine_of(int encoding, const struct fl_pool *like)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = *like;
    machine.pool[0].rows = like->rows * table[encoding].rows + table[encoding].reference;
    machine.pool[0].encoding = encoding == RAILS       ? FL_SIGN_DUAL_RAIL
                               : encoding == COHERENT  ? FL_SIGN_COHERENT
                               : encoding == HOMODYNE  ? FL_SIGN_HOMODYNE
                               : encoding == INTENSITY ? FL_SIGN_INTENSITY
                               : encoding == BALANCED  ? FL_SIGN_BALANCED : FL_SIGN_OFFSET;
    machine.pool[0].reference = encoding == ROW ? FL_REFERENCE_ROW : FL_REFERENCE_DIGITAL;
    return machine;
}

static void effort_of(struct fl_effort *effort, const struct fl_op *op, const struct fl_mapper *mapper, int encoding,
                      const struct fl_pool *like)
{
    struct fl_machine machine = machine_of(encoding, like);
    struct fl_mapping mapping;
    ck_assert(mapper->map(op, &machine, &mapping, NULL));
    ck_assert(fl_mapping_bound(op, &machine, &mapping, effort, NULL));
}

/* Counts of `b` as the table has them follow from those of `a`: offset kept digitally. */
static void check_pair(const struct fl_effort *a, const struct fl_effort *b, const struct row *row, bool non_negative,
                       bool gated, int64_t outputs)
{
    double passes = non_negative ? 1 : (double)row->signed_passes, rows = (double)row->rows;
    double reference = (double)row->reference * a->core_vectors;
    ck_assert_double_eq(b->loads, a->loads);
    ck_assert_double_eq(b->dram_bits, a->dram_bits);
    ck_assert_double_eq(b->core_vectors, a->core_vectors * passes);   /* `vectors` counts moves, too, which stay */
    ck_assert_double_eq(b->converted, a->converted * passes);
    ck_assert_double_eq(b->sampled, (a->sampled + reference) * passes);
    ck_assert_double_eq(b->detected, b->sampled * (double)row->diodes);
    ck_assert_double_eq(b->load_pixels, a->load_pixels * rows);
    ck_assert_double_eq(b->load_rows, a->load_rows * rows);
    double lit = gated ? a->lit_rows * rows + reference
                       : a->core_vectors * (double)(outputs * row->rows + row->reference);
    ck_assert_double_eq(b->lit_rows, lit * passes);
}

START_TEST(any_two_encodings_differ_as_the_table_says)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    uint64_t mapped = 0, cases = cases_of(300);
    for (uint64_t i = 0; i < cases; i++) {
        struct fl_op op = sample_random_op(&rng);
        struct fl_pool like = sample_random_pool(&rng, true);
        const struct fl_mapper *mapper = fl_mapper_find(_i % 2 ? "output_stationary" : "weight_stationary");
        like.pixel_bits = like.dac_bits = 0;
        like.whole_frames = false;
        struct fl_effort effort[ENCODINGS];
        for (int e = 0; e < ENCODINGS; e++)
            effort_of(&effort[e], &op, mapper, e, &like);
        for (int e = 0; e < ENCODINGS; e++)
            check_pair(&effort[DIGITAL], &effort[e], &table[e], op.sign == FL_NON_NEGATIVE, like.gate_rows,
                       like.rows);
        mapped += effort[ROW].sampled > effort[DIGITAL].sampled;
    }
    ck_assert_uint_gt(mapped, cases * 2 / 3);
}
END_TEST

/* ---- by hand ---- */

struct made {
    struct fl_arena arena;
    struct fl_design design;
    struct fl_machine machine;
    struct fl_arch arch;
};

static void make(struct made *made, const char *const *set, size_t sets)
{
    struct fl_err err = {0};
    const char *folder = getenv("SRCDIR");
    memset(made, 0, sizeof *made);
    const char *good = fl_arena_format(&made->arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
    ck_assert_msg(fl_design_load(&made->design, good, set, sets, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_describe(&made->machine, &made->design, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_build(&made->arch, &made->design, &made->machine, &err), "%s", fl_err_text(&err));
}

static void unmake(struct made *made)
{
    fl_arch_free(&made->arch);
    fl_design_free(&made->design);
    fl_arena_free(&made->arena);
}

static int64_t counted(const struct made *made, const char *slot, const char *action)
{
    const char *path = fl_arena_format((struct fl_arena *)(uintptr_t)&made->arena, "core[0].%s", slot);
    for (uint32_t i = 0; i < made->arch.sim.units; i++) {
        const struct unit *u = made->arch.sim.unit[i];
        for (uint32_t c = 0; strcmp(u->path, path) == 0 && c < u->counts; c++)
            if (strcmp(fl_unit_count_name(u, c), action) == 0)
                return u->count[c];
    }
    ck_abort_msg("nothing counts %s.%s", slot, action);
    return -1;
}

static void simulate(struct made *made, const struct fl_op *op)
{
    struct fl_mapping mapping;
    struct fl_builder builder = {0};
    struct fl_err err = {0};
    ck_assert(fl_mapper_find("weight_stationary")->map(op, &made->machine, &mapping, NULL));
    fl_build_open(&builder, 0);
    fl_mapping_lower(op, &made->machine, &mapping, &builder);
    fl_build_close(&builder);
    fl_build_halt(&builder);
    struct fl_program program = fl_builder_program(&builder);
    ck_assert_msg(fl_sim_run(&made->arch.sim, &program, &err), "%s", fl_err_text(&err));
    fl_builder_free(&builder);
}

/* 10 vectors of 40 inputs, 12 outputs, one core of 16 inputs that gives 8 outputs, its own inputs: tiles of 16, 16 and
 * 8 inputs by 8 and 4 outputs, 3 x 2 of them; sums go through SRAM.
 *   conversions of inputs   10 x 40 for each of 2 tiles of outputs = 800
 *   conversions of outputs  10 x 12 for each of 3 tiles of inputs = 360; reference rows 10 x 6 = 60
 *   lit rows                10 x 6 tiles x rows of the core
 *   pixels                  40 x 12 = 480
 *   additions, besides one a conversion: partial sums read back, 10 x 12 x 2 = 240;
 *     offset: 10 x 2 x 2 sums of inputs read back = 40, 10 x 12 = 120 to take them from the outputs, as many again for
 *     the row sums of weights if inputs are signed, and 800 to add the inputs up unless a row measures them */
static const struct by_hand {
    int encoding;
    bool non_negative;
    int64_t rows, converted, sampled, detected, lit, pixels, added;
} by_hand[] = {
    {DIGITAL, false, 8, 800, 360, 360, 480, 480, 360 + 240 + 40 + 240 + 800},
    {DIGITAL, true, 8, 800, 360, 360, 480, 480, 360 + 240 + 40 + 120 + 800},
    {ROW, false, 9, 800, 420, 420, 540, 480, 420 + 240 + 40 + 240},
    {ROW, true, 9, 800, 420, 420, 540, 480, 420 + 240 + 40 + 120},
    {RAILS, false, 16, 1600, 720, 1440, 1920, 960, 720 + 240},
    {RAILS, true, 16, 800, 360, 720, 960, 960, 360 + 240},
    {COHERENT, false, 8, 800, 360, 720, 480, 480, 360 + 240},
    {COHERENT, true, 8, 800, 360, 720, 480, 480, 360 + 240},
    {HOMODYNE, false, 8, 800, 360, 720, 480, 480, 360 + 240},
    {HOMODYNE, true, 8, 800, 360, 720, 480, 480, 360 + 240},
    {BALANCED, false, 8, 1600, 720, 1440, 960, 480, 720 + 240},
    {BALANCED, true, 8, 800, 360, 720, 480, 480, 360 + 240},
};

START_TEST(a_small_product_is_counted_as_by_hand)
{
    const struct by_hand *want = &by_hand[_i];
    static const char *const encoding[ENCODINGS] = {"offset", "offset", "dual_rail", "coherent", "balanced",
                                                    "intensity", "homodyne"};
    struct fl_arena arena = {0};
    const char *const set[] = {
        "core[0].cores=1", "core[0].shared_input=false", "core[1].cores=0",
        fl_arena_format(&arena, "core[0].slm.rows=%d", (int)want->rows),
        fl_arena_format(&arena, "core[0].encoding=%s", encoding[want->encoding]),
        want->encoding == ROW ? "core[0].reference=row" : "core[0].reference=digital"};
    struct made made;
    make(&made, set, sizeof set / sizeof *set);
    struct fl_op op = sample_linear("by hand", 10, 40, 12);
    op.sign = want->non_negative ? FL_NON_NEGATIVE : FL_SIGNED;
    simulate(&made, &op);
    const char *name = names[want->encoding];
#define SAME(slot, action, count) \
    ck_assert_msg(counted(&made, slot, action) == (count), "%s: %lld %s by %s, not %lld", name, \
                  (long long)counted(&made, slot, action), action, slot, (long long)(count))
    SAME("dac", "converted", want->converted);
    SAME("source", "modulated", want->converted);
    SAME("adc", "converted", want->sampled);
    SAME("detector", "detected", want->detected);
    SAME("slm", "passed", want->lit);
    SAME("slm", "loaded", want->pixels);
    SAME("accumulator", "added", want->added);
    SAME("source", "lit", 256 * want->lit);
    SAME("source", "beaten", want->encoding == COHERENT || want->encoding == HOMODYNE ? 256 * want->lit : 0);
    unmake(&made);
    fl_arena_free(&arena);
}
END_TEST

/* The same product with weights of 8 bits on pixels of 3 (three slices) and inputs of 5 bits through converters of 2
 * (three passes): every vector passes three times; slices side by side take three conversions an output and three rows,
 * one after another three loads of each tile and three times as many vectors. */
START_TEST(slices_multiply_passes_and_conversions)
{
    const bool space = _i == 0;
    struct fl_arena arena = {0};
    const char *const set[] = {
        "core[0].cores=1", "core[0].shared_input=false", "core[1].cores=0", "core[0].slm.pixel_bits=3",
        "core[0].dac.bits=2", "core[0].encoding=coherent", space ? "core[0].slm.rows=24" : "core[0].slm.rows=8",
        space ? "core[0].weight_slices=space" : "core[0].weight_slices=time"};
    struct made made;
    make(&made, set, sizeof set / sizeof *set);
    struct fl_op op = sample_linear("by hand", 10, 40, 12);
    simulate(&made, &op);
    const char *name = space ? "space" : "time";
    int64_t frames = space ? 1 : 3;
    SAME("dac", "converted", 3 * 800 * frames);
    SAME("adc", "converted", 3 * 3 * 360);
    SAME("detector", "detected", 3 * 3 * 720);
    SAME("slm", "loaded", 3 * 480);
    SAME("slm", "frames", 6 * frames);
    SAME("slm", "passed", 3 * 3 * 480);
    /* a shift-add each; 2 (space) or 8 (time) rounds of partial sums are read back, shared out over the passes */
    int64_t reads = space ? 2 : 8;
    int64_t shared = 10 * 3 * ((8 + 2) / 3 + (4 + 2) / 3) * reads;
    SAME("accumulator", "added", 3 * 3 * 360 + shared);
    unmake(&made);
    fl_arena_free(&arena);
}
END_TEST

/* Lanes that a vector leaves unused rest, or convert all the same. */
START_TEST(idle_lanes_rest_or_convert)
{
    static const char *const set[] = {"core[0].cores=1", "core[1].cores=0", "core[0].dac.idle_lanes=convert",
                                      "core[0].adc.idle_lanes=convert", "core[0].detector.idle_lanes=convert"};
    for (size_t sets = 2; sets <= 5; sets += 3) {
        struct made made;
        make(&made, set, sets);
        struct fl_op op = sample_linear("one edge tile", 10, 5, 3);
        simulate(&made, &op);
        bool all = sets == 5;
        ck_assert_int_eq(counted(&made, "dac", "converted"), 10 * (all ? 16 : 5));
        ck_assert_int_eq(counted(&made, "detector", "detected"), 10 * (all ? 8 : 3));
        ck_assert_int_eq(counted(&made, "adc", "converted"), 10 * (all ? 4 : 3));   /* 4 converters, one cycle */
        unmake(&made);
    }
}
END_TEST

/* ---- what cannot be ---- */

START_TEST(too_few_rows_are_refused)
{
    static const struct { const char *set[3], *says; } bad[] = {
        {{"core[0].reference=row", "core[0].encoding=coherent", NULL}, "core[0].reference: only encoding \"offset\""},
        {{"core[0].slm.rows=1", "core[0].encoding=dual_rail", NULL},
         "core[0].slm.rows: 1 rows give no output: one takes 2"},
        {{"core[0].slm.rows=1", "core[0].reference=row", NULL},
         "one takes 1 (encoding, weight slices side by side) beside"},
        {{"core[0].slm.rows=7", "core[0].slm.pixel_bits=1", NULL}, "7 rows give no output: one takes 8"},
    };
    struct fl_arena arena = {0};
    const char *folder = getenv("SRCDIR");
    const char *good = fl_arena_format(&arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_design design;
        struct fl_err err = {0};
        ck_assert(!fl_design_load(&design, good, bad[i].set, 2, &err));
        ck_assert_msg(strstr(fl_err_text(&err), bad[i].says) != NULL, "\"%s\" is not in: %s", bad[i].says,
                      fl_err_text(&err));
        ck_assert_int_eq(err.faults, 1);
        fl_err_free(&err);
    }
    fl_arena_free(&arena);

    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("small", false, 1, 8, 3);
    machine.pool[0].pixel_bits = 2;
    struct fl_op op = sample_linear("ffn", 4, 8, 8);
    struct fl_mapping mapping;
    struct fl_err err = {0};
    ck_assert(!fl_mapper_find("weight_stationary")->map(&op, &machine, &mapping, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "pool \"small\" has 3 rows, and one output takes 4"));
    fl_err_free(&err);
}
END_TEST

Suite *test_encodings_suite(void)
{
    Suite *suite = suite_create("encodings");
    TCase *tcase = tcase_create("encodings");
    tcase_add_loop_test(tcase, any_two_encodings_differ_as_the_table_says, 0, 4);
    tcase_add_loop_test(tcase, a_small_product_is_counted_as_by_hand, 0, (int)(sizeof by_hand / sizeof *by_hand));
    tcase_add_loop_test(tcase, slices_multiply_passes_and_conversions, 0, 2);
    tcase_add_test(tcase, idle_lanes_rest_or_convert);
    tcase_add_test(tcase, too_few_rows_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
