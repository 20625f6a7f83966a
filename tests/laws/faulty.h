/* faulty.h - a sound test-only unit type, and one for each way in which a unit may break a law. */
#ifndef FL_TESTS_FAULTY_H
#define FL_TESTS_FAULTY_H

#include "sim/unit.h"

struct faulty_type {
    const char *law;                    /* the law that must report it; see unit_laws.h */
    const struct fl_unit_type *type;
};
extern const struct fl_unit_type sound_type;
extern const struct faulty_type faulty_types[];     /* ends with a NULL law */

#endif
