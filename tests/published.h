/* published.h - small models in published layouts, written into a folder: safetensors of any float type, and a network
 * of ours as GPT-2 has it. */
#ifndef FL_TESTS_PUBLISHED_H
#define FL_TESTS_PUBLISHED_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "learn/net.h"

/* ---- a writer of safetensors ---- */

struct writer {
    char header[1 << 16];
    unsigned char *data;
    size_t bytes, room;
    const char *dtype;
};

static uint32_t as_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000u;
    int exponent = (int)(bits >> 23 & 255) - 112;
    if (exponent <= 0) {                        /* subnormal: cut off */
        uint32_t fraction = (bits & 0x7FFFFFu) | 0x800000u;
        return exponent < -10 ? sign : sign | fraction >> (14 - exponent);
    }
    return sign | (uint32_t)exponent << 10 | (bits & 0x7FFFFFu) >> 13;
}

static void put(struct writer *w, const char *name, int rows, int columns, const float *values)
{
    size_t count = (size_t)rows * (size_t)(columns > 0 ? columns : 1), each = strcmp(w->dtype, "F32") == 0 ? 4 : 2;
    char shape[64];
    snprintf(shape, sizeof shape, columns > 0 ? "%d,%d" : "%d", rows, columns);
    size_t used = strlen(w->header);
    snprintf(w->header + used, sizeof w->header - used, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":"
             "[%zu,%zu]}", used > 0 ? "," : "", name, w->dtype, shape, w->bytes, w->bytes + each * count);
    w->data = realloc(w->data, w->bytes + each * count);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        if (strcmp(w->dtype, "F16") == 0)
            bits = as_half(values[i]);
        else if (strcmp(w->dtype, "BF16") == 0)
            bits >>= 16;
        for (size_t b = 0; b < each; b++)
            w->data[w->bytes++] = (unsigned char)(bits >> (8 * b));
    }
}

static char folder[64];

static void file_write(const char *name, const void *bytes, size_t count)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert(file != NULL && fwrite(bytes, 1, count, file) == count);
    fclose(file);
}

/* The whole file; the caller frees it. */
static unsigned char *whole(const struct writer *w, size_t *bytes)
{
    size_t header = strlen(w->header) + 2;
    *bytes = 8 + header + w->bytes;
    unsigned char *all = malloc(*bytes);
    for (int i = 0; i < 8; i++)
        all[i] = (unsigned char)((uint64_t)header >> (8 * i));
    all[8] = '{';
    memcpy(all + 9, w->header, header - 2);
    all[8 + header - 1] = '}';
    memcpy(all + 8 + header, w->data, w->bytes);
    return all;
}

static void model_write(struct writer *w, const char *config)
{
    size_t bytes;
    unsigned char *all = whole(w, &bytes);
    file_write("model.safetensors", all, bytes);
    file_write("config.json", config, strlen(config));
    free(all);
}

static void setup(void)
{
    strcpy(folder, "/tmp/fanlight-import-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    static const char *const names[] = {"model.safetensors", "config.json", "tokens.txt"};
    char path[128];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    rmdir(folder);
}

/* ---- GPT-2 ---- */

static const char gpt2_config[] =
    "{\"architectures\": [\"GPT2LMHeadModel\"], \"model_type\": \"gpt2\", \"n_embd\": 16, \"n_layer\": 2, "
    "\"n_head\": 1, \"n_positions\": 32, \"vocab_size\": 40, \"activation_function\": \"relu\", "
    "\"tie_word_embeddings\": false}";

/* A trained network of ours in the layout of GPT-2. */
static void gpt2_put(struct writer *w, const struct fl_net *net, const char *prefix)
{
    const float *p = net->parameters;
    struct fl_transformer_at at = fl_transformer_at(&net->shape);
    char name[128];
    enum { D = 16, INNER = 64, V = 40 };
    float head[V * D];
    snprintf(name, sizeof name, "%swte.weight", prefix);
    put(w, name, V, D, p + at.table);
    snprintf(name, sizeof name, "%swpe.weight", prefix);
    put(w, name, 32, D, p + at.place);
    for (int l = 0; l < 2; l++) {
        struct fl_layer_at in = fl_transformer_layer_at(&net->shape, l);
        const struct { const char *name; int rows, columns; size_t at; } parts[] = {
            {"ln_1.weight", D, 0, in.norm1}, {"ln_1.bias", D, 0, in.norm1 + D},
            {"attn.c_attn.weight", D, 3 * D, in.qkv}, {"attn.c_attn.bias", 3 * D, 0, in.qkv_bias},
            {"attn.c_proj.weight", D, D, in.out}, {"attn.c_proj.bias", D, 0, in.out_bias},
            {"ln_2.weight", D, 0, in.norm2}, {"ln_2.bias", D, 0, in.norm2 + D},
            {"mlp.c_fc.weight", D, INNER, in.up}, {"mlp.c_fc.bias", INNER, 0, in.up_bias},
            {"mlp.c_proj.weight", INNER, D, in.down}, {"mlp.c_proj.bias", D, 0, in.down_bias}};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            snprintf(name, sizeof name, "%sh.%d.%s", prefix, l, parts[i].name);
            put(w, name, parts[i].rows, parts[i].columns, p + parts[i].at);
        }
    }
    snprintf(name, sizeof name, "%sln_f.weight", prefix);
    put(w, name, D, 0, p + at.norm);
    snprintf(name, sizeof name, "%sln_f.bias", prefix);
    put(w, name, D, 0, p + at.norm + D);
    for (int i = 0; i < D; i++)
        for (int v = 0; v < V; v++)
            head[v * D + i] = p[at.head + (size_t)(i * V + v)];
    put(w, "lm_head.weight", V, D, head);
}

static struct fl_net ours(void)
{
    struct fl_net net;
    struct fl_err err = {0};
    ck_assert(fl_net_read(&net, "generated-16", &err));
    struct fl_transformer_at at = fl_transformer_at(&net.shape);
    memset(net.parameters + at.head_bias, 0, (at.count - at.head_bias) * sizeof *net.parameters);
    return net;
}

#endif
