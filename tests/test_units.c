/* test_units.c - converters, light and modulators, each device against sums done by hand. */
#include "tests/scene.h"

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
    fl_light_own(&s.step[0])->rows = 7;
    fl_light_own(&s.step[0])->sampled = 14;
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
    fl_light_own(&s.step[0])->operand = 40;             /* this tile is a quarter of the output's products */
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

/* Receivers that slept are paid for from 200 ps before a step's first light; of the second step's, 150 ps are the last
 * light's of the first, for which they are paid already. */
START_TEST(detectors_wake)
{
    struct scene s;
    begin(&s, "detector");
    set(&s, "integration", 450);
    set(&s, "wake", 200);
    set(&s, "burns", FL_BUSY);
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .spacing = 500 });
    COUNT("busy_ps", 6 * 450);          /* waking takes no issue slot */
    COUNT("active_ps", 2 * (6 * 450 + 200 + 50));
    ck_assert_double_eq(s.rig.machine.pool[0].switch_ps, 200);
    end(&s);
}
END_TEST

/* Seven pairs on each of two cores: an amplifier behind each. */
START_TEST(pairs_share_an_amplifier)
{
    struct scene s;
    begin(&s, "detector");
    s.rig.machine.pool[0].encoding = FL_SIGN_DUAL_RAIL;
    fl_light_own(&s.step[0])->rows = 7;
    fl_light_own(&s.step[0])->sampled = 14, fl_light_own(&s.step[0])->detected = 28;
    set(&s, "amplifiers", 1);
    ready(&s, 1);
    go(&s, (struct rig_traffic){0});
    COUNT("detected", 3 * 14);
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
        s->step[i].load_from = FL_SRAM, fl_light_own(&s->step[i])->load_pixels = 240;
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
    s.step[0].cores = fl_light_own(&s.step[0])->load_besides = 1;
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
    tcase_add_test(tcase, detectors_wake);
    tcase_add_test(tcase, pairs_share_an_amplifier);
    tcase_add_test(tcase, loading_takes_the_longer_of_link_and_rows);
    tcase_add_test(tcase, cores_loaded_besides_have_links_of_their_own);
    tcase_add_test(tcase, chunks_follow_one_another);
    tcase_add_test(tcase, a_frame_in_place_is_ready_at_once);
    tcase_add_test(tcase, a_back_frame_loads_while_light_passes);
    tcase_add_test(tcase, without_a_back_frame_loading_waits_for_dark);
    tcase_add_test(tcase, blocks_load_while_others_settle);
    tcase_add_test(tcase, light_may_pass_as_dark_allows);
    suite_add_tcase(suite, tcase);
    return suite;
}
