/* test_mapfile.c - mapping files: what is written comes back, and each fault names file, line and loop. */
#include "mapping/mapfile.h"
#include "mapping/nest.h"
#include "mapping/search.h"
#include "tests/samples.h"
#include "tests/test_trace.h"

/* Two pools of small cores. */
static struct fl_machine machine_made(void)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 2;
    machine.pool[0] = sample_pool("static", false, 12, 16, 16);
    machine.pool[1] = sample_pool("dynamic", true, 3, 8, 8);
    return machine;
}

static struct fl_trace trace_made(struct fl_arena *arena)
{
    static const char config[] = "{\"model_type\":\"gpt2\",\"n_embd\":24,\"n_layer\":2,\"n_head\":2,\"vocab_size\":40,"
                                 "\"n_positions\":32}";
    const char *path = made_file(arena, ".json", config, sizeof config - 1);
    struct fl_workload work = {.phase = "decode", .context = 6, .tokens = 3};
    struct fl_trace trace = made_trace(path, &work);
    unlink(path);
    return trace;
}

static bool plan_by(struct fl_plan *plan, const struct fl_trace *trace, const char *path, struct fl_err *err)
{
    struct fl_mapfile file;
    struct fl_machine machine = machine_made();
    if (!fl_mapfile_read(&file, path, err))
        return false;
    struct fl_mapped_by by = fl_mapfile_mapped_by(&file, trace);
    bool made = fl_plan_make_by(plan, trace, &machine, &by, err);
    fl_mapfile_free(&file);
    return made;
}

static const char *written(struct fl_arena *arena, const struct fl_plan *plan, const struct fl_trace *trace)
{
    struct fl_machine machine = machine_made();
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    fl_mapfile_write(out, plan, trace, &machine, "a test");
    fclose(out);
    const char *path = made_file(arena, ".map", text, length);
    free(text);
    return path;
}

/* Every strategy's plan, written and read, asks the same of the machine. */
START_TEST(what_is_written_comes_back)
{
    struct fl_arena arena = {0};
    struct fl_trace trace = trace_made(&arena);
    for (size_t at = 0; fl_mapper_at(at) != NULL; at++) {
        struct fl_machine machine = machine_made();
        struct fl_plan plan, back;
        struct fl_err err = {0};
        if (!fl_plan_make(&plan, &trace, &machine, fl_mapper_at(at)->name, FL_LATENCY, &err)) {
            fl_err_free(&err);
            continue;
        }
        const char *path = written(&arena, &plan, &trace);
        ck_assert_msg(plan_by(&back, &trace, path, &err), "%s", fl_err_text(&err));
        ck_assert_msg(fl_plan_alike(&plan, &back), "%s came back differently", fl_mapper_at(at)->name);
        ck_assert_double_eq(fl_plan_bound_ps(&plan), fl_plan_bound_ps(&back));
        fl_plan_free(&plan);
        fl_plan_free(&back);
        unlink(path);
    }
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* Random legal mappings of random operators. */
START_TEST(any_mapping_comes_back)
{
    struct fl_arena arena = {0};
    struct fl_rng rng = {5};
    for (int i = 0; i < 60; i++) {
        struct fl_machine machine = machine_made();
        struct fl_op op = sample_random_op(&rng);
        struct fl_block block = {.repeat = 1, .layer = -1, .op = &op, .ops = 1};
        struct fl_trace trace = sample_trace(&block, 1);
        int32_t pool = (int32_t)fl_rng_range(&rng, 0, 1);
        bool swapped = op.mask == FL_DENSE && fl_rng_range(&rng, 0, 1);
        const struct fl_op view = fl_map_view(&op, swapped);
        struct fl_plan_op planned = {.op = &op};
        struct fl_plan plan = {.op = &planned, .ops = 1}, back;
        struct fl_err err = {0};
        planned.mapping = sample_random_mapping(&rng, &view, &machine.pool[pool]);
        planned.mapping.engine = &fl_engine_optical;
        planned.mapping.number = pool;
        planned.mapping.swapped = swapped;
        ck_assert(fl_mapping_bound(&op, &machine, &planned.mapping, NULL, NULL));
        planned.whole = planned.mapping;
        const char *path = written(&arena, &plan, &trace);
        ck_assert_msg(plan_by(&back, &trace, path, &err), "%s", fl_err_text(&err));
        struct fl_builder a = {0}, b = {0};
        fl_mapping_lower(&op, &machine, &planned.mapping, &a);
        fl_mapping_lower(&op, &machine, &back.op[0].mapping, &b);
        struct fl_program pa = fl_builder_program(&a), pb = fl_builder_program(&b);
        ck_assert(fl_program_same(&pa, &pb));
        fl_builder_free(&a);
        fl_builder_free(&b);
        fl_plan_free(&back);
        fl_trace_free(&trace);
        unlink(path);
    }
    fl_arena_free(&arena);
}
END_TEST

/* A short file leaves the rest open. This is the page's example. */
START_TEST(what_is_not_said_is_as_it_can_be)
{
    struct fl_arena arena = {0};
    size_t length;
    char *page = whole_file(&arena, source_path(&arena, "docs/mapping.md"), &length);
    char *text = strstr(page, "```map\n") + strlen("```map\n");
    length = (size_t)(strstr(text, "```") - text);
    struct fl_trace trace = trace_made(&arena);
    struct fl_plan plan;
    struct fl_err err = {0};
    const char *path = made_file(&arena, ".map", text, length);
    ck_assert_msg(plan_by(&plan, &trace, path, &err), "%s", fl_err_text(&err));
    for (size_t i = 0; i < plan.ops; i++) {
        const struct fl_mapping *m = &plan.op[i].mapping;
        const char *name = plan.op[i].op->name;
        if (strcmp(name, "attn_out") == 0) {
            ck_assert(m->in_place && m->accumulate);
            ck_assert_int_eq(m->cores, 4);      /* 24 x 24 weights in tiles of 16 x 16 */
        } else if (strcmp(name, "qkv") == 0) {
            ck_assert_int_eq(m->cores_n, 2);
            ck_assert_int_eq(m->tile_k, 16);
            ck_assert_int_eq(plan.op[i].core_first, 8);
        } else if (strcmp(name, "scores") == 0) {
            ck_assert(!fl_on_cores(m));
        } else if (strcmp(name, "ffn_up") == 0) {
            ck_assert_str_eq(m->strategy, "weight_stationary");
        }
    }
    fl_plan_free(&plan);
    unlink(path);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

static void expect(const char *name, const char *says)
{
    struct fl_arena arena = {0};
    struct fl_trace trace = trace_made(&arena);
    struct fl_plan plan;
    struct fl_err err = {0};
    const char *path = source_path(&arena, fl_arena_format(&arena, "tests/bad/maps/%s", name));
    ck_assert(!plan_by(&plan, &trace, path, &err));
    const char *at = fl_err_text(&err), *wanted = says;
    while (*wanted != '\0') {           /* line by line, less the folder */
        size_t length = strcspn(wanted, "\n");
        const char *line = strstr(at, name);
        ck_assert_msg(line != NULL && strncmp(line, wanted, length) == 0 && line[length] == '\n', "wanted\n%s\ngot\n%s",
                      says, fl_err_text(&err));
        at = line + length + 1;
        wanted += length + 1;
    }
    ck_assert_msg(*at == '\0', "more than\n%s\nwas said: %s", says, at);
    fl_err_free(&err);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}

/* Two layers of weights in place take 8 of 12 cores, once for all three tokens; the other strategy works on the 4 that
 * are left. */
START_TEST(the_rest_has_the_cores_that_lines_leave)
{
    static const char text[] = "fanlight-mapping 1\nelse weight_stationary\noptical attn_out pool=static in_place=yes\n"
                               "digital scores\ndigital context\n";
    struct fl_arena arena = {0};
    struct fl_trace trace = trace_made(&arena);
    struct fl_machine machine = machine_made();
    struct fl_mapfile file;
    struct fl_plan plan;
    struct fl_err err = {0};
    machine.pools = 1;
    const char *path = made_file(&arena, ".map", text, sizeof text - 1);
    ck_assert_msg(fl_mapfile_read(&file, path, &err), "%s", fl_err_text(&err));
    struct fl_mapped_by by = fl_mapfile_mapped_by(&file, &trace);
    ck_assert_msg(fl_plan_make_by(&plan, &trace, &machine, &by, &err), "%s", fl_err_text(&err));
    for (size_t i = 0; i < plan.ops; i++)
        if (strcmp(plan.op[i].op->name, "ffn_up") == 0) {
            ck_assert(fl_on_cores(&plan.op[i].mapping) && plan.op[i].mapping.number == 0);
            ck_assert_int_ge(plan.op[i].mapping.cores, 2);
            ck_assert_int_le(plan.op[i].mapping.cores, 4);
        }
    fl_plan_free(&plan);
    fl_mapfile_free(&file);
    unlink(path);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(faults_name_file_line_and_loop)
{
    expect("empty.map", "empty.map: empty; a mapping file begins with \"fanlight-mapping 1\"\n");
    expect("no_head.map", "no_head.map:1: a mapping file begins with \"fanlight-mapping 1\"\n");
    expect("version.map", "version.map:1: version 2 of mapping files is not known; this program reads version 1\n");
    expect("lines.map",
           "lines.map:3: else: \"seach\" cannot be had for the other operators; give auto, weight_stationary, "
           "output_stationary, input_stationary or digital\n"
           "lines.map:4: else: line 3 says it already\n"
           "lines.map:5: qkv: no key \"orde\"; did you mean \"order\"?\n"
           "lines.map:6: qkv: line 5 says it already\n"
           "lines.map:7: scores: no key \"pool\"; digital work takes block only\n"
           "lines.map:8: order: \"g,n,n,m\" does not name each of g, n, k, m once, the outermost loop first, as in "
           "order=g,n,k,m\n"
           "lines.map:8: cores_k: \"x\" is not a whole number\n"
           "lines.map:8: attn_out: pool is missing; name the pool of cores that does it\n"
           "lines.map:9: tile_m: 0; 1 to 2^40 are possible\n"
           "lines.map:9: sums: \"maybe\" is not known; give spill or stay\n"
           "lines.map:9: keep: \"true\" is not known; give no or yes\n"
           "lines.map:9: ffn_up: \"swapped\" is not KEY=VALUE\n"
           "lines.map:10: the operator's name is missing; say: optical NAME KEY=VALUE...\n"
           "lines.map:11: \"opticl\" begins no line; did you mean \"optical\"?; lines begin with optical, digital, "
           "gpu, overlap or else\n"
           "lines.map:12: the operator's name is missing; say: digital NAME KEY=VALUE...\n"
           "lines.map:14: cores_n: 9999999999999; 1 to 2^40 are possible\n"
           "lines.map:14: logits: line 13 says it already\n"
           "lines.map:15: overlap: \"sometimes\" is not known; give none or block\n"
           "lines.map:16: overlap: line 15 says it already\n");
    expect("loops.map",
           "loops.map:2: the trace has no operator \"qvk\"; did you mean \"qkv\"?\n"
           "loops.map:9: block 9 of the trace has no operator \"ffn_down\"\n"
           "loops.map:3: qkv: loop k (inputs): tiles of 99 inputs on cores of 16 columns\n"
           "loops.map:4: scores: the machine has no pool \"dyn\"\n"
           "loops.map:8: softmax: is digital work; optical cores multiply only\n"
           "loops.map:5: context: loop k (inputs): another loop turns inside it; partial sums cannot wait in the "
           "accumulators\n"
           "loops.map:6: attn_out: 1 x 4 x 1 x 100 cores (groups, outputs, inputs, vectors) at once; pool \"static\" "
           "has 12\n"
           "loops.map:7: ffn_up: 1 x 100000000000 x 200000000000 x 1 cores (groups, outputs, inputs, vectors) at once; "
           "pool \"static\" has 12\n");
}
END_TEST

Suite *test_mapfile_suite(void)
{
    Suite *suite = suite_create("mapfile");
    TCase *tcase = tcase_create("mapfile");
    tcase_add_test(tcase, what_is_written_comes_back);
    tcase_add_test(tcase, any_mapping_comes_back);
    tcase_add_test(tcase, what_is_not_said_is_as_it_can_be);
    tcase_add_test(tcase, the_rest_has_the_cores_that_lines_leave);
    tcase_add_test(tcase, faults_name_file_line_and_loop);
    suite_add_tcase(suite, tcase);
    return suite;
}
