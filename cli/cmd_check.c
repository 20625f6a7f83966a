/* cmd_check.c - fanlight check: every fault of machine descriptions, told together; and figures without a source. */
#include <string.h>

#include "arch/arch.h"
#include "cli/cli.h"
#include "units/dram_device.h"

/* What makes runs slow, and what is taken otherwise than written, for no device can be as it is written. */
static void warn(struct cli *cli, const struct fl_design *design, const struct fl_arch *arch)
{
    if (arch->joint_note != NULL)
        fprintf(stderr, "warning: %s: %s\n", design->name, arch->joint_note);
    for (uint32_t i = 0; i < arch->sim.units; i++) {
        const struct unit *u = arch->sim.unit[i];
        const struct fl_dram_device *device = strcmp(u->type->kind, "dram") == 0 ? fl_dram_device_of(u) : NULL;
        if (device == NULL || !device->trc_raised)
            continue;
        const struct fl_value *trc = fl_design_find(design, fl_arena_format(&cli->arena, "%s.trc", u->path));
        fprintf(stderr, "warning: ");
        if (trc != NULL && trc->file != NULL)
            fprintf(stderr, trc->line > 0 ? "%s:%d: " : "%s: ", trc->file, trc->line);
        fprintf(stderr, "%s.trc: below tras + trp, which no device keeps; their sum, %lld clocks, is used\n", u->path,
                (long long)device->trc);
    }
}

/* Building the machine finds what reading cannot: ports that do not fit, clocks that never meet. */
static void uncited_print(const struct fl_design *design, const struct fl_arch *arch)
{
    size_t uncited = fl_design_uncited(design, stdout), unpriced = fl_arch_unpriced(arch, stdout);
    printf("%s: %zu figure%s without a source; unpriced: %zu static power%s\n", design->name, uncited,
           uncited == 1 ? "" : "s", unpriced, unpriced == 1 ? "" : "s");
}

static bool machine_check(struct cli *cli, const struct fl_design *design)
{
    struct fl_machine machine = {0};
    struct fl_arch arch = {0};
    char joint[FL_SI_BYTES];
    if (!fl_arch_describe(&machine, design, &cli->err) || !fl_arch_build(&arch, design, &machine, &cli->err))
        return false;
    printf("%s: no faults; %u units, all clocks meet every %s\n", design->name, arch.sim.units,
           fl_si(joint, (double)arch.joint * 1e-12, "s"));
    warn(cli, design, &arch);
    if (cli_flag(cli, "uncited") || cli_flag(cli, "cited"))
        uncited_print(design, &arch);
    fl_arch_free(&arch);
    return true;
}

static bool file_check(struct cli *cli, const char *name)
{
    struct fl_design design = {0};
    if (!fl_design_load(&design, name, NULL, 0, &cli->err))
        return false;
    bool ok = machine_check(cli, &design);
    fl_design_free(&design);
    return ok;
}

static enum cli_status check_run(struct cli *cli)
{
    bool ok = true;
    for (size_t i = 0; i < cli->operands; i++)
        ok = file_check(cli, cli->operand[i]) && ok;
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "uncited", .meaning = "list the figures that no source is given for, and static powers of zero"},
    {.name = "cited", .meaning = "the older name of --uncited"},
    {0},
};

const struct cli_command cli_check = {
    .name = "check", .summary = "tells every fault of machine descriptions: file, line, key and remedy",
    .operands = "FILE.cfg...", .operands_least = 1, .operands_most = 10000, .options = {own}, .run = check_run,
};
