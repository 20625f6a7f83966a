/* read.h - what the files that read a sweep share. */
#ifndef FL_EXPLORE_READ_H
#define FL_EXPLORE_READ_H

#include "base/conf/conf.h"
#include "explore/sweep.h"

struct fl_sweep_reader {
    struct fl_reader at;                /* the settings of the file */
    struct fl_sweep *sweep;
    const struct fl_design *base;       /* the sweep's (first) design, with `set` */
};

/* axes = ( ... ), and those that `design` and `mapper` make. Needs reader->base. */
bool fl_axes_read(struct fl_sweep_reader *reader);
/* Is every value of every axis one that the design takes? */
bool fl_axes_check(struct fl_sweep_reader *reader);

#endif
