/* mapfile_read.c - the text of a mapping file to lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "mapping/mapfile.h"
#include "traces/build.h"

const char *const fl_map_key_names[FL_MAP_KEYS] = {
    "pool", "order", "tile_k", "tile_n", "tile_m", "cores_g", "cores_k", "cores_n", "cores_m", "swapped", "keep",
    "in_place", "sums", "pieces", "block",
};
const char fl_map_axes[4] = {'g', 'n', 'k', 'm'};
static const int64_t MOST = (int64_t)1 << 40;

struct reader {
    struct fl_mapfile *file;
    const char *place;                  /* "file:line" */
    int line;
    bool good, headed;
    struct fl_err *err;
};

#define FAULT(...) (r->good = fl_fail(r->err, r->place, __VA_ARGS__))

/* ---- values ---- */

static bool read_number(struct reader *r, const char *key, const char *text, int64_t least, int64_t *number)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0')
        return FAULT("%s: \"%s\" is not a whole number", key, text);
    if (errno != 0 || value < least || value > MOST)
        return FAULT("%s: %s; %lld to 2^40 are possible", key, text, (long long)least);
    *number = value;
    return true;
}

static bool read_choice(struct reader *r, const char *key, const char *text, const char *no, const char *yes,
                        int64_t *number)
{
    *number = strcmp(text, yes) == 0;
    return *number || strcmp(text, no) == 0 || FAULT("%s: \"%s\" is not known; give %s or %s", key, text, no, yes);
}

/* "g,n,k,m": all four axes, outermost first. */
static bool read_order(struct reader *r, const char *text, int32_t order[4])
{
    bool seen[4] = {false};
    bool good = strlen(text) == 7;
    for (int i = 0; i < 4 && good; i++) {
        const char *axis = memchr(fl_map_axes, text[2 * i], 4);
        good = axis != NULL && (i == 3 || text[2 * i + 1] == ',') && !seen[axis - fl_map_axes];
        if (good) {
            order[i] = (int32_t)(axis - fl_map_axes);
            seen[order[i]] = true;
        }
    }
    return good || FAULT("order: \"%s\" does not name each of g, n, k, m once, the outermost loop first, as in "
                         "order=g,n,k,m", text);
}

static bool read_value(struct reader *r, struct fl_map_line *line, int key, const char *text)
{
    const char *name = fl_map_key_names[key];
    switch (key) {
    case FL_MAP_POOL:
        line->pool = fl_arena_text(&r->file->arena, text);
        return true;
    case FL_MAP_ORDER:
        return read_order(r, text, line->order);
    case FL_MAP_SWAPPED: case FL_MAP_KEEP: case FL_MAP_IN_PLACE: case FL_MAP_PIECES:
        return read_choice(r, name, text, "no", "yes", &line->number[key]);
    case FL_MAP_SUMS:
        return read_choice(r, name, text, "spill", "stay", &line->number[key]);
    default:
        return read_number(r, name, text, key == FL_MAP_BLOCK ? 0 : 1, &line->number[key]);
    }
}

static void read_key(struct reader *r, struct fl_map_line *line, char *word)
{
    char *equals = strchr(word, '=');
    if (equals == NULL) {
        FAULT("%s: \"%s\" is not KEY=VALUE", line->name, word);
        return;
    }
    *equals = '\0';
    int key = 0;
    while (key < FL_MAP_KEYS && strcmp(word, fl_map_key_names[key]) != 0)
        key++;
    if (key == FL_MAP_KEYS || (line->digital && key != FL_MAP_BLOCK)) {
        const char *near = line->digital ? NULL : fl_nearest(word, fl_map_key_names, FL_MAP_KEYS);
        if (near != NULL)
            FAULT("%s: no key \"%s\"; did you mean \"%s\"?", line->name, word, near);
        else
            FAULT("%s: no key \"%s\"%s", line->name, word, line->digital ? "; digital work takes block only" : "");
        return;
    }
    if (line->given & 1u << key)
        FAULT("%s: %s is given twice; leave one", line->name, word);
    line->given |= 1u << key;
    read_value(r, line, key, equals + 1);
}

/* ---- lines ---- */

static struct fl_map_line *find(const struct fl_mapfile *file, const char *name, const struct fl_map_line *same)
{
    for (struct fl_map_line *line = file->first; line != same; line = line->next)
        if (strcmp(line->name, name) == 0 && (line->given & 1u << FL_MAP_BLOCK) == (same->given & 1u << FL_MAP_BLOCK) &&
            line->number[FL_MAP_BLOCK] == same->number[FL_MAP_BLOCK] &&
            line->number[FL_MAP_PIECES] == same->number[FL_MAP_PIECES])
            return line;
    return NULL;
}

static void read_operator(struct reader *r, char **word, size_t words)
{
    bool digital = word[0][0] != 'o';   /* else optical */
    if (words < 2 || strchr(word[1], '=') != NULL) {
        FAULT("the operator's name is missing; say: %s NAME KEY=VALUE...", word[0]);
        return;
    }
    struct fl_mapfile *file = r->file;
    struct fl_map_line *line = fl_arena_alloc(&file->arena, sizeof *line);
    *line = (struct fl_map_line){.name = fl_arena_text(&file->arena, word[1]), .line = r->line, .digital = digital,
                                 .gpu = word[0][0] == 'g',
                                 .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}};
    if (file->last != NULL)
        file->last->next = line;
    else
        file->first = line;
    file->last = line;
    for (size_t i = 2; i < words; i++)
        read_key(r, line, word[i]);
    if (!digital && !(line->given & 1u << FL_MAP_POOL))
        FAULT("%s: pool is missing; name the pool of cores that does it", line->name);
    const struct fl_map_line *before = find(file, line->name, line);
    if (before != NULL)
        FAULT("%s: line %d says it already", line->name, before->line);
}

static void read_else(struct reader *r, char **word, size_t words)
{
    const struct fl_mapper *mapper = words == 2 ? fl_mapper_find(word[1]) : NULL;
    if (words != 2)
        FAULT("say: else STRATEGY");
    else if (r->file->otherwise_line > 0)
        FAULT("else: line %d says it already", r->file->otherwise_line);
    else if (mapper == NULL || strcmp(word[1], "search") == 0 || strcmp(word[1], "weights_in_place") == 0)
        FAULT("else: \"%s\" cannot be had for the other operators; give auto, weight_stationary, output_stationary, "
              "input_stationary or digital", word[1]);
    else
        r->file->otherwise = mapper->name;
    r->file->otherwise_line = r->line;
}

static void read_overlap(struct reader *r, char **word, size_t words)
{
    int64_t overlaps = 0;
    if (words != 2)
        FAULT("say: overlap none, or overlap block");
    else if (r->file->overlap_line > 0)
        FAULT("overlap: line %d says it already", r->file->overlap_line);
    else if (read_choice(r, "overlap", word[1], "none", "block", &overlaps))
        r->file->overlaps = overlaps;
    r->file->overlap_line = r->line;
}

static void read_words(struct reader *r, char **word, size_t words)
{
    if (!r->headed) {
        r->headed = true;
        if (words != 2 || strcmp(word[0], "fanlight-mapping") != 0)
            FAULT("a mapping file begins with \"fanlight-mapping 1\"");
        else if (strcmp(word[1], "1") != 0)
            FAULT("version %s of mapping files is not known; this program reads version 1", word[1]);
        return;
    }
    static const char *const kinds[] = {"optical", "digital", "gpu", "overlap", "else"};
    if (strcmp(word[0], "else") == 0) {
        read_else(r, word, words);
    } else if (strcmp(word[0], "overlap") == 0) {
        read_overlap(r, word, words);
    } else if (strcmp(word[0], "optical") == 0 || strcmp(word[0], "digital") == 0 || strcmp(word[0], "gpu") == 0) {
        read_operator(r, word, words);
    } else {
        const char *near = fl_nearest(word[0], kinds, 5);
        FAULT("\"%s\" begins no line%s%s%s; lines begin with optical, digital, gpu, overlap or else", word[0],
              near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
}

/* The words of a line, up to one that begins with '#'. */
static size_t split(char *text, char **word, size_t most)
{
    size_t words = 0;
    char *save = NULL;
    for (char *w = strtok_r(text, " \t\r", &save); w != NULL && *w != '#' && words < most;
         w = strtok_r(NULL, " \t\r", &save))
        word[words++] = w;
    return words;
}

bool fl_mapfile_read(struct fl_mapfile *file, const char *path, struct fl_err *err)
{
    enum { WORDS = 64 };
    char *text, *word[WORDS];
    *file = (struct fl_mapfile){.otherwise = "auto"};
    if (!fl_file_read(path, &text, err))
        return false;
    file->path = fl_arena_text(&file->arena, path);
    struct reader r = {.file = file, .good = true, .err = err};
    for (char *next = text, *line; (line = next) != NULL;) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        r.place = fl_arena_format(&file->arena, "%s:%d", path, ++r.line);
        size_t words = split(line, word, WORDS);
        if (words > 0)
            read_words(&r, word, words);
    }
    if (!r.headed)
        r.good = fl_fail(err, path, "empty; a mapping file begins with \"fanlight-mapping 1\"");
    fl_free(text);
    if (!r.good)
        fl_mapfile_free(file);
    return r.good;
}

void fl_mapfile_free(struct fl_mapfile *file)
{
    fl_arena_free(&file->arena);
    memset(file, 0, sizeof *file);
}
