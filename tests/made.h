/* made.h - random small machines of real units, and one operator run on them. */
#ifndef FL_MADE_H
#define FL_MADE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/rng.h"
#include "mapping/mapper.h"

enum { SETS = 60 };

struct made {
    struct fl_arena arena;
    struct fl_design design;
    struct fl_machine machine;
    struct fl_arch arch;
};

static inline const char *pick(struct fl_arena *arena, struct fl_rng *rng, const char *key, int64_t least, int64_t most,
                        const char *unit)
{
    return fl_arena_format(arena, "%s=%lld%s", key, (long long)fl_rng_range(rng, least, most), unit);
}

static inline const char *choose(struct fl_arena *arena, struct fl_rng *rng, const char *key, const char *a,
                                 const char *b)
{
    return fl_arena_format(arena, "%s=%s", key, fl_rng_range(rng, 0, 1) ? a : b);
}

static inline size_t core_sets(struct fl_arena *arena, struct fl_rng *rng, int core, const char **set)
{
#define KEY(key) fl_arena_format(arena, "core[%d]." key, core)
    size_t n = 0;
    set[n++] = pick(arena, rng, KEY("cores"), 1, 6, "");
    set[n++] = choose(arena, rng, KEY("shared_input"), "true", "false");
    set[n++] = pick(arena, rng, KEY("input_sets"), 0, 4, "");
    set[n++] = choose(arena, rng, KEY("fanout.broadcast"), "switched", "passive");
    set[n++] = pick(arena, rng, KEY("fanout.switch_time"), 0, 30, " ns");
    static const char *const encodings[] = {"offset", "dual_rail", "coherent", "balanced", "homodyne"};
    int64_t encoding = fl_rng_range(rng, 0, 4);
    set[n++] = fl_arena_format(arena, "%s=%s", KEY("encoding"), encodings[encoding]);
    set[n++] = fl_arena_format(arena, "%s=%s", KEY("reference"), encoding == 0 ? "row" : "digital");
    set[n++] = choose(arena, rng, KEY("weight_slices"), "space", "time");
    set[n++] = pick(arena, rng, KEY("slm.pixel_bits"), 3, 9, "");
    set[n++] = pick(arena, rng, KEY("dac.bits"), 3, 9, "");
    set[n++] = pick(arena, rng, KEY("input_bits"), 7, 9, "");
    set[n++] = pick(arena, rng, KEY("slm.settle"), 0, 40, " ns");
    set[n++] = pick(arena, rng, KEY("slm.row_time"), 0, 3, " ns");
    set[n++] = pick(arena, rng, KEY("slm.load_link"), 0, 20, " Gbit/s");
    static const char *const dark[] = {"load+settle", "settle", "settle", "none"};
    set[n++] = pick(arena, rng, KEY("slm.back_frames"), 0, 1, "");
    set[n++] = pick(arena, rng, KEY("slm.blocks"), 0, 4, "");
    set[n++] = fl_arena_format(arena, "%s=%s", KEY("slm.dark"), dark[fl_rng_range(rng, 0, 3)]);
    set[n++] = choose(arena, rng, KEY("slm.row_addressable"), "true", "false");
    set[n++] = pick(arena, rng, KEY("dac.lanes"), 0, 16, "");
    set[n++] = pick(arena, rng, KEY("adc.share"), 1, 8, "");
    set[n++] = pick(arena, rng, KEY("accumulator.held"), 1, 12, "");
#undef KEY
    return n;
}

/* Settings that make the small design a random machine, at most SETS less a few. */
static inline size_t made_sets(struct fl_arena *arena, struct fl_rng *rng, const char **set)
{
    size_t sets = core_sets(arena, rng, 0, set);
    sets += core_sets(arena, rng, 1, set + sets);
    set[sets++] = choose(arena, rng, "machine.ideal_memory", "true", "false");
    set[sets++] = pick(arena, rng, "sram.width", 8, 400, "");
    set[sets++] = choose(arena, rng, "clocks.core", "1 GHz", "0.63 ns");
    set[sets++] = pick(arena, rng, "vector.mac_lanes", 1, 200, "");
    return sets;
}

/* A random machine, then what `more` says of it, NULL at the end. */
static inline void make(struct made *made, struct fl_rng *rng, const char *const *more)
{
    struct fl_err err = {0};
    const char *set[SETS], *folder = getenv("SRCDIR");
    memset(made, 0, sizeof *made);
    size_t sets = made_sets(&made->arena, rng, set);
    for (; more != NULL && *more != NULL; more++)
        set[sets++] = *more;
    ck_assert_uint_le(sets, SETS);
    const char *good = fl_arena_format(&made->arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
    ck_assert_msg(fl_design_load(&made->design, good, set, sets, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_describe(&made->machine, &made->design, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_build(&made->arch, &made->design, &made->machine, &err), "%s", fl_err_text(&err));
}

/* Picoseconds that an operator takes, event by event, with what it moves besides. */
static inline double simulate_with(struct made *made, const struct fl_op *op, const struct fl_mapping *mapping,
                                   const struct fl_spill *spill)
{
    struct fl_builder builder = {0};
    struct fl_err err = {0};
    fl_build_open(&builder, 0);
    fl_spill_build(&builder, fl_spill_load_bits(spill, op, &made->machine, mapping), false);
    fl_mapping_lower(op, &made->machine, mapping, &builder);
    fl_spill_build(&builder, spill->store_bits, true);
    fl_build_close(&builder);
    fl_build_halt(&builder);
    struct fl_program program = fl_builder_program(&builder);
    bool ran = fl_sim_run(&made->arch.sim, &program, &err);
    ck_assert_msg(ran, "%s: %s", mapping->strategy, fl_err_text(&err));
    fl_builder_free(&builder);
    return (double)made->arch.sim.now;
}

static inline double simulate(struct made *made, const struct fl_op *op, const struct fl_mapping *mapping)
{
    return simulate_with(made, op, mapping, &(struct fl_spill){0});
}

static inline void unmake(struct made *made)
{
    fl_arch_free(&made->arch);
    fl_design_free(&made->design);
    fl_arena_free(&made->arena);
}

#endif
