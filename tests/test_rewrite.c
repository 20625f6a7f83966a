/* test_rewrite.c - weights that are trained where they stay: what an update writes anew, what that costs and how long
 * it takes, on pixels, rings, phases and cells; and ways to such a machine, from messages alone.
 *
 * Of networks of three products, k by n each, backpropagation reads all weights as they lie, and all but the first
 * one's transposed, too. A core of c inputs and o outputs holds a tile of c x o weights: pixels drive the rows that a
 * tile uses, a mesh sets c (c - 1) / 2 + o (o - 1) / 2 interferometers and max(c, o) attenuators for each tile, once
 * a host has decomposed it in 4 c o min(c, o) operations; for both where transposed tiles mirror those as they lie.
 */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "tests/cases.h"
#include "tests/suites.h"

/* ---- networks and machines ---- */

enum { PRODUCTS = 3, KINDS = 4, SETTLE_NS = 700, MOST_SETS = 16 };
struct network { int64_t rows, width[PRODUCTS + 1]; };
static const struct kind { const char *design, *energy; int64_t rows_each; bool mesh, dealt; } kinds[KINDS] = {
    {"lcos_resident", "pixel_energy", 2, false, false}, {"mrr_bank_4", "pixel_energy", 1, false, true},
    {"mzi_mesh_4", "setting_energy", 1, true, true}, {"pcm_crossbar", "pixel_energy", 1, false, false},
};
struct machine { const struct kind *kind; int64_t inputs, outputs, fj, host_ghz, row_ns, link_gbs, chunk; };

static struct network network_draw(struct fl_rng *rng)
{
    struct network net = {.rows = fl_rng_range(rng, 1, 60)};
    for (int i = 0; i <= PRODUCTS; i++)
        net.width[i] = fl_rng_range(rng, 1, 150);
    return net;
}

static struct machine machine_draw(struct fl_rng *rng)
{
    struct machine m = {.kind = &kinds[fl_rng_range(rng, 0, KINDS - 1)], .inputs = fl_rng_range(rng, 2, 40),
                        .outputs = fl_rng_range(rng, 2, 40), .fj = fl_rng_range(rng, 1, 1000000)};
    m.outputs = fl_rng_range(rng, 0, 1) == 0 ? m.inputs : m.outputs;
    m.host_ghz = m.kind->mesh ? fl_rng_range(rng, 0, 2) * 300 : 0;
    m.row_ns = m.kind->mesh ? 0 : fl_rng_range(rng, 0, 2) * fl_rng_range(rng, 1, 50);
    m.link_gbs = fl_rng_range(rng, 0, 2) * fl_rng_range(rng, 1, 30);
    m.chunk = fl_rng_range(rng, 0, 3) == 0 ? fl_rng_range(rng, 8, 4096) : 65536;
    return m;
}

static const char *text_of(const struct network *net, struct fl_arena *arena)
{
    const char *text = "fanlight-trace 2\nmodel net\ninput x0\n";
    for (int i = 0; i < PRODUCTS; i++)
        text = fl_arena_format(arena, "%slinear p%d x%d -> h%d m=%lld k=%lld n=%lld\nactivation f%d h%d -> x%d m=%lld "
                               "n=%lld\n", text, i, i, i, (long long)net->rows, (long long)net->width[i],
                               (long long)net->width[i + 1], i, i, i + 1, (long long)net->rows,
                               (long long)net->width[i + 1]);
    return text;
}

static int sets_of(const struct machine *m, struct fl_arena *arena, const char **set)
{
    int n = 0;
    set[n++] = "core[0].cores=fit";
    set[n++] = fl_arena_format(arena, "core[0].slm.columns=%lld", (long long)m->inputs);
    set[n++] = fl_arena_format(arena, "core[0].slm.rows=%lld", (long long)(m->outputs * m->kind->rows_each));
    set[n++] = fl_arena_format(arena, "core[0].slm.settle=%d ns", SETTLE_NS);
    set[n++] = fl_arena_format(arena, "core[0].slm.%s=%lld fJ", m->kind->energy, (long long)m->fj);
    set[n++] = fl_arena_format(arena, "core[0].slm.load_link=%lld Gb/s", (long long)m->link_gbs);
    set[n++] = fl_arena_format(arena, "dma.chunk=%lld bits", (long long)m->chunk);
    set[n++] = fl_arena_format(arena, "core[0].slm.chunk=%lld bits", (long long)m->chunk);
    if (!m->kind->mesh)
        set[n++] = fl_arena_format(arena, "core[0].slm.row_time=%lld ns", (long long)m->row_ns);
    if (m->kind->dealt) {
        set[n++] = "core[0].spread=false";
        set[n++] = "core[0].buffer.type=none";
    }
    if (m->kind->mesh) {
        set[n++] = "core[0].slm.decompose_energy=3 fJ";
        set[n++] = fl_arena_format(arena, "core[0].slm.decompose_rate=%lld GHz", (long long)m->host_ghz);
    }
    return n;
}

/* ---- what is told of a run ---- */

struct told { int64_t written, decomposed, latency_ps, update_ps[PRODUCTS]; double fj; };

static double price_of(const struct fl_rows *rows, const struct fl_tally_row *t)
{
    for (size_t i = 0; i < rows->prices; i++)
        if (rows->price[i].unit == t->unit && strcmp(rows->price[i].action, t->action) == 0)
            return rows->price[i].fj;
    return 0;
}

static void operators_tell(const struct fl_rows *rows, struct told *told)
{
    for (size_t i = 0; i < rows->operators; i++) {
        const struct fl_operator_row *o = &rows->operator_[i];
        if (strcmp(o->kind, "update") == 0)
            told->update_ps[o->name[1] - '0'] = o->end_ps - o->start_ps;
    }
}

static struct told run(const struct fl_request *ask)
{
    struct fl_err err = {0};
    struct fl_result *result;
    struct fl_rows rows = {0};
    struct told told = {0};
    ck_assert_msg(fanlight_run(ask, &result, &err), "%s\n%s", fl_err_text(&err), ask->trace_text);
    told.latency_ps = result->run.latency_ps;
    fl_result_rows(result, true, &rows);
    fl_result_price_rows(result, &rows);
    for (size_t i = 0; i < rows.tallies; i++) {
        const struct fl_tally_row *t = &rows.tally[i];
        bool loaded = strcmp(t->action, "loaded") == 0, decomposed = strcmp(t->action, "decomposed") == 0;
        if (t->operator == 0 || strcmp(rows.operator_[t->operator - 1].kind, "update") != 0)
            continue;
        told.written += loaded ? t->count : 0;
        told.decomposed += decomposed ? t->count : 0;
        told.fj += loaded || decomposed ? (double)t->count * price_of(&rows, t) : 0;
    }
    operators_tell(&rows, &told);
    fl_rows_free(&rows);
    fanlight_free(result);
    return told;
}

/* ---- the law ---- */

static int64_t tiles(const struct machine *m, int64_t k, int64_t n)
{
    return (k + m->inputs - 1) / m->inputs * ((n + m->outputs - 1) / m->outputs);
}

/* Does a transposed tile have the settings of one as it lies? Full ones of square cores, and what fills no core. */
static bool mirrored(const struct machine *m, int64_t k, int64_t n)
{
    return fmin((double)k, (double)m->inputs) == fmin((double)k, (double)m->outputs) &&
           fmin((double)n, (double)m->outputs) == fmin((double)n, (double)m->inputs);
}

/* By hand: what three updates write, decompose and cost. */
static struct told wanted(const struct network *net, const struct machine *m, int64_t decomposed[PRODUCTS])
{
    struct told want = {0};
    int64_t written = 0;
    for (int i = 0; i < PRODUCTS; i++) {
        int64_t k = net->width[i], n = net->width[i + 1];
        int64_t lie = tiles(m, k, n), turned = i > 0 ? tiles(m, n, k) : 0;
        decomposed[i] = lie + (mirrored(m, k, n) ? 0 : turned);
        want.decomposed += decomposed[i];
        written += m->kind->mesh ? lie + turned : (i > 0 ? 2 : 1) * k * n * m->kind->rows_each;
    }
    const double c = (double)m->inputs, o = (double)m->outputs;
    const int64_t each = m->inputs * m->outputs * fl_least(m->inputs, m->outputs) * 4;
    double settings = m->kind->mesh ? c * (c - 1) / 2 + o * (o - 1) / 2 + fmax(c, o) : 1;
    want.written = m->kind->mesh ? written * m->inputs * m->outputs : written;
    want.fj = (double)written * settings * (double)m->fj;
    if (!m->kind->mesh) {
        want.decomposed = 0;
        return want;
    }
    want.decomposed *= each;
    want.fj += (double)want.decomposed * 3;
    for (int i = 0; i < PRODUCTS; i++)
        decomposed[i] *= each;
    return want;
}

static void case_check(uint64_t number)
{
    struct fl_rng rng = cases_rng(number + 77);
    struct fl_arena arena = {0};
    const struct network net = network_draw(&rng);
    const struct machine m = machine_draw(&rng);
    const struct fl_train_work train = {.schedule = "bp"};
    const char *set[MOST_SETS];
    int64_t decomposed[PRODUCTS];
    const struct told want = wanted(&net, &m, decomposed);
    struct told got[4];
    struct fl_request ask = {.design = m.kind->design, .trace_text = text_of(&net, &arena), .set = set,
                             .mapper = "weights_in_place", .work = {.phase = "train"}, .train = &train};
    ask.sets = sets_of(&m, &arena, set) + 1;
    for (int way = 0; way < 4; way++) {
        set[ask.sets - 1] = way < 2 ? "machine.overlap=block" : "machine.overlap=none";
        ask.no_leap = way % 2 == 1;
        got[way] = run(&ask);
        ck_assert_msg(got[way].written == want.written && got[way].decomposed == want.decomposed,
                      "case %llu on %s: %lld and %lld, not %lld and %lld", (unsigned long long)number, m.kind->design,
                      (long long)got[way].written, (long long)got[way].decomposed, (long long)want.written,
                      (long long)want.decomposed);
        ck_assert_double_eq_tol(got[way].fj / want.fj, 1, 1e-9);
        ck_assert_int_eq(got[way].latency_ps, got[way - way % 2].latency_ps);
        int64_t host_ps = m.host_ghz > 0 ? want.decomposed * 1000 / m.host_ghz : 0;
        ck_assert_int_ge(got[way].latency_ps, fl_most(host_ps, 0) + SETTLE_NS * 1000 - PRODUCTS);
        for (int i = 0; i < PRODUCTS && way >= 2; i++) {
            host_ps = m.host_ghz > 0 ? decomposed[i] * 1000 / m.host_ghz : 0;
            ck_assert_int_ge(got[way].update_ps[i], host_ps + SETTLE_NS * 1000 - PRODUCTS);
        }
    }
    fl_arena_free(&arena);
}

START_TEST(an_update_writes_all_tiles_of_its_weights)
{
    for (uint64_t i = 0; i < cases_of(200); i++)
        case_check(i);
}
END_TEST

/* Of weights that do not stay, what is loaded for a product has been trained, and a mesh is told its settings anew. */
START_TEST(trained_weights_are_decomposed_when_they_are_loaded)
{
    static const char text[] = "fanlight-trace 2\nmodel one\ninput x\ntensor w parameter rows=24 width=36%s\n"
                               "linear p x w -> y m=50 k=24 n=36\n";
    for (int trained = 0; trained < 2; trained++) {
        struct fl_arena arena = {0};
        struct fl_err err = {0};
        struct fl_result *result;
        struct fl_rows rows = {0};
        int64_t operations = 0;
        const struct fl_request ask = {.design = "mzi_mesh_4", .mapper = "spread",
                                       .trace_text = fl_arena_format(&arena, text, trained ? " trained=yes" : "")};
        ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
        fl_result_rows(result, true, &rows);
        for (size_t i = 0; i < rows.tallies; i++)
            operations += strcmp(rows.tally[i].action, "decomposed") == 0 ? rows.tally[i].count : 0;
        ck_assert_int_eq(operations, trained * 2 * 3 * 4 * 12 * 12 * 12);
        fl_rows_free(&rows);
        fanlight_free(result);
        fl_arena_free(&arena);
    }
}
END_TEST

/* Of two products of one size the one whose weights are trained pays a host on a mesh, and the other does not: what is
 * best for one is not for both, whichever comes first. */
START_TEST(trained_weights_are_told_from_others_of_their_size)
{
    static const char text[] =
        "fanlight-trace 2\nmodel two\ninput x\ntensor w parameter rows=24 width=36 trained=yes\n"
        "tensor v parameter rows=24 width=36\ntensor d gradient rows=24 width=36\nrepeat 1\n"
        "linear p0 x %s m=50 k=24 n=36\nlinear p1 x %s m=50 k=24 n=36\n"
        "matmul dw x=transposed y -> d m=24 k=50 n=36\nend\nrepeat 1\nupdate u d w -> w m=24 n=36\nend\n";
    static const char *const set[] = {"vector.mac_lanes=8", "vector.mac_energy=10 pJ", "core[0].slm.settle=100 ns",
                                      "core[0].slm.decompose_rate=100 GHz", "core[0].slm.decompose_energy=10 pJ"};
    for (int trained = 0; trained < 2; trained++) {
        struct fl_arena arena = {0};
        struct fl_err err = {0};
        struct fl_result *result;
        struct fl_rows rows = {0};
        const struct fl_request ask = {
            .design = "mzi_mesh_4", .mapper = "auto", .objective = "energy", .set = set, .sets = 5,
            .trace_text = fl_arena_format(&arena, text, trained == 0 ? "w -> y" : "v -> z",
                                          trained == 0 ? "v -> z" : "w -> y")};
        ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
        fl_result_rows(result, true, &rows);
        for (int i = 0; i < 2; i++)
            ck_assert_str_eq(rows.operator_[i].placed, i == trained ? "digital" : "optical");
        fl_rows_free(&rows);
        fanlight_free(result);
        fl_arena_free(&arena);
    }
}
END_TEST

/* ---- what messages say leads to a machine that works ---- */

/* Settings that a message asks for, "core[0].key = value", each. */
static int advice_take(const char *text, struct fl_arena *arena, const char **set, int sets)
{
    const char *at = text;
    while ((at = strstr(at, "core[0].")) != NULL) {
        size_t key = strcspn(at, " :;,"), value = strcspn(at + key + 3, " ;,\n");
        if (strncmp(at + key, " = ", 3) == 0 && strncmp(at, "core[0].spread = true", 21) != 0) {
            const char *given = fl_arena_format(arena, "%.*s", (int)value, at + key + 3);
            bool quoted = given[0] == '"';
            set[sets++] = fl_arena_format(arena, "%.*s=%.*s", (int)key, at, (int)strcspn(given + quoted, "\"),"),
                                          given + quoted);
            ck_assert_int_lt(sets, MOST_SETS);
        }
        at += key;
    }
    return sets;
}

static const struct { const char *design, *set[2]; } starts[] = {
    {"mrr_bank_4", {NULL}}, {"mzi_mesh_4", {NULL}}, {"mrr_bank_8", {"core[0].cores=fit"}},
    {"mzi_mesh_8", {"core[0].cores=fit"}}, {"mrr_bank_4", {"core[0].cores=100000"}},
    {"mrr_bank_4", {"core[0].cores=fit", "core[0].spread=false"}}, {"crosslight", {NULL}},
    {"mzi_mesh_4", {"core[0].cores=40", "core[0].spread=false"}},
};

/* One answer is all that it takes where nobody has followed half of it before; else a design may be refused first, and
 * then a plan. */
START_TEST(messages_name_all_that_is_in_the_way)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    struct fl_result *result;
    const char *set[MOST_SETS];
    const struct network net = {.rows = 16, .width = {64, 100, 100, 10}};
    const struct fl_train_work train = {.schedule = "bp"};
    struct fl_request ask = {.design = starts[_i].design, .trace_text = text_of(&net, &arena), .set = set,
                             .mapper = "weights_in_place", .work = {.phase = "train"}, .train = &train};
    for (; ask.sets < 2 && starts[_i].set[ask.sets] != NULL; ask.sets++)
        set[ask.sets] = starts[_i].set[ask.sets];
    bool ran = false;
    for (int answers = 0; !ran; answers++) {
        ran = fanlight_run(&ask, &result, &err);
        ck_assert_msg(ran ? answers > 0 : answers <= (starts[_i].set[1] != NULL), "%s", fl_err_text(&err));
        ask.sets = ran ? ask.sets : advice_take(fl_err_text(&err), &arena, set, ask.sets);
        fl_err_free(&err);
    }
    fanlight_free(result);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_rewrite_suite(void)
{
    Suite *suite = suite_create("rewrite");
    TCase *tests = tcase_create("rewrite");
    tcase_add_test(tests, an_update_writes_all_tiles_of_its_weights);
    tcase_add_test(tests, trained_weights_are_decomposed_when_they_are_loaded);
    tcase_add_test(tests, trained_weights_are_told_from_others_of_their_size);
    tcase_add_loop_test(tests, messages_name_all_that_is_in_the_way, 0, (int)(sizeof starts / sizeof *starts));
    tcase_set_timeout(tests, 300);
    suite_add_tcase(suite, tests);
    return suite;
}
