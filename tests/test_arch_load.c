/* test_arch_load.c - design files: faults told, bases, overrides, and texts that read back.
 *
 * Each file in tests/bad/designs begins with what must be said of it, line by line, after
 * "#! "; nothing else may be said.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "tests/suites.h"

static const char *source(struct fl_arena *arena, const char *file)
{
    const char *folder = getenv("SRCDIR");
    return fl_arena_format(arena, "%s/tests/bad/%s", folder != NULL ? folder : ".", file);
}

static char *read_file(struct fl_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    char *text = fl_arena_alloc(arena, 1 << 16);
    ck_assert(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

/* The text without `part`, wherever it stands. */
static char *without(struct fl_arena *arena, const char *text, const char *part)
{
    char *kept = fl_arena_text(arena, text), *end = kept;
    for (const char *at = text; *at != '\0';) {
        if (strncmp(at, part, strlen(part)) == 0)
            at += strlen(part);
        else
            *end++ = *at++;
    }
    *end = '\0';
    return kept;
}

/* The lines after "#! ". */
static char *expected(struct fl_arena *arena, const char *text)
{
    char *lines = fl_arena_alloc(arena, strlen(text) + 1);
    for (const char *at = text; strncmp(at, "#! ", 3) == 0; at = strchr(at, '\n') + 1)
        strncat(lines, at + 3, strcspn(at + 3, "\n") + 1);
    return lines;
}

static void bad_design(const char *name)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    struct fl_design design;
    const char *path = source(&arena, fl_arena_format(&arena, "designs/%s", name));
    ck_assert_msg(!fl_design_load(&design, path, NULL, 0, &err), "%s has no fault", name);
    const char *told = without(&arena, fl_err_text(&err), source(&arena, "designs/"));
    const char *wanted = expected(&arena, read_file(&arena, path));
    ck_assert_msg(strcmp(told, wanted) == 0, "%s:\n%sbut wanted is:\n%s", name, told, wanted);
    ck_assert_uint_eq(design.values, 0);
    fl_err_free(&err);
    fl_arena_free(&arena);
}

START_TEST(bad_designs_are_told)
{
    struct fl_arena arena = {0};
    setenv("FL_DESIGNS", "/nonexistent", 1);
    DIR *folder = opendir(source(&arena, "designs"));
    ck_assert(folder != NULL);
    int designs = 0;
    for (const struct dirent *file; (file = readdir(folder)) != NULL;) {
        const char *end = strrchr(file->d_name, '.');
        if (end == NULL || strcmp(end, ".cfg") != 0)
            continue;
        bad_design(file->d_name);
        designs++;
    }
    closedir(folder);
    ck_assert_int_ge(designs, 50);
    fl_arena_free(&arena);
}
END_TEST

static void load(struct fl_design *design, const char *name, const char *const *set, size_t sets)
{
    struct fl_err err = {0};
    ck_assert_msg(fl_design_load(design, name, set, sets, &err), "%s: %s", name, fl_err_text(&err));
}

static const char *text_at(const struct fl_design *design, const char *path)
{
    const struct fl_value *value = fl_design_find(design, path);
    ck_assert_msg(value != NULL, "%s", path);
    return value->text;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void same_designs(const struct fl_design *a, const struct fl_design *b)
{
    ck_assert_uint_eq(a->values, b->values);
    for (size_t i = 0; i < a->values; i++) {
        const struct fl_value *x = &a->value[i], *y = &b->value[i];
        ck_assert_str_eq(x->path, y->path);
        ck_assert_msg(strcmp(x->text, y->text) == 0, "%s: %s and %s", x->path, x->text, y->text);
        ck_assert_msg(same(x->from, y->from) && same(x->low, y->low) && same(x->high, y->high), "%s", x->path);
        ck_assert_msg(same(x->measure, y->measure), "%s", x->path);
    }
    ck_assert_str_eq(a->name, b->name);
    ck_assert_str_eq(a->summary, b->summary);
    ck_assert_str_eq(a->text, b->text);
}

/* A new file with this text. */
static const char *temporary(struct fl_arena *arena, const char *text)
{
    static int number;
    const char *path = fl_arena_format(arena, "/tmp/fanlight-design-%ld-%d.cfg", (long)getpid(), number++);
    unlink(path);                       /* of a test that failed long ago */
    FILE *file = fopen(path, "wx");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void round_trip(const char *name, const char *const *set, size_t sets)
{
    struct fl_arena arena = {0};
    struct fl_design first, second;
    load(&first, name, set, sets);
    const char *path = temporary(&arena, first.text);
    load(&second, path, NULL, 0);
    unlink(path);
    same_designs(&first, &second);
    fl_design_free(&first);
    fl_design_free(&second);
    fl_arena_free(&arena);
}

START_TEST(a_merged_design_reads_back)
{
    struct fl_arena arena = {0};
    static const char *const set[] = {
        "core.adc.energy = { v = \"2 pJ\"; from = \"say \\\"x\\\" \\\\ y\"; }",
        "summary=a \"quoted\" \\ word\nand a line", "sram.capacity=5000000000 bits", "core[1].weight_dac.type=none",
        "sram.leakage=1e-3 mW"};
    round_trip(source(&arena, "good_design.cfg"), NULL, 0);
    round_trip(source(&arena, "good_design.cfg"), set, sizeof set / sizeof *set);
    fl_arena_free(&arena);
}
END_TEST

/* More cores than have one digit, each told from the others by what it is set to. */
START_TEST(many_pools_keep_their_places)
{
    struct fl_arena arena = {0};
    struct fl_design small, many, again;
    struct fl_err err = {0};
    load(&small, source(&arena, "good_design.cfg"), NULL, 0);
    const char *begin = strstr(small.text, "core = ({"), *end = strstr(begin, "});"), *text = "";
    const char *core = fl_arena_slice(&arena, begin + 8, (size_t)(strstr(begin, "}, {") - begin) - 7);
    for (int i = 0; i < 12; i++)
        text = fl_arena_format(&arena, "%s%s%s", text, i > 0 ? ", " : "", core);
    text = fl_arena_format(&arena, "%.*score = (%s%s", (int)(begin - small.text), small.text, text, end + 1);
    FILE *out = fopen("twelve_pools.cfg", "w");
    fputs(text, out);
    fclose(out);
    const char *set[12];
    for (int i = 0; i < 12; i++)
        set[i] = fl_arena_format(&arena, "core[%d].adc.share=%d", i, i + 1);
    load(&many, "./twelve_pools.cfg", set, 12);
    out = fopen("twelve_pools.cfg", "w");
    fputs(many.text, out);
    fclose(out);
    load(&again, "./twelve_pools.cfg", NULL, 0);
    for (int i = 0; i < 12; i++) {
        const char *path = fl_arena_format(&arena, "core[%d].adc.share", i);
        ck_assert_str_eq(text_at(&again, path), fl_arena_format(&arena, "%d", i + 1));
    }
    struct fl_machine machine;
    ck_assert_msg(fl_arch_describe(&machine, &again, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(machine.pools, 12);
    ck_assert_int_eq(machine.pool[11].core, 11);
    remove("twelve_pools.cfg");
    fl_design_free(&small);
    fl_design_free(&many);
    fl_design_free(&again);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(shipped_designs_are_sound_and_read_back)
{
    struct fl_arena arena = {0};
    const char *folder = getenv("SRCDIR");
    setenv("FL_DESIGNS", fl_arena_format(&arena, "%s/arch/designs", folder != NULL ? folder : "."), 1);
    setenv("FL_DEVICES", fl_arena_format(&arena, "%s/arch/devices", folder != NULL ? folder : "."), 1);
    for (const char *const *name = fl_design_names(&arena); *name != NULL; name++)
        round_trip(*name, NULL, 0);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(values_know_where_they_come_from)
{
    struct fl_arena arena = {0};
    struct fl_design design;
    static const char *const set[] = {"core[0].adc.share=4"};
    load(&design, source(&arena, "good_design.cfg"), set, 1);
    const struct fl_value *energy = fl_design_find(&design, "core[0].dac.energy");
    ck_assert_str_eq(energy->text, "10 pJ");
    ck_assert_str_eq(energy->from, "somewhere");
    ck_assert_str_eq(energy->low, "5 pJ");
    ck_assert_str_eq(energy->high, "20 pJ");
    ck_assert_str_eq(energy->file, source(&arena, "good_design.cfg"));
    ck_assert_int_eq(energy->line, 7);
    ck_assert_str_eq(energy->measure, "fJ");
    ck_assert_str_eq(fl_design_find(&design, "core[0].adc.share")->file, "--set");
    ck_assert_ptr_null(fl_design_find(&design, "core[0].adc.latency")->file);
    ck_assert_str_eq(text_at(&design, "core[1].weight_dac.converts"), "weights");
    ck_assert_str_eq(text_at(&design, "sram.clock"), "core");
    ck_assert_str_eq(text_at(&design, "core[1].weight_dac.type"), "dac");
    ck_assert_ptr_null(fl_design_find(&design, "core[0].weight_dac.type"));
    ck_assert_ptr_null(fl_design_find(&design, "core[0].dac"));
    fl_design_free(&design);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(a_design_builds_on_others)
{
    struct fl_arena arena = {0};
    struct fl_design design;
    const char *good = source(&arena, "good_design.cfg");
    const char *middle = temporary(&arena, fl_arena_format(&arena,
        "base = \"%s\"; summary = \"middle\"; core = ( { adc = { share = 4; }; }, { cores = 3; } );\n"
        "sram = { banks = 8; width = 512; };", good));
    const char *top = temporary(&arena, fl_arena_format(&arena,
        "base = \"%s\"; name = \"top\";\nsram = { banks = 16; }; link = { type = \"none\"; };",
        strrchr(middle, '/') + 1));
    load(&design, top, NULL, 0);
    ck_assert_str_eq(design.name, "top");
    ck_assert_str_eq(design.summary, "");       /* a design's own */
    ck_assert_str_eq(text_at(&design, "core[0].adc.share"), "4");
    ck_assert_str_eq(text_at(&design, "core[0].adc.energy"), "3.17 pJ");
    ck_assert_str_eq(text_at(&design, "core[1].cores"), "3");
    ck_assert_str_eq(text_at(&design, "sram.width"), "512");
    ck_assert_str_eq(text_at(&design, "sram.banks"), "16");
    ck_assert_str_eq(fl_design_find(&design, "sram.banks")->file, top);
    ck_assert_int_eq(fl_design_find(&design, "sram.banks")->line, 2);
    ck_assert_str_eq(fl_design_find(&design, "sram.width")->file, middle);
    ck_assert_ptr_null(fl_design_find(&design, "link.width"));
    ck_assert(strncmp(text_at(&design, "name"), "top", 3) == 0);
    fl_design_free(&design);
    const char *other = temporary(&arena, fl_arena_format(&arena,
        "base = \"%s\"; dram = { type = \"sram\"; capacity = 8; banks = 1; width = 8; "
        "read_energy = \"1 pJ\"; write_energy = \"1 pJ\"; };", good));
    load(&design, other, NULL, 0);
    ck_assert_ptr_null(fl_design_find(&design, "dram.trcd"));   /* another device: its keys are forgotten */
    ck_assert_str_eq(text_at(&design, "dram.clock"), "core");
    fl_design_free(&design);
    unlink(other);
    const char *digital = temporary(&arena, fl_arena_format(&arena, "base = \"%s\"; core = ();", good));
    load(&design, digital, NULL, 0);
    ck_assert_ptr_null(fl_design_find(&design, "core[0].cores"));
    ck_assert(strncmp(design.name, "fanlight-design-", 16) == 0);
    fl_design_free(&design);
    unlink(middle);
    unlink(top);
    unlink(digital);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(overrides_speak_the_language_of_files)
{
    struct fl_arena arena = {0};
    struct fl_design design;
    static const char *const set[] = {
        "core.input_bits=4", "core[1].input_bits = 3", "core.adc.energy={ v = \"2 pJ\"; from = \"a paper\"; }",
        "core[0].dac.energy=1 pJ", "machine.ideal_memory=true", "core[0].weight_dac={ energy = \"2 pJ\"; }",
        "clocks.core=0.63 ns", "name=\"quoted\"", "mapper=weights_in_place",
        "sram.node=22 nm", "sram.read_energy=preset"};
    load(&design, source(&arena, "good_design.cfg"), set, sizeof set / sizeof *set);
    ck_assert_str_eq(text_at(&design, "core[0].input_bits"), "4");
    ck_assert_str_eq(text_at(&design, "core[1].input_bits"), "3");
    ck_assert_str_eq(text_at(&design, "core[0].adc.energy"), "2 pJ");
    ck_assert_str_eq(fl_design_find(&design, "core[1].adc.energy")->from, "a paper");
    ck_assert_str_eq(text_at(&design, "core[0].dac.energy"), "1 pJ");
    ck_assert_ptr_null(fl_design_find(&design, "core[0].dac.energy")->from);    /* a source is its value's */
    ck_assert_str_eq(text_at(&design, "core[0].weight_dac.energy"), "2 pJ");
    ck_assert_str_eq(text_at(&design, "core[0].weight_dac.converts"), "weights");
    ck_assert_str_eq(text_at(&design, "sram.read_energy"), "-1 fJ");           /* asks the model of the process */
    ck_assert_str_eq(design.name, "quoted");
    ck_assert_str_eq(text_at(&design, "mapper"), "weights_in_place");
    fl_design_free(&design);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(bad_overrides_are_told)
{
    static const struct { const char *set, *said; } bad[] = {
        {"core.adc.energy", "--set: \"core.adc.energy\" is not of the form path=value\n"},
        {"=3", "--set: \"=3\" is not of the form path=value\n"},
        {"core[0].adc.enrgy=1 pJ", "--set: core[0].adc: no key \"enrgy\"; did you mean \"energy\"?\n"},
        {"core[2].adc.energy=1 pJ", "--set: core[2].adc.energy: the design has 2 cores, the last is core[1]\n"},
        {"core[0].adc.energy=1 s", "--set: core[0].adc.energy: \"1 s\" is a time; an energy (fJ) is wanted\n"},
        {"core[0].adc.energy=", "--set: core[0].adc.energy: \"\" is no number with a unit; an energy (fJ) is wanted\n"},
        {"adc.energy=1 pJ", "--set: adc: no key \"energy\"; did you mean \"core[0].adc.energy\"?\n"},
        {"core[0].adc=5", "--set: core[0].adc: a group is wanted: { ... }\n"},
        {"core=5", "--set: core: a list of groups is wanted: core = ( { ... }, { ... } )\n"},
        {"sram.banks={ v = 5000000000; }", "--set:1: 5000000000 does not fit the 32 bits it would be read in; "
         "write it with an L at its end\n"},
        {"sram.banks={ v = 5; ", "--set: sram.banks: syntax error in '{ v = 5; '\n"},
        {"sram.banks={ v = 0; }", "--set: sram.banks: \"0\" is out of range, 1 to 1000000\n"},
        {"base=ot_10k", "--set: base: a design's file names its base; choose another design instead\n"},
        {"core[1].slm.rows=fit", "--set: core[1].slm.rows: \"fit\" is no number; a plain number is wanted\n"},
    };
    struct fl_arena arena = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_design design;
        struct fl_err err = {0};
        bool loaded = fl_design_load(&design, source(&arena, "good_design.cfg"), &bad[i].set, 1, &err);
        ck_assert_msg(!loaded, "%s", bad[i].set);
        ck_assert_str_eq(fl_err_text(&err), bad[i].said);
        fl_err_free(&err);
    }
    fl_arena_free(&arena);
}
END_TEST

START_TEST(files_that_are_no_designs_are_told)
{
    struct fl_arena arena = {0};
    const char *folder = source(&arena, "designs/"), *missing = source(&arena, "no.cfg");
    const char *binary = temporary(&arena, "x");
    FILE *file = fopen(binary, "wb");
    fwrite("a\0b", 1, 3, file);
    fclose(file);
    const struct { const char *name, *said; } bad[] = {
        {missing, fl_arena_format(&arena, "%s cannot be read: No such file or directory\n", missing)},
        {folder, fl_arena_format(&arena, "%s cannot be read: it is a folder\n", folder)},
        {binary, fl_arena_format(&arena, "%s is not a text file\n", binary)},
        {"good_desing", "no design is called \"good_desing\"; did you mean \"good_design\"?\n"},
        {"quite_another", "no design is called \"quite_another\"; there are good_design, or give the path of a .cfg "
         "file\n"},
    };
    setenv("FL_DESIGNS", source(&arena, ""), 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_design design;
        struct fl_err err = {0};
        ck_assert_msg(!fl_design_load(&design, bad[i].name, NULL, 0, &err), "%s", bad[i].name);
        ck_assert_str_eq(fl_err_text(&err), bad[i].said);
        fl_err_free(&err);
    }
    unlink(binary);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(figures_without_source_are_listed)
{
    struct fl_arena arena = {0};
    struct fl_design design;
    load(&design, source(&arena, "good_design.cfg"), NULL, 0);
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    size_t uncited = fl_design_uncited(&design, out);
    fclose(out);
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    ck_assert_uint_eq(lines, uncited);
    ck_assert_ptr_nonnull(strstr(text, "good_design.cfg:31: vector.mac_energy = \"300 fJ\": no source\n"));
    ck_assert_ptr_null(strstr(text, "core[0].adc.energy"));
    ck_assert_ptr_null(strstr(text, "sram.banks"));
    free(text);
    fl_design_free(&design);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_arch_load_suite(void)
{
    Suite *suite = suite_create("arch_load");
    TCase *tcase = tcase_create("arch_load");
    tcase_add_test(tcase, bad_designs_are_told);
    tcase_add_test(tcase, a_merged_design_reads_back);
    tcase_add_test(tcase, many_pools_keep_their_places);
    tcase_add_test(tcase, shipped_designs_are_sound_and_read_back);
    tcase_add_test(tcase, values_know_where_they_come_from);
    tcase_add_test(tcase, a_design_builds_on_others);
    tcase_add_test(tcase, overrides_speak_the_language_of_files);
    tcase_add_test(tcase, bad_overrides_are_told);
    tcase_add_test(tcase, files_that_are_no_designs_are_told);
    tcase_add_test(tcase, figures_without_source_are_listed);
    suite_add_tcase(suite, tcase);
    return suite;
}
