/* sweeps.h - tests of sweeps: a folder of their own with a small design and a small model, and sweep files in it. */
#ifndef FL_TESTS_SWEEPS_H
#define FL_TESTS_SWEEPS_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/sweep.h"
#include "tests/suites.h"

static char folder[] = "/tmp/fanlight-explore-XXXXXX";
static struct fl_err err;
static struct fl_arena arena;

static const char *in_folder(const char *name)
{
    return fl_arena_format(&arena, "%s/%s", folder, name);
}

static const char *write_file(const char *name, const char *text)
{
    FILE *out = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
    return in_folder(name);
}

/* Every test has a folder with a design and a model of its own. */
static inline void setup(void)
{
    const char *sources = getenv("SRCDIR") != NULL ? getenv("SRCDIR") : ".";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *here = realpath(sources, NULL);
    write_file("toy.json", "{\"model_type\": \"gpt2\", \"n_embd\": 16, \"n_layer\": 2, \"n_head\": 2, "
                           "\"n_positions\": 32, \"vocab_size\": 40, \"activation_function\": \"gelu_new\"}\n");
    write_file("small.cfg",
               fl_arena_format(&arena, "base = \"%s/tests/bad/good_design.cfg\";\nname = \"small\";\n", here));
    free(here);
}

static inline void teardown(void)
{
    ck_assert_int_eq(system(fl_arena_format(&arena, "rm -rf %s", folder)), 0);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    fl_err_free(&err);
    fl_arena_free(&arena);
}

#define HEAD "design = \"small.cfg\"; model = \"toy.json\"; mapper = \"weight_stationary\"; context = 8; "
#define ROWS "{ name = \"rows\"; path = \"core.slm.rows\"; values = [8, 16, 32]; }"
#define SHARE "{ name = \"share\"; path = \"core.adc.share\"; values = [1, 2]; }"

static inline struct fl_sweep read_text(const char *text)
{
    struct fl_sweep sweep;
    ck_assert_msg(fl_sweep_read(&sweep, write_file("sweep.cfg", text), &err), "%s", fl_err_text(&err));
    return sweep;
}

#endif
