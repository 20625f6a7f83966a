/* test_arch_build.c - designs made into machines: units in order, wires, clocks, prices, and a first run. */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "tests/suites.h"

static const char *good(struct fl_arena *arena)
{
    const char *folder = getenv("SRCDIR");
    return fl_arena_format(arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
}

struct made {
    struct fl_arena arena;
    struct fl_design design;
    struct fl_machine machine;
    struct fl_arch arch;
};

static void make(struct made *made, const char *const *set, size_t sets, int64_t fit_cores)
{
    struct fl_err err = {0};
    memset(made, 0, sizeof *made);
    ck_assert_msg(fl_design_load(&made->design, good(&made->arena), set, sets, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_describe(&made->machine, &made->design, &err), "%s", fl_err_text(&err));
    for (int32_t i = 0; i < made->machine.pools; i++)
        if (made->machine.pool[i].fit)
            made->machine.pool[i].cores = fit_cores;
    ck_assert_msg(fl_arch_build(&made->arch, &made->design, &made->machine, &err), "%s", fl_err_text(&err));
}

static void unmake(struct made *made)
{
    fl_arch_free(&made->arch);
    fl_design_free(&made->design);
    fl_arena_free(&made->arena);
}

static struct unit *unit(const struct made *made, const char *path)
{
    for (uint32_t i = 0; i < made->arch.sim.units; i++)
        if (strcmp(made->arch.sim.unit[i]->path, path) == 0)
            return made->arch.sim.unit[i];
    ck_abort_msg("no unit %s", path);
    return NULL;
}

static struct fl_port *port(const struct unit *u, const char *name, uint32_t line)
{
    for (uint32_t p = 0; u->type->ports[p].name != NULL; p++)
        if (strcmp(u->type->ports[p].name, name) == 0) {
            ck_assert_uint_lt(line, u->socket[p].lines);
            return u->socket[p].line[line];
        }
    ck_abort_msg("%s has no port %s", u->path, name);
    return NULL;
}

START_TEST(units_are_numbered_as_the_slots_stand)
{
    static const char *const path[] = {
        "sequencer", "core[0].dac", "core[0].source", "core[0].fanout", "core[0].slm", "core[0].detector",
        "core[0].adc", "core[0].accumulator", "core[1].dac", "core[1].source", "core[1].fanout", "core[1].slm",
        "core[1].weight_dac", "core[1].detector", "core[1].adc", "core[1].accumulator", "sram", "dram", "link", "dma",
        "vector"};
    struct made made;
    make(&made, NULL, 0, 7);
    ck_assert_uint_eq(made.arch.sim.units, sizeof path / sizeof *path);
    for (uint32_t i = 0; i < made.arch.sim.units; i++)
        ck_assert_str_eq(made.arch.sim.unit[i]->path, path[i]);
    ck_assert_ptr_eq(made.arch.sequencer, made.arch.sim.unit[0]);
    ck_assert_int_eq(unit(&made, "core[0].adc")->cores, 7);
    ck_assert_int_eq(unit(&made, "core[1].adc")->cores, 2);
    ck_assert_int_eq(unit(&made, "sram")->cores, 1);
    unmake(&made);
}
END_TEST

/* Line i of every answer belongs to line i of the question: who asks on it gets it. */
START_TEST(answers_go_where_questions_came_from)
{
    static const struct { const char *asks, *gets; } pairs[] = {
        {"sequencer", "core[0].dac"}, {"sequencer", "core[1].dac"},
        {"core[0].accumulator", "core[0].accumulator"}, {"core[1].accumulator", "core[1].accumulator"},
        {"core[0].accumulator", "sequencer"}, {"core[1].accumulator", "sequencer"},
        {"core[0].slm", "core[0].slm"}, {"core[1].slm", "core[1].weight_dac"},
        {"dma", "dma"}, {"dma", "dma"}, {"vector", "vector"}, {"vector", "sequencer"}};
    struct made made;
    make(&made, NULL, 0, 1);
    const struct unit *sram = unit(&made, "sram");
    ck_assert_uint_eq(sram->socket[0].lines, sizeof pairs / sizeof *pairs);
    ck_assert_uint_eq(sram->socket[1].lines, sizeof pairs / sizeof *pairs);
    for (uint32_t i = 0; i < sram->socket[0].lines; i++) {
        ck_assert_str_eq(port(sram, "ask", i)->sender->path, pairs[i].asks);
        ck_assert_str_eq(port(sram, "give", i)->receiver->path, pairs[i].gets);
    }
    ck_assert_str_eq(port(unit(&made, "core[1].weight_dac"), "analog", 0)->receiver->path, "core[1].slm");
    ck_assert_str_eq(port(unit(&made, "sequencer"), "issue", 1)->receiver->path, "sram");
    for (uint32_t i = 0; i < 2; i++) {
        const char *slm = i == 0 ? "core[0].slm" : "core[1].slm";
        ck_assert_str_eq(port(unit(&made, "sequencer"), "tile", i)->receiver->path, slm);
        ck_assert_str_eq(port(unit(&made, "sequencer"), "ready", i)->sender->path, slm);
        ck_assert_str_eq(port(unit(&made, "dma"), "staged", i)->receiver->path, slm);
    }
    const struct unit *link = unit(&made, "link");
    ck_assert_str_eq(port(link, "in", 0)->sender->path, "dma");
    ck_assert_str_eq(port(link, "out", 0)->receiver->path, "dram");
    ck_assert_str_eq(port(link, "in", 1)->sender->path, "dram");
    ck_assert_str_eq(port(link, "out", 1)->receiver->path, "dma");
    unmake(&made);
}
END_TEST

START_TEST(what_is_left_out_is_passed_by)
{
    static const char *const set[] = {"link.type=none", "core[1].weight_dac.type=none", "core[0].cores=0"};
    struct made made;
    make(&made, set, 3, 1);
    ck_assert_int_eq(made.machine.pools, 1);
    ck_assert_str_eq(made.machine.pool[0].name, "dynamic");
    ck_assert_uint_eq(made.arch.sim.units, 12);
    ck_assert_str_eq(port(unit(&made, "dma"), "ask", 0)->receiver->path, "dram");
    ck_assert_str_eq(port(unit(&made, "dma"), "data", 0)->sender->path, "dram");
    ck_assert_str_eq(port(unit(&made, "core[1].slm"), "weights", 0)->sender->path, "sram");
    unmake(&made);
}
END_TEST

START_TEST(the_machine_is_described)
{
    static const char *const set[] = {"core[0].slm.insertion_loss=2 dB", "core[0].fanout.excess_loss=1.5 dB",
                                      "core[0].adc.clock=0.25 ns", "core[0].encoding=dual_rail", "mapper=auto"};
    struct made made;
    make(&made, set, 5, 3);
    const struct fl_machine *m = &made.machine;
    ck_assert_int_eq(m->pools, 2);
    ck_assert(m->pool[0].fit && m->pool[0].shared_input && !m->pool[0].dynamic && m->pool[1].dynamic);
    ck_assert_int_eq(m->pool[0].columns, 16);
    ck_assert_int_eq(m->pool[0].rows, 8);
    ck_assert_int_eq(m->pool[0].input_bits, 5);
    ck_assert_int_eq(m->pool[0].encoding, FL_SIGN_DUAL_RAIL);
    ck_assert(m->pool[0].loss_db == 3.5 && m->pool[1].loss_db == 0);
    ck_assert(m->pool[0].quantum_efficiency == 0.8);
    ck_assert(m->pool[0].adc_ps == 250 && m->pool[0].adc_lanes == 2 && m->pool[1].adc_ps == 1000);
    ck_assert_int_eq(m->pool[1].settle_ps, 1000);
    ck_assert_int_eq(m->sram_bits, 8388608);
    ck_assert_int_eq(m->activation_bits, 8);
    ck_assert_int_eq(m->vector[0].lanes, 16);
    ck_assert(!m->ideal_memory && !m->dram_fit && m->sram_bit_ps > 0);
    ck_assert_str_eq(made.arch.mapper, "auto");
    ck_assert(made.arch.pool[0]->loss_db == 3.5 && made.arch.pool[0]->cores == 3);
    unmake(&made);
    static const char *const ideal[] = {"machine.ideal_memory=true"};
    make(&made, ideal, 1, 1);
    ck_assert(made.machine.ideal_memory && made.machine.sram_bit_ps == 0);
    unmake(&made);
}
END_TEST

START_TEST(clocks_are_exact_and_their_frame_is_joint)
{
    struct made made;
    make(&made, NULL, 0, 1);
    ck_assert_uint_eq(made.arch.sim.clocks, 3);     /* core, memory and the link's own 750 ps */
    ck_assert_int_eq(unit(&made, "dram")->clock->p, 750);
    ck_assert_int_eq(unit(&made, "dram")->clock->q, 1);
    ck_assert_str_eq(unit(&made, "dram")->clock->name, "memory");
    ck_assert_ptr_eq(unit(&made, "sram")->clock, unit(&made, "core[0].adc")->clock);
    ck_assert_int_eq(made.arch.joint, 3000);
    ck_assert_int_eq(made.arch.sim.frame.p, 3000);
    ck_assert_ptr_null(made.arch.joint_note);
    unmake(&made);
    static const char *const odd[] = {"clocks.memory=751 ps", "clocks.digital=997 ps"};
    make(&made, odd, 2, 1);
    ck_assert_ptr_eq(unit(&made, "sram")->clock, unit(&made, "vector")->clock);
    ck_assert_str_eq(unit(&made, "sram")->clock->name, "digital");
    ck_assert_int_eq(made.arch.joint, (fl_time)3000 * 751 * 997);
    ck_assert_int_eq(made.arch.sim.frame.p, 1000000);
    ck_assert_ptr_nonnull(strstr(made.arch.joint_note, "clock \"digital\", 997/1 ps"));
    unmake(&made);
}
END_TEST

static const struct fl_price *price(const struct made *made, const char *path, const char *action)
{
    uint32_t number = unit(made, path)->number;
    for (size_t i = 0; i < made->arch.prices; i++)
        if (made->arch.price[i].unit == number && strcmp(made->arch.price[i].action, action) == 0)
            return &made->arch.price[i];
    ck_abort_msg("no price of %s.%s", path, action);
    return NULL;
}

/* Sets 2 GHz and laws, and nothing of the prices themselves: 3.17 pJ a conversion at 500 MHz are four times that at
 * 2 GHz by a linear law, 2 mW at 8 GHz a sixteenth by a square one; a smaller buffer costs half as much a bit. */
START_TEST(prices_follow_the_clock_and_the_size_of_a_design)
{
    static const char *const set[] = {
        "clocks.core=2 GHz", "core[0].adc.energy_clock=500 MHz", "core[0].adc.energy_clock_law=linear",
        "core[0].dac.power=2 mW", "core[0].dac.power_clock=8 GHz", "core[0].dac.power_clock_law=square"};
    static const char *const streams[] = {
        "core[0].encoding=coherent", "core[0].cores=4", "core[0].slm.type=crossbar", "core[0].slm.columns=4",
        "core[0].slm.rows=4", "core[0].slm.vectors=4", "core[0].weight_source.type=modulators",
        "core[0].weight_source.modulator_energy=1 pJ", "core[0].buffer.type=buffer",
        "core[0].buffer.capacity=1 KiB", "core[0].buffer.energy=8 fJ", "core[0].buffer.energy_capacity=4 KiB",
        "core[0].buffer.energy_capacity_law=root"};
    struct made made;
    make(&made, set, sizeof set / sizeof *set, 5);
    ck_assert_double_eq_tol(price(&made, "core[0].adc", "converted")->fj, 4 * 3170, 1e-9);
    ck_assert_double_eq_tol(price(&made, "core[1].adc", "converted")->fj, 3170, 1e-9);
    const struct fl_price *burnt = price(&made, "core[0].dac", "run_ps");
    double lanes = (double)made.machine.pool[0].columns * (double)unit(&made, "core[0].dac")->cores;
    ck_assert_double_eq_tol(burnt->fj, 2.0 / 16 * lanes, 1e-9);
    unmake(&made);
    make(&made, streams, sizeof streams / sizeof *streams, 5);
    ck_assert_double_eq_tol(price(&made, "core[0].buffer", "buffered")->fj, 4, 1e-12);
    unmake(&made);
}
END_TEST

/* A law that no point is given for, and one that leaves what a key may say. */
START_TEST(a_law_without_its_point_is_told)
{
    static const char *const sets[][2] = {
        {"core[0].adc.energy_clock_law=linear", "core[0].adc.energy_clock=0 GHz"},
        {"core[0].adc.energy_clock_law=square", "core[0].adc.energy_clock=1e-30 GHz"}};
    static const char *const told[] = {"energy_clock, from where on it holds, is not given", "a point nearer to 1"};
    for (size_t i = 0; i < 2; i++) {
        struct made made = {0};
        struct fl_err err = {0};
        ck_assert(fl_design_load(&made.design, good(&made.arena), sets[i], 2, &err));
        ck_assert(!fl_arch_describe(&made.machine, &made.design, &err));
        ck_assert_msg(strstr(fl_err_text(&err), told[i]) != NULL, "%s", fl_err_text(&err));
        fl_err_free(&err);
        fl_design_free(&made.design);
        fl_arena_free(&made.arena);
    }
}
END_TEST

START_TEST(prices_know_their_sources)
{
    static const char *const set[] = {
        "sram.leakage={ v = \"3 mW\"; from = \"CACTI\"; }", "core[0].slm.hold_power={ v = \"1 uW\"; from = \"a\"; }",
        "core[0].slm.driver_power={ v = \"2 mW\"; from = \"b\"; }", "core[1].slm.hold_power=1 uW",
        "core[1].slm.driver_power={ v = \"2 mW\"; from = \"b\"; }", "core[0].adc.power=2 mW",
        "core[1].adc.power=2 mW", "core[1].adc.burns=busy", "core.slm.hold_burns=powered",
        "core.slm.driver_burns=powered"};
    struct made made;
    make(&made, set, sizeof set / sizeof *set, 5);
    const struct fl_price *adc = price(&made, "core[0].adc", "converted");
    ck_assert(adc->fj == 3170);
    ck_assert_str_eq(adc->source, "arXiv:2302.10360");
    ck_assert_str_eq(adc->component, "adc");
    ck_assert_int_eq(adc->class, FL_DYNAMIC);
    ck_assert_str_eq(adc->file, good(&made.arena));
    ck_assert_int_eq(adc->line, 11);
    ck_assert_ptr_null(price(&made, "core[1].adc", "converted")->source);
    ck_assert_str_eq(price(&made, "sram", "run_ps")->source, "CACTI");
    ck_assert(price(&made, "sram", "run_ps")->fj == 3);         /* mW is fJ per ps */
    ck_assert_str_eq(price(&made, "sram", "run_ps")->file, "--set");
    /* 8 rows share 4 converters: 8 mW a core, times 5 cores when it is always on */
    ck_assert(price(&made, "core[0].adc", "run_ps")->fj == 2 * 4 * 5);
    ck_assert(price(&made, "core[1].adc", "active_ps")->fj == 2 * 8);
    /* 128 pixels at 1 uW, and the driver: one price, cited only if both are */
    const struct fl_price *slm = price(&made, "core[0].slm", "powered_ps");
    ck_assert_double_eq_tol(slm->fj, 2.128, 1e-12);
    ck_assert_str_eq(slm->source, "a; b");
    ck_assert_ptr_null(price(&made, "core[1].slm", "powered_ps")->source);
    /* each has a count of its own, which it knows by index and by name; those of a unit stand together */
    ck_assert_uint_eq(made.arch.price_at[made.arch.sim.units], made.arch.prices);
    for (size_t i = 0; i < made.arch.prices; i++) {
        const struct fl_price *p = &made.arch.price[i];
        ck_assert_str_eq(p->action, p->count < 0 ? fl_burnt_name(p->count)
                                                 : fl_unit_count_name(made.arch.sim.unit[p->unit], (uint32_t)p->count));
        ck_assert(made.arch.price_at[p->unit] <= i && i < made.arch.price_at[p->unit + 1]);
        for (size_t j = 0; j < i; j++)
            ck_assert(p->unit != made.arch.price[j].unit || p->count != made.arch.price[j].count);
    }
    unmake(&made);
}
END_TEST

/* Weights from DRAM to an SLM, vectors through it, rows through the digital unit, and a store to DRAM. */
START_TEST(a_made_machine_runs)
{
    struct fl_step step[] = {
        {.kind = FL_STEP_OPTICAL, .engine = 1, .load_from = FL_DRAM, .vectors = 10, .cores = 2, .read_bits = 256,
         .write_bits = 128, .load_bits = 2048},
        {.kind = FL_STEP_OPTICAL, .engine = 0, .vectors = 10, .cores = 1, .read_bits = 128, .write_bits = 64},
        {.kind = FL_STEP_VECTOR, .vectors = 10, .read_bits = 64, .write_bits = 64},
        {.kind = FL_STEP_MOVE, .load_bits = 100000, .store = true},
    };
    *fl_light_own(&step[0]) = (struct fl_light_step){
        .columns = 16, .rows = 8, .converted = 32, .detected = 16, .sampled = 16, .lit_rows = 16, .lit_paths = 256,
        .operand = 16, .added = 16, .load_pixels = 256, .load_rows = 8};
    *fl_light_own(&step[1]) = (struct fl_light_step){
        .columns = 16, .rows = 8, .converted = 16, .detected = 8, .sampled = 8, .lit_rows = 8, .lit_paths = 128,
        .operand = 16, .added = 8};
    *fl_rows_own(&step[2]) = (struct fl_rows_step){FL_SOFTMAX, 8};
    static const struct fl_inst inst[] = {
        {FL_OP, 0, 0}, {FL_STEP, 0, 0}, {FL_STEP, 1, 0}, {FL_END_OP, 0, 0},
        {FL_OP, 0, 0}, {FL_STEP, 2, 0}, {FL_STEP, 3, 0}, {FL_END_OP, 0, 0}, {FL_HALT, 0, 0}};
    const struct fl_program program = {.inst = inst, .insts = sizeof inst / sizeof *inst, .step = step,
                                       .steps = sizeof step / sizeof *step};
    static const char *const without_link[] = {"link.type=none"};
    for (size_t sets = 0; sets < 2; sets++) {
        struct made made;
        struct fl_err err = {0};
        make(&made, without_link, sets, 1);
        ck_assert_msg(fl_sim_run(&made.arch.sim, &program, &err), "%s", fl_err_text(&err));
        ck_assert_int_gt(made.arch.sim.now, 20000);
        ck_assert_int_eq(unit(&made, "core[1].adc")->count[FL_OWN], 160);
        ck_assert_int_eq(unit(&made, "core[0].adc")->count[FL_OWN], 80);
        ck_assert_int_eq(unit(&made, "core[1].weight_dac")->count[FL_OWN], 256);
        unmake(&made);
    }
}
END_TEST

START_TEST(dram_grows_to_fit)
{
    static const char *const fit[] = {"dram.depth=fit"};
    struct made made;
    make(&made, fit, 1, 1);
    ck_assert(made.machine.dram_fit);
    ck_assert_int_eq(made.machine.dram_bits, (int64_t)16 * 1024 * 1024 * 8);
    double one = price(&made, "dram", "run_ps")->fj;
    struct fl_machine more = made.machine;
    more.dram_bits = more.dram_bits * 3 - 5;
    fl_arch_free(&made.arch);
    ck_assert(fl_arch_build(&made.arch, &made.design, &more, NULL));
    ck_assert_double_eq_tol(price(&made, "dram", "run_ps")->fj, 3 * one, 1e-9 * one);
    unmake(&made);
}
END_TEST

static void make_shipped(struct made *made, const char *name)
{
    struct fl_err err = {0};
    memset(made, 0, sizeof *made);
    const char *folder = getenv("SRCDIR");
    setenv("FL_DESIGNS", fl_arena_format(&made->arena, "%s/arch/designs", folder != NULL ? folder : "."), 1);
    setenv("FL_DEVICES", fl_arena_format(&made->arena, "%s/arch/devices", folder != NULL ? folder : "."), 1);
    bool good = fl_design_load(&made->design, name, NULL, 0, &err) &&
                fl_arch_describe(&made->machine, &made->design, &err) &&
                fl_arch_build(&made->arch, &made->design, &made->machine, &err);
    ck_assert_msg(good, "%s: %s", name, fl_err_text(&err));
}

START_TEST(shipped_designs_are_machines)
{
    struct fl_arena arena = {0};
    size_t designs = 0;
    for (const char *const *name = fl_design_names(&arena); *name != NULL; name++, designs++) {
        struct made made;
        make_shipped(&made, *name);
        ck_assert_str_eq(made.design.name, *name);
        ck_assert_msg(made.design.summary[0] != '\0', "%s", *name);
        ck_assert_msg(made.arch.joint_note == NULL, "%s: %s", *name, made.arch.joint_note);
        unmake(&made);
    }
    ck_assert_uint_ge(designs, 7);
    fl_arena_free(&arena);
}
END_TEST

/* A load and a detection cost 30 pJ on ot_10k, the sum that the paper's totals ask for (17 to 44). */
START_TEST(ot_10k_pays_30_pj_a_pair)
{
    struct made made;
    make_shipped(&made, "ot_10k");
    double words = 512 / 8;             /* values of 8 bits in a word of SRAM */
    double load = price(&made, "sram", "read")->fj / words + price(&made, "core[0].dac", "converted")->fj +
                  price(&made, "core[0].source", "modulated")->fj;
    double detection = price(&made, "core[0].detector", "detected")->fj + price(&made, "core[0].adc", "converted")->fj +
                       price(&made, "sram", "written")->fj / words;
    ck_assert_double_eq_tol(load + detection, 30000, 500);
    ck_assert_double_eq_tol(load, 19250, 50);
    ck_assert(made.machine.ideal_memory && made.machine.pool[0].fit && made.machine.pool[0].shared_input);
    ck_assert_int_eq(made.machine.pool[0].columns * made.machine.pool[0].rows, 100000000);
    unmake(&made);
}
END_TEST

START_TEST(the_default_loads_a_frame_in_under_a_millisecond)
{
    struct made made;
    make_shipped(&made, "free_space_1k");
    const struct fl_pool *pool = &made.machine.pool[0];
    double frame = (double)(pool->columns * pool->rows) * pool->load_pixel_ps + (double)pool->settle_ps;
    ck_assert(frame < 1e9 && frame > 1e8);
    ck_assert(made.machine.sram_bit_ps > 0 && made.machine.dram_bit_ps > 0 && !made.machine.ideal_memory);
    unmake(&made);
    make_shipped(&made, "digital_300fj");
    ck_assert_int_eq(made.machine.pools, 0);
    ck_assert(price(&made, "vector", "multiplied")->fj == 300);
    for (size_t i = 0; i < made.arch.prices; i++)       /* all in: nothing else costs */
        ck_assert_msg(made.arch.price[i].fj == 0 || strcmp(made.arch.price[i].action, "multiplied") == 0, "%s of %s",
                      made.arch.price[i].action, made.arch.sim.unit[made.arch.price[i].unit]->path);
    unmake(&made);
}
END_TEST

START_TEST(the_reference_page_is_up_to_date)
{
    struct fl_arena arena = {0};
    const char *folder = getenv("SRCDIR");
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    fl_arch_reference(out);
    fclose(out);
    FILE *page = fopen(fl_arena_format(&arena, "%s/docs/config.md", folder != NULL ? folder : "."), "rb");
    char *shipped = fl_arena_alloc(&arena, bytes + 2);
    size_t read = page != NULL ? fread(shipped, 1, bytes + 1, page) : 0;
    if (page != NULL)
        fclose(page);
    bool same = read == bytes && memcmp(text, shipped, bytes) == 0;
    if (!same && (page = fopen("config.md", "wb")) != NULL) {
        fwrite(text, 1, bytes, page);
        fclose(page);
    }
    ck_assert_msg(same, "docs/config.md is not what the tables say; config.md in the build folder is: copy it over");
    free(text);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_arch_build_suite(void)
{
    Suite *suite = suite_create("arch_build");
    TCase *tcase = tcase_create("arch_build");
    tcase_add_test(tcase, units_are_numbered_as_the_slots_stand);
    tcase_add_test(tcase, answers_go_where_questions_came_from);
    tcase_add_test(tcase, what_is_left_out_is_passed_by);
    tcase_add_test(tcase, the_machine_is_described);
    tcase_add_test(tcase, clocks_are_exact_and_their_frame_is_joint);
    tcase_add_test(tcase, prices_know_their_sources);
    tcase_add_test(tcase, prices_follow_the_clock_and_the_size_of_a_design);
    tcase_add_test(tcase, a_law_without_its_point_is_told);
    tcase_add_test(tcase, a_made_machine_runs);
    tcase_add_test(tcase, dram_grows_to_fit);
    tcase_add_test(tcase, shipped_designs_are_machines);
    tcase_add_test(tcase, ot_10k_pays_30_pj_a_pair);
    tcase_add_test(tcase, the_default_loads_a_frame_in_under_a_millisecond);
    tcase_add_test(tcase, the_reference_page_is_up_to_date);
    suite_add_tcase(suite, tcase);
    return suite;
}
