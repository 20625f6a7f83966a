/* near.c - the name that was meant: edit distance over small lists. */
#include "arch/design.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 64 };

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Letters inserted, left out, changed, or swapped with their neighbour (restricted Damerau-Levenshtein distance). */
static size_t distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return SIZE_MAX;
    size_t row[3][LONGEST + 1] = {{0}};
    for (size_t j = 0; j <= n; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            now[j] = least_of(now[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
    }
    return row[m % 3][n];
}

const char *fl_nearest(const char *name, const char *const *names)
{
    const char *nearest = NULL;
    size_t least = strlen(name) / 4 + 1;        /* farther than this is another word */
    for (size_t i = 0; names[i] != NULL; i++) {
        size_t d = distance(name, names[i]);
        if (d <= least && (nearest == NULL || d < least)) {
            nearest = names[i];
            least = d;
        }
    }
    return nearest;
}
