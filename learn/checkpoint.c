/* checkpoint.c - files of trainings under way. */
#include "learn/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/guard.h"
#include "base/hash.h"
#include "learn/bytes.h"

enum { FLOAT_BYTES = 4, PARTS = 3 };

static size_t bytes_of(const struct fl_checkpoint *state)
{
    return FLOAT_BYTES * PARTS * state->count;
}

/* ---- writing ---- */

static void pack(const struct fl_checkpoint *state, unsigned char *to)
{
    const float *const part[PARTS] = {state->parameters, state->mean, state->square};
    for (int p = 0; p < PARTS; p++)
        for (size_t i = 0; i < state->count; i++) {
            uint32_t bits;
            memcpy(&bits, part[p] + i, sizeof bits);
            to = fl_bytes_put(to, bits, FLOAT_BYTES);
        }
}

bool fl_checkpoint_write(const struct fl_checkpoint *state, struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct fl_file file;
    size_t count = bytes_of(state);
    unsigned char *bytes = fl_arena_array(&arena, count, 1);
    pack(state, bytes);
    bool ok = fl_file_open(&file, state->path, &arena);
    if (ok) {
        fprintf(file.stream, "fanlight-training 1\nrecipe %s\ntext %016" PRIx64 "\nstep %d\nuses %" PRIu64
                "\nhash %016" PRIx64 "\ndata\n", state->recipe, state->text, state->step, state->uses,
                fl_hash_file(bytes, count));
        ok = fwrite(bytes, 1, count, file.stream) == count;
        ok = fl_file_close(&file, ok) && ok;
    }
    fl_arena_free(&arena);
    return ok || fl_fail(err, state->path, "cannot be written: %s", strerror(errno));
}

/* ---- reading ---- */

struct reader {
    FILE *file;
    struct fl_checkpoint *state;
    struct fl_arena arena;
    struct fl_err *err;
};

/* The value of the next line, which begins with `word`; NULL and a fault if it does not. */
static const char *value_of(struct reader *r, const char *word)
{
    size_t length = strlen(word), room = 0, used = 0;
    char *line = NULL;
    int c;
    while ((c = getc(r->file)) != EOF && c != '\n') {
        line = fl_grow(line, &room, used, 1);
        line[used++] = (char)c;
    }
    bool ours = c != EOF && used > length && memcmp(line, word, length) == 0 && line[length] == ' ';
    const char *value = ours ? fl_arena_slice(&r->arena, line + length + 1, used - length - 1) : NULL;
    fl_free(line);
    if (!ours)
        fl_fail(r->err, r->state->path, "no training under way: its line \"%s\" is missing; name another file, or "
                "remove it", word);
    return value;
}

static bool take_whole(struct reader *r, const char *word, uint64_t most, uint64_t *whole)
{
    const char *value = value_of(r, word);
    char *end = NULL;
    if (value == NULL)
        return false;
    errno = 0;
    *whole = strtoull(value, &end, 10);
    return (end != value && *end == '\0' && errno == 0 && *value != '-' && *whole <= most) ||
           fl_fail(r->err, r->state->path, "its %s is \"%s\"; from 0 to %" PRIu64 " is possible", word, value, most);
}

static bool take_hash(struct reader *r, const char *word, uint64_t *hash)
{
    const char *value = value_of(r, word);
    return value != NULL && (sscanf(value, "%16" SCNx64, hash) == 1 ||
                             fl_fail(r->err, r->state->path, "its %s is \"%s\", no hash", word, value));
}

static bool take_head(struct reader *r, uint64_t *hash)
{
    struct fl_checkpoint *state = r->state;
    uint64_t text = 0, step = 0;
    const char *version = value_of(r, "fanlight-training"), *recipe = version != NULL ? value_of(r, "recipe") : NULL;
    if (recipe == NULL)
        return false;
    if (strcmp(recipe, state->recipe) != 0)
        return fl_fail(r->err, state->path, "is of another training, \"%s\"; this one is \"%s\": name another file, or "
                       "remove it", recipe, state->recipe);
    if (!take_hash(r, "text", &text) || !take_whole(r, "step", (uint64_t)state->steps, &step) ||
        !take_whole(r, "uses", UINT64_MAX, &state->uses) || !take_hash(r, "hash", hash))
        return false;
    state->step = (int)step;
    return text == state->text || fl_fail(r->err, state->path, "was trained on another text than there is now; name "
                                          "another file, or remove it");
}

static bool take_data(struct reader *r, uint64_t hash)
{
    float *const part[PARTS] = {r->state->parameters, r->state->mean, r->state->square};
    size_t count = bytes_of(r->state);
    unsigned char *bytes = fl_calloc(1, count + 1);
    const unsigned char *at = bytes;
    char word[5] = "";
    bool ok = fread(word, 1, sizeof word, r->file) == sizeof word && memcmp(word, "data\n", sizeof word) == 0 &&
              fread(bytes, 1, count + 1, r->file) == count && fl_hash_file(bytes, count) == hash;
    for (int p = 0; p < PARTS && ok; p++)
        for (size_t i = 0; i < r->state->count; i++) {
            uint32_t bits = fl_bytes_get(&at, FLOAT_BYTES);
            memcpy(part[p] + i, &bits, sizeof bits);
        }
    fl_free(bytes);
    return ok || fl_fail(r->err, r->state->path, "damaged: what is behind its head does not have the length and hash "
                         "that it tells; remove it, and training starts anew");
}

bool fl_checkpoint_read(struct fl_checkpoint *state, struct fl_err *err)
{
    struct reader r = {.file = fopen(state->path, "rb"), .state = state, .err = err};
    uint64_t hash = 0;
    if (r.file == NULL)
        return errno == ENOENT || fl_fail(err, state->path, "%s", strerror(errno));
    bool ok = take_head(&r, &hash) && take_data(&r, hash);
    fclose(r.file);
    fl_arena_free(&r.arena);
    return ok;
}
