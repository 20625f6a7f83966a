/* test_searches.c - `--map search` maps whatever any other mapper maps, and is never behind: not behind a named one,
 * nor behind a mapping file.
 *
 * Random machines, from the shipped default and from a tiny one: cores of any size and
 * number, converters shared, encodings, slices, slow and fast modulators, small memories.
 * On them whole models beside every named mapper, and small random networks beside random
 * mapping files, sensible ones (whole tiles, copies in place) and wild ones.
 *
 * FL_LAW_CASES in the environment asks for more random cases than the preset, FL_LAW_SEED
 * for others; `make check-search CASES=500 SEED=1` runs that many machines with four models.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/fanlight.h"
#include "arch/arch.h"
#include "mapping/mapfile.h"
#include "tests/cases.h"
#include "tests/samples.h"
#include "tests/suites.h"

enum { MACHINES = 2, NETWORKS = 16, FILES = 6, SETS = 40, TEXT = 2048 };

/* ---- machines ---- */

/* Keys of a design and what they may be; "": left as the design has it. */
static const struct { const char *key, *value[6]; } keys[] = {
    {"core[0].cores", {"1", "6", "24", "64", "256", "700"}},
    {"core[0].slm.columns", {"", "96", "128", "256", "512", "1024"}},
    {"core[0].slm.rows", {"", "100", "128", "256", "512", "1024"}},
    {"core[0].shared_input", {"", "true", "false", "true", "false", "true"}},
    {"core[0].encoding", {"", "", "offset", "dual_rail", "coherent", "offset"}},
    {"core[0].weight_slices", {"", "", "", "space", "time", "time"}},
    {"core[0].slm.pixel_bits", {"", "", "", "4", "6", "3"}},
    {"core[0].dac.bits", {"", "", "", "4", "6", "8"}},
    {"core[0].dac.lanes", {"", "", "", "16", "60", "7"}},
    {"core[0].adc.share", {"1", "2", "3", "8", "16", "60"}},
    {"core[0].accumulator.lanes", {"", "", "", "16", "60", "7"}},
    {"core[0].accumulator.held", {"", "", "", "8", "64", "200"}},
    {"core[0].slm.settle", {"", "", "0 ns", "10 ns", "1 us", "20 us"}},
    {"core[0].slm.load_link", {"", "", "1 Tbit/s", "0 Gbit/s", "200 Gbit/s", "10 Gbit/s"}},
    {"core[0].slm.row_time", {"", "", "", "1 ns", "100 ns", "10 ns"}},
    {"core[0].slm.back_frames", {"", "", "0", "0", "1", "1"}},
    {"core[0].slm.dark", {"", "", "", "settle", "none", "load+settle"}},
    {"core[0].slm.blocks", {"", "", "", "", "3", "16"}},
    {"core[0].detector.integration", {"", "", "", "1 ns", "2.5 ns", "10 ns"}},
    {"core[1].cores", {"", "", "", "1", "2", "48"}},
    {"core[1].adc.share", {"", "", "", "2", "4", "16"}},
    {"core[1].weight_slices", {"", "", "", "space", "time", "time"}},
    {"core[1].slm.pixel_bits", {"", "", "", "", "4", "6"}},
    {"sram.capacity", {"", "", "", "512 KiB", "2 MiB", "8 MiB"}},
    {"sram.width", {"", "", "", "64", "100", "500"}},
    {"machine.activation_bits", {"", "", "", "4", "8", "16"}},
    {"machine.ideal_memory", {"", "", "", "", "", "true"}},
    {"vector.mac_lanes", {"", "", "", "64", "500", "4096"}},
    {"vector.lanes", {"", "", "", "64", "500", "4096"}},
};

struct drawn { struct fl_arena arena; const char *design, *set[SETS]; int sets; };

/* The tiny design keeps the sizes of its cores: networks are small, too. */
static void machine_draw(struct drawn *d, struct fl_rng *rng, bool tiny)
{
    const char *folder = getenv("SRCDIR");
    *d = (struct drawn){.design = "free_space_1k"};
    if (tiny)
        d->design = fl_arena_format(&d->arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = keys[i].value[fl_rng_range(rng, 0, 5)];
        bool size = strstr(keys[i].key, "slm.columns") != NULL || strstr(keys[i].key, "slm.rows") != NULL;
        if (*value != '\0' && !(tiny && size))
            d->set[d->sets++] = fl_arena_format(&d->arena, "%s=%s", keys[i].key, value);
    }
}

static const char *machine_told(struct drawn *d)
{
    const char *text = d->design;
    for (int i = 0; i < d->sets; i++)
        text = fl_arena_format(&d->arena, "%s --set '%s'", text, d->set[i]);
    return text;
}

/* ---- runs ---- */

/* What the objective wants small; infinity: refused, and *why says why. No result breaks a law of its own. */
static double score(struct drawn *d, struct fl_request ask, const char *mapper, const char **why)
{
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result = NULL;
    struct fl_summary sum;
    double value = INFINITY;
    ask.design = d->design;
    ask.set = d->set;
    ask.sets = d->sets;
    ask.mapper = mapper;
    if (fanlight_run(&ask, &result, err) && fanlight_summary(result, &sum, err))
        value = ask.objective == NULL ? (double)fanlight_latency_ps(result)
              : strcmp(ask.objective, "energy") == 0 ? sum.energy_j : sum.energy_j * sum.latency_s;
    *why = fl_arena_text(&d->arena, fanlight_err_text(err));
    ck_assert_msg(fanlight_err_code(err) <= FL_FAULT_USER, "%s, %s: %s", machine_told(d), mapper, *why);
    fanlight_free(result);
    fanlight_err_free(err);
    return value;
}

/* Latencies that differ by less than FL_TIE count as equal, and the energy decides. */
static bool behind(double found, double other, const char *objective)
{
    return found > other * (1 + (objective == NULL ? FL_TIE : 0));
}

/* The search beside the named mappers; gives what it reached, infinity where none of all maps the work. */
static double beside_named(struct drawn *d, const struct fl_request *ask, const char *what)
{
    const char *why, *other;
    double found = score(d, *ask, "search", &why);
    for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++) {
        double named = score(d, *ask, (*m)->name, &other);
        ck_assert_msg(named == INFINITY || found < INFINITY, "%s: %s maps it, the search fails: %s\n%s", what,
                      (*m)->name, why, machine_told(d));
        ck_assert_msg(!behind(found, named, ask->objective), "%s: search %.17g, %s %.17g\n%s", what, found,
                      (*m)->name, named, machine_told(d));
    }
    return found;
}

static const char *objective_of(uint64_t seed)
{
    static const char *const objective[] = {NULL, NULL, NULL, "energy", "edp"};
    return objective[seed % 5];
}

START_TEST(never_behind_a_named_mapper)
{
    static const char *const models[] = {"bert-base", "vit-base", "gpt2", "bert-large"};
    uint64_t cases = cases_of(MACHINES), first = cases_first(), runs = 0, refused = 0;
    bool many = cases > MACHINES;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct fl_rng rng = {seed};
        struct drawn d;
        machine_draw(&d, &rng, false);
        for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
            struct fl_request ask = {.model = models[i], .objective = objective_of(seed)};
            if (strcmp(models[i], "vit-base") != 0)
                ask.work.context = many ? fl_rng_range(&rng, 1, 4) * 32 : 16;
            const char *what = fl_arena_format(&d.arena, "seed %llu, %s of %lld tokens for %s",
                                               (unsigned long long)seed, models[i], (long long)ask.work.context,
                                               ask.objective != NULL ? ask.objective : "latency");
            if (many) {
                printf("%s\n", what);
                fflush(stdout);
            }
            bool mapped = beside_named(&d, &ask, what) < INFINITY;
            runs += mapped;
            refused += !mapped;
        }
        fl_arena_free(&d.arena);
    }
    if (many)
        printf("%llu runs, none behind; %llu machines refused\n", (unsigned long long)runs,
               (unsigned long long)refused);
    ck_assert_uint_gt(runs, refused);
}
END_TEST

/* ---- small networks and mapping files ---- */

struct network { char text[TEXT]; struct fl_trace trace; };

static void network_draw(struct network *n, struct fl_rng *rng)
{
    struct fl_err err = {0};
    int t = (int)fl_rng_range(rng, 1, 12), heads = (int)fl_rng_range(rng, 1, 3), each = (int)fl_rng_range(rng, 1, 12);
    int width = heads * each, wide = (int)fl_rng_range(rng, 1, 90);
    bool causal = fl_rng_range(rng, 0, 1);
    const char *out = causal ? " mask=causal_out" : "", *in = causal ? " mask=causal_in" : "";
    snprintf(n->text, sizeof n->text,
             "fanlight-trace 1\nmodel small\nphase prefill\ncontext %d\ninput x\nrepeat %d layer 0\n"
             "norm ln x -> a m=%d n=%d\nlinear qkv a -> b m=%d k=%d n=%d\n"
             "matmul scores b -> s groups=%d m=%d k=%d n=%d%s\nsoftmax soft s -> p m=%d n=%d share=%d%s\n"
             "matmul mix p b -> c groups=%d m=%d k=%d n=%d%s sign=non_negative\n"
             "linear out c -> y m=%d k=%d n=%d\nadd join x y -> x m=%d n=%d\nend\n"
             "linear head x -> z m=1 k=%d n=%d\n",
             t, (int)fl_rng_range(rng, 1, 4), t, width, t, width, 3 * width, heads, t, each, t, out, heads * t, t,
             heads, out, heads, t, t, each, in, t, width, width, t, width, width, wide);
    ck_assert_msg(fl_trace_read(&n->trace, n->text, "network", &err), "%s\n%s", fl_err_text(&err), n->text);
}

/* Whole tiles on cores of their own, as many copies as may be of use: what somebody would write. */
static struct fl_mapping sensible_mapping(struct fl_rng *rng, const struct fl_op *op, const struct fl_pool *pool)
{
    struct fl_mapping m;
    fl_map_tiles(op, pool, &m);
    m.cores_g = op->groups;
    m.cores_k = fl_ceil_div(op->k, m.tile_k);
    m.cores_n = fl_ceil_div(op->n, m.tile_n);
    int64_t cores = m.cores_g * m.cores_k * m.cores_n;
    m.in_place = op->type == &fl_op_linear && m.frames == 1;
    m.cores_m = op->mask == FL_DENSE ? fl_least(fl_rng_range(rng, 1, op->m), pool->cores / fl_most(cores, 1)) : 1;
    m.cores_m = fl_most(m.cores_m, 1);
    m.tile_m = fl_ceil_div(op->m, m.cores_m);
    return m;
}

static void line_write(FILE *file, struct fl_rng *rng, const struct fl_op *op, const struct fl_machine *machine)
{
    int32_t index = op->type == &fl_op_linear ? 0 : (int32_t)fl_rng_range(rng, 0, machine->pools - 1);
    const struct fl_pool *pool = &machine->pool[index];
    if (fl_rng_range(rng, 0, 2) == 0 || pool->cores < 1 || fl_pool_outputs(pool) < 1) {
        fprintf(file, "digital %s\n", op->name);
        return;
    }
    bool sensible = fl_rng_range(rng, 0, 2) > 0;
    struct fl_mapping m = sensible ? sensible_mapping(rng, op, pool) : sample_random_mapping(rng, op, pool);
    const int32_t *o = m.order;
    fprintf(file, "optical %s pool=%s order=%c,%c,%c,%c tile_k=%lld tile_n=%lld tile_m=%lld cores_g=%lld cores_k=%lld "
            "cores_n=%lld cores_m=%lld%s\n", op->name, pool->name, fl_map_axes[o[0]], fl_map_axes[o[1]],
            fl_map_axes[o[2]], fl_map_axes[o[3]], (long long)fl_least(m.tile_k, op->k),
            (long long)fl_least(m.tile_n, op->n), (long long)m.tile_m, (long long)m.cores_g, (long long)m.cores_k,
            (long long)m.cores_n, (long long)m.cores_m, m.in_place ? " in_place=yes" : "");
}

static void file_write(const char *path, struct fl_rng *rng, const struct network *n, const struct fl_machine *machine)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "fanlight-mapping 1\n");
    for (size_t b = 0; b < n->trace.blocks; b++)
        for (size_t i = 0; i < n->trace.block[b].ops; i++)
            if (fl_op_is_product(&n->trace.block[b].op[i]))
                line_write(file, rng, &n->trace.block[b].op[i], machine);
    fclose(file);
}

/* A mapping file at random, for the machine that the design and its settings describe; false: there is none. */
static bool file_draw(struct drawn *d, const char *path, struct fl_rng *rng, const struct network *n)
{
    struct fl_machine machine;
    struct fl_design design = {0};      /* the machine has its names of it */
    struct fl_err err = {0};
    bool good = fl_design_load(&design, d->design, d->set, (size_t)d->sets, &err) &&
                fl_arch_describe(&machine, &design, &err);
    if (good)
        file_write(path, rng, n, &machine);
    fl_design_free(&design);
    fl_err_free(&err);
    return good;
}

START_TEST(never_behind_a_mapping_file)
{
    uint64_t cases = cases_of(NETWORKS), first = cases_first(), files = 0;
    char path[] = "/tmp/fanlight-searches-XXXXXX";
    int made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    close(made);
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct fl_rng rng = {seed};
        struct network n = {0};
        struct drawn d;
        const char *why;
        machine_draw(&d, &rng, seed % 2);
        network_draw(&n, &rng);
        struct fl_request ask = {.trace_text = n.text, .objective = objective_of(seed)};
        const char *goal = ask.objective != NULL ? ask.objective : "latency";
        const char *what = fl_arena_format(&d.arena, "seed %llu for %s\n%s", (unsigned long long)seed, goal, n.text);
        double found = beside_named(&d, &ask, what);
        for (int f = 0; f < FILES && file_draw(&d, path, &rng, &n); f++) {
            double other = score(&d, ask, path, &why);
            files += other < INFINITY;
            ck_assert_msg(!behind(found, other, ask.objective), "%s%s: search %.17g, a mapping file (%s) %.17g", what,
                          machine_told(&d), found, path, other);
        }
        fl_trace_free(&n.trace);
        fl_arena_free(&d.arena);
    }
    unlink(path);
    ck_assert(cases < NETWORKS || files > cases);   /* most files must have been legal */
}
END_TEST

/* Found at random, and rare: a product that by itself is quickest in light lets the next wait for its frames to settle.
 * A file that keeps the two apart was three times as fast as the search. */
START_TEST(frames_that_settle_in_light)
{
    static const char trace[] =
        "fanlight-trace 1\nmodel two\ninput x\nlinear qkv x -> b m=12 k=21 n=63\n"
        "matmul scores b -> s groups=3 m=12 k=7 n=12\nmatmul mix s b -> c groups=3 m=12 k=12 n=7 sign=non_negative\n";
    static const char mapping[] =
        "fanlight-mapping 1\noptical qkv pool=static order=g,n,k,m tile_k=21 tile_n=63 tile_m=1 cores_g=1 cores_k=1 "
        "cores_n=1 cores_m=12 in_place=yes\noptical scores pool=dynamic order=m,n,g,k tile_k=7 tile_n=12 tile_m=5 "
        "cores_g=2 cores_k=1 cores_n=1 cores_m=1\ndigital mix\n";
    struct drawn d = {.design = "free_space_1k", .sets = 6,
                      .set = {"core[0].slm.dark=none", "core[0].slm.load_link=200 Gbit/s", "core[0].slm.row_time=1 ns",
                              "core[1].cores=2", "machine.activation_bits=4", "vector.mac_lanes=64"}};
    char path[] = "/tmp/fanlight-searches-XXXXXX";
    int made = mkstemp(path);
    const char *why;
    ck_assert(made >= 0 && write(made, mapping, sizeof mapping - 1) == (ssize_t)sizeof mapping - 1);
    close(made);
    double found = score(&d, (struct fl_request){.trace_text = trace}, "search", &why);
    double other = score(&d, (struct fl_request){.trace_text = trace}, path, &why);
    ck_assert_msg(other < INFINITY, "%s", why);
    ck_assert_msg(!behind(found, other, NULL), "search %.0f ps, the file %.0f", found, other);
    unlink(path);
    fl_arena_free(&d.arena);
}
END_TEST

Suite *test_searches_suite(void)
{
    Suite *suite = suite_create("searches");
    TCase *tcase = tcase_create("networks");
    tcase_add_test(tcase, never_behind_a_mapping_file);
    tcase_add_test(tcase, frames_that_settle_in_light);
    TCase *models = tcase_create("models");
    tcase_add_test(models, never_behind_a_named_mapper);
    suite_add_tcase(suite, models);
    suite_add_tcase(suite, tcase);
    return suite;
}
