/* front.h - which of many points no other beats: what a line through the best of a sweep joins. */
#ifndef FL_FRONT_H
#define FL_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fl_front_point {
    int64_t group;                      /* points are compared within one */
    double x, y;                        /* the less the better */
    bool *front;                        /* set to true if none of its group is better in one and as good in the other;
                                           of points that are equal in both, of one alone. Else left as it is */
};
/* Sorts the points. */
void fl_front_find(struct fl_front_point *point, size_t points);

#endif
