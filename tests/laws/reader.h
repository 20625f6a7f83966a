/* reader.h - a unit that reads memory on its own account, so that lines of requesters take turns. */
#ifndef FL_LAW_READER_H
#define FL_LAW_READER_H

#include "sim/unit.h"

extern const struct fl_unit_type law_reader;

#endif
