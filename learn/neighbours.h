/* neighbours.h - what outputs and inputs have of their neighbours' light, as changes of a plane of k x n levels of
 * weights: light is summed after weights, and so may be shared out before. */
#ifndef FL_NEIGHBOURS_H
#define FL_NEIGHBOURS_H

#include <stddef.h>

#include "phys/channels.h"

/* An output's neighbours are the columns beside it; the ends are neighbours, too: `c` of a column's goes to others. */
void fl_plane_spill(float *plane, size_t k, size_t n, double c);
/* An input's are the rows of its bank, within its K-tile: it meets, a little, the weights beside its own. */
void fl_plane_take(float *plane, size_t k, size_t n, int tiles, const struct fl_channels *channels);

#endif
