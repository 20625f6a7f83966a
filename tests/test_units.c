/* test_units.c - each device against sums done by hand, with a clock of 100 ps.
 *
 * The bench of tests/laws/harness.h feeds the unit the vectors of a hand-made program as
 * fast as it takes them, and answers its requests after a fixed delay.
 */
#include "tests/laws/draw.h"
#include "tests/suites.h"

enum { TICK = 100 };
struct scene {
    struct rig rig;
    struct fl_step step[4];
    struct rig_result run;
};

/* A core of 10 inputs and 10 outputs, two of them at work, and a step of three vectors; then what a test changes. */
static void begin(struct scene *s, const char *kind)
{
    const struct fl_pool pool = { .name = "pool", .cores = 2, .columns = 10, .rows = 10, .weight_bits = 1,
                                  .output_bits = 7, .quantum_efficiency = 1, .adc_lanes = 1 };
    for (size_t i = 0; i < sizeof s->step / sizeof *s->step; i++)
        s->step[i] = (struct fl_step){
            .kind = FL_STEP_OPTICAL, .vectors = 3, .cores = 2, .columns = 10, .rows = 10, .converted = 20,
            .detected = 20, .sampled = 20, .lit_rows = 20, .lit_paths = 200, .operand = 10, .added = 20,
            .read_bits = 80, .write_bits = 160, .load_bits = 240, .load_pixels = 200, .load_rows = 10,
        };
    rig_begin(&s->rig, fl_unit_type_find(kind), TICK, &pool);
}

static void set(struct scene *s, const char *name, double value)
{
    param_set(s->rig.unit, name, value);
}

static void ready(struct scene *s, size_t steps)
{
    rig_ready(&s->rig, (struct fl_program){ .step = s->step, .steps = steps });
}

static void go(struct scene *s, struct rig_traffic traffic)
{
    s->run = rig_run(&s->rig, traffic);
    char text[RIG_TEXT];
    ck_assert_msg(rig_is_drained(&s->rig, text), "%s", text);
}

static void end(struct scene *s)
{
    rig_result_free(&s->run);
    rig_close(&s->rig);
}

#define LEFT(port, number, ps) ck_assert_int_eq(rig_left_at(&s.rig, &s.run, port, number), ps)
#define COUNT(name, n) ck_assert_int_eq(rig_count(&s.rig, &s.run, name), n)

/* ---- converters ---- */

START_TEST(dac_lanes_take_turns)
{
    struct scene s;
    begin(&s, "dac");
    set(&s, "lanes", 4);                /* 10 inputs on 4 lanes: 3 cycles, and one of latency */
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("analog", 0, 400);
    LEFT("analog", 1, 700);
    LEFT("analog", 2, 1000);
    COUNT("converted", 3 * 20);
    COUNT("busy_ps", 900);
    COUNT("active_ps", 1800);           /* two cores at work */
    end(&s);
}
END_TEST

START_TEST(idle_lanes_convert_if_asked)
{
    struct scene s;
    begin(&s, "dac");
    set(&s, "lanes", 4);
    set(&s, "idle_lanes", FL_IDLE_CONVERT);
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    COUNT("converted", 3 * 12 * 2);     /* 3 cycles of 4 lanes on 2 cores */
    end(&s);
    begin(&s, "adc");
    set(&s, "share", 4);
    set(&s, "idle_lanes", FL_IDLE_CONVERT);
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    COUNT("converted", 3 * 12 * 2);     /* 3 converters a core, 4 cycles */
    end(&s);
}
END_TEST

START_TEST(weights_are_converted_by_the_pixel)
{
    struct scene s;
    begin(&s, "dac");
    set(&s, "converts", 1);
    set(&s, "lanes", 8);
    s.step[0].vectors = 2;              /* two chunks of half the tile: 50 of each core's 100 pixels, 7 cycles */
    s.step[0].read_bits = 120;
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("analog", 0, 800);
    LEFT("analog", 1, 1500);
    COUNT("converted", 200);
    end(&s);
}
END_TEST

START_TEST(adc_is_shared)
{
    struct scene s;
    begin(&s, "adc");
    set(&s, "share", 4);                /* 10 rows: 3 converters; 7 rows used: 3 cycles each vector */
    s.step[0].rows = 7;
    s.step[0].sampled = 14;
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("codes", 0, 400);
    LEFT("codes", 1, 700);
    LEFT("codes", 2, 1000);
    COUNT("converted", 3 * 14);
    end(&s);
}
END_TEST

/* ---- light ---- */

START_TEST(detectors_pace_the_source)
{
    struct scene s;
    begin(&s, "source");
    s.rig.machine.pool[0].detector_ps = 350; /* the next edge after 350 ps is at 400 */
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("light_out", 0, 0);
    LEFT("light_out", 1, 400);
    LEFT("light_out", 2, 800);
    COUNT("busy_ps", 300);              /* light is on for a cycle each */
    COUNT("modulated", 3 * 20);
    COUNT("lit", 3 * 20 * 256);
    end(&s);
}
END_TEST

START_TEST(converters_pace_the_source)
{
    struct scene s;
    begin(&s, "source");
    s.rig.machine.pool[0].adc_ps = 100;
    s.rig.machine.pool[0].adc_lanes = 3; /* 10 rows: 4 cycles */
    set(&s, "cycles", 2);
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("light_out", 1, 400);
    LEFT("light_out", 2, 800);
    COUNT("busy_ps", 600);
    end(&s);
}
END_TEST

START_TEST(light_needs_a_slot)
{
    struct scene s;
    begin(&s, "source");
    s.step[0].vectors = 0;
    ready(&s, 1);
    for (int i = 0; i < 2; i++) {
        rig_give(&s.rig, "drive", 0, (struct fl_msg){ .at = 0 });
        rig_give(&s.rig, "slot", 0, (struct fl_msg){ .at = 2000 + 3000 * i });
    }
    go(&s, (struct rig_traffic){0});
    LEFT("light_out", 0, 2000);
    LEFT("light_out", 1, 5000);
    COUNT("blocked_ps", 2000 + 2900);   /* after the first, busy for a cycle */
    end(&s);
}
END_TEST

START_TEST(laser_level_follows_the_operand)
{
    struct scene s;
    begin(&s, "source");
    set(&s, "shared_over_k", true);
    s.step[0].operand = 40;             /* this tile is a quarter of the output's products */
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    COUNT("lit", 3 * 256 * 20 / 4);
    end(&s);
}
END_TEST

START_TEST(detectors_integrate)
{
    struct scene s;
    begin(&s, "detector");
    set(&s, "integration", 450);
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 500 });
    LEFT("charge", 0, 450);
    LEFT("charge", 1, 950);
    LEFT("charge", 2, 1450);
    COUNT("busy_ps", 3 * 450);
    COUNT("detected", 3 * 20);
    end(&s);
}
END_TEST

/* ---- the light modulator ---- */

/* 10 Gbit/s a core: 120 pixels of a bit take 12 ns; rows take 10 x `row` ps; settling 500 ps. */
static void slm_begin(struct scene *s, double row_ps, bool back_frame)
{
    begin(s, "slm");
    set(s, "columns", 10);
    set(s, "rows", 10);
    set(s, "load_link", 1e10);
    set(s, "row_time", row_ps);
    set(s, "settle", 500);
    set(s, "back_frames", back_frame);
    set(s, "flight", 0);
    for (size_t i = 0; i < sizeof s->step / sizeof *s->step; i++)
        s->step[i].load_from = FL_SRAM, s->step[i].load_pixels = 240;
}

START_TEST(loading_takes_the_longer_of_link_and_rows)
{
    struct scene s;
    slm_begin(&s, 1000, false);         /* rows 10 ns, link 12 ns */
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 0, 12500);
    COUNT("loaded", 240);
    COUNT("frames", 2);
    COUNT("busy_ps", 12500 + 3 * RIG_LIGHT_PS);
    end(&s);
    slm_begin(&s, 3000, false);         /* rows 30 ns */
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 0, 30500);
    end(&s);
}
END_TEST

/* One core works, the other is loaded with it for a step to come: over links of their own, in the same time. */
START_TEST(cores_loaded_besides_have_links_of_their_own)
{
    struct scene s;
    slm_begin(&s, 0, false);
    s.step[0].cores = s.step[0].load_besides = 1;
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 0, 12500);
    COUNT("loaded", 240);
    COUNT("frames", 2);
    COUNT("active_ps", 2 * 12500 + 3 * RIG_LIGHT_PS);
    end(&s);
}
END_TEST

START_TEST(chunks_follow_one_another)
{
    struct scene s;
    slm_begin(&s, 0, false);
    set(&s, "chunk", 100);              /* 100, 100 and 40 bits: 5, 5 and 2 ns; the first comes 3 ns late */
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 1000, .delay = 3000 });
    LEFT("fetch", 0, 0);
    LEFT("fetch", 2, 0);
    LEFT("ready", 0, 3000 + 12000 + 500);
    end(&s);
}
END_TEST

START_TEST(a_frame_in_place_is_ready_at_once)
{
    struct scene s;
    slm_begin(&s, 3000, false);
    s.step[0].load_from = FL_NOWHERE;
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 0, 0);
    COUNT("loaded", 0);
    COUNT("frames", 0);
    end(&s);
}
END_TEST

/* The first frame is ready at 12.5 ns; light comes 1 ns apart from then on, each vector for RIG_LIGHT_PS. */
START_TEST(a_back_frame_loads_while_light_passes)
{
    struct scene s;
    slm_begin(&s, 0, true);
    s.step[0].vectors = 5;              /* the last at 16.5 ns; the second frame is loaded at 24 ns */
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 0, 12500);
    LEFT("ready", 1, 24500);
    end(&s);
    slm_begin(&s, 0, true);
    s.step[0].vectors = 20;             /* the last at 31.5 ns: only then may the second settle */
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 1, 31500 + RIG_LIGHT_PS + 500);
    COUNT("passed", 20 * 23);
    end(&s);
}
END_TEST

START_TEST(without_a_back_frame_loading_waits_for_dark)
{
    struct scene s;
    slm_begin(&s, 0, false);
    s.step[0].vectors = 5;
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 1, 16500 + RIG_LIGHT_PS + 12000 + 500);
    end(&s);
}
END_TEST

/* Three frames of one vector, each driven in 12 ns; memory behind the pixels. */
static void mirrors_go(struct scene *s, int64_t blocks, double settle_ps)
{
    slm_begin(s, 0, true);
    set(s, "blocks", (double)blocks);
    set(s, "settle", settle_ps);
    for (size_t i = 0; i < 3; i++)
        s->step[i].vectors = 1;
    ready(s, 3);
    go(s, (struct rig_traffic){ .spacing = 1000 });
}

/* Reset at once, a frame takes loading and settling; by blocks, the longer of the two: the first of four blocks is
 * loaded 9 ns before the last and reset when it is loaded and the light of the frame before is off. */
START_TEST(blocks_load_while_others_settle)
{
    struct scene s;
    mirrors_go(&s, 1, 4000);
    LEFT("ready", 0, 16000);
    LEFT("ready", 1, 32000);
    LEFT("ready", 2, 48000);
    end(&s);
    mirrors_go(&s, 4, 4000);                /* loaded at 12, 24, 36 ns */
    LEFT("ready", 0, 16000);
    LEFT("ready", 1, 28000);
    LEFT("ready", 2, 40000);
    end(&s);
    mirrors_go(&s, 4, 11000);               /* first blocks settled at 3 + 11 ns, and at 23 + light + 11 ns */
    LEFT("ready", 0, 23000);
    LEFT("ready", 1, 14000 + 12000 + 11000);
    LEFT("ready", 2, 23000 + RIG_LIGHT_PS + 11000 + 12000 + 11000);
    end(&s);
    mirrors_go(&s, 0, 11000);               /* a frame memory of its own: free once it is shown, at 12 and 24 ns */
    LEFT("ready", 1, 35000);
    LEFT("ready", 2, 24000 + 12000 + 11000);
    end(&s);
}
END_TEST

START_TEST(light_may_pass_as_dark_allows)
{
    struct scene s;
    slm_begin(&s, 0, true);
    set(&s, "dark", 0);                     /* load+settle: a back frame is of no use */
    s.step[0].vectors = 5;
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 1, 16500 + RIG_LIGHT_PS + 12000 + 500);
    end(&s);
    slm_begin(&s, 0, true);
    set(&s, "dark", 2);                     /* none: usable as soon as it is loaded */
    set(&s, "settle", 20000);
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .spacing = 1000 });
    LEFT("ready", 0, 12000);
    LEFT("ready", 1, 12000 + 20000);        /* but what settles must not be changed */
    end(&s);
}
END_TEST

/* ---- digital units ---- */

START_TEST(partial_sums_are_fetched_ahead)
{
    struct scene s;
    begin(&s, "accumulator");
    set(&s, "lanes", 4);                /* 10 rows: 3 cycles, and one of latency */
    set(&s, "queue", 8);
    s.step[0].partial_bits = 320;
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 1000, .delay = 5000 });
    LEFT("fetch", 0, 0);
    LEFT("fetch", 1, 1000);
    LEFT("fetch", 2, 2000);
    LEFT("store", 0, 5400);             /* each waits 5 ns for its own sums, while the others' are on their way */
    LEFT("store", 1, 6400);
    LEFT("store", 2, 7400);
    LEFT("slot", 7, 0);                 /* as many slots as the queue has entries */
    LEFT("slot", 8, 5000);              /* and one more for each vector taken */
    LEFT("slot", 10, 7000);
    LEFT("slot", 11, FL_NEVER);
    COUNT("added", 3 * 20);
    COUNT("busy_ps", 900);
    COUNT("blocked_ps", 5000 + 700 + 700);
    end(&s);
}
END_TEST

START_TEST(only_the_last_vector_is_answered_for)
{
    struct scene s;
    begin(&s, "accumulator");
    s.step[0].write_bits = 0;           /* sums stay in the adders: nothing to write but the end of the step */
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    ck_assert_uint_eq(s.run.mails, 64 + 3 + 1);
    const struct fl_msg *last = &s.run.mail[s.run.mails - 1].msg;
    ck_assert_int_eq(last->flags, FL_WRITE | FL_REPLY | FL_LAST);
    ck_assert_int_eq(last->bits, 0);
    end(&s);
}
END_TEST

START_TEST(rows_of_digital_work)
{
    struct scene s;
    begin(&s, "vector");
    set(&s, "lanes", 16);
    set(&s, "softmax_ops", 8);
    s.step[0].kind = FL_STEP_VECTOR;
    s.step[0].function = FL_SOFTMAX;
    s.step[0].values = 10;              /* 80 operations on 16 lanes: 5 cycles, and 4 of latency */
    s.step[0].vectors = 4;
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("store", 0, 900);
    LEFT("store", 1, 1400);
    LEFT("store", 3, 2400);
    LEFT("fetch", 3, 0);                /* rows are fetched ahead */
    COUNT("operated", 4 * 80);
    COUNT("multiplied", 0);
    end(&s);
    begin(&s, "vector");
    set(&s, "mac_lanes", 30);
    s.step[0].kind = FL_STEP_VECTOR;
    s.step[0].function = FL_MAC;
    s.step[0].values = 100;             /* 3 1/3 cycles: the second row begins on what the first leaves of its last */
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    LEFT("store", 0, 800);
    LEFT("store", 1, 1100);
    LEFT("store", 2, 1400);
    COUNT("multiplied", 3 * 100);
    COUNT("busy_ps", 1000);
    end(&s);
}
END_TEST

/* Law: work that is there when a cycle starts fills its lanes, whatever the rows are. */
START_TEST(rows_share_cycles)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct fl_rng rng = { seed };
        struct scene s;
        int64_t lanes = fl_rng_range(&rng, 1, 40), macs = fl_rng_range(&rng, 1, 100);
        int64_t rows = fl_rng_range(&rng, 1, 30);
        begin(&s, "vector");
        set(&s, "mac_lanes", (double)lanes);
        set(&s, "latency", 30);         /* stores leave as far apart as they like */
        s.step[0].kind = FL_STEP_VECTOR;
        s.step[0].function = FL_MAC;
        s.step[0].values = macs;
        s.step[0].vectors = rows;
        ready(&s, 1);
        go(&s, (struct rig_traffic){0});
        COUNT("busy_ps", (rows * macs + lanes - 1) / lanes * 100);
        end(&s);
    }
}
END_TEST

/* Weights from DRAM: two rows to a chunk of them, fetched when it has come and not before. */
START_TEST(rows_wait_for_their_chunk)
{
    struct scene s;
    begin(&s, "vector");
    set(&s, "mac_lanes", 100);
    s.step[0].kind = FL_STEP_VECTOR;
    s.step[0].function = FL_MAC;
    s.step[0].values = 100;
    s.step[0].load_from = FL_DRAM;
    s.step[0].load_bits = 2100;         /* three chunks, the last one short */
    s.step[0].chunk_rows = 2;
    s.step[0].vectors = 6;
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .spacing = 5000 });
    LEFT("fetch", 0, 0);
    LEFT("fetch", 1, 0);
    LEFT("fetch", 2, 5000);
    LEFT("fetch", 3, 5000);
    LEFT("fetch", 4, 10000);
    LEFT("fetch", 5, 10000);
    LEFT("fetch", 6, FL_NEVER);
    COUNT("multiplied", 600);
    end(&s);
}
END_TEST

/* ---- memory and wires ---- */

#define MAIL(port, number, size, marks) \
    do { \
        const struct fl_msg *msg = rig_mail_at(&s.rig, &s.run, port, number); \
        ck_assert_ptr_nonnull(msg); \
        ck_assert_int_eq(msg->bits, size); \
        ck_assert_int_eq(msg->flags, marks); \
    } while (0)

START_TEST(loads_go_chunk_by_chunk)
{
    struct scene s;
    begin(&s, "dma");
    set(&s, "chunk", 100);
    s.step[0].load_from = FL_DRAM;      /* 240 bits: the last chunk is short */
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .delay = 1000 });
    MAIL("ask", 0, 100, FL_ASK | FL_FIRST);
    MAIL("ask", 1, 100, FL_ASK);
    MAIL("ask", 2, 40, FL_ASK | FL_LAST);
    LEFT("ask", 2, 200);
    LEFT("ask", 3, FL_NEVER);
    MAIL("store", 2, 40, FL_WRITE | FL_REPLY | FL_LAST);
    LEFT("store", 2, 1200);             /* a chunk's answer goes to SRAM at once */
    LEFT("staged", 0, 2000);            /* and from there to the core that waits for it */
    LEFT("staged", 2, 2200);
    LEFT("done", 0, FL_NEVER);          /* it is the core that says when a tile is ready */
    COUNT("chunks", 3);
    end(&s);
    begin(&s, "dma");
    set(&s, "chunk", 100);
    s.step[0].kind = FL_STEP_VECTOR;
    s.step[0].load_from = FL_DRAM;
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .delay = 1000 });
    LEFT("arrived", 0, 2000);           /* or to the digital work */
    LEFT("arrived", 2, 2200);
    LEFT("staged", 0, FL_NEVER);
    LEFT("done", 0, FL_NEVER);
    end(&s);
}
END_TEST

START_TEST(stores_go_the_other_way)
{
    struct scene s;
    begin(&s, "dma");
    set(&s, "chunk", 100);
    s.step[0].kind = FL_STEP_MOVE;
    s.step[0].store = true;
    ready(&s, 1);
    go(&s, (struct rig_traffic){ .delay = 1000 });
    MAIL("fetch", 2, 40, FL_ASK | FL_LAST);
    MAIL("ask", 0, 100, FL_WRITE | FL_FIRST);
    MAIL("ask", 2, 40, FL_WRITE | FL_REPLY | FL_LAST);
    LEFT("ask", 2, 1200);
    LEFT("done", 0, 2200);              /* once DRAM has answered the last write */
    LEFT("done", 1, FL_NEVER);
    end(&s);
}
END_TEST

START_TEST(a_link_is_as_wide_as_it_is)
{
    struct scene s;
    begin(&s, "link");
    set(&s, "width", 8);
    set(&s, "latency", 2);
    ready(&s, 1);
    rig_give(&s.rig, "in", 0, (struct fl_msg){ .bits = 20, .flags = FL_WRITE });
    rig_give(&s.rig, "in", 0, (struct fl_msg){ .bits = 20, .flags = FL_ASK });
    rig_give(&s.rig, "in", 0, (struct fl_msg){ .bits = 8 });
    go(&s, (struct rig_traffic){0});
    LEFT("out", 0, 500);                /* 3 cycles and 2 of delay */
    LEFT("out", 1, 500);                /* a request is a header of no size */
    LEFT("out", 2, 600);
    COUNT("bits", 28);
    COUNT("busy_ps", 400);
    end(&s);
}
END_TEST

START_TEST(sram_spreads_over_its_banks)
{
    struct scene s;
    begin(&s, "sram");
    set(&s, "banks", 2);
    set(&s, "width", 8);                /* 40 bits: 5 words, 3 cycles, and one of latency */
    ready(&s, 1);
    rig_give(&s.rig, "ask", 0, (struct fl_msg){ .bits = 40 });
    rig_give(&s.rig, "ask", 0, (struct fl_msg){ .bits = 16, .flags = FL_WRITE });
    rig_give(&s.rig, "ask", 0, (struct fl_msg){ .bits = 8, .flags = FL_WRITE | FL_REPLY });
    go(&s, (struct rig_traffic){0});
    LEFT("give", 0, 400);
    LEFT("give", 1, 500);               /* 8 words keep 2 banks for 4 cycles; the write before wants no answer */
    LEFT("give", 2, FL_NEVER);
    COUNT("read", 5);
    COUNT("written", 3);
    COUNT("busy_ps", 400);
    end(&s);
    begin(&s, "sram");
    set(&s, "ideal", true);
    ready(&s, 1);
    rig_give(&s.rig, "ask", 0, (struct fl_msg){ .bits = 40 });
    go(&s, (struct rig_traffic){0});
    LEFT("give", 0, 0);
    COUNT("read", 40);
    COUNT("busy_ps", 0);
    end(&s);
}
END_TEST

START_TEST(lines_take_turns)
{
    struct scene s;
    begin(&s, "sram");
    s.rig.machine.pools = 2;            /* as many lines */
    ready(&s, 1);
    for (uint32_t line = 0; line < 2; line++)
        for (int i = 0; i < 2; i++)
            rig_give(&s.rig, "ask", line, (struct fl_msg){ .bits = 3 });
    go(&s, (struct rig_traffic){0});
    LEFT("give", 0, 400);               /* line 0, then line 1 */
    LEFT("give", 1, 1000);
    LEFT("give", 2, 700);
    LEFT("give", 3, 1300);
    end(&s);
}
END_TEST

/* ---- the sequencer ---- */

static void program(struct scene *s, const struct fl_inst *inst, size_t insts, fl_time frame_ps)
{
    s->rig.sim.frame = (struct fl_clock){ "frame", frame_ps, 1, 0 };
    rig_ready(&s->rig, (struct fl_program){ inst, insts, s->step, 4 });
}
#define PROGRAM(frame_ps, ...) \
    const struct fl_inst inst[] = { __VA_ARGS__ }; \
    program(&s, inst, sizeof inst / sizeof *inst, frame_ps)

START_TEST(loops_nest)
{
    struct scene s;
    begin(&s, "sequencer");
    PROGRAM(TICK, { FL_LOOP, 0, 2 }, { FL_OP, 1, 0 }, { FL_LOOP, 1, 3 }, { FL_STEP, 0, 0 }, { FL_LOOP, 2, 4 },
            { FL_STEP, 1, 0 }, { FL_NEXT, 4, 0 }, { FL_NEXT, 2, 0 }, { FL_END_OP, 0, 0 }, { FL_NEXT, 0, 0 },
            { FL_HALT, 0, 0 });
    go(&s, (struct rig_traffic){ .delay = 70 });
    ck_assert(s.rig.sim.halted);
    size_t tiles[2] = {0};
    for (size_t i = 0; i < s.run.mails; i++)
        if (rig_mail_at(&s.rig, &s.run, "tile", i) != NULL)
            tiles[rig_mail_at(&s.rig, &s.run, "tile", i)->step]++;
    ck_assert_uint_eq(tiles[0], 2 * 3);
    ck_assert_uint_eq(tiles[1], 2 * 3 * 4);
    COUNT("issued", 3 * (2 * 3 + 2 * 3 * 4));
    end(&s);
}
END_TEST

START_TEST(steps_of_every_kind_are_handed_out)
{
    struct scene s;
    begin(&s, "sequencer");
    s.step[0].load_from = FL_DRAM;
    s.step[1].kind = FL_STEP_MOVE;
    s.step[2].kind = FL_STEP_VECTOR;
    PROGRAM(TICK, { FL_OP, 0, 0 }, { FL_STEP, 0, 0 }, { FL_STEP, 1, 0 }, { FL_STEP, 2, 0 }, { FL_END_OP, 0, 0 },
            { FL_HALT, 0, 0 });
    go(&s, (struct rig_traffic){ .delay = 70 });
    ck_assert(s.rig.sim.halted);
    MAIL("load", 0, 240, 0);            /* the tile's weights, and the move */
    MAIL("load", 1, 240, 0);
    LEFT("load", 2, FL_NEVER);
    LEFT("work", 1, FL_NEVER);
    MAIL("issue", 0, 80, FL_ASK | FL_FIRST);
    MAIL("issue", 1, 80, FL_ASK);
    MAIL("issue", 2, 80, FL_ASK | FL_LAST);
    LEFT("issue", 0, 100);              /* the tile was ready at 70 ps: vectors go out on edges */
    LEFT("issue", 1, 200);
    LEFT("issue", 2, 300);
    end(&s);
}
END_TEST

/* Three loads, told of 1000 ps apart: vectors that await them are issued, but for the last. */
START_TEST(the_last_vector_awaits_its_data)
{
    for (int awaits = 0; awaits < 2; awaits++) {
        struct scene s;
        begin(&s, "sequencer");
        s.step[0].awaits = awaits;
        s.step[1].kind = FL_STEP_MOVE;
        PROGRAM(TICK, { FL_OP, 0, 0 }, { FL_STEP, 1, 0 }, { FL_STEP, 1, 0 }, { FL_STEP, 1, 0 }, { FL_STEP, 0, 0 },
                { FL_END_OP, 0, 0 }, { FL_HALT, 0, 0 });
        go(&s, (struct rig_traffic){ .delay = 70, .spacing = 1000 });
        LEFT("issue", 0, 100);
        LEFT("issue", 1, 200);
        LEFT("issue", 2, awaits ? 2100 : 300);
        end(&s);
    }
}
END_TEST

START_TEST(operators_start_on_edges_of_the_frame)
{
    struct scene s;
    begin(&s, "sequencer");
    PROGRAM(700, { FL_OP, 0, 0 }, { FL_STEP, 0, 0 }, { FL_END_OP, 0, 0 }, { FL_OP, 0, 0 }, { FL_STEP, 0, 0 },
            { FL_END_OP, 0, 0 }, { FL_HALT, 0, 0 });
    go(&s, (struct rig_traffic){ .delay = 450 });
    LEFT("issue", 0, 500);              /* the tile was ready at 450 */
    LEFT("issue", 2, 700);              /* answered at 1150: the next operator may start at 1400 */
    LEFT("tile", 1, 1400);
    LEFT("issue", 3, 1900);
    end(&s);
}
END_TEST

START_TEST(commands_run_ahead_of_work)
{
    struct scene s;
    begin(&s, "sequencer");
    PROGRAM(TICK, { FL_OP, 0, 0 }, { FL_LOOP, 0, 6 }, { FL_STEP, 0, 0 }, { FL_NEXT, 1, 0 }, { FL_END_OP, 0, 0 },
            { FL_HALT, 0, 0 });
    go(&s, (struct rig_traffic){ .delay = 100000 });
    LEFT("tile", 0, 0);                 /* all are handed out while the first is far from ready */
    LEFT("tile", 5, 0);
    end(&s);
}
END_TEST

Suite *test_units_suite(void)
{
    Suite *suite = suite_create("units");
    TCase *tcase = tcase_create("units");
    tcase_add_test(tcase, dac_lanes_take_turns);
    tcase_add_test(tcase, idle_lanes_convert_if_asked);
    tcase_add_test(tcase, weights_are_converted_by_the_pixel);
    tcase_add_test(tcase, adc_is_shared);
    tcase_add_test(tcase, detectors_pace_the_source);
    tcase_add_test(tcase, converters_pace_the_source);
    tcase_add_test(tcase, light_needs_a_slot);
    tcase_add_test(tcase, laser_level_follows_the_operand);
    tcase_add_test(tcase, detectors_integrate);
    tcase_add_test(tcase, loading_takes_the_longer_of_link_and_rows);
    tcase_add_test(tcase, cores_loaded_besides_have_links_of_their_own);
    tcase_add_test(tcase, chunks_follow_one_another);
    tcase_add_test(tcase, a_frame_in_place_is_ready_at_once);
    tcase_add_test(tcase, a_back_frame_loads_while_light_passes);
    tcase_add_test(tcase, without_a_back_frame_loading_waits_for_dark);
    tcase_add_test(tcase, blocks_load_while_others_settle);
    tcase_add_test(tcase, light_may_pass_as_dark_allows);
    tcase_add_test(tcase, partial_sums_are_fetched_ahead);
    tcase_add_test(tcase, only_the_last_vector_is_answered_for);
    tcase_add_test(tcase, rows_of_digital_work);
    tcase_add_test(tcase, rows_share_cycles);
    tcase_add_test(tcase, rows_wait_for_their_chunk);
    tcase_add_test(tcase, loads_go_chunk_by_chunk);
    tcase_add_test(tcase, stores_go_the_other_way);
    tcase_add_test(tcase, a_link_is_as_wide_as_it_is);
    tcase_add_test(tcase, sram_spreads_over_its_banks);
    tcase_add_test(tcase, lines_take_turns);
    tcase_add_test(tcase, loops_nest);
    tcase_add_test(tcase, steps_of_every_kind_are_handed_out);
    tcase_add_test(tcase, the_last_vector_awaits_its_data);
    tcase_add_test(tcase, operators_start_on_edges_of_the_frame);
    tcase_add_test(tcase, commands_run_ahead_of_work);
    suite_add_tcase(suite, tcase);
    return suite;
}
