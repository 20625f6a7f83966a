/* safetensors.c - headers checked, values converted. */
#include "traces/safetensors.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole.h"
#include "traces/build.h"

enum { LENGTH_BYTES = 8, MOST_HEADER = 100 << 20, MOST_TENSORS = 1 << 20 };

static const struct { const char *name; int bytes; bool is_float; } types[] = {
    {"F32", 4, true}, {"F16", 2, true}, {"BF16", 2, true}, {"F64", 8, false}, {"I64", 8, false}, {"I32", 4, false},
    {"I16", 2, false}, {"I8", 1, false}, {"U8", 1, false}, {"U16", 2, false}, {"U32", 4, false}, {"U64", 8, false},
    {"BOOL", 1, false}, {"F8_E4M3", 1, false}, {"F8_E5M2", 1, false}};
enum { TYPES = sizeof types / sizeof *types };

static int type_of(const char *name)
{
    int i = 0;
    while (i < TYPES && strcmp(types[i].name, name) != 0)
        i++;
    return i;
}

/* ---- the file ---- */

static bool slurp(struct fl_stored *t, struct fl_err *err)
{
    FILE *file = fopen(t->path, "rb");
    if (file == NULL)
        return fl_fail(err, t->path, "cannot be opened: %s", strerror(errno));
    bool ok = fseek(file, 0, SEEK_END) == 0;
    long size = ok ? ftell(file) : -1;
    ok = size >= 0 && size < INT64_MAX && fseek(file, 0, SEEK_SET) == 0;
    if (ok) {
        t->bytes = (size_t)size;
        t->file = fl_calloc(1, t->bytes + 1);
        ok = fread(t->file, 1, t->bytes, file) == t->bytes;
    }
    fclose(file);
    return ok || fl_fail(err, t->path, "cannot be read: is it a file?");
}

static bool header_find(const struct fl_stored *t, uint64_t *length, struct fl_err *err)
{
    *length = 0;
    if (t->bytes < LENGTH_BYTES)
        return fl_fail(err, t->path, "%zu bytes are no safetensors file: its first 8 tell how long its header is; "
                       "fetch it again", t->bytes);
    for (int i = 0; i < LENGTH_BYTES; i++)
        *length |= (uint64_t)t->file[i] << (8 * i);
    if (*length > MOST_HEADER || *length > t->bytes - LENGTH_BYTES)
        return fl_fail(err, t->path, "its header is said to have %" PRIu64 " bytes, and %zu follow: the file is cut "
                       "off, or no safetensors file; fetch it again", *length, t->bytes - LENGTH_BYTES);
    return true;
}

/* ---- a tensor ---- */

static bool shape_read(struct fl_stored_tensor *tensor, const json_t *shape)
{
    size_t dimensions = json_array_size(shape);
    tensor->values = 1;
    tensor->dimensions = (int)dimensions;
    if (!json_is_array(shape) || dimensions > FL_STORED_DIMENSIONS)
        return false;
    for (size_t i = 0; i < dimensions; i++) {
        const json_t *of = json_array_get(shape, i);
        tensor->dimension[i] = json_is_integer(of) ? json_integer_value(of) : -1;
        if (tensor->dimension[i] < 0 || !fl_times(tensor->values, tensor->dimension[i], &tensor->values))
            return false;
    }
    return true;
}

static bool tensor_read(struct fl_stored *t, struct fl_stored_tensor *tensor, const char *name, const json_t *entry,
                        size_t data, struct fl_err *err)
{
    const char *where = fl_arena_format(&t->arena, "%s: %s", t->path, name);
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    int type = dtype != NULL ? type_of(dtype) : TYPES;
    int64_t wanted, room = (int64_t)(t->bytes - data);
    tensor->name = fl_arena_text(&t->arena, name);
    if (type == TYPES)
        return fl_fail(err, where, "dtype is %s; known are F32, F16, BF16 and whole numbers",
                       dtype != NULL ? dtype : "missing");
    tensor->dtype = types[type].name;
    if (!shape_read(tensor, json_object_get(entry, "shape")))
        return fl_fail(err, where, "its shape is no list of at most %d sizes", FL_STORED_DIMENSIONS);
    if (json_array_size(offsets) != 2 || !json_is_integer(json_array_get(offsets, 0)) ||
        !json_is_integer(json_array_get(offsets, 1)))
        return fl_fail(err, where, "data_offsets are no two whole numbers");
    int64_t from = json_integer_value(json_array_get(offsets, 0)), to = json_integer_value(json_array_get(offsets, 1));
    if (from < 0 || to < from || to > room)
        return fl_fail(err, where, "data_offsets [%" PRId64 ", %" PRId64 "] lie outside of the %" PRId64
                       " bytes of data: the file is cut off", from, to, room);
    if (!fl_times(tensor->values, types[type].bytes, &wanted) || wanted != to - from)
        return fl_fail(err, where, "%" PRId64 " bytes of data; %s take %" PRId64, to - from,
                       fl_stored_text(tensor, &t->arena), wanted);
    tensor->data = t->file + data + from;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct fl_stored_tensor *)a)->name, ((const struct fl_stored_tensor *)b)->name);
}

static void root_release(void *root)
{
    json_decref(root);
}

static bool tensors_list(struct fl_stored *t, json_t *root, size_t data, struct fl_err *err)
{
    enum { MOST_FAULTS = 20 };
    const char *name;
    json_t *entry;
    int faults = 0;
    size_t room = json_object_size(root);
    if (!json_is_object(root) || room > MOST_TENSORS)
        return fl_fail(err, t->path, "its header is no object of tensors");
    t->tensor = fl_arena_array(&t->arena, room + 1, sizeof *t->tensor);
    json_object_foreach(root, name, entry) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        faults += !tensor_read(t, &t->tensor[t->count++], name, entry, data, err);
        if (faults == MOST_FAULTS)
            return fl_fail(err, t->path, "has more faults than these");
    }
    qsort(t->tensor, t->count, sizeof *t->tensor, by_name);
    return faults == 0;
}

bool fl_stored_read(struct fl_stored *t, const char *path, struct fl_err *err)
{
    uint64_t length;
    json_error_t fault;
    *t = (struct fl_stored){.path = path};
    if (!slurp(t, err) || !header_find(t, &length, err))
        return false;
    json_t *root = json_loadb((const char *)t->file + LENGTH_BYTES, (size_t)length, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL)
        return fl_fail(err, t->path, "its header is no JSON: line %d, column %d: %s; fetch the file again", fault.line,
                       fault.column, fault.text);
    struct fl_hold hold;
    fl_hold(&hold, root_release, root);
    bool ok = tensors_list(t, root, LENGTH_BYTES + (size_t)length, err);
    fl_let_go(&hold);
    json_decref(root);
    return ok;
}

void fl_stored_free(struct fl_stored *t)
{
    fl_free(t->file);
    fl_arena_free(&t->arena);
    memset(t, 0, sizeof *t);
}

const struct fl_stored_tensor *fl_stored_find(const struct fl_stored *t, const char *name)
{
    const struct fl_stored_tensor wanted = {.name = name};
    return t->count > 0 ? bsearch(&wanted, t->tensor, t->count, sizeof *t->tensor, by_name) : NULL;
}

/* ---- values ---- */

bool fl_stored_is_float(const struct fl_stored_tensor *tensor)
{
    int type = type_of(tensor->dtype);
    return type < TYPES && types[type].is_float;
}

/* IEEE 754 binary16: sign, five bits of exponent, ten of fraction. */
static uint32_t from_half(uint32_t half)
{
    uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31)
        return sign | 0x7F800000u | fraction << 13;
    if (exponent > 0)
        return sign | (exponent + 112) << 23 | fraction << 13;
    if (fraction == 0)
        return sign;
    uint32_t shift = 0;
    while ((fraction << shift & 1024) == 0)
        shift++;
    return sign | (113 - shift) << 23 | (fraction << shift & 1023) << 13;
}

void fl_stored_floats(const struct fl_stored_tensor *tensor, float *to)
{
    const unsigned char *from = tensor->data;
    bool half = strcmp(tensor->dtype, "F16") == 0, single = strcmp(tensor->dtype, "F32") == 0;
    for (int64_t i = 0; i < tensor->values; i++) {
        uint32_t bits = (uint32_t)from[0] | (uint32_t)from[1] << 8;
        if (single)
            bits |= (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
        else
            bits = half ? from_half(bits) : bits << 16;
        from += single ? 4 : 2;
        memcpy(&to[i], &bits, sizeof bits);
    }
}

const char *fl_stored_text(const struct fl_stored_tensor *tensor, struct fl_arena *arena)
{
    const char *text = fl_arena_format(arena, "%s [", tensor->dtype);
    for (int i = 0; i < tensor->dimensions; i++)
        text = fl_arena_format(arena, "%s%s%" PRId64, text, i > 0 ? ", " : "", tensor->dimension[i]);
    return fl_arena_format(arena, "%s]", text);
}

/* ---- config.json ---- */

double fl_config_number(const char *path, const char *name, const char *other, double preset)
{
    char *text;
    struct fl_err none = {0};
    bool read = fl_file_read(path, &text, &none);
    fl_err_free(&none);
    json_t *root = read ? json_loads(text, 0, NULL) : NULL, *value = json_object_get(root, name);
    if (read)
        fl_free(text);
    value = json_is_number(value) ? value : json_object_get(root, other);
    double number = json_is_number(value) ? json_number_value(value) : preset;
    json_decref(root);
    return number;
}
