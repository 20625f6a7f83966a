/* net.c - files of trained networks. */
#include "learn/net.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "base/shelf.h"
#include "base/whole.h"
#include "learn/bytes.h"

enum { BLOCK = 256, LEVELS = 32767 };

static const struct fl_shelf shelf = {"network", ".net", "FL_NETS", FL_DATA_INSTALLED "/nets",
                                      FL_DATA_SOURCE "/learn/nets"};

/* The sizes as a file has them. */
static const struct size { const char *name; size_t at; int least, most; } sizes[] = {
    {"vocabulary", offsetof(struct fl_transformer, vocabulary), 1, 1 << 16},
    {"context", offsetof(struct fl_transformer, context), 1, 2048},
    {"width", offsetof(struct fl_transformer, width), 1, 1 << 14},
    {"layers", offsetof(struct fl_transformer, layers), 1, 256},
    {"heads", offsetof(struct fl_transformer, heads), 1, 256},
    {"inner", offsetof(struct fl_transformer, inner), 1, 1 << 16},
    {"patch", offsetof(struct fl_transformer, patch), 0, 1 << 12},      /* of text none, and no line */
};
enum { SIZES = sizeof sizes / sizeof *sizes };

static int *size_of(struct fl_transformer *shape, size_t i)
{
    return (int *)((char *)shape + sizes[i].at);
}

const char *const fl_task_names[] = {"characters", "graph", "letters", "digits", NULL};

const char *const *fl_net_names(struct fl_arena *arena)
{
    return fl_shelf_names(arena, &shelf);
}

bool fl_net_shape_check(const struct fl_transformer *shape, const char *where, struct fl_err *err)
{
    struct fl_transformer copy = *shape;
    bool ok = true;
    for (size_t i = 0; i < SIZES; i++) {
        int value = *size_of(&copy, i);
        if (value < sizes[i].least || value > sizes[i].most)
            ok = fl_fail(err, where, "%s is %d; from %d to %d is possible", sizes[i].name, value, sizes[i].least,
                         sizes[i].most);
    }
    if (ok && shape->width % shape->heads != 0)
        ok = fl_fail(err, where, "%d heads do not divide a width of %d", shape->heads, shape->width);
    return ok;
}

/* ---- parameters as bytes ---- */

static size_t bytes_for(size_t count)
{
    return 2 * count + 4 * ((count + BLOCK - 1) / BLOCK);
}

static void pack(const float *parameters, size_t count, unsigned char *to)
{
    for (size_t from = 0; from < count; from += BLOCK) {
        size_t end = from + BLOCK < count ? from + BLOCK : count;
        float most = 0;
        for (size_t i = from; i < end; i++)
            most = fmaxf(most, fabsf(parameters[i]));
        uint32_t bits;
        memcpy(&bits, &most, sizeof bits);
        to = fl_bytes_put(to, bits, 4);
        for (size_t i = from; i < end; i++) {
            double level = most > 0 ? floor((double)parameters[i] / (double)most * LEVELS + 0.5) : 0;
            to = fl_bytes_put(to, (uint32_t)(fl_whole(level, -LEVELS, LEVELS) & 0xFFFF), 2);
        }
    }
}

/* False where a magnitude is no number. */
static bool unpack(const unsigned char *from, float *parameters, size_t count)
{
    for (size_t block = 0; block < count; block += BLOCK) {
        size_t end = block + BLOCK < count ? block + BLOCK : count;
        uint32_t bits = fl_bytes_get(&from, 4);
        float most;
        memcpy(&most, &bits, sizeof most);
        if (!isfinite(most))
            return false;
        for (size_t i = block; i < end; i++) {
            int32_t level = (int32_t)fl_bytes_get(&from, 2);
            parameters[i] = (float)(level > LEVELS ? level - 65536 : level) / LEVELS * most;
        }
    }
    return true;
}

/* ---- reading ---- */

/* A file under way: its bytes, and where one is. */
struct reader {
    struct fl_net *net;
    const char *path;
    unsigned char *bytes;
    size_t count, at;
    int line;
    uint64_t hash;
    bool hashed;
    struct fl_err *err;
};

static bool fault(struct reader *r, const char *what, const char *word)
{
    char *where = fl_arena_format(&r->net->arena, "%s:%d", r->path, r->line);
    return fl_fail(r->err, where, what, word);
}

static bool slurp(struct reader *r)
{
    FILE *file = fopen(r->path, "rb");
    if (file == NULL)
        return fl_fail(r->err, r->path, "%s", strerror(errno));
    size_t room = 0, got = 1;
    while (got > 0) {
        r->bytes = fl_grow(r->bytes, &room, r->count + (1 << 16), 1);
        got = fread(r->bytes + r->count, 1, 1 << 16, file);
        r->count += got;
    }
    bool ok = !ferror(file);
    fclose(file);
    return ok || fl_fail(r->err, r->path, "cannot be read: is it a file?");
}

/* The next line without its end, as a text; NULL at the end of the bytes. */
static char *next_line(struct reader *r)
{
    const unsigned char *from = r->bytes + r->at, *end = memchr(from, '\n', r->count - r->at);
    if (end == NULL)
        return NULL;
    r->at += (size_t)(end - from) + 1;
    r->line++;
    return fl_arena_slice(&r->net->arena, (const char *)from, (size_t)(end - from));
}

static bool take_size(struct reader *r, const char *word, const char *value, bool *known)
{
    for (size_t i = 0; i < SIZES; i++) {
        if (strcmp(word, sizes[i].name) != 0)
            continue;
        char *end;
        long number = strtol(value, &end, 10);
        *known = true;
        *size_of(&r->net->shape, i) = (int)fl_whole((double)number, -1, 1 << 30);
        return (*value != '\0' && *end == '\0') || fault(r, "\"%s\" is no whole number", value);
    }
    return true;
}

static bool take_task(struct reader *r, const char *value)
{
    for (int i = 0; fl_task_names[i] != NULL; i++)
        if (strcmp(fl_task_names[i], value) == 0) {
            r->net->task = (enum fl_task)i;
            return true;
        }
    return fault(r, "no task \"%s\"", value);
}

/* "144 64 64 26": of the inputs, and of each layer's outputs. */
static bool take_widths(struct reader *r, const char *value)
{
    struct fl_layered *layered = &r->net->layered;
    int count = 0;
    for (const char *at = value; *at != '\0'; count++) {
        char *end;
        long width = strtol(at, &end, 10);
        if (end == at || width < 1 || width > 1 << 16 || count > FL_LAYERS || strchr(" ", *end) == NULL)
            return fault(r, "\"%s\" is no list of two to five widths from 1 to 65536", value);
        layered->width[count] = (size_t)width;
        at = end + (*end == ' ');
    }
    layered->layers = count - 1;
    return count >= 2 || fault(r, "\"%s\" is no list of two to five widths from 1 to 65536", value);
}

/* One line of the head; *data: it was the last. */
static bool take_line(struct reader *r, char *line, bool *data)
{
    char *value = strchr(line, ' ');
    bool known = false;
    if (strcmp(line, "data") == 0)
        return *data = true;
    if (value == NULL)
        return fault(r, "\"%s\" is no word and value", line);
    *value++ = '\0';
    if (!take_size(r, line, value, &known) || known)
        return known;
    if (strcmp(line, "task") == 0)
        return take_task(r, value);
    if (strcmp(line, "widths") == 0)
        return take_widths(r, value);
    if (strcmp(line, "text") == 0)
        r->net->text = value;
    else if (strcmp(line, "recipe") == 0)
        r->net->recipe = value;
    else if (strcmp(line, "hash") == 0)
        r->hashed = sscanf(value, "%16" SCNx64, &r->hash) == 1;
    else
        return fault(r, "\"%s\" is no line of a network's head: task, text, recipe, hash, data, vocabulary, context, "
                     "width, layers, heads, inner, patch, widths", line);
    return true;
}

static bool take_head(struct reader *r)
{
    char *first = next_line(r);
    if (first == NULL || strcmp(first, "fanlight-net 1") != 0)
        return fl_fail(r->err, r->path, "no network: its first line is not \"fanlight-net 1\"");
    for (bool data = false; !data;) {
        char *line = next_line(r);
        if (line == NULL)
            return fl_fail(r->err, r->path, "ends before its line \"data\"");
        if (!take_line(r, line, &data))
            return false;
    }
    bool transformer = fl_net_is_transformer(r->net);
    const char *missing = !r->hashed ? "hash" : fl_net_is_of_text(r->net) && r->net->text == NULL ? "text" :
                          r->net->task == FL_TASK_DIGITS && r->net->shape.patch == 0 ? "patch" :
                          !transformer && r->net->layered.layers == 0 ? "widths" : NULL;
    if (missing != NULL)
        return fl_fail(r->err, r->path, "its head has no %s", missing);
    if (fl_net_is_of_text(r->net) && r->net->shape.patch > 0)
        return fl_fail(r->err, r->path, "its head has a patch; text has none");
    return !transformer || fl_net_shape_check(&r->net->shape, r->path, r->err);
}

static bool take_data(struct reader *r)
{
    struct fl_net *net = r->net;
    net->count = fl_net_is_transformer(net) ? fl_transformer_at(&net->shape).count : fl_layered_count(&net->layered);
    size_t wanted = bytes_for(net->count), left = r->count - r->at;
    if (left != wanted)
        return fl_fail(r->err, r->path, "%zu bytes behind \"data\"; a network of these sizes has %zu", left, wanted);
    if (fl_hash_file(r->bytes + r->at, left) != r->hash)
        return fl_fail(r->err, r->path, "damaged: its bytes do not have the hash that its head tells");
    net->parameters = fl_arena_array(&net->arena, net->count, sizeof *net->parameters);
    return unpack(r->bytes + r->at, net->parameters, net->count) ||
           fl_fail(r->err, r->path, "a parameter is no number");
}

/* The file a name stands for; NULL and a fault if there is none. */
static const char *path_of(struct fl_net *net, const char *name, struct fl_err *err)
{
    if (strpbrk(name, "./") != NULL)
        return name;
    const char *path = fl_arena_format(&net->arena, "%s/%s.net", fl_shelf_folder(&shelf), name);
    if (fl_is_file(path))
        return path;
    const char *const *names = fl_net_names(&net->arena);
    const char *near = fl_nearest(name, names, fl_names_count(names));
    fl_fail(err, "--net", "no network \"%s\"%s%s%s; known: %s; or give the path of a .net file (fanlight learn -o)",
            name, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "",
            fl_names_joined(&net->arena, names));
    return NULL;
}

bool fl_net_read(struct fl_net *net, const char *name, struct fl_err *err)
{
    memset(net, 0, sizeof *net);
    struct reader r = {.net = net, .path = path_of(net, name, err), .err = err};
    bool ok = r.path != NULL && slurp(&r) && take_head(&r) && take_data(&r);
    if (ok) {
        const char *base = strrchr(r.path, '/');
        base = base != NULL ? base + 1 : r.path;
        net->name = fl_arena_slice(&net->arena, base, strcspn(base, "."));
    } else {
        fl_net_free(net);
    }
    fl_free(r.bytes);
    return ok;
}

void fl_net_free(struct fl_net *net)
{
    fl_arena_free(&net->arena);
    memset(net, 0, sizeof *net);
}

/* ---- writing ---- */

static void write_sizes(const struct fl_net *net, FILE *out)
{
    struct fl_transformer shape = net->shape;
    fputs("fanlight-net 1\n", out);
    if (net->task != FL_TASK_CHARACTERS)
        fprintf(out, "task %s\n", fl_task_names[net->task]);
    if (net->text != NULL)
        fprintf(out, "text %s\n", net->text);
    for (size_t i = 0; i < SIZES && fl_net_is_transformer(net); i++)
        if (*size_of(&shape, i) > 0)
            fprintf(out, "%s %d\n", sizes[i].name, *size_of(&shape, i));
    for (int l = 0; l <= net->layered.layers && !fl_net_is_transformer(net); l++)
        fprintf(out, "%s%zu%s", l == 0 ? "widths " : " ", net->layered.width[l], l == net->layered.layers ? "\n" : "");
}

bool fl_net_write(const struct fl_net *net, FILE *out, struct fl_err *err)
{
    size_t count = bytes_for(net->count);
    unsigned char *bytes = fl_calloc(1, count);
    pack(net->parameters, net->count, bytes);
    write_sizes(net, out);
    fprintf(out, "recipe %s\nhash %016" PRIx64 "\ndata\n", net->recipe, fl_hash_file(bytes, count));
    bool ok = fwrite(bytes, 1, count, out) == count && !ferror(out);
    fl_free(bytes);
    return ok || fl_fail(err, "network", "%s", strerror(errno));
}

void fl_net_round(struct fl_net *net)
{
    unsigned char *bytes = fl_calloc(1, bytes_for(net->count));
    pack(net->parameters, net->count, bytes);
    fl_assert(unpack(bytes, net->parameters, net->count));
    fl_free(bytes);
}

/* ---- what it is made of ---- */

bool fl_net_is_transformer(const struct fl_net *net)
{
    return net->task == FL_TASK_CHARACTERS || net->task == FL_TASK_DIGITS;
}

bool fl_net_is_of_text(const struct fl_net *net)
{
    return net->task == FL_TASK_CHARACTERS;
}

int fl_net_width(const struct fl_net *net)
{
    return fl_net_is_transformer(net) ? net->shape.width : (int)net->layered.width[1];
}

int fl_net_sites(const struct fl_net *net)
{
    return fl_net_is_transformer(net) ? fl_transformer_sites(&net->shape) : net->layered.layers;
}

const char *fl_net_site_name(const struct fl_net *net, int site)
{
    return fl_net_is_transformer(net) ? fl_site_names[fl_transformer_site_kind(&net->shape, site)]
                                      : fl_layered_site_names[site];
}
