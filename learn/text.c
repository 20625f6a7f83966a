/* text.c - text from WordNet, from a file, or made up. */
#include "learn/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/guard.h"
#include "learn/draw.h"

const char fl_text_alphabet[] = "\n abcdefghijklmnopqrstuvwxyz\"'(),-./:;`0";
const char fl_wordnet_folder[] = "/usr/share/wordnet";

_Static_assert(sizeof fl_text_alphabet == FL_TEXT_SYMBOLS + 1, "the alphabet has its symbols");

enum { FIRST_LETTER = 2 };

/* The symbol a character stands for; -1: none. Letters and blanks, most of all texts, are found without looking. */
static int symbol_of(int c)
{
    if (c >= 'A' && c <= 'Z')
        c += 'a' - 'A';
    if (c >= 'a' && c <= 'z')
        return FIRST_LETTER + c - 'a';
    if (c == ' ')
        return 1;
    if (c >= '1' && c <= '9')
        c = '0';
    const char *at = c > 0 && c < 128 ? strchr(fl_text_alphabet, c) : NULL;
    return at != NULL ? (int)(at - fl_text_alphabet) : -1;
}

static void add_symbol(uint16_t **to, size_t *count, size_t *room, int symbol)
{
    *to = fl_grow(*to, room, *count, sizeof **to);
    (*to)[(*count)++] = (uint16_t)symbol;
}

static void add_line(struct fl_text *text, uint64_t number, const char *line)
{
    bool tested = fl_draw_bits(0, number) % 20 == 0;
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == ' ' || line[length - 1] == '\r'))
        length--;
    for (size_t i = 0; i <= length; i++) {
        int symbol = i < length ? symbol_of((unsigned char)line[i]) : 0;
        if (symbol < 0)
            continue;
        if (tested)
            add_symbol(&text->test, &text->tests, &text->test_room, symbol);
        else
            add_symbol(&text->train, &text->trains, &text->train_room, symbol);
    }
}

char *fl_text_line(char **at)
{
    char *line = *at;
    size_t length = strcspn(line, "\n");
    if (*line == '\0')
        return NULL;
    *at = line + length + (line[length] == '\n');
    line[length] = '\0';
    return line;
}

/* Lines of a file; of WordNet's, what follows " | " in those that have it. */
static bool read_lines(struct fl_text *text, const char *path, bool glosses, uint64_t *number, struct fl_err *err)
{
    errno = 0;
    char *whole = fl_file_text(path), *at = whole;
    if (whole == NULL)
        return fl_fail(err, path, "%s", errno != 0 ? strerror(errno) : "nothing is in it");
    for (char *line = fl_text_line(&at); line != NULL; line = fl_text_line(&at)) {
        const char *from = glosses ? strstr(line, " | ") : line;
        if (from == NULL || (glosses && line[0] == ' '))
            continue;
        add_line(text, (*number)++, glosses ? from + 3 : from);
    }
    fl_free(whole);
    return true;
}

static bool read_wordnet(struct fl_text *text, const char *folder, struct fl_err *err)
{
    static const char *const parts[] = {"noun", "verb", "adj", "adv"};
    struct fl_arena arena = {0};
    uint64_t number = 0;
    bool ok = true;
    for (size_t i = 0; i < 4 && ok; i++)
        ok = read_lines(text, fl_arena_format(&arena, "%s/data.%s", folder, parts[i]), true, &number, err);
    fl_arena_free(&arena);
    return ok || fl_fail(err, "wordnet", "no glosses to learn from in %s: install the package wordnet-base (Debian), "
                         "name its folder with --wordnet, or take another text with --text FILE or --text generated",
                         folder);
}

/* ---- a made-up language ---- */

enum { WORDS = 64, WORD_BYTES = 16, SENTENCES = 24000 };

/* A word of one to three syllables. */
static void make_word(char word[WORD_BYTES], uint64_t key)
{
    static const char first[] = "bdfgklmnprstvz", vowel[] = "aeiou", last[] = "nrls";
    size_t length = 0, syllables = 1 + fl_draw_below(key, 0, 3);
    for (uint64_t i = 0; i < syllables; i++) {
        word[length++] = first[fl_draw_below(key, 3 * i + 1, sizeof first - 1)];
        word[length++] = vowel[fl_draw_below(key, 3 * i + 2, sizeof vowel - 1)];
        if (fl_draw_below(key, 3 * i + 3, 3) == 0)
            word[length++] = last[fl_draw_below(key, 3 * i + 4, sizeof last - 1)];
    }
    word[length] = '\0';
}

/* Subject, verb, object; a noun may have an adjective, and common words come more often. Quarters of the words are
 * nouns of one kind and of another, verbs, adjectives; verbs ask for objects of the other kind than the subject. */
static void make_sentence(char (*word)[WORD_BYTES], char line[256], uint64_t key)
{
    enum { PART = WORDS / 4 };
    uint64_t pick[6];
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t one = fl_draw_below(key, 2 * i, PART), other = fl_draw_below(key, 2 * i + 1, PART);
        pick[i] = one < other ? one : other;
    }
    uint64_t kind = fl_draw_below(key, 12, 2), plain = fl_draw_below(key, 13, 4);
    snprintf(line, 256, "the %s%s%s %s a %s%s%s.", plain & 1 ? word[3 * PART + pick[3]] : "", plain & 1 ? " " : "",
             word[kind * PART + pick[0]], word[2 * PART + pick[1]], plain & 2 ? word[3 * PART + pick[4]] : "",
             plain & 2 ? " " : "", word[(1 - kind) * PART + pick[2]]);
}

static void make_text(struct fl_text *text)
{
    static const uint64_t language = 2302;
    char word[WORDS][WORD_BYTES], line[256];
    for (uint64_t i = 0; i < WORDS; i++)
        make_word(word[i], fl_draw_key(language, i));
    for (uint64_t i = 0; i < SENTENCES; i++) {
        make_sentence(word, line, fl_draw_key(language, WORDS + i));
        add_line(text, i, line);
    }
}

bool fl_text_load(struct fl_text *text, const char *source, const char *folder, size_t least, struct fl_err *err)
{
    memset(text, 0, sizeof *text);
    uint64_t number = 0;
    bool ok = true;
    if (strcmp(source, "generated") == 0)
        make_text(text);
    else if (strcmp(source, "wordnet") == 0)
        ok = read_wordnet(text, folder != NULL ? folder : fl_wordnet_folder, err);
    else
        ok = read_lines(text, source, false, &number, err);
    if (ok && (text->trains <= least || text->tests <= least))
        ok = fl_fail(err, source, "too little text: %zu characters to train on and %zu to test on (a line in twenty); "
                     "more than %zu of each are needed", text->trains, text->tests, least);
    if (!ok)
        fl_text_free(text);
    return ok;
}

/* ---- numbers ---- */

/* Numbers of a line, cut at blanks and commas. False with a fault. */
static bool read_tokens(struct fl_text *text, char *line, int vocabulary, const char *where, struct fl_err *err)
{
    static const char gaps[] = " \t\r,[]";
    for (char *at = line + strspn(line, gaps); *at != '\0'; at += strspn(at, gaps)) {
        size_t length = strcspn(at, gaps);
        char *end;
        long number = strtol(at, &end, 10);
        if (end != at + length || number < 0 || number >= vocabulary)
            return fl_fail(err, where, "\"%.*s\" is no number of a token from 0 to %d; write what the model's "
                           "tokenizer gives", (int)(length < 40 ? length : 40), at, vocabulary - 1);
        add_symbol(&text->train, &text->trains, &text->train_room, (int)number);
        at += length;
    }
    return true;
}

bool fl_text_load_tokens(struct fl_text *text, const char *path, int vocabulary, size_t least, struct fl_err *err)
{
    struct fl_arena arena = {0};
    memset(text, 0, sizeof *text);
    errno = 0;
    char *whole = fl_file_text(path), *at = whole;
    bool ok = whole != NULL || fl_fail(err, path, "%s", errno != 0 ? strerror(errno) : "nothing is in it");
    int number = 1;
    for (char *line = ok ? fl_text_line(&at) : NULL; line != NULL && ok; line = fl_text_line(&at))
        ok = read_tokens(text, line, vocabulary, fl_arena_format(&arena, "%s:%d", path, number++), err);
    size_t half = text->trains / 2;
    if (ok && half <= least)
        ok = fl_fail(err, path, "too few tokens: %zu; more than %zu are needed", text->trains, 2 * least + 1);
    for (size_t i = half; i < text->trains && ok; i++)
        add_symbol(&text->test, &text->tests, &text->test_room, text->train[i]);
    text->trains = half;
    fl_arena_free(&arena);
    fl_free(whole);
    if (!ok)
        fl_text_free(text);
    return ok;
}

void fl_text_free(struct fl_text *text)
{
    fl_free(text->train);
    fl_free(text->test);
    memset(text, 0, sizeof *text);
}

static void window(const uint16_t *from, size_t length, int *symbols, int *next)
{
    for (size_t i = 0; i < length; i++) {
        symbols[i] = from[i];
        next[i] = from[i + 1];
    }
}

void fl_text_batch(const struct fl_text *text, uint64_t key, size_t windows, size_t length, int *symbols, int *next)
{
    for (size_t i = 0; i < windows; i++)
        window(text->train + fl_draw_below(key, i, text->trains - length), length, symbols + i * length,
               next + i * length);
}

void fl_text_window(const struct fl_text *text, size_t index, size_t length, int *symbols, int *next)
{
    window(text->test + index * length, length, symbols, next);
}

size_t fl_text_windows(const struct fl_text *text, size_t length)
{
    return (text->tests - 1) / length;
}
