/* damage.c - damaged machines and damaged work, run from end to end: whatever they say, no crash and no broken law.
 *
 *     make fuzz [ROUNDS=2000] [SEED=1]
 *
 * Each round damages a design's text, a trace's, or both, and runs them in a process of its own: it must be refused
 * with words, or run to its end, or be stopped for taking too long. What is stopped or crashes is kept, as
 * damage-SEED-ROUND.cfg and .trace, to be run by `fanlight run`. Deterministic, but for what is stopped.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/fanlight.h"
#include "base/arena.h"
#include "base/rng.h"

enum { MOST_DAMAGE = 3, PATIENCE_S = 5, SPARE = 4096 };
enum { REFUSED = 3, SLOW = 4 };         /* exit codes of a round's process; 0: it ran */

static const char *const values[] = {"0", "1", "2", "3", "7", "64", "1000", "65536", "-1", "2147483647", "1000000000000",
                                     "0.5", "1e300", "\"1 ns\"", "\"0 ns\"", "\"1 ms\"", "\"3 pJ\"", "\"1 GHz\"",
                                     "\"4/3 GHz\"", "\"none\"", "\"fit\"", "\"dual_rail\"", "\"coherent\"", "\"row\"",
                                     "\"time\"", "true", "false", "{ v = 3; }", "\"50 %\"", "\"1 KiB\""};
static const char *const numbers[] = {"0", "1", "2", "3", "5", "7", "8", "16", "17", "33", "64", "129", "1000", "4096",
                                      "100000", "3000000", "9223372036854775807"};
static const char *const mappers[] = {"auto", "search", "weight_stationary", "weights_in_place", "output_stationary",
                                      "input_stationary", "digital"};
static const char form_1[] =
    "fanlight-trace 1\nmodel small\nphase prefill\ncontext 6\ninput x\ninput kv\n"
    "repeat 3 layer 0\n"
    "norm ln x -> a m=6 n=40\n"
    "linear qkv a -> b m=6 k=40 n=60\n"
    "matmul scores b kv -> s groups=2 m=6 k=10 n=6 mask=causal_out window=4\n"
    "softmax soft s -> p m=12 n=6 share=2 mask=causal_out window=4\n"
    "matmul mix p kv -> c groups=2 m=6 k=6 n=20 mask=causal_in window=4 sign=non_negative\n"
    "linear out c -> y m=6 k=40 n=40\n"
    "add join x y -> x m=6 n=40\n"
    "end\n"
    "linear head x -> z m=1 k=40 n=100\n";
static const char form_2[] =
    "fanlight-trace 2\nmodel small\nphase decode\ncontext 6\ntokens 1\ninput t\ntensor e.w parameter rows=50 width=40\n"
    "tensor c cache rows=7 width=80 layered=yes\ntensor g.w parameter groups=3 rows=40 width=20 bits=4 layered=yes\n"
    "tensor h stash layered=yes\n"
    "embed e t e.w -> x m=3 k=50 n=40\n"
    "repeat 4 layer 0\n"
    "norm n x -> h m=3 n=40\n"
    "linear q h -> q m=3 k=40 n=80\n"
    "kv_append a q -> c m=3 n=80\n"
    "matmul s q c -> s groups=4 m=3 k=10 n=7 past=4\n"
    "softmax p s -> p m=12 n=7\n"
    "matmul m p c -> m groups=4 m=3 k=7 n=10 past=4 sign=non_negative\n"
    "linear o m -> o m=3 k=40 n=40\n"
    "add r x o -> x m=3 n=40\n"
    "end\n"
    "repeat 3 layer 3 down\n"
    "add b h=forward h=previous -> b m=3 n=40\n"
    "linear g b g.w -> g rows=1,2,0 k=40 n=20\n"
    "activation w g g -> x m=3 n=10\n"
    "linear v h=previous,transposed -> v m=1 k=3 n=9\n"
    "end\n"
    "linear l o e.w=transposed -> l m=1 k=40 n=50\n";

static size_t pick(struct fl_rng *rng, size_t count)
{
    return (size_t)fl_rng_range(rng, 0, (int64_t)count - 1);
}

/* Puts `with` in place of `length` bytes at `at`. */
static void replace(char *text, size_t at, size_t length, const char *with)
{
    size_t added = strlen(with), rest = strlen(text + at + length) + 1;
    memmove(text + at + added, text + at + length, rest);
    memcpy(text + at, with, added);
}

/* What stands behind a random "=", up to a separator, becomes something else. */
static void value_damage(struct fl_rng *rng, char *text)
{
    size_t start = pick(rng, strlen(text));
    char *equals = strchr(text + start, '=');
    if (equals == NULL)
        return;
    size_t at = (size_t)(equals - text) + 1 + strspn(equals + 1, " ");
    size_t length = text[at] == '"' ? strcspn(text + at + 1, "\"") + 2 : strcspn(text + at, ";, \n");
    if (at + length <= strlen(text))
        replace(text, at, length, values[pick(rng, sizeof values / sizeof *values)]);
}

/* A number becomes another one, its unit stays; `all`: wherever it stands. */
static void number_damage(struct fl_rng *rng, char *text, bool all)
{
    static const char digits[] = "0123456789";
    char old[24];
    const char *with = numbers[pick(rng, sizeof numbers / sizeof *numbers)];
    size_t at = pick(rng, strlen(text)), length;
    at += strcspn(text + at, digits);
    while (at > 0 && strchr(digits, text[at - 1]) != NULL)
        at--;
    length = strspn(text + at, digits);
    if (length == 0 || length >= sizeof old)
        return;
    snprintf(old, sizeof old, "%.*s", (int)length, text + at);
    for (size_t i = all ? 0 : at; text[i] != '\0' && i <= (all ? strlen(text) : at);) {
        size_t span = strspn(text + i, digits);
        if (span == length && strncmp(text + i, old, span) == 0) {
            replace(text, i, span, with);
            span = strlen(with);
        }
        i += span > 0 ? span : 1;
    }
}

static void line_damage(struct fl_rng *rng, char *text)
{
    size_t at = pick(rng, strlen(text));
    while (at > 0 && text[at - 1] != '\n')
        at--;
    size_t length = strcspn(text + at, "\n");
    length += text[at + length] == '\n';
    if (fl_rng_range(rng, 0, 1) == 0) {
        replace(text, at, length, "");
        return;
    }
    char line[SPARE / 8];               /* said twice */
    snprintf(line, sizeof line, "%.*s", (int)length, text + at);
    replace(text, at, 0, line);
}

static void damage(struct fl_rng *rng, char *text, bool all)
{
    for (int64_t times = fl_rng_range(rng, 1, MOST_DAMAGE); times > 0 && text[0] != '\0'; times--)
        switch (fl_rng_range(rng, 0, 9)) {
        case 0:
            text[pick(rng, strlen(text))] = (char)fl_rng_range(rng, 1, 255);
            break;
        case 1:
            line_damage(rng, text);
            break;
        case 2:
        case 3:
            value_damage(rng, text);
            break;
        default:
            number_damage(rng, text, all);
        }
}

static void file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fl_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static char *file_read(struct fl_arena *arena, const char *path)
{
    FILE *file = fopen(path, "r");
    fl_assert(file != NULL);
    char *text = fl_arena_alloc(arena, 1 << 16);
    size_t length = fread(text, 1, (1 << 16) - SPARE, file);
    fl_assert(length > 0);
    fclose(file);
    return text;
}

static int one_run(const char *design, const char *trace, const char *mapper)
{
    struct fl_request ask = {.design = design, .trace = trace, .mapper = mapper};
    struct fl_err *err = fanlight_err_new();
    struct fl_result *result;
    struct fl_summary sum;
    alarm(PATIENCE_S);
    bool ok = fanlight_run(&ask, &result, err) && fanlight_summary(result, &sum, err);
    fl_assert(ok == (fanlight_err_text(err)[0] == '\0'));
    fanlight_free(result);
    fanlight_err_free(err);
    return ok ? 0 : REFUSED;
}

/* In a process of its own; what it printed is of interest only if it crashed. */
static int apart(const char *design, const char *trace, const char *mapper)
{
    int status;
    pid_t child = fork();
    fl_assert(child >= 0);
    if (child == 0)
        _exit(one_run(design, trace, mapper));
    fl_assert(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return WTERMSIG(status) == SIGALRM ? SLOW : -1;
}

int main(int argc, char **argv)
{
    static const char *const designs[] = {"tests/bad/good_design.cfg", "arch/designs/free_space_1k.cfg",
                                          "arch/designs/slm_bench.cfg", "arch/designs/dmd_bench.cfg"};
    const char *source = getenv("SRCDIR") != NULL ? getenv("SRCDIR") : ".";
    long rounds = argc > 1 ? atol(argv[1]) : 2000, seed = argc > 2 ? atol(argv[2]) : 1, crashed = 0;
    long ended[SLOW + 1] = {0};
    for (long round = 0; round < rounds; round++) {
        struct fl_arena arena = {0};
        struct fl_rng rng = {(uint64_t)seed * 1000003 + (uint64_t)round};
        char *design = file_read(&arena, fl_arena_format(&arena, "%s/%s", source, designs[pick(&rng, 4)]));
        const char *work[] = {form_1, form_2, file_read(&arena, fl_arena_format(&arena, "%s/examples/backward.trace",
                                                                                source))};
        const char *whole = work[pick(&rng, sizeof work / sizeof *work)];
        char *trace = fl_arena_alloc(&arena, strlen(whole) + 1 + SPARE);
        const char *cfg = fl_arena_format(&arena, "damage-%ld-%ld.cfg", seed, round);
        const char *ops = fl_arena_format(&arena, "damage-%ld-%ld.trace", seed, round);
        const char *mapper = mappers[pick(&rng, sizeof mappers / sizeof *mappers)];
        memcpy(trace, whole, strlen(whole) + 1);
        int64_t what = fl_rng_range(&rng, 0, 2);
        if (what != 1)
            damage(&rng, design, false);
        if (what != 0)
            damage(&rng, trace, true);
        file_write(cfg, design);
        file_write(ops, trace);
        int code = apart(cfg, ops, mapper);
        bool fine = code == 0 || code == REFUSED;
        if (fine || code == SLOW)
            ended[code]++;
        else
            crashed++;
        if (fine) {
            unlink(cfg);
            unlink(ops);
        } else {
            printf("%s: fanlight run --design %s --trace %s --map %s\n", code == SLOW ? "stopped" : "crashed", cfg, ops,
                   mapper);
        }
        fl_arena_free(&arena);
    }
    printf("%ld rounds: %ld ran, %ld refused with words, %ld stopped after %d s, %ld crashed\n", rounds, ended[0],
           ended[REFUSED], ended[SLOW], PATIENCE_S, crashed);
    return crashed > 0;
}
