/* vector.h - digital work: what a step of rows counts. */
#ifndef FL_VECTOR_H
#define FL_VECTOR_H

#include "machine/engine.h"

enum fl_function {                      /* digital work, by what it costs a value */
    FL_MAC, FL_SOFTMAX, FL_NORM, FL_ACTIVATION, FL_ADD, FL_ROTARY, FL_COPY, FL_FUNCTIONS
};

/* A vector unit, as mappers see it. */
enum { FL_VECTORS = 8 };                /* that a machine may have */
struct fl_vector {
    int64_t lanes, mac_lanes;           /* elementary operations and MACs a cycle */
    double period_ps;
    int64_t ops[FL_FUNCTIONS];          /* elementary operations a value costs */
    bool instant;                       /* but for MACs its work takes no time */
};

/* The own record of FL_STEP_VECTOR. */
struct fl_rows_step {
    int64_t function;                   /* enum fl_function */
    int64_t values;                     /* values (or MACs) per row */
};
static inline struct fl_rows_step *fl_rows_own(struct fl_step *step) { return (struct fl_rows_step *)step->own; }
static inline const struct fl_rows_step *fl_rows_of(const struct fl_step *step)
{
    return (const struct fl_rows_step *)step->own;
}

#endif
