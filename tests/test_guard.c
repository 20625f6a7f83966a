/* test_guard.c - a broken law, or memory that is not to be had, ends one piece of work: what it made is given back, an
 * error says what happened, and neither the process nor another thread notices.
 *
 * The linker gives us the library's calloc, realloc and free (Makefile.am): a thread that asks for it has its memory
 * counted, and is refused the n-th piece of it.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/fanlight.h"
#include "base/arena.h"
#include "tests/cases.h"
#include "tests/suites.h"

/* ---- memory, counted and refused ---- */

enum { PIECES_MOST = 1 << 16 };
static _Thread_local struct {
    bool on;
    long long left;                     /* pieces until one is refused; -1: none is */
    size_t live;                        /* pieces that were asked for while `on` and not given back */
    void *piece[PIECES_MOST];           /* which: an open hash table */
} count;

static size_t place_of(const void *piece)
{
    size_t at = ((uintptr_t)piece >> 4) * 0x9E3779B97F4A7C15u % PIECES_MOST;
    while (count.piece[at] != NULL && count.piece[at] != piece)
        at = (at + 1) % PIECES_MOST;
    return at;
}

static void piece_add(void *piece)
{
    ck_assert_uint_lt(count.live, PIECES_MOST / 2);
    count.piece[place_of(piece)] = piece;
    count.live++;
}

static void piece_remove(const void *piece)
{
    size_t hole = place_of(piece);
    if (piece == NULL || count.piece[hole] == NULL)
        return;
    count.piece[hole] = NULL;
    count.live--;
    for (size_t at = (hole + 1) % PIECES_MOST; count.piece[at] != NULL; at = (at + 1) % PIECES_MOST) {
        void *moved = count.piece[at];
        count.piece[at] = NULL;
        count.piece[place_of(moved)] = moved;
    }
}

static bool refused(void)
{
    return count.left >= 0 && count.left-- == 0;
}

void *__real_calloc(size_t number, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t number, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void *__wrap_calloc(size_t number, size_t size)
{
    if (!count.on)
        return __real_calloc(number, size);
    void *memory = refused() ? NULL : __real_calloc(number, size);
    if (memory != NULL)
        piece_add(memory);
    return memory;
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (!count.on)
        return __real_realloc(memory, size);
    if (refused())
        return NULL;
    piece_remove(memory);
    void *moved = __real_realloc(memory, size);
    piece_add(moved);
    return moved;
}

void __wrap_free(void *memory)
{
    if (count.on)
        piece_remove(memory);
    __real_free(memory);
}

/* ---- the guard by itself ---- */

struct log { char text[64]; size_t used; };
struct step { struct log *log; char letter; };

static void note(void *what)
{
    const struct step *step = what;
    step->log->text[step->log->used++] = step->letter;
}

static bool break_holding(void *context, struct fl_err *err)
{
    struct log *log = context;
    struct step a = {log, 'a'}, b = {log, 'b'}, c = {log, 'c'};
    struct fl_hold hold[3];
    struct fl_arena arena = {0};
    fl_hold(&hold[0], note, &a);
    fl_hold(&hold[1], note, &b);
    fl_hold(&hold[2], note, &c);
    fl_let_go(&hold[1]);
    fl_arena_alloc(&arena, 1000000);
    fl_fail(err, "a.cfg:1", "the user's");
    fl_assert(log->used == 99);
    return true;
}

START_TEST(a_broken_law_comes_back_as_an_error)
{
    struct fl_err err = {0};
    struct log log = {.used = 0};
    bool ended = false;
    count.on = true;
    count.left = -1;
    ck_assert(!fl_guard(break_holding, &log, &ended, &err));
    ck_assert(ended);
    ck_assert_int_eq(err.code, FL_FAULT_BUG);
    ck_assert_int_eq(err.faults, 1);
    ck_assert_msg(strstr(err.text, "bug at tests/test_guard.c:") != NULL &&
                  strstr(err.text, "'log->used == 99'") != NULL, "%s", err.text);
    ck_assert_str_eq(log.text, "ca");   /* newest first, without the one let go */
    fl_err_free(&err);
    ck_assert_uint_eq(count.live, 0);
}
END_TEST

static bool fail_and_keep(void *context, struct fl_err *err)
{
    *(char **)context = fl_calloc(10, 1);
    return fl_fail(err, "a.cfg:1", "the user's");
}

/* The inner work ends early, the outer goes on with its own memory. */
static bool go_on(void *context, struct fl_err *err)
{
    struct log *log = context;
    struct fl_err inner = {0};
    char *mine = fl_calloc(100, 1);
    ck_assert(!fl_guard(break_holding, log, NULL, &inner));
    mine = fl_realloc(mine, 200000);
    memset(mine, 1, 200000);
    fl_err_take(err, &inner);
    fl_free(mine);
    return true;
}

START_TEST(what_work_makes_in_order_is_its_callers)
{
    struct fl_err err = {0};
    struct log log = {.used = 0};
    char *made = NULL;
    bool ended = true;
    count.on = true;
    count.left = -1;
    ck_assert(!fl_guard(fail_and_keep, &made, &ended, &err));
    ck_assert(!ended);
    ck_assert_int_eq(err.code, FL_FAULT_USER);
    ck_assert_str_eq(err.text, "a.cfg:1: the user's\n");
    fl_free(made);
    fl_err_free(&err);
    ck_assert(fl_guard(go_on, &log, &ended, &err));
    ck_assert(!ended);
    ck_assert_int_eq(err.code, FL_FAULT_BUG);
    fl_err_free(&err);
    ck_assert_uint_eq(count.live, 0);
}
END_TEST

/* A table of the host's: it grows inside the work, and is whole when that ends early. */
struct host { int *number; size_t numbers, room; };

static bool grow_and_break(void *context, struct fl_err *err)
{
    struct host *host = context;
    (void)err;
    for (int i = 0; i < 1000; i++) {
        host->number = fl_grow(host->number, &host->room, host->numbers, sizeof *host->number);
        host->number[host->numbers++] = i;
    }
    fl_assert(host->numbers == 0);
    return true;
}

START_TEST(what_lives_on_is_kept)
{
    struct fl_err err = {0};
    struct host host = {0};
    ck_assert(!fl_guard_keeping(grow_and_break, &host, NULL, &err));
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(host.number[i], i);
    fl_free(host.number);
    fl_err_free(&err);
}
END_TEST

/* ---- runs ---- */

static const char work_text[] =
    "fanlight-trace 1\nmodel small\nphase prefill\ncontext 6\ninput x\ninput kv\nrepeat 3 layer 0\n"
    "norm ln x -> a m=6 n=40\nlinear qkv a -> b m=6 k=40 n=60\nmatmul scores b kv -> s groups=2 m=6 k=10 n=6\n"
    "softmax soft s -> p m=12 n=6\nlinear out b -> y m=6 k=60 n=40\nadd join x y -> x m=6 n=40\nend\n";

struct fuse { int64_t left; };

/* An assertion, deep in a run. */
static void burn(void *context, int64_t done, int64_t all)
{
    struct fuse *fuse = context;
    (void)all;
    fl_assert(done < fuse->left);
}

static void texts_add(void *context, int columns, const char *const *name, const char *const *text,
                      const double *number)
{
    FILE *out = context;
    (void)name, (void)number;
    for (int i = 0; i < columns; i++)
        fprintf(out, "%s|", text[i] != NULL ? text[i] : "null");
}

/* All that can be asked of a request: "" or what went wrong, and in `rows` what came out. */
static const char *ask_all(const struct fl_request *ask, struct fl_err *err, FILE *rows)
{
    struct fl_result *result = NULL;
    struct fl_summary summary;
    if (fanlight_run(ask, &result, err) && fanlight_summary(result, &summary, err) &&
        fanlight_query(result, "select * from tally order by 1, 2, 3, 4", texts_add, rows, err) &&
        fanlight_query(result, "select operator, energy_j from energy_by_operator", texts_add, rows, err) &&
        fanlight_timeline(result, rows, err))
        fanlight_write_mapping(result, rows, err);
    fanlight_free(result);
    return fanlight_err_text(err);
}

static char *rows_of(const struct fl_request *ask)
{
    struct fl_err err = {0};
    char *text = NULL;
    size_t bytes;
    FILE *rows = open_memstream(&text, &bytes);
    ck_assert_str_eq(ask_all(ask, &err, rows), "");
    fclose(rows);
    ck_assert_uint_gt(bytes, 1000);
    return text;
}

static const char *const mappers[] = {"weight_stationary", "auto", "search"};
enum { MAPPERS = sizeof mappers / sizeof *mappers };

START_TEST(an_assertion_ends_its_run)
{
    for (int64_t at = 1; at <= 18; at += 4) {
        struct fuse fuse = {at};
        struct fl_request ask = {.trace_text = work_text, .mapper = mappers[_i], .progress = burn, .context = &fuse};
        struct fl_err err = {0};
        struct fl_result *result = (struct fl_result *)&err;
        count.on = true;
        count.left = -1;
        ck_assert(!fanlight_run(&ask, &result, &err));
        ck_assert_ptr_null(result);
        ck_assert_int_eq(fanlight_err_code(&err), 70);
        ck_assert_msg(strstr(err.text, "'done < fuse->left' does not hold") != NULL, "%s", err.text);
        fl_err_free(&err);
        ck_assert_uint_eq(count.live, 0);
        count.on = false;
    }
}
END_TEST

/* Every piece of memory is the one that is not to be had (FAST: one in ten, drawn): an error, nothing lost, the next
 * run is none the worse. */
START_TEST(memory_may_end_anywhere)
{
    const struct fl_request ask = {.trace_text = work_text, .mapper = mappers[_i], .design = "free_space_1k"};
    char *whole = rows_of(&ask);
    FILE *nowhere = fopen("/dev/null", "w");
    long long refusals = 0;
    struct fl_rng rng = cases_rng((uint64_t)_i);
    const long long most = cases_fast() ? 19 : 1;
    for (long long nth = 0;; nth += fl_rng_range(&rng, 1, most) * (1 + nth / 64)) {
        struct fl_err err = {0};
        count.on = true;
        count.left = nth;
        bool ended = ask_all(&ask, &err, nowhere)[0] != '\0';
        count.on = false;
        if (!ended && count.left >= 0)
            break;
        ck_assert_msg(!ended || strstr(err.text, "out of memory") != NULL, "%s", err.text);
        ck_assert(!ended || fanlight_err_code(&err) == 1);
        count.on = true;
        fl_err_free(&err);
        count.on = false;
        ck_assert_msg(count.live == 0, "%zu pieces are lost when piece %lld is not to be had", count.live, nth);
        refusals += ended;
    }
    ck_assert_int_gt(refusals, cases_fast() ? 10 : 100);
    char *again = rows_of(&ask);
    ck_assert_str_eq(again, whole);
    free(whole);
    free(again);
    fclose(nowhere);
}
END_TEST

struct lane { pthread_t thread; int64_t fuse; const char *whole; bool same; uint64_t ended; };

enum { RUNS = 20 };

static void *lane_run(void *context)
{
    struct lane *lane = context;
    for (uint64_t i = 0; i < cases_of(RUNS); i++) {
        struct fuse fuse = {lane->fuse};
        struct fl_request ask = {.trace_text = work_text, .mapper = "auto", .progress = burn, .context = &fuse};
        struct fl_err err = {0};
        char *text = NULL;
        size_t bytes;
        FILE *rows = open_memstream(&text, &bytes);
        ask_all(&ask, &err, rows);
        fclose(rows);
        lane->ended += fanlight_err_code(&err) == 70;
        lane->same = strcmp(text, lane->whole) == 0;
        fl_err_free(&err);
        free(text);
    }
    return NULL;
}

START_TEST(the_other_thread_does_not_notice)
{
    const struct fl_request ask = {.trace_text = work_text, .mapper = "auto"};
    char *whole = rows_of(&ask);
    struct lane lane[2] = {{.fuse = 7, .whole = whole}, {.fuse = INT64_MAX, .whole = whole}};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&lane[i].thread, NULL, lane_run, &lane[i]), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(lane[i].thread, NULL), 0);
    ck_assert_uint_eq(lane[0].ended, cases_of(RUNS));
    ck_assert_uint_eq(lane[1].ended, 0);
    ck_assert(lane[1].same);
    free(whole);
}
END_TEST

Suite *test_guard_suite(void)
{
    Suite *suite = suite_create("guard");
    TCase *tcase = tcase_create("guard");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, a_broken_law_comes_back_as_an_error);
    tcase_add_test(tcase, what_work_makes_in_order_is_its_callers);
    tcase_add_test(tcase, what_lives_on_is_kept);
    tcase_add_loop_test(tcase, an_assertion_ends_its_run, 0, MAPPERS);
    tcase_add_loop_test(tcase, memory_may_end_anywhere, 0, MAPPERS);
    tcase_add_test(tcase, the_other_thread_does_not_notice);
    suite_add_tcase(suite, tcase);
    return suite;
}
