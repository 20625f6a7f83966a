/* reference.c - the page of every key, from the tables: docs/config.md is made by it. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "arch/layout.h"
#include "arch/param.h"
#include "base/quantity.h"
#include "machine/gpu.h"
#include "machine/opu.h"

static const char opening[] =
    "# Machine descriptions\n"
    "\n"
    "<!-- made from the tables of the units by fl_arch_reference; do not edit -->\n"
    "\n"
    "A design is a libconfig file. Physical quantities are strings with units (`\"5 GHz\"`, `\"3.17 pJ\"`,\n"
    "`\"12.8 GB/s\"`, `\"-25 dBm\"`, `\"50 %\"`, `\"64 KiB\"`); any value may be a group that says where it comes\n"
    "from, and a price may have a range:\n"
    "\n"
    "```\n"
    "energy = { v = \"3.17 pJ\"; from = \"arXiv:2302.10360\"; low = \"1 pJ\"; high = \"5 pJ\"; };\n"
    "```\n"
    "\n"
    "A value without `from` counts as assumed; `fanlight check --uncited FILE.cfg` lists those. `B` is a byte, `b` a\n"
    "bit; `k`, `M`, `G` are powers of ten, `Ki`, `Mi`, `Gi` of two. Whole numbers and flags (`true`, `false`) are\n"
    "written bare; an integer past 2147483647 needs an `L` at its end.\n"
    "\n"
    "`base = \"free_space_1k\";` builds on another design, a shipped one or a file beside this one: what is given\n"
    "here replaces what stands there, key by key; the elements of `core` are matched by position, and `core = ();`\n"
    "drops them all. `name` and `summary` are a design's own. A slot given another `type` forgets what the base said\n"
    "of it, and `type = \"none\"` leaves an optional unit out. `device = \"hbm2\"` in a slot stands for the keys of\n"
    "that device's file (`fanlight list devices`); keys of the slot itself come on top.\n"
    "\n"
    "`--set path=value` overrides a value of any design: `--set core[0].adc.energy=\"2 pJ\"`,\n"
    "`--set clocks.core=\"5 GHz\"`. `core.adc.energy` without a number means every core's. The value may be a group:\n"
    "`--set 'sram.leakage={ v = \"1 mW\"; from = \"...\"; }'`. The value `preset` takes back what the design says of\n"
    "a key: `--set sram.node=\"22 nm\" --set sram.area=preset` asks the memory model for the area.\n"
    "\n";

static void write_head(FILE *out)
{
    fputs("| key | measure | range | preset | meaning |\n|---|---|---|---|---|\n", out);
}

static void write_number(FILE *out, double value)
{
    char number[FL_QUANTITY_BYTES];
    if (value >= 1e6)
        fprintf(out, "%g", value);
    else
        fputs(fl_quantity_write(number, value, ""), out);
}

static void write_range(FILE *out, const struct fl_param *param)
{
    struct fl_arena arena = {0};
    if (fl_param_type(param) == FL_FLAG)
        fputs("true or false", out);
    else if (fl_param_type(param) == FL_CHOICE)
        fputs(fl_param_choices(param, &arena), out);
    else {
        write_number(out, param->least);
        fputs(" to ", out);
        write_number(out, param->most);
    }
    fl_arena_free(&arena);
}

static const char *measure_of(const struct fl_param *param)
{
    static const char *const of[] = {
        [FL_COUNT] = "count", [FL_REAL] = "number", [FL_SPAN] = "ps", [FL_CHOICE] = "choice", [FL_FLAG] = "flag"};
    return param->measure[0] != '\0' ? param->measure : of[fl_param_type(param)];
}

static void write_param(FILE *out, const struct fl_param *param, const char *preset)
{
    fprintf(out, "| `%s` | %s | ", param->name, measure_of(param));
    write_range(out, param);
    fprintf(out, " | %s | %s |\n", preset != NULL ? preset : "required", param->meaning);
}

static void write_params(FILE *out, const struct fl_param *param)
{
    struct fl_arena arena = {0};
    for (; param != NULL && param->name != NULL; param++)
        write_param(out, param, fl_param_preset(param, &arena));
    fl_arena_free(&arena);
}

static void write_texts(FILE *out, const struct fl_text_key *key)
{
    for (; key->name != NULL; key++)
        fprintf(out, "| `%s` | text | | | %s |\n", key->name, key->meaning);
}

static void write_slot_head(FILE *out)
{
    fputs("| slot | preset type | meaning |\n|---|---|---|\n", out);
}

static void write_slots(FILE *out, const struct fl_engine_type *engine)
{
    for (const struct fl_slot *slot = engine->slots; slot->name != NULL; slot++) {
        const char *name = slot->name[0] != '\0' ? slot->name : engine->list;
        const char *shared = slot->shared ? ", none where all engines have their own" : "";
        const char *left_out = slot->optional ? ", optional" : shared;
        fprintf(out, "| `%s` | %s%s | %s", name, slot->type, left_out, slot->meaning);
        if (slot->key != NULL)
            fprintf(out, "; `%s` is `%s` by preset here", slot->key, slot->value);
        if (slot->fit != NULL)
            fprintf(out, "; `%s` may be `\"" FL_FIT "\"`: as large as the data need", slot->fit);
        if (slot->whole != NULL)
            fprintf(out, "; so may `%s`: as many as the data need, with the bandwidth of each", slot->whole);
        if (engine->alone)
            fprintf(out, "; a group, or a list of at most %zu: `%s[1]`", engine->most, engine->list);
        fputs(" |\n", out);
    }
}

static void write_type(FILE *out, const struct fl_unit_type *type)
{
    fprintf(out, "## %s\n\n%c%s.\n\n", type->kind, toupper((unsigned char)type->summary[0]), type->summary + 1);
    write_head(out);
    write_params(out, type->params);
    fputc('\n', out);
}

/* An engine that a design has a list of. */
static void write_list(FILE *out, const struct fl_engine_type *engine)
{
    fprintf(out, "\n## %s\n\n", engine->list);
    if (engine->params != NULL) {
        write_head(out);
        write_texts(out, engine->texts);
        write_params(out, engine->params);
        fputc('\n', out);
    }
    write_slot_head(out);
    write_slots(out, engine);
}

void fl_arch_reference(FILE *out)
{
    fputs(opening, out);
    fputs("## The file\n\n| key | | | | meaning |\n|---|---|---|---|---|\n", out);
    fputs("| `base` | text | | | the design this one builds on |\n", out);
    write_texts(out, fl_design_texts);
    fprintf(out, "| `clocks` | group | | | names, and frequencies (`\"5 GHz\"`, `\"4/3 GHz\"`) or periods "
            "(`\"0.63 ns\"`) |\n"
            "| `machine` | group | | | below |\n"
            "| `core` | list of groups | | | pools of cores, below; at most %d; none: a digital machine |\n"
            "| `gpu` | list of groups | | | graphics processors, below; at most %d |\n"
            "| `opu` | list of groups | | | optical processing units, below; at most %d |\n\n",
            FL_POOLS, FL_GPUS, FL_OPUS);
    write_slot_head(out);
    for (size_t i = 0; fl_engine_types[i] != NULL; i++)
        if (fl_engine_types[i]->list == NULL || fl_engine_types[i]->alone)
            write_slots(out, fl_engine_types[i]);
    fputs("\nEvery unit has the keys `type`, the kind of unit that fills the slot, and `clock`: a name of `clocks`, "
          "or\n"
          "a frequency or period of its own. Preset: `core` for units of a core; for the others `digital` if there is\n"
          "such a clock, else `core`.\n\n"
          "## machine\n\n", out);
    write_head(out);
    write_params(out, fl_machine_params);
    for (size_t i = 0; fl_engine_types[i] != NULL; i++)
        if (fl_engine_types[i]->list != NULL && !fl_engine_types[i]->alone)
            write_list(out, fl_engine_types[i]);
    fputs("\n# Units\n\n", out);
    for (size_t i = 0; fl_unit_types[i] != NULL; i++)
        write_type(out, fl_unit_types[i]);
}
