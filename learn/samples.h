/* samples.h - labelled rows to learn from: letters drawn here, and words of a dictionary linked to one another.
 *
 *   letters   26 capitals from a 5 x 7 font, turned, scaled, sheared, shifted and noisy, 12 x 12 pixels; made up here,
 *             so nothing needs to be installed
 *   digits    ten from the same font, drawn in the same way; the pixels by patches of 3 x 3, row by row
 *   graph     nouns of WordNet (Debian: wordnet-base): the 10 largest lexicographer classes, of each the 300 synsets
 *             with the most links; which of the 1,000 most frequent words their glosses have; links among them; 60 of
 *             each class labelled
 */
#ifndef FL_SAMPLES_H
#define FL_SAMPLES_H

#include "base/arena.h"
#include "learn/layered.h"

struct fl_samples {
    size_t rows, inputs, classes;
    float *x;                           /* rows x inputs; over a graph still to be gathered */
    int *train, *test;                  /* class of each row; -1: not in this part */
    struct fl_links links;              /* nodes 0: none */
    struct fl_arena arena;
};
/* Empty samples of so many rows, in no part. */
void fl_samples_make(struct fl_samples *samples, size_t rows, size_t inputs, size_t classes);
void fl_samples_letters(struct fl_samples *samples, size_t train, size_t test, uint64_t key);
void fl_samples_digits(struct fl_samples *samples, size_t train, size_t test, uint64_t key);
enum { FL_DIGITS = 10, FL_DIGITS_PATCHES = 16, FL_DIGITS_PATCH = 9 };
/* `rows` rows with their classes, from those to train on, which come first, by key and index. */
void fl_samples_batch(const struct fl_samples *samples, uint64_t key, size_t rows, float *x, int *target);
/* `folder` NULL: Debian's. A missing file is a fault that says what to install. */
bool fl_samples_graph(struct fl_samples *samples, const char *folder, struct fl_err *err);
void fl_samples_free(struct fl_samples *samples);

#endif
