/* arch.h - machine descriptions: files to designs, designs to machines.
 *
 *     struct fl_design design;
 *     fl_design_load(&design, "free_space_1k", sets, nsets, &err);   file, base files, --set; every fault at once
 *     fl_arch_build(&arch, &design, &err);                           clocks, units, ports
 *
 * Unit types are found through the registry that
 * sim/unit.h declares, so that a new device needs no change here.
 */
#ifndef FL_ARCH_H
#define FL_ARCH_H

#include <stdio.h>

#include "machine/engine.h"
#include "machine/machine.h"
#include "sim/kernel.h"

/* A value of a design with its provenance. */
struct fl_value {
    const char *path;                   /* "core[1].adc.energy": as in --set, sweeps, errors */
    const char *text;                   /* as written: "3.17 pJ" */
    const char *from;                   /* citation; NULL: assumed */
    const char *low, *high;             /* range of a price; NULL */
    const char *measure;                /* of the parameter it fills ("fJ"); NULL: a text, a clock, a type */
    enum fl_role role;                  /* of that parameter */
    const char *file;                   /* where it was set: a file, "--set", or NULL for a preset */
    int line;
};

struct fl_design {
    struct fl_arena arena;
    const char *name, *summary, *file;
    struct fl_value *value;             /* every key, base and --set merged, sorted by path */
    size_t values;
    const char *text;                   /* the merged design as one .cfg text: loading it gives the same design */
};

/* A shipped name or a .cfg path, then "path=value" overrides. Checks everything: unknown keys (with the nearest
 * name), measures, ranges, missing keys; all faults together, with file and line. */
bool fl_design_load(struct fl_design *design, const char *name, const char *const *set, size_t sets,
                    struct fl_err *err);
/* The design of a stored run (its `text`) with other prices: the file holds paths of energies, powers, voltages and
 * currents with new values, or with factors on the present ones ("/5", "*0.5"); a factor on a unit ("dram", "core.adc")
 * goes to all of its prices. Keys that change what happens, not what it costs, are refused with the reason. */
bool fl_design_reprice(struct fl_design *design, const char *text, const char *prices, struct fl_err *err);
void fl_design_free(struct fl_design *design);
const struct fl_value *fl_design_find(const struct fl_design *design, const char *path);
/* The value of a path; one of every core's ("core.adc.energy") is that of the first core that has it. */
const struct fl_value *fl_design_first(const struct fl_design *design, const char *path);
/* How many engines of a type the design lists. */
size_t fl_design_count(const struct fl_design *design, const struct fl_engine_type *engine);
/* Writes the figures (energies, powers, times, areas, voltages, currents) that no source is given for, one a line with
 * file and line, presets among them unless they are zero; gives their number. */
size_t fl_design_uncited(const struct fl_design *design, FILE *out);
/* Shipped designs, sorted; NULL at the end. Folder: FL_DESIGNS in the environment, else the installed one. */
const char *const *fl_design_names(struct fl_arena *arena);

/* Shipped devices, sorted; NULL at the end. In a design `dram = { device = "hbm2"; ... }` stands for all keys of
 * devices/hbm2.cfg; keys of the group itself come on top. Capitals and dashes do not matter: "HBM2", "DDR4-3200". */
const char *const *fl_device_names(struct fl_arena *arena);
/* What a shipped device's file says it is; "" if it does not. In the arena. */
const char *fl_device_summary(struct fl_arena *arena, const char *name);
/* A device's file ("hbm2", or a path) as a unit alone in `sim`, which is zeroed before and freed by the caller; `kind`
 * is a type that a machine has one of ("dram"). NULL with faults. */
struct unit *fl_device_unit(struct fl_sim *sim, const char *kind, const char *name, struct fl_err *err);

/* A price, from a unit's tables and the design: what the ledger's counts cost. */
struct fl_price {
    uint32_t unit;
    int32_t count;                      /* of the unit: the index of a count, or an enum fl_burnt */
    enum fl_class class;                /* FL_DYNAMIC or FL_STATIC */
    const char *action, *component;     /* action: the count's name */
    double fj;
    double low_fj, high_fj;             /* with every key that has a range at its cheap, dear end; 0 and 0: none has */
    const char *key;                    /* "core[0].adc.energy": what sets it; NULL: several keys together */
    const char *source, *file;          /* NULL source: assumed */
    int line;
};

/* A price with one key at either end of the range that the design gives it. */
struct fl_range {
    size_t price;                       /* index */
    const char *key, *source;           /* NULL source: assumed */
    double low_fj, high_fj;             /* at the key's `low` and `high`: of an efficiency the first is the dearer */
};

struct fl_arch {
    struct fl_sim sim;
    struct fl_machine machine;          /* what mappers see */
    struct fl_pool *pool[FL_POOLS];            /* same pools, as the units see them */
    struct unit *sequencer;
    struct fl_price *price;             /* unit after unit */
    size_t prices;
    size_t *price_at;                   /* unit u's are price[price_at[u]] to before price[price_at[u + 1]] */
    struct fl_range *range;
    size_t ranges;
    const char *mapper;                 /* the design's own, or NULL */
    fl_time joint;                      /* joint period of all clocks */
    const char *joint_note;             /* names the clock that makes it exceed 1 us; NULL */
};

/* Two steps, because `fit` pools get their cores from the plan: describe fills arch->machine from the parameters
 * (building a machine with the given or 1 core), build makes the machine for machine->pool[].cores. */
bool fl_arch_describe(struct fl_machine *machine, const struct fl_design *design, struct fl_err *err);
bool fl_arch_build(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                   struct fl_err *err);
void fl_arch_free(struct fl_arch *arch);
/* Writes the static powers that are zero though no source says so: what they stand for draws something, and is left out
 * of every joule. One a line, the keys of one unit that burn at the same times as one; gives their number. */
size_t fl_arch_unpriced(const struct fl_arch *arch, FILE *out);

/* The file of a paper's claims: a path, or a shipped name (folder: FL_CLAIMS in the environment, else the installed
 * one). NULL with a fault that names those there are. */
const char *fl_claims_path(struct fl_arena *arena, const char *name, struct fl_err *err);

/* Reference text of every key, from the tables (docs/config.md is made by it). */
void fl_arch_reference(FILE *out);

#endif
