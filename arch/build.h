/* build.h - inside arch/: building a machine, and what the ranges of its keys mean for its prices. */
#ifndef FL_ARCH_BUILD_H
#define FL_ARCH_BUILD_H

#include "arch/arch.h"

/* fl_arch_build without ranges. */
bool fl_arch_build_plain(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                         struct fl_err *err);
/* Fills arch->price and price_at, of units that are there. */
void fl_arch_price(struct fl_arch *arch, const struct fl_design *design);
/* Fills arch->range, and low_fj and high_fj of the prices. */
bool fl_arch_ranges_find(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                         struct fl_err *err);

#endif
