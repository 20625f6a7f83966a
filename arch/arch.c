/* arch.c - a machine whole: what it is made of, and what the ranges of its keys mean for its prices. */
#include "arch/build.h"

bool fl_arch_build(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                   struct fl_err *err)
{
    if (!fl_arch_build_plain(arch, design, machine, err))
        return false;
    if (fl_arch_ranges_find(arch, design, machine, err))
        return true;
    fl_arch_free(arch);
    return false;
}
