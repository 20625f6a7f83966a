/* nearest.c - the distance between two words, row by row of the usual table. */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST = 63 };                  /* longer words are nobody's misspelling */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int letter(char c)
{
    return tolower((unsigned char)c);
}

/* Optimal string alignment distance of two words no longer than LONGEST. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t table[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        table[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = table[i % 3], *above = table[(i - 1) % 3], *two_above = table[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = above[j - 1] + (letter(a[i - 1]) != letter(b[j - 1]));
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) && letter(a[i - 2]) == letter(b[j - 1]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return table[a_length % 3][b_length];
}

const char *fl_nearest_within(const char *word, const char *const *name, size_t count, size_t most)
{
    size_t length = strlen(word), best = most + 1;
    const char *found = NULL;
    if (length < 2 || length > LONGEST)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = name[i] ? strlen(name[i]) : 0;
        if (other == 0 || other > LONGEST)
            continue;
        size_t d = distance(word, length, name[i], other);
        if (d < best) {
            best = d;
            found = name[i];
        }
    }
    return found;
}

const char *fl_nearest(const char *word, const char *const *name, size_t count)
{
    size_t length = strlen(word);
    return fl_nearest_within(word, name, count, length < 3 ? 1 : length < 6 ? 2 : length / 3);
}

/* Do the digits of two words differ? */
static bool other_digits(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a != '\0' && !isdigit((unsigned char)*a))
            a++;
        while (*b != '\0' && !isdigit((unsigned char)*b))
            b++;
        if (*a != *b)
            return true;
        if (*a == '\0')
            return false;
    }
}

const char *fl_misspelt(const char *word, const char *const *name, size_t count)
{
    const char *near = fl_nearest_within(word, name, count, strlen(word) < 6 ? 1 : 2);
    return near == NULL || other_digits(word, near) ? NULL : near;
}

const char *fl_meant(struct fl_arena *arena, const char *near, const char *otherwise)
{
    return near != NULL ? fl_arena_format(arena, "did you mean \"%s\"?", near) : otherwise;
}
