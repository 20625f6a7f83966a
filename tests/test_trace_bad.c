/* test_trace_bad.c - bad workloads: each file of tests/bad/models and tests/bad/traces and what is said of it.
 *
 * expected.txt holds the faults of all files of its folder, in order; a line that ends
 * in "..." is compared up to there (words of the JSON library).
 */
#include <dirent.h>

#include "tests/test_trace.h"

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);
    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

/* Reads the file as what its name says it is; it must be refused, and leave nothing behind. */
static void refuse(const char *path, struct fl_err *err)
{
    struct fl_trace trace;
    int before = err->faults;
    bool made = has_suffix(path, ".json")    ? fl_trace_from_model(&trace, path, NULL, err)
                : has_suffix(path, ".trace") ? fl_trace_read_file(&trace, path, err)
                                             : fl_trace_from_gemm_csv(&trace, path, err);
    ck_assert_msg(!made, "%s was accepted", path);
    ck_assert_msg(err->faults > before, "%s was refused without a word", path);
    ck_assert_ptr_null(trace.arena.blocks);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t list_files(struct fl_arena *arena, const char *folder, const char **name, size_t most)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    ck_assert_msg(dir != NULL, "%s cannot be opened", folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.' && !has_suffix(entry->d_name, ".txt")) {
            ck_assert_uint_lt(count, most);
            name[count++] = fl_arena_text(arena, entry->d_name);
        }
    closedir(dir);
    qsort(name, count, sizeof *name, by_name);
    return count;
}

static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    if (line[0] == '\0')
        return NULL;
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    *text = end + 1;
    return line;
}

static void compare(const char *folder, char *got, char *expected)
{
    for (;;) {
        char *is = next_line(&got), *should = next_line(&expected);
        if (is == NULL && should == NULL)
            return;
        ck_assert_msg(is != NULL, "not said: %s", should);
        ck_assert_msg(should != NULL, "said, but not expected: %s", is);
        if (strncmp(is, folder, strlen(folder)) == 0)
            is += strlen(folder) + 1;
        size_t length = strlen(should);
        bool prefix = length > 3 && strcmp(should + length - 3, "...") == 0;
        ck_assert_msg(prefix ? strncmp(is, should, length - 3) == 0 : strcmp(is, should) == 0,
                      "said:     %s\nexpected: %s", is, should);
    }
}

static void refuse_folder(const char *folder, size_t least)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    size_t length;
    const char *path = source_path(&arena, folder), *name[256];
    size_t count = list_files(&arena, path, name, 256);
    ck_assert_uint_ge(count, least);
    for (size_t i = 0; i < count; i++)
        refuse(fl_arena_format(&arena, "%s/%s", path, name[i]), &err);
    char *expected = whole_file(&arena, fl_arena_format(&arena, "%s/expected.txt", path), &length);
    compare(path, fl_arena_text(&arena, fl_err_text(&err)), expected);
    fl_err_free(&err);
    fl_arena_free(&arena);
}

START_TEST(bad_models_are_refused_with_reasons)
{
    refuse_folder("tests/bad/models", 30);
}
END_TEST

START_TEST(bad_traces_and_tables_are_refused_with_reasons)
{
    refuse_folder("tests/bad/traces", 30);
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    const char *folder = source_path(&arena, "tests");
    ck_assert(!fl_trace_read_file(&trace, folder, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "it is a folder; name a file in it"));
    fl_err_free(&err);
    ck_assert(!fl_trace_from_model(&trace, folder, NULL, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "tests/config.json: cannot be opened: "));
    fl_err_free(&err);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_trace_bad_suite(void)
{
    Suite *suite = suite_create("trace_bad");
    TCase *tcase = tcase_create("bad input");
    tcase_add_test(tcase, bad_models_are_refused_with_reasons);
    tcase_add_test(tcase, bad_traces_and_tables_are_refused_with_reasons);
    tcase_add_test(tcase, a_folder_is_no_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
