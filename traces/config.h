/* config.h - what the readers of a config.json share: single fields, faults, notes, and what has been read so far.
 *
 *     m->layers = fl_config_count(c, FL_FIELD_LAYERS, 1, FL_REQUIRED);
 *
 * A field that is not of the model's family is absent for all of these functions; what
 * none of them has asked for by the end is fl_config_rest's to judge.
 */
#ifndef FL_TRACE_CONFIG_H
#define FL_TRACE_CONFIG_H

#include <jansson.h>

#include "traces/field.h"
#include "traces/model.h"

#define FL_REQUIRED INT64_MIN
enum { FL_LAYERS_APART = 1 << 16 };      /* layers that can be told apart */

struct fl_config {
    json_t *root;
    const char *where;                  /* the file */
    struct fl_arena *arena;
    struct fl_err *err;
    bool good;
    struct fl_model *model;             /* its family is known before any field is read; notes go there */
    json_t *read;                       /* an object: the names that were asked for, and what became of each */
};

/* "a text", "a number", "an object": what a value is. */
const char *fl_config_type(const json_t *value);
/* A fault of a field. */
void fl_config_fail(struct fl_config *c, const char *name, const char *format, ...) FL_PRINTF(3, 4);
/* A word that goes with the model into every report. */
void fl_config_note(struct fl_config *c, const char *format, ...) FL_PRINTF(2, 3);
/* A value in few letters, as JSON. */
const char *fl_config_value(struct fl_config *c, const json_t *value);
/* A text in few letters, fit for a line: what is not ASCII, or is a control character, as JSON writes it. */
const char *fl_config_word(struct fl_config *c, const char *text);

/* The field's value under the first of its names that has one, and that name; NULL if it is absent or null. Two names
 * that disagree are a fault (and false), or a note if one of them is a leftover. */
bool fl_config_find(struct fl_config *c, enum fl_field field, json_t **value, const char **name);
/* The name under which the file gives the field; the first of its names if it does not. */
const char *fl_config_name(struct fl_config *c, enum fl_field field);
/* A whole number from `least` to 2^40, or the preset; FL_REQUIRED: it must be given. A fault gives 0, so that what is
 * reckoned from it is left unsaid. */
int64_t fl_config_count(struct fl_config *c, enum fl_field field, int64_t least, int64_t preset);
/* Whether the file says null under one of the field's names, and nothing else under another. */
bool fl_config_is_null(struct fl_config *c, enum fl_field field);
/* Height and width, from one number or a list of two; 0, 0 after a fault. */
void fl_config_pair(struct fl_config *c, enum fl_field field, int64_t pair[2]);
bool fl_config_flag(struct fl_config *c, enum fl_field field, bool preset);
/* A share of a whole, above 0 and at most 1. */
double fl_config_share(struct fl_config *c, enum fl_field field, double preset);
/* A text; NULL if it is absent or a fault. */
const char *fl_config_text(struct fl_config *c, enum fl_field field);

/* ---- parts of a config.json ---- */
/* The part of a file of several networks that is asked for (NULL: its language model, if it is around one) is the root
 * from here on, and has what its class takes for granted. */
bool fl_config_part(struct fl_config *c, const char *asked);
/* The model's family by "model_type", or NULL and a fault that says what kind of network it is instead. */
const struct fl_family *fl_config_family(struct fl_config *c);
/* The feed-forward's function. */
void fl_config_activation(struct fl_config *c);
/* Whether it has a gate, which may say the function, too. */
void fl_config_gate(struct fl_config *c);
/* Of a decoder with an encoder in front: both stacks; what the encoder reads, once vocabulary and positions are known;
 * and what is left when all is read. */
void fl_config_encoder(struct fl_config *c);
void fl_config_encoder_input(struct fl_config *c);
void fl_config_encoder_end(struct fl_config *c);
/* How wide weights are stored. */
void fl_config_stored(struct fl_config *c);
/* Heads of latent attention. */
void fl_config_latent(struct fl_config *c);
/* The experts of a family that has them, and in which layers. */
void fl_config_experts(struct fl_config *c);
/* Which layers look back over a window, and how far. */
void fl_config_window(struct fl_config *c);
/* What the network ends with, by "architectures" and labels. */
void fl_config_head(struct fl_config *c);
/* What nobody has read: refused, told, or known to be harmless. */
void fl_config_rest(struct fl_config *c);

#endif
