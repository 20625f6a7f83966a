/* neighbours.c - planes of weights with what leaks between columns, and between rows of a bank. */
#include "learn/neighbours.h"

#include <string.h>

#include "base/guard.h"

void fl_plane_spill(float *plane, size_t k, size_t n, double c)
{
    for (size_t row = 0; row < k; row++) {
        float *level = plane + row * n, first = level[0], before = level[n - 1];
        for (size_t j = 0; j < n; j++) {
            float own = level[j], after = j + 1 < n ? level[j + 1] : first;
            level[j] = (float)((1 - c) * (double)own + c / 2 * ((double)before + (double)after));
            before = own;
        }
    }
}

/* One bank of so many rows; `own` is room for as many. */
static void bank_take(float *plane, size_t rows, size_t n, const struct fl_channels *channels, float *own)
{
    memcpy(own, plane, rows * n * sizeof *own);
    for (size_t i = 0; i < rows; i++)
        for (size_t other = 0; other < rows; other++) {
            float share = (float)fl_channels_share(channels, (int64_t)i - (int64_t)other);
            for (size_t j = 0; j < n && i != other; j++)
                plane[i * n + j] += share * own[other * n + j];
        }
}

void fl_plane_take(float *plane, size_t k, size_t n, int tiles, const struct fl_channels *channels)
{
    size_t bank = (size_t)channels->count, first = 0, rows;
    float *own = fl_calloc(bank * n, sizeof *own);
    for (size_t tile = 1; tile <= (size_t)tiles; tile++)
        for (size_t end = k * tile / (size_t)tiles; first < end; first += rows) {
            rows = bank < end - first ? bank : end - first;
            bank_take(plane + first * n, rows, n, channels, own);
        }
    fl_free(own);
}
