/* test_fields.c - no field of a config.json is dropped in silence, whatever the family and whatever the field.
 *
 * Every field of every family, every name in the tables and names nobody knows are put
 * into a config.json of every family, with values of every kind. The answer is a refusal
 * that names the field, a note that names it, or the same trace: the latter only if the
 * field is known to be harmless, says that it is not used, or is the family's own. And
 * each field of a family does something: two of its values give different answers.
 */
#include <jansson.h>

#include "tests/cases.h"
#include "tests/test_trace.h"
#include "traces/field.h"

/* Of two stacks, by whichever names are the family's. */
static json_t *small_stacks(const struct fl_family *family)
{
    bool once = !fl_field_is_of(FL_FIELD_DECODER_HEADS, family);
    json_t *config = json_pack("{s:s, s:i, s:i}", "model_type", family->type, "d_model", 32, "vocab_size", 50);
    json_t *own = once ? json_pack("{s:i, s:i, s:i, s:i}", "num_layers", 2, "num_heads", 4, "d_ff", 64, "n_positions",
                                   64)
                       : json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "encoder_layers", 2, "decoder_layers", 2,
                                   "encoder_attention_heads", 4, "decoder_attention_heads", 4, "encoder_ffn_dim", 64,
                                   "decoder_ffn_dim", 64, "max_position_embeddings", 64);
    json_object_update_new(config, own);
    if (fl_field_is_of(FL_FIELD_SOURCE, family))
        json_object_update_new(config, json_pack("{s:i, s:i}", "max_source_positions", 32, "num_mel_bins", 16));
    return config;
}

/* A small model of every family: all that must be said. */
static json_t *small_config(const struct fl_family *family)
{
    if (family->kind == FL_ENCODER_DECODER)
        return small_stacks(family);
    json_t *config = json_pack("{s:s, s:i, s:i, s:i, s:i, s:s}", "model_type", family->type, "hidden_size", 32,
                               "num_hidden_layers", 2, "num_attention_heads", 4, "intermediate_size", 64, "hidden_act",
                               "gelu");
    ck_assert_ptr_nonnull(config);
    if (family->kind == FL_VISION_ENCODER)
        json_object_update_new(config, json_pack("{s:i, s:i}", "image_size", 32, "patch_size", 16));
    else
        json_object_update_new(config, json_pack("{s:i, s:i}", "vocab_size", 50, "max_position_embeddings", 64));
    return config;
}

/* What comes of a config.json: the trace's text and its note, or the faults. */
struct answer { char *trace, *note, *faults; };

static struct answer answer_of(const json_t *config)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    struct answer answer = {0};
    char *text = json_dumps(config, JSON_COMPACT);
    const char *path = made_file(&arena, ".json", text, strlen(text));
    if (fl_trace_from_model(&trace, path, NULL, &err)) {
        answer.note = strdup(trace.note ? trace.note : "");
        trace.note = NULL;
        trace.model = "small";
        answer.trace = strdup(fl_trace_text(&trace));
        fl_trace_free(&trace);
    } else
        answer.faults = strdup(fl_err_text(&err));
    fl_err_free(&err);
    unlink(path);
    free(text);
    fl_arena_free(&arena);
    return answer;
}

static void answer_free(struct answer *answer)
{
    free(answer->trace);
    free(answer->note);
    free(answer->faults);
}

static bool is_own(const struct fl_family *family, const char *name)
{
    for (int field = 0; field < FL_FIELDS; field++)
        for (int i = 0; i < FL_FIELD_NAMES && fl_field_rules[field].name[i] != NULL; i++)
            if (fl_field_is_of((enum fl_field)field, family) && strcmp(fl_field_rules[field].name[i], name) == 0)
                return true;
    return false;
}

/* Whether a field known to change networks says that it does not: by a small number, false, or one of these texts. */
static bool says_unused(const struct fl_shaping *shaping, const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value) == 0;
    if (json_is_string(value))
        return shaping->idle_text != NULL && strcmp(json_string_value(value), shaping->idle_text) == 0;
    return json_is_false(value) || (json_is_integer(value) && json_integer_value(value) <= shaping->idle);
}

static void assert_told(const struct fl_family *family, const struct answer *plain, const char *name,
                        const json_t *value)
{
    json_t *config = small_config(family);
    const struct fl_shaping *shaping = fl_shaping_find(name);
    if (json_object_get(config, name) != NULL) {
        json_decref(config);
        return;
    }
    json_object_set(config, name, (json_t *)value);
    struct answer answer = answer_of(config);
    char *text = json_dumps(config, JSON_COMPACT);
    bool own = is_own(family, name);
    if (answer.faults != NULL)
        ck_assert_msg(strstr(answer.faults, name) != NULL, "%s\nrefused for another reason: %s", text, answer.faults);
    else if (strstr(answer.note, name) == NULL && !own) {
        bool unused = json_is_null(value) || fl_field_is_harmless(name) || (shaping && says_unused(shaping, value));
        ck_assert_msg(unused, "%s\n%s is dropped without a word", text, name);
        ck_assert_msg(strcmp(answer.trace, plain->trace) == 0, "%s\n%s changes the trace without a word", text, name);
    } else if (!own)
        ck_assert_msg(strcmp(answer.trace, plain->trace) == 0, "%s\n%s is no field of %s, and changes its trace", text,
                      name, family->type);
    else if (json_is_object(value) && strcmp(name, fl_field_rules[FL_FIELD_LABEL_NAMES].name[0]) != 0)
        ck_assert_msg(strstr(answer.note, name) != NULL, "%s\n%s is an object, and nobody says a word", text, name);
    free(text);
    answer_free(&answer);
    json_decref(config);
}

static json_t *values_of_every_kind(void)
{
    json_t *values = json_pack("[i, i, b, b, s, s, f, [], [s], {s:i}, n]", 1, 8, 0, 1, "full_attention", "other", 0.5,
                               "sliding_attention", "a", 4);
    ck_assert_ptr_nonnull(values);
    return values;
}

/* A family, what comes of its small model, and the names tried so far. */
struct trial { const struct fl_family *family; struct answer plain; uint64_t names; };

static void try_name(struct trial *trial, const char *name, const json_t *values)
{
    if (!cases_drawn((uint64_t)(trial->family - fl_families), trial->names++, UINT64_MAX))
        return;
    for (size_t i = 0; i < json_array_size(values); i++)
        assert_told(trial->family, &trial->plain, name, json_array_get(values, i));
}

START_TEST(no_field_is_dropped_in_silence)
{
    const struct fl_family *family = &fl_families[_i];
    struct fl_rng rng = cases_rng((uint64_t)_i + 1);
    json_t *config = small_config(family), *values = values_of_every_kind(), *few = json_pack("[i, b]", 8, 1);
    struct trial trial = {.family = family, .plain = answer_of(config)};
    ck_assert_msg(trial.plain.faults == NULL, "%s", trial.plain.faults);
    ck_assert_str_eq(trial.plain.note, "");
    for (int field = 0; field < FL_FIELDS; field++)
        for (int i = 0; i < FL_FIELD_NAMES && fl_field_rules[field].name[i] != NULL; i++)
            try_name(&trial, fl_field_rules[field].name[i], values);
    for (const struct fl_shaping *shaping = fl_fields_shaping; shaping->name != NULL; shaping++)
        try_name(&trial, shaping->name, values);
    for (const char *const *name = fl_fields_harmless; *name != NULL; name++)
        try_name(&trial, *name, few);
    for (int i = 0; i < 20; i++) {
        char name[16] = "num_";
        for (size_t at = 4; at < 12; at++)
            name[at] = (char)fl_rng_range(&rng, 'a', 'z');
        try_name(&trial, name, values);
    }
    answer_free(&trial.plain);
    json_decref(few);
    json_decref(values);
    json_decref(config);
}
END_TEST

/* For each field two values whose answers differ, and what else must be said for it to matter. */
static const struct effect { enum fl_field field; const char *beside, *one, *other; } effects[] = {
    { FL_FIELD_WIDTH, "{}", "32", "64" },
    { FL_FIELD_LAYERS, "{}", "2", "3" },
    { FL_FIELD_HEADS, "{\"head_dim\": 8}", "4", "8" },
    { FL_FIELD_KV_HEADS, "{\"new_decoder_architecture\": true}", "1", "2" },
    { FL_FIELD_MULTI_QUERY, "{}", "true", "false" },
    { FL_FIELD_HEAD_TYPE, "{}", "\"multihead\"", "\"multiquery\"" },
    { FL_FIELD_HEAD_WIDTH, "{}", "8", "16" },
    { FL_FIELD_FFN, "{\"mlp_only_layers\": [0], \"first_k_dense_replace\": 1}", "64", "128" },
    { FL_FIELD_ACTIVATION, "{}", "\"gelu\"", "\"relu\"" },
    { FL_FIELD_GATE, "{}", "\"original\"", "\"geglu\"" },
    { FL_FIELD_EXPERTS, "{\"num_experts_per_tok\": 2, \"first_k_dense_replace\": 0}", "16", "32" },
    { FL_FIELD_EXPERTS_USED, "{\"first_k_dense_replace\": 0}", "1", "2" },
    { FL_FIELD_EXPERT_FFN, "{\"first_k_dense_replace\": 0}", "32", "64" },
    { FL_FIELD_SHARED_FFN, "{}", "0", "64" },
    { FL_FIELD_EXPERTS_EVERY, "{\"first_k_dense_replace\": 0}", "1", "2" },
    { FL_FIELD_DENSE_LAYERS, "{}", "[]", "[1]" },
    { FL_FIELD_SHARED_EXPERTS, "{\"first_k_dense_replace\": 0}", "0", "1" },
    { FL_FIELD_DENSE_FIRST, "{}", "0", "1" },
    { FL_FIELD_SCORING, "{\"first_k_dense_replace\": 0}", "\"softmax\"", "\"sigmoid\"" },
    { FL_FIELD_KV_RANK, "{}", "8", "16" },
    { FL_FIELD_Q_RANK, "{}", "8", "null" },
    { FL_FIELD_PLAIN_WIDTH, "{}", "8", "16" },
    { FL_FIELD_ROTATED_WIDTH, "{}", "8", "16" },
    { FL_FIELD_VALUE_WIDTH, "{\"qk_nope_head_dim\": 16, \"qk_rope_head_dim\": 8}", "16", "32" },
    { FL_FIELD_PARALLEL, "{}", "true", "false" },
    { FL_FIELD_NEW_DECODER, "{\"num_kv_heads\": 2}", "true", "false" },
    { FL_FIELD_LAYER_NORMS, "{\"new_decoder_architecture\": true}", "1", "2" },
    { FL_FIELD_NORM_BEFORE, "{}", "true", "false" },
    { FL_FIELD_NO_FINAL_NORM, "{}", "true", "false" },
    { FL_FIELD_VOCAB, "{}", "50", "60" },
    { FL_FIELD_EMBED_WIDTH, "{}", "32", "16" },
    { FL_FIELD_TIED, "{\"is_decoder\": true}", "true", "false" },
    { FL_FIELD_TYPES, "{}", "0", "2" },
    { FL_FIELD_POSITIONS, "{}", "8", "64" },
    { FL_FIELD_POSITION_TYPE, "{}", "\"absolute\"", "\"alibi\"" },
    { FL_FIELD_ALIBI, "{}", "true", "false" },
    { FL_FIELD_ROTARY_SHARE, "{}", "0.5", "1.0" },
    { FL_FIELD_ROTARY_WIDTH, "{}", "4", "8" },
    { FL_FIELD_WINDOW, "{\"use_sliding_window\": true, \"max_window_layers\": 0, "
      "\"layer_types\": [\"sliding_attention\", \"sliding_attention\"]}", "4", "64" },
    { FL_FIELD_WINDOW_USED, "{\"sliding_window\": 4, \"max_window_layers\": 0}", "true", "false" },
    { FL_FIELD_WINDOW_LAYERS, "{\"sliding_window\": 4, \"use_sliding_window\": true}", "0", "1" },
    { FL_FIELD_WINDOW_EVERY, "{\"sliding_window\": 4}", "1", "2" },
    { FL_FIELD_CHUNK, "{\"layer_types\": [\"chunked_attention\", \"full_attention\"]}", "4", "64" },
    { FL_FIELD_LAYER_TYPES, "{\"sliding_window\": 4, \"use_sliding_window\": true}",
      "[\"full_attention\", \"full_attention\"]", "[\"sliding_attention\", \"sliding_attention\"]" },
    { FL_FIELD_LAYER_GROUPS, "{\"window_size\": 4}", "[[[\"global\"], 2]]", "[[[\"local\"], 2]]" },
    { FL_FIELD_DECODER, "{}", "true", "false" },
    { FL_FIELD_CAUSAL, "{}", "true", "false" },
    { FL_FIELD_ARCHITECTURES, "{\"num_labels\": 3}", "[\"XForTokenClassification\"]", "[]" },
    { FL_FIELD_QUANTIZED, "{}", "{\"quant_method\": \"gptq\", \"bits\": 4}",
      "{\"quant_method\": \"gptq\", \"bits\": 8}" },
    { FL_FIELD_LABELS, "{\"architectures\": [\"XForSequenceClassification\"]}", "3", "4" },
    { FL_FIELD_LABEL_NAMES, "{\"architectures\": [\"XForSequenceClassification\"]}", "{\"0\": \"a\"}",
      "{\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}" },
    { FL_FIELD_GROUPS, "{}", "1", "2" },
    { FL_FIELD_PROJECTION, "{\"architectures\": [\"XModelWithProjection\"]}", "16", "32" },
    { FL_FIELD_TOWER_WIDTH, "{}", "16", "32" },
    { FL_FIELD_PROBE, "{}", "true", "false" },
    { FL_FIELD_IMAGE, "{}", "32", "[32, 64]" },
    { FL_FIELD_PATCH, "{}", "16", "[16, 8]" },
    { FL_FIELD_CHANNELS, "{}", "3", "4" },
    { FL_FIELD_ENCODER_LAYERS, "{}", "2", "3" },
    { FL_FIELD_DECODER_LAYERS, "{}", "2", "3" },
    { FL_FIELD_ENCODER_HEADS, "{}", "4", "8" },
    { FL_FIELD_DECODER_HEADS, "{}", "4", "8" },
    { FL_FIELD_ENCODER_FFN, "{}", "64", "128" },
    { FL_FIELD_DECODER_FFN, "{}", "64", "128" },
    { FL_FIELD_FFN_KIND, "{}", "\"relu\"", "\"gated-gelu\"" },
    { FL_FIELD_SOURCE, "{}", "32", "64" },
    { FL_FIELD_BINS, "{}", "16", "32" },
    { FL_FIELD_DECODER_VOCAB, "{}", "50", "60" },
    { FL_FIELD_ONE_TABLE, "{}", "true", "false" },
    { FL_FIELD_BOTH, "{}", "true", "false" },
    { FL_FIELD_QUERY_NORMS, "{}", "true", "false" },
    { FL_FIELD_PLAIN_LAYERS, "{}", "[1, 1]", "[1, 0]" },
    { FL_FIELD_PLAIN_EVERY, "{}", "1", "2" },
    { FL_FIELD_DENSE_FFN, "{\"interleave_moe_layer_step\": 2}", "64", "128" },
    { FL_FIELD_EXPERT_LAYERS, "{}", "[1]", "[0, 1]" },
    { FL_FIELD_EXPERTS_LAST, "{\"moe_layer_start_index\": 0}", "0", "1" },
};
enum { EFFECTS = sizeof effects / sizeof *effects };

/* Of families whose layers have chunks, and no windows. */
static const struct effect chunked = { FL_FIELD_LAYER_TYPES, "{\"attention_chunk_size\": 4}",
                                       "[\"full_attention\", \"full_attention\"]",
                                       "[\"chunked_attention\", \"chunked_attention\"]" };

static const struct effect *effect_on(const struct fl_family *family, int at)
{
    bool chunks_alone = fl_field_is_of(FL_FIELD_CHUNK, family) && !fl_field_is_of(FL_FIELD_WINDOW, family);
    return effects[at].field == chunked.field && chunks_alone ? &chunked : &effects[at];
}

/* The fields that `beside` adds are left out where the family has no such field. */
static struct answer answer_with(const struct fl_family *family, const char *name, const char *beside,
                                 const char *value)
{
    json_t *config = small_config(family), *more = json_loads(beside, 0, NULL), *item;
    const char *key;
    json_object_foreach(more, key, item)
        if (is_own(family, key))
            json_object_set(config, key, item);
    const char *const *names = NULL;
    for (int field = 0; field < FL_FIELDS; field++)
        if (strcmp(fl_field_rules[field].name[0], name) == 0)
            names = fl_field_rules[field].name;
    for (int i = 0; i < FL_FIELD_NAMES && names[i] != NULL; i++)
        json_object_del(config, names[i]);
    json_object_set_new(config, name, json_loads(value, JSON_DECODE_ANY, NULL));
    struct answer answer = answer_of(config);
    json_decref(more);
    json_decref(config);
    return answer;
}

static bool alike(const struct answer *a, const struct answer *b)
{
    if (a->faults != NULL || b->faults != NULL)
        return false;
    return strcmp(a->trace, b->trace) == 0 && strcmp(a->note, b->note) == 0;
}

START_TEST(every_field_of_a_family_does_something)
{
    ck_assert_int_eq(EFFECTS, FL_FIELDS);
    const char *name = fl_field_rules[effects[_i].field].name[0];
    ck_assert_int_eq((int)effects[_i].field, _i);
    for (const struct fl_family *family = fl_families; family->type != NULL; family++) {
        if (!fl_field_is_of(effects[_i].field, family))
            continue;
        const struct effect *e = effect_on(family, _i);
        struct answer one = answer_with(family, name, e->beside, e->one);
        struct answer other = answer_with(family, name, e->beside, e->other);
        ck_assert_msg(one.faults == NULL && other.faults == NULL, "%s: %s = %s or %s: %s%s", family->type, name,
                      e->one, e->other, one.faults ? one.faults : "", other.faults ? other.faults : "");
        ck_assert_msg(!alike(&one, &other), "%s: %s = %s and %s give the same", family->type, name, e->one, e->other);
        answer_free(&one);
        answer_free(&other);
    }
}
END_TEST

START_TEST(tables_do_not_contradict_one_another)
{
    for (const char *const *name = fl_fields_harmless; *name != NULL; name++)
        ck_assert_msg(fl_shaping_find(*name) == NULL, "%s is harmless and changes a network", *name);
    for (const struct fl_foreign *foreign = fl_foreigners; foreign->type != NULL; foreign++) {
        ck_assert_msg(fl_family_find(foreign->type) == NULL, "%s is known and foreign", foreign->type);
        ck_assert_msg(fl_family_find(foreign->nearest) != NULL, "%s: nearest to %s, which is not known", foreign->type,
                      foreign->nearest);
        ck_assert_msg(fl_foreign_find(foreign->type) == foreign, "%s is there twice", foreign->type);
    }
}
END_TEST

Suite *test_fields_suite(void)
{
    Suite *suite = suite_create("fields");
    TCase *tcase = tcase_create("fields");
    int families = 0;
    while (fl_families[families].type != NULL)
        families++;
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, no_field_is_dropped_in_silence, 0, families);
    tcase_add_loop_test(tcase, every_field_of_a_family_does_something, 0, EFFECTS);
    tcase_add_test(tcase, tables_do_not_contradict_one_another);
    suite_add_tcase(suite, tcase);
    return suite;
}
