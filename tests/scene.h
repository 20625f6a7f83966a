/* scene.h - one device on the bench of tests/laws/harness.h, for tests against sums done by hand: a clock of 100 ps,
 * the vectors of a hand-made program as fast as the unit takes them, answers to its requests after a fixed delay.
 */
#ifndef FL_TESTS_SCENE_H
#define FL_TESTS_SCENE_H

#include "tests/laws/draw.h"
#include "tests/suites.h"

enum { TICK = 100 };
struct scene {
    struct rig rig;
    struct fl_step step[4];
    struct rig_result run;
};

/* A core of 10 inputs and 10 outputs, two of them at work, and a step of three vectors; then what a test changes. */
static inline void begin(struct scene *s, const char *kind)
{
    const struct fl_pool pool = { .name = "pool", .cores = 2, .columns = 10, .rows = 10, .weight_bits = 1,
                                  .output_bits = 7, .quantum_efficiency = 1, .adc_lanes = 1 };
    for (size_t i = 0; i < sizeof s->step / sizeof *s->step; i++) {
        s->step[i] = (struct fl_step){ .kind = FL_STEP_OPTICAL, .vectors = 3, .cores = 2, .read_bits = 80,
                                       .write_bits = 160, .load_bits = 240 };
        *fl_light_own(&s->step[i]) = (struct fl_light_step){
            .columns = 10, .rows = 10, .converted = 20, .detected = 20, .sampled = 20, .lit_rows = 20,
            .lit_paths = 200, .operand = 10, .added = 20, .load_pixels = 200, .load_rows = 10,
        };
    }
    rig_begin(&s->rig, fl_unit_type_find(kind), TICK, &pool);
}

static inline void set(struct scene *s, const char *name, double value)
{
    param_set(s->rig.unit, name, value);
}

static inline void ready(struct scene *s, size_t steps)
{
    rig_ready(&s->rig, (struct fl_program){ .step = s->step, .steps = steps });
}

static inline void go(struct scene *s, struct rig_traffic traffic)
{
    s->run = rig_run(&s->rig, traffic);
    char text[RIG_TEXT];
    ck_assert_msg(rig_is_drained(&s->rig, text), "%s", text);
}

static inline void end(struct scene *s)
{
    rig_result_free(&s->run);
    rig_close(&s->rig);
}

#define LEFT(port, number, ps) ck_assert_int_eq(rig_left_at(&s.rig, &s.run, port, number), ps)
#define COUNT(name, n) ck_assert_int_eq(rig_count(&s.rig, &s.run, name), n)

#endif
