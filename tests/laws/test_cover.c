/* test_cover.c - the law of mappings: kept by every strategy, and broken by every fault put in.
 *
 * Two witnesses apart from fl_cover: a brute count of every single product, and the
 * expanded program, whose sums must be those of the visited tiles.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "mapping/cover.h"
#include "mapping/nest.h"
#include "tests/cases.h"
#include "tests/samples.h"
#include "tests/suites.h"

enum { CASES = 1000 };

/* ---- every product once ---- */

struct brute {
    const struct fl_op *op;
    unsigned char *times;               /* by (g, m, k, n) */
};

static bool brute_tile(void *context, const struct fl_tile *t)
{
    struct brute *b = context;
    const struct fl_op *op = b->op;
    for (int64_t m = t->m; m < t->m + t->ms; m++)
        for (int64_t k = t->k; k < t->k + t->ks; k++)
            for (int64_t n = t->n; n < t->n + t->ns; n++)
                b->times[((t->g * op->m + m) * op->k + k) * op->n + n]++;
    return true;
}

static bool wanted(const struct fl_op *op, int64_t m, int64_t k, int64_t n)
{
    return op->mask == FL_DENSE || sample_sees(op, m / op->share, op->mask == FL_CAUSAL_OUT ? n : k);
}

static void check_products(const struct fl_op *whole, const struct fl_mapping *mapping)
{
    const struct fl_op view = fl_map_view(whole, mapping->swapped), *op = &view;
    size_t products = (size_t)(op->groups * op->m * op->k * op->n);
    struct brute b = {op, calloc(products, 1)};
    ck_assert(fl_mapping_visit(whole, mapping, brute_tile, &b));
    int64_t macs = 0, wrong = 0, frames = fl_most(mapping->frames, 1);
    for (size_t i = 0; i < products; i++) {
        int64_t n = (int64_t)i % op->n, k = (int64_t)i / op->n % op->k, m = (int64_t)i / op->n / op->k % op->m;
        bool want = mapping->swapped ? wanted(whole, n, k, m) : wanted(whole, m, k, n);
        wrong += b.times[i] > frames || (want && b.times[i] != frames);
        macs += want;
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(macs, whole->macs);
    free(b.times);
}

/* ---- the program says what the tiles say ---- */

struct sums {
    int64_t vectors, converted, sampled, cells, lit, pixels, loads, finished, spilled, kept, read, distinct, brought;
};

struct tally {
    const struct fl_op *op;
    const struct fl_pool *pool;
    const struct fl_mapping *mapping;
    struct sums sums;
    int64_t round;
    int64_t begun[4][41][41];           /* by group, vector and output */
    uint64_t met[4][41][41];            /* tiles loaded so far, by group, input and output: a bit a weight slice */
    /* of this round, by group and vector: what its cores work on, vector by vector. Sums of inputs are kept beside
     * those of outputs */
    unsigned char inputs[4][41][41], outputs[4][41][41], kept[4][41][41], works[41];
};

static int64_t ones(const unsigned char *flag, size_t flags)
{
    int64_t count = 0;
    for (size_t i = 0; i < flags; i++)
        count += flag[i];
    return count;
}

static void tally_round(struct tally *t)
{
    t->sums.read += ones(&t->inputs[0][0][0], sizeof t->inputs);
    t->sums.spilled += ones(&t->outputs[0][0][0], sizeof t->outputs);
    t->sums.kept += ones(&t->kept[0][0][0], sizeof t->kept);
    t->sums.vectors += ones(t->works, sizeof t->works);
    memset(t->inputs, 0, sizeof t->inputs);
    memset(t->outputs, 0, sizeof t->outputs);
    memset(t->kept, 0, sizeof t->kept);
    memset(t->works, 0, sizeof t->works);
}

static void tally_vector(struct tally *t, const struct fl_tile *tile, int64_t m)
{
    const struct fl_mapping *map = t->mapping;
    bool offset = t->pool->encoding == FL_SIGN_OFFSET, row = t->pool->reference == FL_REFERENCE_ROW && offset;
    int64_t *begun = &t->begun[tile->g][m][tile->n];            /* 1 + the round in which its sums began */
    t->works[m % map->tile_m] = 1;
    memset(&t->inputs[tile->g][m][tile->k], 1, (size_t)tile->ks);
    if (*begun > 0 && *begun <= tile->round && !map->accumulate) {
        memset(&t->outputs[tile->g][m][tile->n], 1, (size_t)tile->ns);
        t->kept[tile->g][m][row ? tile->n : 0] = offset;
    }
    if (*begun == 0) {
        t->sums.finished += tile->ns;
        *begun = tile->round + 1;
    }
}

static bool tally_tile(void *context, const struct fl_tile *tile)
{
    struct tally *t = context;
    if (tile->round != t->round)
        tally_round(t);
    t->round = tile->round;
    bool row = t->pool->reference == FL_REFERENCE_ROW && t->pool->encoding == FL_SIGN_OFFSET;
    t->sums.sampled += tile->ms * (tile->ns * fl_pool_beside(t->pool) + row);
    t->sums.cells += tile->ms * tile->ns * tile->ks;
    t->sums.lit += tile->ms * tile->ks * (tile->ns * fl_pool_rows_per_output(t->pool) + row);
    if (!t->pool->shared_input)
        t->sums.converted += tile->ms * tile->ks;
    for (int64_t m = tile->m; m < tile->m + tile->ms; m++)
        tally_vector(t, tile, m);
    int64_t block = tile->m / t->mapping->tile_m;
    if (tile->load) {
        t->sums.pixels += tile->ks * tile->ns;
        t->sums.distinct += block % t->mapping->cores_m == 0 ? tile->ks * tile->ns : 0;    /* copies read once */
        t->sums.loads++;
        uint64_t *met = &t->met[tile->g][tile->k][tile->n], bit = (uint64_t)1 << tile->frame;
        t->sums.brought += *met & bit ? 0 : tile->ks * tile->ns;
        *met |= bit;
    }
    return true;
}

/* Runs a program's loops and sums its steps. */
static size_t expand(const struct fl_program *p, size_t from, int64_t times, struct fl_effort *sum, int64_t *written)
{
    size_t i = from;
    for (int64_t round = 0; round < times; round++)
        for (i = from; i < p->insts && p->inst[i].code != FL_NEXT; i++) {
            if (p->inst[i].code == FL_LOOP) {
                i = expand(p, i + 1, p->inst[i].count, sum, written);
                continue;
            }
            const struct fl_step *s = &p->step[p->inst[i].arg];
            const struct fl_light_step *light = fl_light(s);
            double v = (double)s->vectors;
            ck_assert_int_ge(s->vectors, 1);
            if (s->kind == FL_STEP_MOVE) {
                sum->dram_bits += (double)s->load_bits;
                continue;
            }
            sum->vectors += v;
            sum->converted += v * (double)light->converted;
            sum->detected += v * (double)light->detected;
            sum->sampled += v * (double)light->sampled;
            sum->added += v * (double)light->added + (double)light->load_added;
            sum->values += v * (double)light->lit_paths;
            sum->sram_bits += v * (double)s->read_bits;
            sum->partial_bits += v * (double)s->partial_bits;
            sum->load_pixels += (double)light->load_pixels;
            sum->dram_bits += s->load_from == FL_DRAM ? (double)s->load_bits : 0;
            sum->loads += s->load_from == FL_NOWHERE ? 0 : (double)fl_step_loaded(s);
            *written += s->vectors * s->write_bits;
        }
    return i;
}

/* Additions that take the sums of inputs and of weights out of offset products. */
static int64_t corrections(const struct tally *t, const struct fl_op *view)
{
    const struct fl_pool *pool = t->pool;
    bool weights = view->sign == FL_SIGNED;
    if (pool->encoding != FL_SIGN_OFFSET)
        return 0;
    bool dynamic = t->op->type == &fl_op_matmul || t->mapping->swapped;
    return (pool->reference == FL_REFERENCE_DIGITAL ? t->sums.read : 0) + t->sums.finished * (weights ? 2 : 1) +
           (dynamic && weights ? t->sums.distinct : 0);
}

/* What is loaded comes from DRAM if that holds it, kept tiles once. */
static int64_t brought_bits(const struct tally *t, const struct fl_machine *machine)
{
    const struct fl_mapping *map = t->mapping;
    struct fl_nest nest;
    fl_nest_make(&nest, t->op, map);
    if (map->swapped || !fl_op_from_dram(t->op))
        return 0;
    bool once = map->keep && fl_nest_again(&nest, t->op, map) >= 0;
    int64_t bits = fl_op_stored(t->op) == FL_TENSOR_CACHE ? machine->activation_bits : t->pool->weight_bits;
    return (once ? t->sums.brought : t->sums.distinct) * (map->frames > 1 ? t->pool->pixel_bits : bits);
}

static void check_program(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping)
{
    const struct fl_pool *pool = &machine->pool[mapping->number];
    const struct fl_op view = fl_map_view(op, mapping->swapped);
    struct tally t = {.op = op, .pool = pool, .mapping = mapping};
    fl_mapping_visit(op, mapping, tally_tile, &t);
    tally_round(&t);
    struct fl_builder builder = {0};
    fl_mapping_lower(op, machine, mapping, &builder);
    struct fl_program program = fl_builder_program(&builder);
    struct fl_effort sum = {0};
    int64_t written = 0, each = fl_pool_rows_per_output(pool);
    int64_t passes = fl_pool_passes(pool, view.sign), bits = machine->accumulator_bits;
    expand(&program, 0, 1, &sum, &written);
    ck_assert_double_eq(sum.vectors, (double)(t.sums.vectors * passes));
    ck_assert_double_eq(sum.sampled, (double)(t.sums.sampled * passes));
    ck_assert_double_eq(sum.detected, sum.sampled * (double)fl_pool_diodes(pool));
    ck_assert_double_eq(sum.converted, (double)((pool->shared_input ? t.sums.read : t.sums.converted) * passes));
    int64_t pixels = pool->whole_frames ? t.sums.loads * pool->columns * pool->rows : t.sums.pixels * each;
    ck_assert_double_eq(sum.load_pixels, (double)pixels);
    ck_assert_double_eq(sum.loads, (double)t.sums.loads);
    bool stream = mapping->swapped && fl_op_from_dram(op);
    bool weights = mapping->swapped && op->type == &fl_op_linear;        /* are what is streamed */
    double streamed = weights ? pool->weight_bits : machine->activation_bits;
    if (stream)
        ck_assert_double_ge(sum.dram_bits, streamed * (double)(op->groups * op->k * op->n));
    else
        ck_assert_double_eq(sum.dram_bits, (double)brought_bits(&t, machine));
    if (pool->gate_rows)
        ck_assert_double_eq(sum.values, (double)(t.sums.lit * passes));
    if (passes == 1) {
        ck_assert_double_eq(sum.sram_bits, (double)t.sums.read * streamed);
        ck_assert_double_eq(sum.partial_bits, (double)((t.sums.spilled + t.sums.kept) * bits));
        ck_assert_int_eq(written, (t.sums.spilled + t.sums.kept) * bits + t.sums.finished * machine->activation_bits);
        int64_t added = t.sums.sampled + t.sums.spilled + t.sums.kept + corrections(&t, &view);
        ck_assert_double_eq(sum.added, (double)added);
    }
    fl_builder_free(&builder);
}

static void check_mapping(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping)
{
    struct fl_err err = {0};
    bool covered = fl_cover(op, machine, mapping, &err);
    ck_assert_msg(covered, "%s: %s", mapping->strategy, fl_err_text(&err));
    if (!fl_on_cores(mapping))
        return;
    check_products(op, mapping);
    check_program(op, machine, mapping);
}

START_TEST(every_strategy_covers)
{
    struct fl_rng rng = cases_rng(1);
    for (size_t at = 0; fl_mapper_at(at) != NULL; at++)
        /* test_streamed.c and test_spread.c have pools that deal tiles */
        for (uint64_t i = 0, mapped = fl_mapper_at(at) == fl_mapper_find("streamed") ||
                                      fl_mapper_at(at) == fl_mapper_find("spread");
             i < cases_of(CASES) || mapped == 0; i++) {
            struct fl_op op = sample_random_op(&rng);
            struct fl_machine machine = sample_random_machine(&rng);
            struct fl_mapping mapping, again;
            struct fl_err err = {0};
            ck_assert_uint_lt(i, 10 * CASES);
            if (fl_mapper_at(at)->map(&op, &machine, &mapping, &err)) {
                check_mapping(&op, &machine, &mapping);
                ck_assert(fl_mapper_at(at)->map(&op, &machine, &again, &err));
                ck_assert_mem_eq(mapping.order, again.order, sizeof mapping.order);
                ck_assert(mapping.engine == again.engine && mapping.number == again.number);
                ck_assert_double_eq(mapping.bound_ps, again.bound_ps);
                mapped++;
            } else {
                ck_assert_int_gt(err.faults, 0);
            }
            fl_err_free(&err);
        }
}
END_TEST

START_TEST(any_legal_nest_covers)
{
    struct fl_rng rng = cases_rng(2);
    for (uint64_t i = 0; i < cases_of(2 * CASES); i++) {
        struct fl_op op = sample_random_op(&rng);
        struct fl_machine machine = sample_machine();
        machine.pools = 1;
        machine.pool[0] = sample_random_pool(&rng, true);
        machine.sram_bits = fl_rng_range(&rng, 0, 1) << 33;
        bool swapped = fl_rng_range(&rng, 0, 1);
        const struct fl_op view = fl_map_view(&op, swapped);
        struct fl_mapping mapping = sample_random_mapping(&rng, &view, &machine.pool[0]);
        mapping.swapped = swapped;
        fl_map_sums(&op, &machine.pool[0], &mapping);
        fl_map_keep(&op, &machine, &mapping);
        if (i % 2 == 1)
            mapping.accumulate = mapping.keep = false;
        ck_assert(fl_mapping_bound(&op, &machine, &mapping, NULL, NULL));
        check_mapping(&op, &machine, &mapping);
    }
}
END_TEST

/* ---- faults ---- */

static void expect_fault(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                         const char *says)
{
    struct fl_err err = {0};
    ck_assert_msg(!fl_cover(op, machine, mapping, &err), "no fault seen: %s", says);
    ck_assert_msg(strstr(fl_err_text(&err), says) != NULL, "\"%s\" is not in: %s", says, fl_err_text(&err));
    fl_err_free(&err);
}

/* A field that is changed to a value; none: bytes is 0. */
struct change { size_t at, bytes; int64_t value; };
#define IN(record, field, value) {offsetof(struct record, field), sizeof ((struct record *)0)->field, value}
#define MAPPING(field, value) IN(fl_mapping, field, value)
#define OP(field, value) IN(fl_op, field, value)
enum { CHANGES = 4 };

static void change(void *record, const struct change *list)
{
    for (int i = 0; i < CHANGES && list[i].bytes > 0; i++) {
        int32_t word = (int32_t)list[i].value;
        bool flag = list[i].value != 0;
        const void *from = list[i].bytes == sizeof flag ? (void *)&flag : (const void *)&list[i].value;
        memcpy((char *)record + list[i].at, list[i].bytes == sizeof word ? &word : from, list[i].bytes);
    }
}

/* What is done to a good mapping of `scores`, or to the operator, and what is said of it. */
static const struct { struct change mapping[CHANGES], op[CHANGES]; const char *says; } faults[] = {
    {{MAPPING(number, 1)}, {{0}}, "optical engine 1; the machine has 1"},
    {{MAPPING(order[0], FL_DIM_K)}, {{0}}, "scores: loop k (inputs) stands 2 times"},
    {{MAPPING(order[0], FL_DIM_K)}, {{0}}, "loop g (groups) stands 0 times"},
    {{MAPPING(order[3], 7)}, {{0}}, "axis 7"},
    {{MAPPING(tile_k, 9)}, {{0}}, "loop k (inputs): tiles of 9 inputs on cores of 8 columns"},
    {{MAPPING(tile_n, 0)}, {{0}}, "loop n (outputs): tiles of 0"},
    {{MAPPING(tile_m, 7)}, {{0}}, "loop m (vectors): blocks of 7 vectors of 6"},
    {{MAPPING(cores_n, 2)}, {{0}}, "pool \"only\" has 4"},
    {{MAPPING(cores_g, 0)}, {{0}}, "loop g (groups): 0 cores"},
    {{MAPPING(cores, 3)}, {{0}}, "said to be occupied"},
    {{MAPPING(in_place, true)}, {{0}}, "only static weights"},
    {{MAPPING(in_place, true)}, {{0}}, "weights in place need one round"},
    {{MAPPING(accumulate, true)}, {{0}}, "loop m (vectors): blocks of 6 vectors"},
    {{MAPPING(accumulate, true), MAPPING(order[1], FL_DIM_K), MAPPING(order[2], FL_DIM_N)}, {{0}},
     "another loop turns inside"},
    {{MAPPING(cores_g, 1), MAPPING(cores_k, 1), MAPPING(cores_n, 1), MAPPING(cores_m, 5)}, {{0}},
     "1 x 1 x 1 x 5 cores"},
    {{MAPPING(frames, 3)}, {{0}}, "tiles are loaded 3 times, one weight slice after another; pool \"only\" needs 1"},
    {{MAPPING(cores_g, 1), MAPPING(cores_k, 1), MAPPING(cores_m, 4), MAPPING(cores, 4)}, {OP(mask, FL_CAUSAL_OUT)},
     "loop m (vectors): vectors of a masked product"},
    {{{0}}, {OP(placed, 2)}, "placed on the digital unit"},
    {{{0}}, {OP(m, 0)}, "sizes must be"},
};

/* A core of 8 x 8 and a product with a mapping that is right. */
static struct fl_op good_mapping(struct fl_machine *machine, struct fl_mapping *good)
{
    const struct fl_op op = sample_matmul("scores", 2, 6, 20, 24);
    *machine = sample_machine();
    machine->pools = 1;
    machine->pool[0] = sample_pool("only", true, 4, 8, 8);
    ck_assert(fl_mapper_find("weight_stationary")->map(&op, machine, good, NULL));
    ck_assert(fl_cover(&op, machine, good, NULL));
    return op;
}

START_TEST(faults_of_shape_are_caught)
{
    struct fl_machine machine;
    struct fl_mapping bad;
    struct fl_op op = good_mapping(&machine, &bad);
    change(&bad, faults[_i].mapping);
    change(&op, faults[_i].op);
    expect_fault(&op, &machine, &bad, faults[_i].says);
}
END_TEST

START_TEST(a_wrong_bound_or_kind_is_caught)
{
    struct fl_machine machine;
    struct fl_mapping bad;
    struct fl_op op = good_mapping(&machine, &bad), norm = op;
    norm.type = &fl_op_norm;
    expect_fault(&norm, &machine, &bad, "digital work");
    bad.bound_ps *= 2;
    expect_fault(&op, &machine, &bad, "the roofline is");
}
END_TEST

/* SRAM that holds inputs, outputs and weights to the last bit, and one bit less. */
START_TEST(what_is_kept_must_fit)
{
    static const struct change kept[][CHANGES] = {
        {MAPPING(cores_g, 1), MAPPING(order[1], FL_DIM_M), MAPPING(order[3], FL_DIM_N), MAPPING(tile_m, 2)},
        {MAPPING(keep, true)}};
    struct fl_machine machine;
    struct fl_mapping mapping;
    struct fl_op op = good_mapping(&machine, &mapping);
    change(&mapping, kept[0]);
    change(&mapping, kept[1]);
    op.type = &fl_op_linear;
    op.groups = 1;
    mapping.cores = mapping.cores_k * mapping.cores_n;
    machine.sram_bits = 8 * (6 * 20 + 6 * 24 + 24 * 20);
    ck_assert(fl_cover(&op, &machine, &mapping, NULL));
    machine.sram_bits -= 1;
    expect_fault(&op, &machine, &mapping, "keep: 0.48 kB from DRAM, 0.264 kB of input and output; SRAM has 0.7439 kB");
}
END_TEST

/* A witness that lies about one tile. */
struct liar {
    struct fl_judge *judge;
    int lie;
    int64_t tiles, when;
    bool told;
};
enum { DROP, TWICE, SHIFT, SHORTEN, VECTORS, CORE, CORE_FAR, NO_LOAD, ROUND, GROUP, MARK, FRAME, LIES };
static const char *const lie_told[LIES] = {
    [DROP] = "o", [TWICE] = "done twice", [SHIFT] = "are not a tile", [SHORTEN] = "are not a tile",
    [VECTORS] = "are not what a block wants", [CORE] = "two tiles in round", [CORE_FAR] = "core 99 of",
    [NO_LOAD] = "does not hold", [ROUND] = "comes after round", [GROUP] = "group 77", [MARK] = "marked wrong",
    [FRAME] = "weight slice 1 of 1",
};

static bool lie_about(void *context, const struct fl_tile *tile)
{
    struct liar *liar = context;
    struct fl_tile t = *tile;
    if (liar->tiles++ != liar->when)
        return fl_judge_tile(liar->judge, &t);
    liar->told = true;
    switch (liar->lie) {
    case DROP: return true;
    case TWICE:
        if (!fl_judge_tile(liar->judge, &t))
            return false;
        t.round++;
        break;
    case SHIFT: t.k += 1; break;
    case SHORTEN: t.ns -= 1; break;
    case VECTORS: t.ms -= 1; break;
    case CORE:
        if (!fl_judge_tile(liar->judge, &t))
            return false;
        break;
    case CORE_FAR: t.core = 99; break;
    case NO_LOAD: t.load = false; break;
    case ROUND: t.round = -1; break;
    case GROUP: t.g = 77; break;
    case FRAME: t.frame++; break;
    default: t.first_k = !t.first_k; break;
    }
    return fl_judge_tile(liar->judge, &t);
}

START_TEST(a_lying_witness_is_caught)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("only", true, 4, 8, 8);
    static const struct fl_band bands[] = {{.past = 20}, {.past = 10, .window = 9}, {.past = 10, .chunk = 7}};
    struct fl_op op = sample_matmul("scores", 2, 6, 20, 24);
    for (int mask = FL_DENSE, band = 0; band < 3; mask++, band += mask / 3, mask %= 3)
        for (int lie = DROP; lie < LIES; lie++)
            for (int64_t when = 0; when < 12; when += 5) {
                struct fl_mapping mapping;
                struct fl_judge judge;
                struct fl_err err = {0};
                op.mask = mask;
                op.band = bands[band];
                ck_assert(fl_mapper_find("weight_stationary")->map(&op, &machine, &mapping, NULL));
                ck_assert(fl_judge_open(&judge, &op, &mapping, &err));
                struct liar liar = {&judge, lie, 0, when, false};
                fl_mapping_visit(&op, &mapping, lie_about, &liar);
                ck_assert(liar.told);
                ck_assert_msg(!fl_judge_close(&judge), "lie %d about tile %d passed", lie, (int)when);
                ck_assert_msg(strstr(fl_err_text(&err), lie_told[lie]) != NULL, "lie %d: %s", lie, fl_err_text(&err));
                fl_err_free(&err);
            }
}
END_TEST

Suite *test_cover_suite(void)
{
    Suite *suite = suite_create("cover");
    TCase *tcase = tcase_create("cover");
    tcase_add_test(tcase, every_strategy_covers);
    tcase_add_test(tcase, any_legal_nest_covers);
    tcase_add_loop_test(tcase, faults_of_shape_are_caught, 0, (int)(sizeof faults / sizeof *faults));
    tcase_add_test(tcase, a_wrong_bound_or_kind_is_caught);
    tcase_add_test(tcase, what_is_kept_must_fit);
    tcase_add_test(tcase, a_lying_witness_is_caught);
    suite_add_tcase(suite, tcase);
    return suite;
}
