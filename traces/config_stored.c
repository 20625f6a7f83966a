/* config_stored.c - how wide weights are stored, by the "quantization_config" that a file says of them.
 *
 * Each method has its own words for it. What is quantized are the products of the layers, but
 * for routers; embedding, norms and, unless said, the head are not. Scales of groups of
 * weights are left out, and told.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

enum { MOST_BITS = 32 };

/* The first number under one of these names; 0: none. */
static int64_t number_of(const json_t *object, const char *first, const char *second)
{
    const json_t *value = json_object_get(object, first);
    value = json_is_integer(value) ? value : json_object_get(object, second);
    return json_is_integer(value) ? json_integer_value(value) : 0;
}

static bool is_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

/* compressed-tensors: of the first group of layers that has weights. */
static int64_t bits_of_groups(const json_t *config)
{
    const char *name;
    json_t *group;
    json_object_foreach(json_object_get(config, "config_groups"), name, group) {
        int64_t bits = number_of(json_object_get(group, "weights"), "num_bits", "");
        if (bits > 0)
            return bits;
    }
    return 0;
}

/* Bits of a weight; 0: they are not said, or nobody here knows the method. */
static int64_t bits_of(const char *method, const json_t *config)
{
    static const struct { const char *method; int64_t bits; } fixed[] = {
        { "fp8", 8 }, { "fbgemm_fp8", 8 }, { "mxfp4", 4 }, { "eetq", 8 } };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(method, fixed[i].method) == 0)
            return fixed[i].bits;
    if (strcmp(method, "bitsandbytes") == 0)
        return is_true(config, "load_in_4bit") ? 4 : is_true(config, "load_in_8bit") ? 8 : 0;
    if (strcmp(method, "compressed-tensors") == 0)
        return bits_of_groups(config);
    return strcmp(method, "gptq") == 0 || strcmp(method, "awq") == 0 ? number_of(config, "bits", "w_bit") : 0;
}

/* "bitsandbytes", also where older files have its flags alone. */
static const char *method_of(const json_t *config)
{
    const char *method = json_string_value(json_object_get(config, "quant_method"));
    bool flags = is_true(config, "load_in_4bit") || is_true(config, "load_in_8bit");
    return method != NULL ? method : flags ? "bitsandbytes" : json_object_get(config, "config_groups") != NULL
                                                                  ? "compressed-tensors" : "";
}

void fl_config_stored(struct fl_config *c)
{
    struct fl_model *m = c->model;
    const char *name;
    json_t *config;
    if (!fl_config_find(c, FL_FIELD_QUANTIZED, &config, &name) || config == NULL || json_is_false(config))
        return;
    if (!json_is_object(config)) {
        fl_config_fail(c, name, "%s; an object is wanted", fl_config_type(config));
        return;
    }
    const char *method = method_of(config);
    int64_t bits = bits_of(method, config), group = number_of(config, "group_size", "q_group_size");
    if (bits < 0 || bits > MOST_BITS) {
        fl_config_fail(c, name, "%" PRId64 " bits a weight are absurd; at most %d", bits, MOST_BITS);
        return;
    }
    if (bits == 0) {
        fl_config_note(c, "%s = %s is not simulated: stored widths of weights; those of the machine count", name,
                       fl_config_value(c, config));
        return;
    }
    bool experts = strcmp(method, "mxfp4") == 0;                /* what is not an expert's stays as it is */
    m->expert_bits = (int32_t)bits;
    m->weight_bits = experts ? 0 : (int32_t)bits;
    m->head_bits = is_true(config, "lm_head") ? (int32_t)bits : 0;
    const char *scales = group > 0 ? fl_arena_format(c->arena, "scales of each %" PRId64 " weights", group) : "scales";
    fl_config_note(c, "%s: weights of %s are stored in %" PRId64 " bits (%s); %s are left out", name,
                   experts ? "experts" : "the layers' products", bits, method, scales);
}
