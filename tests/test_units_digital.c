/* test_units_digital.c - digital units, memory, wires and the sequencer, each device against sums done by hand. */
#include "tests/scene.h"

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
    fl_rows_own(&s.step[0])->function = FL_SOFTMAX;
    fl_rows_own(&s.step[0])->values = 10;              /* 80 operations on 16 lanes: 5 cycles, and 4 of latency */
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
    fl_rows_own(&s.step[0])->function = FL_MAC;
    fl_rows_own(&s.step[0])->values = 100;  /* 3 1/3 cycles: the second row begins on what the first leaves */
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

/* Rows of the next command are fetched while those of this one are worked on. */
START_TEST(commands_follow_without_a_gap)
{
    struct scene s;
    begin(&s, "vector");
    set(&s, "mac_lanes", 10);
    for (int i = 0; i < 2; i++) {
        s.step[i].kind = FL_STEP_VECTOR;
        s.step[i].vectors = 2;
        fl_rows_own(&s.step[i])->function = FL_MAC;
        fl_rows_own(&s.step[i])->values = 50;       /* 5 cycles each, and 4 of latency */
    }
    ready(&s, 2);
    go(&s, (struct rig_traffic){ .delay = 300 });
    LEFT("fetch", 3, 0);
    LEFT("store", 0, 300 + 500 + 400);
    LEFT("store", 2, 300 + 3 * 500 + 400);
    LEFT("store", 3, 300 + 4 * 500 + 400);
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
        fl_rows_own(&s.step[0])->function = FL_MAC;
        fl_rows_own(&s.step[0])->values = macs;
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
    fl_rows_own(&s.step[0])->function = FL_MAC;
    fl_rows_own(&s.step[0])->values = 100;
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
    rig_ready(&s->rig, (struct fl_program){ .inst = inst, .insts = insts, .step = s->step, .steps = 4 });
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

Suite *test_units_digital_suite(void)
{
    Suite *suite = suite_create("units_digital");
    TCase *tcase = tcase_create("units_digital");
    tcase_add_test(tcase, partial_sums_are_fetched_ahead);
    tcase_add_test(tcase, only_the_last_vector_is_answered_for);
    tcase_add_test(tcase, rows_of_digital_work);
    tcase_add_test(tcase, commands_follow_without_a_gap);
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
