/* test_learn_damage.c - published models whose files are damaged in every way: refused by name, and never a crash. */
#include <math.h>

#include "learn/draw.h"
#include "learn/import.h"
#include "learn/text.h"
#include "tests/published.h"
#include "tests/suites.h"

/* ---- files that are not right ---- */

static const char *refusal(void)
{
    static char text[4096];
    struct fl_net net;
    struct fl_err err = {0};
    bool ok = fl_net_open(&net, folder, 0, &err);
    snprintf(text, sizeof text, "%s", ok ? "taken" : fl_err_text(&err));
    if (ok)
        fl_net_free(&net);
    fl_err_free(&err);
    return text;
}

static void says(const char *what)
{
    const char *said = refusal();
    ck_assert_msg(strstr(said, what) != NULL, "\"%s\" is not in: %s", what, said);
}

/* Replaces the first `from` in the header by `to`, of the same length. */
static void header_with(const struct writer *w, const char *from, const char *to)
{
    size_t bytes;
    unsigned char *all = whole(w, &bytes), *at = all + 9 + (strstr(w->header, from) - w->header);
    ck_assert_uint_eq(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    file_write("model.safetensors", all, bytes);
    free(all);
}

START_TEST(damaged_files_are_refused_by_name)
{
    struct fl_net net = ours();
    struct writer w = {.dtype = "F32"};
    gpt2_put(&w, &net, "");
    model_write(&w, gpt2_config);
    ck_assert_str_eq(refusal(), "taken");
    size_t bytes;
    unsigned char *all = whole(&w, &bytes);
    file_write("model.safetensors", all, 5);
    says("model.safetensors: 5 bytes are no safetensors file");
    file_write("model.safetensors", all, 1000);
    says("its header is said to have");
    file_write("model.safetensors", all, bytes - 3);
    says("lie outside of the");
    all[9] = '}';
    file_write("model.safetensors", all, bytes);
    says("its header is no JSON: line 1, column");
    free(all);
    header_with(&w, "\"dtype\":\"F32\"", "\"dtype\":\"X32\"");
    says("model.safetensors: wte.weight: dtype is X32; known are");
    header_with(&w, "[40,16]", "[16,40]");
    says("wte.weight: is F32 [16, 40] and not [40, 16] by its file; config.json asks for another shape");
    header_with(&w, "[40,16]", "[40,17]");
    says("2560 bytes of data; F32 [40, 17] take 2720");
    header_with(&w, "[40,16]", "[-4,16]");
    says("wte.weight: its shape is no list");
    header_with(&w, "\"data_offsets\":[0,2560]", "\"data_offsets\":[\"0\",60]");
    says("data_offsets are no two whole numbers");
    header_with(&w, "h.1.ln_2.bias", "h.1.ln_3.bias");
    says("h.1.ln_2.bias: is missing: the layout of gpt2 has it");
    header_with(&w, "\"wte.weight\":{\"dtype\":\"F32\"", "\"wte.weight\":{\"dtype\":\"I32\"");
    says("wte.weight: is of type I32; weights are read from F32, F16 and BF16");
    float sick = NAN;
    memcpy(w.data + 40, &sick, sizeof sick);
    model_write(&w, gpt2_config);
    says("wte.weight: holds a value that is no number");
    file_write("config.json", "{", 1);
    says("config.json:1: column");
    file_write("config.json", "{\"model_type\": \"bert\"}", 22);
    ck_assert_ptr_nonnull(strstr(refusal(), "config.json"));
    free(w.data);
    fl_net_free(&net);
}
END_TEST

/* Bytes changed and ends cut off anywhere: a network or a fault, nothing else. */
START_TEST(random_damage_is_survived)
{
    struct fl_net net = ours();
    struct writer w = {.dtype = "F32"};
    size_t bytes;
    gpt2_put(&w, &net, "");
    model_write(&w, gpt2_config);
    unsigned char *all = whole(&w, &bytes);
    for (uint64_t trial = 0; trial < 400; trial++) {
        uint64_t key = fl_draw_key(5, trial);
        unsigned char *copy = malloc(bytes);
        memcpy(copy, all, bytes);
        size_t among = trial % 2 ? strlen(w.header) + 10 : bytes;
        for (uint64_t i = 0; i < 1 + trial % 5; i++)
            copy[fl_draw_below(key, 2 * i, among)] = (unsigned char)fl_draw_below(key, 2 * i + 1, 256);
        file_write("model.safetensors", copy, trial % 7 == 0 ? fl_draw_below(key, 99, bytes) : bytes);
        free(copy);
        ck_assert_uint_gt(strlen(refusal()), 0);
    }
    free(all);
    free(w.data);
    fl_net_free(&net);
}
END_TEST

START_TEST(tokens_are_numbers)
{
    char path[128];
    struct fl_text text;
    struct fl_err err = {0};
    snprintf(path, sizeof path, "%s/tokens.txt", folder);
    file_write("tokens.txt", "[5, 6,7]\n0 49\r\n1 2 3\n", 22);
    ck_assert_msg(fl_text_load_tokens(&text, path, 50, 3, &err), "%s", fl_err_text(&err));
    ck_assert_uint_eq(text.trains, 4);
    ck_assert_uint_eq(text.tests, 4);
    ck_assert_int_eq(text.train[3], 0);
    ck_assert_int_eq(text.test[0], 49);
    fl_text_free(&text);
    ck_assert(!fl_text_load_tokens(&text, path, 49, 3, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "tokens.txt:2: \"49\" is no number of a token from 0 to 48"));
    fl_err_free(&err);
    ck_assert(!fl_text_load_tokens(&text, path, 50, 4, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "too few tokens: 8; more than 9 are needed"));
    fl_err_free(&err);
    file_write("tokens.txt", "1 2 x3\n", 7);
    ck_assert(!fl_text_load_tokens(&text, path, 50, 1, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "tokens.txt:1: \"x3\" is no number"));
    fl_err_free(&err);
}
END_TEST

Suite *test_learn_damage_suite(void)
{
    Suite *suite = suite_create("learn_damage");
    TCase *tcase = tcase_create("learn_damage");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, damaged_files_are_refused_by_name);
    tcase_add_test(tcase, random_damage_is_survived);
    tcase_add_test(tcase, tokens_are_numbers);
    suite_add_tcase(suite, tcase);
    return suite;
}
