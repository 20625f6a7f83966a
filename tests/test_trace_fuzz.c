/* test_trace_fuzz.c - damaged files: whatever the bytes, no crash; a trace that is accepted comes back from its text.
 *
 * Deterministic: the same damage every time. Built with --enable-sanitizers it also
 * finds reads out of bounds and overflows that happen not to crash.
 */
#include "base/rng.h"
#include "tests/test_trace.h"

enum { ROUNDS = 400, MOST_DAMAGE = 4 };

/* Bytes that mean something to one of the readers, and some that mean nothing to any. */
static const char spice[] = "0123456789-+.eE\"{}[],:=>#_ \n\r\taknmx\x01\x7f\xc3\xff";
static const char *const chunks[] = { "9223372036854775807", "-1", "99999999999999999999", "null", "true", "0",
                                      "\n", "repeat 3 layer 1\n", "end\n", "input x\n", " -> ", "x", "m=0 ",
                                      "past=5 ", "=next", "=forward,transposed", "layered=yes ", "trained=yes ",
                                      "groups=2 ", " down", "tensor x stash layered=yes\n",
                                      "4611686018427387904" };

/* A damaged copy; gives its length. */
static size_t damage(struct fl_rng *rng, char *out, const char *text, size_t length)
{
    memcpy(out, text, length);
    for (int64_t times = fl_rng_range(rng, 1, MOST_DAMAGE); times > 0 && length > 0; times--) {
        size_t at = (size_t)fl_rng_range(rng, 0, (int64_t)length - 1), rest = length - at;
        size_t span = (size_t)fl_rng_range(rng, 1, 20);
        const char *chunk = chunks[fl_rng_range(rng, 0, (int64_t)(sizeof chunks / sizeof chunks[0]) - 1)];
        switch (fl_rng_range(rng, 0, 3)) {
        case 0:                                                 /* one byte replaced */
            out[at] = spice[fl_rng_range(rng, 0, (int64_t)sizeof spice - 2)];
            break;
        case 1:                                                 /* a span lost */
            span = span < rest ? span : rest;
            memmove(out + at, out + at + span, rest - span);
            length -= span;
            break;
        case 2:                                                 /* a chunk put in */
            memmove(out + at + strlen(chunk), out + at, rest);
            memcpy(out + at, chunk, strlen(chunk));
            length += strlen(chunk);
            break;
        default:                                                /* the end lost */
            length = fl_rng_range(rng, 0, 9) == 0 ? at : length;
        }
    }
    out[length] = '\0';
    return length;
}

/* Either refused with words, or its text reads back to the same text. */
static void judge(bool made, struct fl_trace *trace, struct fl_err *err)
{
    struct fl_trace back;
    if (!made) {
        ck_assert_int_gt(err->faults, 0);
        ck_assert_ptr_null(trace->arena.blocks);
    } else {
        const char *text = fl_trace_text(trace);
        ck_assert_msg(fl_trace_read(&back, text, "back", err), "%s", fl_err_text(err));
        ck_assert_str_eq(fl_trace_text(&back), text);
        ck_assert_int_eq(back.macs, trace->macs);
        fl_trace_free(&back);
        fl_trace_free(trace);
    }
    fl_err_free(err);
}

START_TEST(damaged_traces)
{
    struct fl_trace origin[] = {
        made_trace("gpt2", &(struct fl_workload){ .context = 3 }),
        made_trace("llama-3-8b", &(struct fl_workload){ .phase = "decode", .context = 3, .tokens = 2, .batch = 2 }),
        made_trace("bert-base", &(struct fl_workload){ .context = 3 }),
        { .model = "backward" },
    };
    struct fl_arena arena = {0};
    bool backward = fl_trace_read_file(&origin[3], source_path(&arena, "examples/backward.trace"), NULL);
    ck_assert(backward);
    fl_arena_free(&arena);
    struct fl_rng rng = { 11 };
    int accepted = 0;
    for (size_t o = 0; o < sizeof origin / sizeof origin[0]; o++) {
        const char *text = fl_trace_text(&origin[o]);
        size_t length = strlen(text);
        char *bad = fl_arena_alloc(&origin[o].arena, length + 32 * MOST_DAMAGE + 1);
        for (int i = 0; i < ROUNDS; i++) {
            struct fl_trace trace;
            struct fl_err err = {0};
            damage(&rng, bad, text, length);
            bool made = fl_trace_read(&trace, bad, "bad", &err);
            accepted += made;
            judge(made, &trace, &err);
        }
        fl_trace_free(&origin[o]);
    }
    ck_assert_int_gt(accepted, 10);                             /* else the damage was too coarse to try much */
}
END_TEST

/* Reads damaged copies of a file by one of the importers. */
static int damaged_files(struct fl_arena *arena, struct fl_rng *rng, const char *text, size_t length,
                         const char *suffix)
{
    int accepted = 0;
    char *bad = fl_arena_alloc(arena, length + 32 * MOST_DAMAGE + 1);
    for (int i = 0; i < ROUNDS; i++) {
        struct fl_trace trace;
        struct fl_err err = {0};
        const char *path = made_file(arena, suffix, bad, damage(rng, bad, text, length));
        bool made = strcmp(suffix, ".csv") == 0 ? fl_trace_from_gemm_csv(&trace, path, &err)
                                                : fl_trace_from_model(&trace, path, NULL, &err);
        unlink(path);
        accepted += made;
        judge(made, &trace, &err);
    }
    return accepted;
}

START_TEST(damaged_models)
{
    static const char *const models[] = { "gpt2", "llama-3-8b", "opt-125m", "vit-base" };
    struct fl_rng rng = { 13 };
    int accepted = 0;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct fl_arena arena = {0};
        size_t length;
        char *text = whole_file(&arena, fl_trace_model_path(&arena, models[i]), &length);
        accepted += damaged_files(&arena, &rng, text, length, ".json");
        fl_arena_free(&arena);
    }
    ck_assert_int_gt(accepted, 10);
}
END_TEST

START_TEST(damaged_tables)
{
    static const char text[] = "Layer, M, N, K,\nconv1, 3136, 64, 147,\nfc 2, 1, 1000, 512,\r\nfc 2, 7, 8, 9";
    struct fl_rng rng = { 17 };
    struct fl_arena arena = {0};
    ck_assert_int_gt(damaged_files(&arena, &rng, text, strlen(text), ".csv"), 10);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_trace_fuzz_suite(void)
{
    Suite *suite = suite_create("trace_fuzz");
    TCase *tcase = tcase_create("damage");
    tcase_add_test(tcase, damaged_traces);
    tcase_add_test(tcase, damaged_models);
    tcase_add_test(tcase, damaged_tables);
    suite_add_tcase(suite, tcase);
    return suite;
}
