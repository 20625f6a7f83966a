/* dac.c - digital-to-analog converters. */
#include "sim/unit.h"

const struct fl_unit_type fl_unit_dac = {
    .kind = "dac", .summary = "input converters",
};
