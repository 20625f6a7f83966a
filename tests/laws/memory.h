/* memory.h - a memory with every kind of state that tables know: bank rotation, refresh, rows that close when idle. */
#ifndef FL_LAW_MEMORY_H
#define FL_LAW_MEMORY_H

#include "sim/unit.h"

extern const struct fl_unit_type law_memory;

#endif
