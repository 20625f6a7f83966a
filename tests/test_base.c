/* test_base.c - errors, arenas and files that appear whole. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/suites.h"

START_TEST(faults_are_gathered_as_lines)
{
    struct fl_err err = {0};
    ck_assert(!fl_fail(&err, "a.cfg:3", "no key \"%s\"", "x"));
    ck_assert(!fl_fail(&err, NULL, "second"));
    ck_assert_int_eq(err.faults, 2);
    ck_assert_str_eq(fl_err_text(&err), "a.cfg:3: no key \"x\"\nsecond\n");
    fl_err_free(&err);
    ck_assert_str_eq(fl_err_text(&err), "");
    ck_assert_str_eq(fl_err_first(&err), "");
}
END_TEST

START_TEST(a_fault_is_a_record_that_others_take_over)
{
    struct fl_err err = {0}, inner = {0};
    fl_fail(&err, "a.cfg:3", "no key \"%s\"", "x");
    fl_fail(&inner, "b", "%s", "");
    fl_fail_as(&inner, FL_FAULT_LAW, NULL, "second");
    fl_err_take(&err, &inner);
    ck_assert_int_eq(inner.faults, 0);
    ck_assert_int_eq(err.faults, 3);
    ck_assert_int_eq(err.code, FL_FAULT_LAW);
    ck_assert_str_eq(fl_err_first(&err), "a.cfg:3: no key \"x\"");
    ck_assert_str_eq(err.fault[0].where, "a.cfg:3");
    ck_assert_str_eq(err.fault[0].what, "no key \"x\"");
    ck_assert_str_eq(err.fault[1].line, "b: ");
    ck_assert_int_eq(err.fault[1].code, FL_FAULT_USER);
    ck_assert_str_eq(err.fault[2].where, "");
    ck_assert_str_eq(err.fault[2].line, "second");
    ck_assert_str_eq(fl_err_text(&err), "a.cfg:3: no key \"x\"\nb: \nsecond\n");
    ck_assert(fl_err_has(&err, "second") && !fl_err_has(&err, "sec"));
    fl_err_free(&err);
}
END_TEST

START_TEST(arena_memory_is_zeroed_and_kept)
{
    struct fl_arena arena = {0};
    char *first = fl_arena_text(&arena, "first");
    unsigned char *large = fl_arena_array(&arena, 1000, 1000);
    size_t zeroes = 0;
    while (zeroes < 1000000 && large[zeroes] == 0)
        zeroes++;
    ck_assert_uint_eq(zeroes, 1000000);
    ck_assert_str_eq(fl_arena_format(&arena, "%s-%d", first, 7), "first-7");
    ck_assert_str_eq(first, "first");
    fl_arena_free(&arena);
    ck_assert_ptr_null(arena.blocks);
}
END_TEST

/* What of a file is under its name when it is closed: what was there before unless it is whole. Nothing lies beside. */
static void check_closed(struct fl_arena *arena, bool whole)
{
    const char *path = fl_arena_format(arena, "/tmp/fanlight-file-%ld", (long)getpid());
    struct fl_file file;
    for (int turn = 0; turn < 2; turn++) {              /* no file is there, then an older one */
        ck_assert(turn == 0 || fl_file_open(&file, path, arena));
        if (turn > 0) {
            fputs("old", file.stream);
            ck_assert(fl_file_close(&file, true));
        }
        ck_assert(fl_file_open(&file, path, arena));
        fputs("new", file.stream);
        fflush(file.stream);
        ck_assert_int_eq(access(path, F_OK), turn - 1);
        ck_assert(fl_file_close(&file, whole) == whole);
        ck_assert_int_ne(access(file.beside, F_OK), 0);
        char *text = fl_file_text(path);
        if (whole)
            ck_assert_str_eq(text, "new");
        else
            ck_assert_msg(turn == 0 ? text == NULL : strcmp(text, "old") == 0, "there is \"%s\"", text);
        fl_free(text);
        unlink(path);
    }
}

START_TEST(a_file_appears_whole_or_not_at_all)
{
    struct fl_arena arena = {0};
    struct fl_file file;
    check_closed(&arena, true);
    check_closed(&arena, false);
    ck_assert(!fl_file_open(&file, "/tmp/no-such-folder/file", &arena) && errno == ENOENT);
    if (access("/dev/full", W_OK) == 0) {               /* Linux has it */
        ck_assert(fl_file_open(&file, "/dev/full", &arena));
        fputs("more than there is room for", file.stream);
        ck_assert(!fl_file_close(&file, true) && errno == ENOSPC);
        ck_assert_int_eq(access("/dev/full", F_OK), 0);
    }
    fl_arena_free(&arena);
}
END_TEST

Suite *test_base_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *tcase = tcase_create("base");
    tcase_add_test(tcase, faults_are_gathered_as_lines);
    tcase_add_test(tcase, a_fault_is_a_record_that_others_take_over);
    tcase_add_test(tcase, arena_memory_is_zeroed_and_kept);
    tcase_add_test(tcase, a_file_appears_whole_or_not_at_all);
    suite_add_tcase(suite, tcase);
    return suite;
}
