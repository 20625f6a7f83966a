/* channels.c - sums of Lorentz lines over a bank. */
#include "phys/channels.h"

#include <math.h>

double fl_channels_half_nm(double wavelength_nm, double quality)
{
    return wavelength_nm / (2 * quality);
}

double fl_channels_share(const struct fl_channels *channels, int64_t apart)
{
    double away = (double)apart * channels->spacing_nm, d = channels->half_nm;
    return apart == 0 ? 0 : d * d / (away * away + d * d);
}

struct fl_channel_sums fl_channels_sums(const struct fl_channels *channels)
{
    struct fl_channel_sums sums = {0};
    double below = 0, above = 0;        /* of a ring's shares on either side */
    for (int64_t apart = 1; apart < channels->count; apart++)
        above += fl_channels_share(channels, apart);
    for (int64_t i = 0; i < channels->count; i++) {
        double row = below + above, next = fl_channels_share(channels, i + 1);
        double pairs = 2 * (double)(channels->count - i - 1);           /* of channels i + 1 apart */
        sums.all += row;
        sums.rows += row * row;
        sums.largest = fmax(sums.largest, row);
        sums.squares += pairs * next * next;
        below += next;
        above -= fl_channels_share(channels, channels->count - 1 - i);
    }
    return sums;
}

double fl_channels_levels(const struct fl_channels *channels)
{
    return channels->count > 1 ? 1 / fl_channels_sums(channels).largest : INFINITY;
}
