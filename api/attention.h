/* attention.h - whether a plan's attention stays on chip, and what SRAM that takes. */
#ifndef FL_ATTENTION_H
#define FL_ATTENTION_H

#include "mapping/mapper.h"

/* Of scores and probabilities, the values between attention's two products: of the largest layer. */
struct fl_attention {
    const char *where;                  /* "in SRAM": in whole; "in units": a few at a time; "by way of DRAM": one of
                                           them at least; "in an engine's memory". NULL: the work has no attention */
    int64_t whole_bits;                 /* both in whole */
    int64_t held_bits;                  /* what they take of SRAM as planned */
    int64_t least_bits;                 /* two units of each, as small as operators are cut: less keeps none on chip */
    double dram_bits;                   /* what attention's operators move because SRAM does not hold it, in the run */
};
/* Reads a plan of the trace on the machine. */
void fl_attention_find(struct fl_attention *attention, const struct fl_plan *plan, const struct fl_trace *trace,
                       const struct fl_machine *machine);

#endif
