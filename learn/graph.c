/* graph.c - nouns of WordNet, their classes, words and links.
 *
 * A line of data.noun: offset, class, "n", number of words (hexadecimal), word and sense for each, number of links, and
 * for each link its kind, the offset and part of speech it leads to, and a number; then " | " and the gloss.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/guard.h"
#include "learn/samples.h"
#include "learn/text.h"

enum { CLASSES = 10, OF_CLASS = 300, NODES = CLASSES * OF_CLASS, LABELLED = 60, WORDS = 1000, ALL_CLASSES = 45,
       LEAST_LETTERS = 3 };

struct synset { long offset, *link; int class, node; size_t links; const char *gloss; };
struct synsets { struct synset *at; size_t count, room; struct fl_arena arena; };

/* A field of a line as a number; -1: there is none. */
static long next_number(char **rest, int base)
{
    const char *word = strtok_r(NULL, " ", rest);
    return word != NULL ? strtol(word, NULL, base) : -1;
}

static bool take_synset(struct synsets *all, char *line)
{
    char *gloss = strstr(line, " | "), *rest = NULL;
    if (gloss == NULL || line[0] == ' ')
        return true;                    /* the licence, above all synsets */
    *gloss = '\0';
    const char *first = strtok_r(line, " ", &rest);
    struct synset s = {.node = -1, .gloss = fl_arena_text(&all->arena, gloss + 3)};
    s.offset = first != NULL ? strtol(first, NULL, 10) : -1;
    long class = next_number(&rest, 10);
    strtok_r(NULL, " ", &rest);
    long words = next_number(&rest, 16);
    for (long i = 0; i < 2 * words; i++)
        strtok_r(NULL, " ", &rest);
    long links = next_number(&rest, 10);
    if (s.offset < 0 || class < 0 || class >= ALL_CLASSES || links < 0 || links > 999)
        return false;
    s.class = (int)class;
    s.link = fl_arena_array(&all->arena, (size_t)links, sizeof *s.link);
    for (long i = 0; i < links; i++) {
        strtok_r(NULL, " ", &rest);
        long to = next_number(&rest, 10);
        const char *part = strtok_r(NULL, " ", &rest);
        strtok_r(NULL, " ", &rest);
        if (part != NULL && strcmp(part, "n") == 0)
            s.link[s.links++] = to;
    }
    all->at = fl_grow(all->at, &all->room, all->count, sizeof *all->at);
    all->at[all->count++] = s;
    return true;
}

static bool read_synsets(struct synsets *all, const char *folder, struct fl_err *err)
{
    char *path = fl_arena_format(&all->arena, "%s/data.noun", folder);
    errno = 0;
    char *whole = fl_file_text(path), *at = whole, *line = NULL;
    if (whole == NULL) {
        fl_fail(err, path, "%s", errno != 0 ? strerror(errno) : "nothing is in it");
        return fl_fail(err, "wordnet", "no nouns to learn from in %s: install the package wordnet-base (Debian), or "
                       "name its folder with --wordnet", folder);
    }
    bool ok = true;
    for (int number = 1; ok && (line = fl_text_line(&at)) != NULL; number++) {
        ok = take_synset(all, line);
        if (!ok)
            fl_fail(err, fl_arena_format(&all->arena, "%s:%d", path, number), "no line of WordNet's data files");
    }
    fl_free(whole);
    return ok;
}

/* ---- the synsets that are taken ---- */

/* Most links first, then in the order of the file. */
static int by_links(const void *a, const void *b)
{
    const struct synset *x = *(struct synset *const *)a, *y = *(struct synset *const *)b;
    if (x->links != y->links)
        return x->links < y->links ? 1 : -1;
    return x->offset < y->offset ? -1 : 1;
}

/* The largest classes, by number; -1: not taken. */
static bool choose_classes(const struct synsets *all, int chosen[ALL_CLASSES])
{
    size_t count[ALL_CLASSES] = {0};
    for (size_t i = 0; i < all->count; i++)
        count[all->at[i].class]++;
    bool enough = true;
    for (int c = 0; c < ALL_CLASSES; c++) {
        int larger = 0;
        for (int other = 0; other < ALL_CLASSES; other++)
            larger += count[other] > count[c] || (count[other] == count[c] && other < c);
        chosen[c] = larger < CLASSES ? larger : -1;
        enough = enough && (larger >= CLASSES || count[c] >= OF_CLASS);
    }
    return enough;
}

/* Gives nodes to the synsets taken; node[i] is the synset of node i. */
static bool choose(struct synsets *all, struct synset **node)
{
    int chosen[ALL_CLASSES];
    size_t taken[CLASSES] = {0}, nodes = 0;
    struct synset **sorted = fl_arena_array(&all->arena, all->count + 1, sizeof *sorted);
    if (!choose_classes(all, chosen))
        return false;
    for (size_t i = 0; i < all->count; i++)
        sorted[i] = &all->at[i];
    qsort(sorted, all->count, sizeof(struct synset *), by_links);
    for (size_t i = 0; i < all->count; i++) {
        int class = chosen[sorted[i]->class];
        if (class < 0 || taken[class] == OF_CLASS)
            continue;
        taken[class]++;
        sorted[i]->class = class;
        sorted[i]->node = (int)nodes;
        node[nodes++] = sorted[i];
    }
    return nodes == NODES;
}

/* ---- words ---- */

struct word { const char *text; int count, number; };
struct words { struct word *at; size_t count, room; struct fl_arena arena; };

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static int by_count(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->text, y->text);
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* The next word of a gloss, in small letters; NULL: no more. */
static char *next_word(char **at)
{
    char *from = *at;
    while (*from != '\0' && !is_letter(*from))
        from++;
    char *end = from;
    for (; is_letter(*end); end++)
        *end = (char)(*end | 32);
    *at = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return end > from ? from : NULL;
}

/* The words of all glosses taken, the most frequent first, cut to WORDS, then sorted by text. */
static void count_words(struct words *words, struct synset **node)
{
    for (size_t i = 0; i < NODES; i++) {
        char *at = fl_arena_text(&words->arena, node[i]->gloss);
        for (char *word = next_word(&at); word != NULL; word = next_word(&at)) {
            if (strlen(word) < LEAST_LETTERS)
                continue;
            words->at = fl_grow(words->at, &words->room, words->count, sizeof *words->at);
            words->at[words->count++] = (struct word){word, 1, 0};
        }
    }
    qsort(words->at, words->count, sizeof *words->at, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (kept > 0 && strcmp(words->at[kept - 1].text, words->at[i].text) == 0)
            words->at[kept - 1].count++;
        else
            words->at[kept++] = words->at[i];
    }
    qsort(words->at, kept, sizeof *words->at, by_count);
    words->count = kept < WORDS ? kept : WORDS;
    qsort(words->at, words->count, sizeof *words->at, by_text);
    for (size_t i = 0; i < words->count; i++)
        words->at[i].number = (int)i;
}

/* 1 for each word that a gloss has, over the root of how many it has. */
static void fill_words(struct fl_samples *samples, struct words *words, struct synset **node)
{
    for (size_t i = 0; i < NODES; i++) {
        float *x = samples->x + i * samples->inputs, sum = 0;
        char *at = fl_arena_text(&words->arena, node[i]->gloss);
        for (char *word = next_word(&at); word != NULL; word = next_word(&at)) {
            struct word ask = {word, 0, 0};
            const struct word *found = bsearch(&ask, words->at, words->count, sizeof ask, by_text);
            if (found != NULL)
                x[found->number] = 1;
        }
        for (size_t j = 0; j < samples->inputs; j++)
            sum += x[j];
        for (size_t j = 0; j < samples->inputs && sum > 0; j++)
            x[j] /= sqrtf(sum);
    }
}

/* ---- links ---- */

struct list { int *at; size_t count, room; };

static int by_offset(const void *a, const void *b)
{
    const struct synset *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void list_add(struct list *list, int number)
{
    list->at = fl_grow(list->at, &list->room, list->count, sizeof *list->at);
    list->at[list->count++] = number;
}

/* Sorted, every number once. */
static void list_tidy(struct list *list)
{
    size_t kept = 0;
    qsort(list->at, list->count, sizeof *list->at, by_number);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->at[kept - 1] != list->at[i])
            list->at[kept++] = list->at[i];
    list->count = kept;
}

/* Neighbours of every node: both ways, and each its own. */
static void find_neighbours(const struct synsets *all, struct synset **node, struct list *list)
{
    for (int i = 0; i < NODES; i++) {
        list_add(&list[i], i);
        for (size_t j = 0; j < node[i]->links; j++) {
            struct synset ask = {.offset = node[i]->link[j]};
            const struct synset *to = bsearch(&ask, all->at, all->count, sizeof ask, by_offset);
            if (to == NULL || to->node < 0)
                continue;
            list_add(&list[i], to->node);
            list_add(&list[to->node], i);
        }
    }
}

static void link_nodes(struct fl_samples *samples, const struct synsets *all, struct synset **node)
{
    struct fl_links *out = &samples->links;
    struct list *list = fl_calloc(NODES, sizeof *list);
    find_neighbours(all, node, list);
    out->nodes = NODES;
    out->start = fl_arena_array(&samples->arena, NODES + 1, sizeof *out->start);
    for (size_t i = 0; i < NODES; i++) {
        list_tidy(&list[i]);
        out->start[i + 1] = out->start[i] + list[i].count;
    }
    out->other = fl_arena_array(&samples->arena, out->start[NODES], sizeof *out->other);
    out->weight = fl_arena_array(&samples->arena, out->start[NODES], sizeof *out->weight);
    for (size_t i = 0; i < NODES; i++) {
        for (size_t j = 0; j < list[i].count; j++) {
            size_t at = out->start[i] + j;
            out->other[at] = list[i].at[j];
            out->weight[at] = 1 / sqrtf((float)(list[i].count * list[list[i].at[j]].count));
        }
    }
    for (size_t i = 0; i < NODES; i++)
        fl_free(list[i].at);
    fl_free(list);
}

/* In an order that has nothing to do with links, the first ones of each class are shown with their class. */
static void label(struct fl_samples *samples, struct synset **node)
{
    size_t labelled[CLASSES] = {0};
    for (size_t i = 0; i < NODES; i++) {
        size_t at = i * 1009 % NODES;
        int class = node[at]->class;
        bool shown = labelled[class] < LABELLED;
        labelled[class] += shown;
        *(shown ? &samples->train[at] : &samples->test[at]) = class;
    }
}

static void fill(struct fl_samples *samples, const struct synsets *all, struct synset **node)
{
    struct words words = {0};
    count_words(&words, node);
    fl_samples_make(samples, NODES, words.count, CLASSES);
    fill_words(samples, &words, node);
    link_nodes(samples, all, node);
    label(samples, node);
    fl_free(words.at);
    fl_arena_free(&words.arena);
}

bool fl_samples_graph(struct fl_samples *samples, const char *folder, struct fl_err *err)
{
    struct synsets all = {0};
    struct synset *node[NODES];
    folder = folder != NULL ? folder : fl_wordnet_folder;
    bool ok = read_synsets(&all, folder, err);
    if (ok && !choose(&all, node))
        ok = fl_fail(err, folder, "data.noun does not have %d classes of %d synsets: is it whole?", CLASSES, OF_CLASS);
    if (ok)
        fill(samples, &all, node);
    fl_free(all.at);
    fl_arena_free(&all.arena);
    return ok;
}
