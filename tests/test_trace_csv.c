/* test_trace_csv.c - GEMM tables in the dress each simulator gives them. */
#include "base/rng.h"
#include "tests/test_trace.h"

static struct fl_trace table(const char *text)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    const char *path = made_file(&arena, ".csv", text, strlen(text));
    bool made = fl_trace_from_gemm_csv(&trace, path, &err);
    unlink(path);
    ck_assert_msg(made, "%s", fl_err_text(&err));
    fl_arena_free(&arena);
    return trace;
}

static void assert_op(const struct fl_op *op, const char *name, int64_t m, int64_t n, int64_t k)
{
    ck_assert_str_eq(op->name, name);
    ck_assert_ptr_eq(op->type, &fl_op_linear);
    ck_assert_int_eq(op->m, m);
    ck_assert_int_eq(op->n, n);
    ck_assert_int_eq(op->k, k);
    ck_assert_int_eq(op->groups, 1);
    ck_assert_int_eq(op->macs, m * n * k);
}

START_TEST(every_dress_says_the_same)
{
    static const char *const dress[] = {
        "Layer,M,N,K\nconv1,3136,64,147\nfc,1,1000,512\n",
        "Layer,M,N,K\nconv1,3136,64,147\nfc,1,1000,512",
        "Layer Name, M, N, K,\nconv1, 3136, 64, 147,\nfc, 1, 1000, 512,\n",
        "Layer,M,N,K\r\nconv1,3136,64,147\r\nfc,1,1000,512\r\n",
        "\xEF\xBB\xBFLayer,M,N,K\nconv1,3136,64,147\nfc,1,1000,512\n",
        "\n layer , m , n , k , ,\n\n\tconv1 ,3136\t, 64,147,,,\n  \n,,,\nfc,1,1000,512,  \n\n",
        "K,M,N,Name\n147,3136,64,conv1\n512,1,1000,fc\n",
        "# a comment\nLayers,M,N,K\nconv1,3136,64,147\n  # another\nfc,1,1000,512\n",
        "Layer,M,N,K,Operand\nconv1,3136,64,147,weights\nfc,1,1000,512,Weights\n",
        ("Layer Name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,Strides,\n"
         "conv1,117,117,7,7,3,64,2,\nfc,1,1,1,1,512,1000,1,\n"),
        "\"Layer\",\"M\",\"N\",\"K\"\n\"conv1\",\"3136\",64,147\nfc,+1,01000,512\n",
    };
    for (size_t i = 0; i < sizeof dress / sizeof dress[0]; i++) {
        struct fl_trace trace = table(dress[i]);
        ck_assert_uint_eq(trace.blocks, 1);
        ck_assert_uint_eq(trace.block[0].ops, 2);
        ck_assert_int_eq(trace.block[0].repeat, 1);
        assert_op(&trace.block[0].op[0], "conv1", 3136, 64, 147);
        assert_op(&trace.block[0].op[1], "fc", 1, 1000, 512);
        ck_assert_int_eq(trace.macs, 3136 * 64 * 147 + 1000 * 512);
        fl_trace_free(&trace);
    }
}
END_TEST

START_TEST(names_become_words_of_their_own)
{
    struct fl_trace trace = table("Layer,M,N,K\nconv 1,1,2,3\ndata,4,5,6\nconv 1,7,8,9\na=b#c,1,1,1\n"), back;
    struct fl_err err = {0};
    assert_op(&trace.block[0].op[0], "conv_1", 1, 2, 3);
    assert_op(&trace.block[0].op[1], "data_3", 4, 5, 6);
    assert_op(&trace.block[0].op[2], "conv_1_4", 7, 8, 9);
    assert_op(&trace.block[0].op[3], "a_b_c", 1, 1, 1);
    const char *text = fl_trace_text(&trace);
    ck_assert_msg(fl_trace_read(&back, text, "text", &err), "%s", fl_err_text(&err));
    ck_assert_str_eq(fl_trace_text(&back), text);
    fl_trace_free(&back);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(rows_without_names_are_called_by_their_lines)
{
    struct fl_trace trace = table("M,N,K\n1,2,3\n\n4,5,6\n");
    assert_op(&trace.block[0].op[0], "row_2", 1, 2, 3);
    assert_op(&trace.block[0].op[1], "row_4", 4, 5, 6);
    fl_trace_free(&trace);
}
END_TEST

/* Whatever a row is called, the trace is refused, or written so that it is read as the same. */
START_TEST(any_name_comes_back_or_is_refused)
{
    static const char letters[] = "->=# _a1\t\"|'\\;.\303\251";
    struct fl_rng rng = { .state = 5 };
    int come_back = 0;
    for (int round = 0; round < 400; round++) {
        char text[256] = "Layer,M,N,K\n->,1,2,3\n";
        for (int row = 0; row < 4; row++) {
            char name[5] = "";
            for (int64_t i = 0, length = fl_rng_range(&rng, 1, 4); i < length; i++)
                name[i] = letters[fl_rng_range(&rng, 0, (int64_t)sizeof letters - 2)];
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s,1,2,3\n", name);
        }
        struct fl_arena arena = {0};
        struct fl_trace trace, back;
        struct fl_err err = {0};
        const char *path = made_file(&arena, ".csv", text, strlen(text));
        if (fl_trace_from_gemm_csv(&trace, path, &err)) {
            const char *written = fl_trace_text(&trace);
            ck_assert_msg(fl_trace_read(&back, written, "text", &err), "%s\n%s", text, fl_err_text(&err));
            ck_assert_str_eq(fl_trace_text(&back), written);
            fl_trace_free(&back);
            fl_trace_free(&trace);
            come_back++;
        }
        fl_err_free(&err);
        unlink(path);
        fl_arena_free(&arena);
    }
    ck_assert_int_gt(come_back, 100);
}
END_TEST

Suite *test_trace_csv_suite(void)
{
    Suite *suite = suite_create("trace_csv");
    TCase *tcase = tcase_create("tables");
    tcase_add_test(tcase, every_dress_says_the_same);
    tcase_add_test(tcase, names_become_words_of_their_own);
    tcase_add_test(tcase, rows_without_names_are_called_by_their_lines);
    tcase_add_test(tcase, any_name_comes_back_or_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
