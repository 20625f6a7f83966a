/* field.h - the fields of config.json files: who reads which, under which names, and what becomes of the rest.
 *
 * A field is read by some families and by no other. What nobody reads is either known to
 * leave the shape of a network alone (fl_fields_harmless), or known to change it
 * (fl_fields_shaping: told or refused, unless its value says that it is not used), or not
 * known at all, and then told. Nothing is dropped in silence.
 */
#ifndef FL_TRACE_FIELD_H
#define FL_TRACE_FIELD_H

#include "traces/family.h"

enum fl_field {
    FL_FIELD_WIDTH, FL_FIELD_LAYERS, FL_FIELD_HEADS, FL_FIELD_KV_HEADS, FL_FIELD_MULTI_QUERY, FL_FIELD_HEAD_TYPE,
    FL_FIELD_HEAD_WIDTH, FL_FIELD_FFN, FL_FIELD_ACTIVATION, FL_FIELD_GATE, FL_FIELD_EXPERTS, FL_FIELD_EXPERTS_USED,
    FL_FIELD_EXPERT_FFN, FL_FIELD_SHARED_FFN, FL_FIELD_EXPERTS_EVERY, FL_FIELD_DENSE_LAYERS, FL_FIELD_SHARED_EXPERTS,
    FL_FIELD_DENSE_FIRST, FL_FIELD_SCORING, FL_FIELD_KV_RANK, FL_FIELD_Q_RANK, FL_FIELD_PLAIN_WIDTH,
    FL_FIELD_ROTATED_WIDTH, FL_FIELD_VALUE_WIDTH, FL_FIELD_PARALLEL, FL_FIELD_NEW_DECODER, FL_FIELD_LAYER_NORMS,
    FL_FIELD_NORM_BEFORE, FL_FIELD_NO_FINAL_NORM, FL_FIELD_VOCAB, FL_FIELD_EMBED_WIDTH, FL_FIELD_TIED, FL_FIELD_TYPES,
    FL_FIELD_POSITIONS, FL_FIELD_POSITION_TYPE, FL_FIELD_ALIBI, FL_FIELD_ROTARY_SHARE, FL_FIELD_ROTARY_WIDTH,
    FL_FIELD_WINDOW, FL_FIELD_WINDOW_USED, FL_FIELD_WINDOW_LAYERS, FL_FIELD_WINDOW_EVERY, FL_FIELD_CHUNK,
    FL_FIELD_LAYER_TYPES, FL_FIELD_LAYER_GROUPS, FL_FIELD_DECODER, FL_FIELD_CAUSAL, FL_FIELD_ARCHITECTURES,
    FL_FIELD_QUANTIZED, FL_FIELD_LABELS, FL_FIELD_LABEL_NAMES, FL_FIELD_GROUPS, FL_FIELD_PROJECTION,
    FL_FIELD_TOWER_WIDTH, FL_FIELD_PROBE, FL_FIELD_IMAGE, FL_FIELD_PATCH, FL_FIELD_CHANNELS, FL_FIELD_ENCODER_LAYERS,
    FL_FIELD_DECODER_LAYERS, FL_FIELD_ENCODER_HEADS, FL_FIELD_DECODER_HEADS, FL_FIELD_ENCODER_FFN,
    FL_FIELD_DECODER_FFN, FL_FIELD_FFN_KIND, FL_FIELD_SOURCE, FL_FIELD_BINS, FL_FIELD_DECODER_VOCAB,
    FL_FIELD_ONE_TABLE, FL_FIELD_BOTH, FL_FIELD_QUERY_NORMS, FL_FIELD_PLAIN_LAYERS, FL_FIELD_PLAIN_EVERY,
    FL_FIELD_DENSE_FFN, FL_FIELD_EXPERT_LAYERS, FL_FIELD_EXPERTS_LAST,
    FL_FIELDS
};

enum { FL_FIELD_NAMES = 8 };
struct fl_field_rule {
    const char *meaning;                /* "width of the model" */
    const char *name[FL_FIELD_NAMES];   /* as published, NULL at the end; any will do, and two must agree */
    const char *leftover;               /* one of the names that yields to the others, as it does where it comes from;
                                           NULL: none */
    const char *families;               /* model types that read it, or kinds of them ("decoders", "encoders", "towers",
                                           "both", "text", "vision", "experts", "latent"); NULL: all */
};
extern const struct fl_field_rule fl_field_rules[FL_FIELDS];
/* Whether models of this family are described by that field. */
bool fl_field_is_of(enum fl_field field, const struct fl_family *family);

/* Names of fields that say nothing of a network's shape; NULL at the end. */
extern const char *const fl_fields_harmless[];
bool fl_field_is_harmless(const char *name);

/* Fields that change a network in a way that no family here has. */
struct fl_shaping {
    const char *name;
    bool refused;                       /* else told in a note */
    int64_t idle;                       /* a number up to this changes nothing; nor do null, false and what is empty */
    const char *idle_text;              /* nor does this text; NULL: none */
    const char *what;                   /* "a mixture of experts" */
};
extern const struct fl_shaping fl_fields_shaping[];     /* ends with a NULL name */
const struct fl_shaping *fl_shaping_find(const char *name);

#endif
