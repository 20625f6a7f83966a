/* channels.h - wavelengths side by side, and rings that take some of their neighbours'.
 *
 * The one idea: a ring of quality Q at wavelength l_i takes of the light at l_j the share of a Lorentz line,
 *
 *     d^2 / ((l_i - l_j)^2 + d^2),     d = l / (2 Q)
 *
 * so that a weight works a little on its neighbours' inputs, too. Channels of a bank are evenly spaced; banks have
 * nothing to do with one another. CrossLight (DAC 2021, arXiv:2102.06960), which takes 1 over the largest sum of a
 * ring's shares as the levels that are told apart.
 */
#ifndef FL_CHANNELS_H
#define FL_CHANNELS_H

#include <stdint.h>

struct fl_channels {
    int64_t count;                      /* of a bank; 0 or 1: nobody has neighbours */
    double spacing_nm, half_nm;         /* from one to the next; d */
};
/* Half the width of a ring's line: wavelength / (2 quality). */
double fl_channels_half_nm(double wavelength_nm, double quality);
/* What a ring takes of the light so many channels away; 0 of its own, which is what it is for. */
double fl_channels_share(const struct fl_channels *channels, int64_t apart);

/* Sums over a bank: of all shares; of their squares; of the squares of what each ring takes in all; and the largest of
 * these. */
struct fl_channel_sums { double all, squares, rows, largest; };
struct fl_channel_sums fl_channels_sums(const struct fl_channels *channels);
/* Levels that are told apart: 1 / largest; INFINITY where nobody has neighbours. */
double fl_channels_levels(const struct fl_channels *channels);

#endif
