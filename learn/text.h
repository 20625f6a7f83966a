/* text.h - text to learn from: symbols of an alphabet of 40, parted into what is trained on and what is tested on.
 *
 * Sources: the glosses of WordNet (Debian: wordnet-base), any text file, or sentences made up here from a small
 * grammar, for when nothing is installed. Letters lose their case, every digit is 0, other characters are left out; a
 * line ends in a newline. One line in twenty, told by its number, is for testing.
 */
#ifndef FL_TEXT_H
#define FL_TEXT_H

#include <stdint.h>

#include "base/err.h"

enum { FL_TEXT_SYMBOLS = 40 };
/* The symbols, in order of their numbers. */
extern const char fl_text_alphabet[];

struct fl_text {
    uint16_t *train, *test;             /* numbers of symbols */
    size_t trains, tests, train_room, test_room;
};
/* The folder in which Debian puts WordNet: "/usr/share/wordnet". */
extern const char fl_wordnet_folder[];

/* "wordnet" (in `folder`, NULL: Debian's), "generated", or the path of a file. Files that are missing or too short to
 * hold a window of `least` symbols in either part are faults that say what to do. Freed by fl_text_free. */
bool fl_text_load(struct fl_text *text, const char *source, const char *folder, size_t least, struct fl_err *err);
void fl_text_free(struct fl_text *text);
/* Of another alphabet: a file of numbers below `vocabulary` (at most 65,536), as a tokenizer gives them, parted by
 * blanks or commas. The first half is for calibration, the second for testing. Faults tell file and line. */
bool fl_text_load_tokens(struct fl_text *text, const char *path, int vocabulary, size_t least, struct fl_err *err);

/* The next line of a text, cut off; *at moves behind it. NULL: no more. */
char *fl_text_line(char **at);

/* `windows` windows of `length` + 1 symbols from places that key and index choose: symbols, and what follows each. */
void fl_text_batch(const struct fl_text *text, uint64_t key, size_t windows, size_t length, int *symbols, int *next);
/* Window `index` of the test part, windows one after the other; how many there are. */
void fl_text_window(const struct fl_text *text, size_t index, size_t length, int *symbols, int *next);
size_t fl_text_windows(const struct fl_text *text, size_t length);

#endif
