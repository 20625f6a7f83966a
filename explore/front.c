/* front.c - sorted by one figure, those that are better in the other than all before. */
#include "explore/front.h"

#include <math.h>
#include <stdlib.h>

static int order(const void *a, const void *b)
{
    const struct fl_front_point *p = a, *q = b;
    if (p->group != q->group)
        return p->group < q->group ? -1 : 1;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

void fl_front_find(struct fl_front_point *point, size_t points)
{
    qsort(point, points, sizeof *point, order);
    double least = INFINITY;
    for (size_t i = 0; i < points; i++) {
        if (i == 0 || point[i].group != point[i - 1].group)
            least = INFINITY;
        if (point[i].y < least)
            *point[i].front = true;
        least = fmin(least, point[i].y);
    }
}
