/* config_head.c - what a network ends with: by the class that "architectures" names, and by its labels.
 *
 * A published class is the family's name and an ending ("Llama" + "ForCausalLM"); the
 * ending says what the head is. A class that is none of the family's own may be another
 * network, and is told.
 */
#include <string.h>

#include "base/arena.h"
#include "traces/build.h"
#include "traces/config.h"

enum { LABELS_PRESET = 2 };             /* of the reference implementation, where labels are wanted and none is named */

enum ending { BARE, PROJECTION, ENCODER, VOCABULARY, MASKED, LABELS, LABEL_EACH, SPAN, CHOICE, IMAGE, IMAGE_TWICE };
static const struct { const char *name; enum ending ending; } endings[] = {
    { "ForCausalLM", VOCABULARY },
    { "WithLMHeadModel", VOCABULARY },
    { "LMHeadModel", VOCABULARY },
    { "LMHeadCustomModel", VOCABULARY },
    { "ForConditionalGeneration", VOCABULARY },
    { "MTModel", VOCABULARY },
    { "EncoderModel", ENCODER },
    { "ModelWithProjection", PROJECTION },
    { "ForMaskedLM", MASKED },
    { "ForPreTraining", MASKED },
    { "ForSequenceClassification", LABELS },
    { "ForTokenClassification", LABEL_EACH },
    { "ForQuestionAnswering", SPAN },
    { "ForMultipleChoice", CHOICE },
    { "ForImageClassificationWithTeacher", IMAGE_TWICE },
    { "ForImageClassification", IMAGE },
    { "Model", BARE },
};
enum { ENDINGS = sizeof endings / sizeof *endings };

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* Whether a class is one of the family's own: one of the beginnings in `classes`, and the ending. */
static bool own_class(const char *class_name, const char *classes, const char *ending)
{
    size_t length = strlen(class_name) - strlen(ending);
    for (const char *at = classes; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == length && strncmp(class_name, at, word) == 0)
            return true;
        at += word;
    }
    return false;
}

/* The first name of the list "architectures", or NULL. */
static const char *class_of(struct fl_config *c)
{
    const char *found;
    json_t *list;
    if (!fl_config_find(c, FL_FIELD_ARCHITECTURES, &list, &found) || list == NULL)
        return NULL;
    const json_t *first = json_array_get(list, 0);
    if (!json_is_array(list) || (first != NULL && !json_is_string(first))) {
        fl_config_fail(c, found, "%s; a list of one text is wanted: %s",
                       json_is_array(list) ? "a list of others" : fl_config_type(list),
                       fl_field_rules[FL_FIELD_ARCHITECTURES].meaning);
        return NULL;
    }
    if (json_array_size(list) > 1)
        fl_config_note(c, "architectures = %s: the first counts", fl_config_value(c, list));
    return json_string_value(first);
}

/* The labels that the file names; -1: it says nothing of labels. */
static int64_t labels_of(struct fl_config *c)
{
    const char *found;
    json_t *names;
    fl_config_find(c, FL_FIELD_LABEL_NAMES, &names, &found);
    if (names != NULL && !json_is_object(names)) {
        fl_config_fail(c, found, "%s; an object is wanted, a name for each label", fl_config_type(names));
        names = NULL;
    }
    return fl_config_count(c, FL_FIELD_LABELS, 0, names ? (int64_t)json_object_size(names) : -1);
}

/* What a family ends with if the class does not say. */
static enum ending preset_ending(const struct fl_model *m, int64_t labels)
{
    if (m->family->kind == FL_VISION_ENCODER)
        return labels > 0 ? IMAGE : BARE;
    bool text = fl_model_decodes(m) || m->cached;
    return text ? VOCABULARY : BARE;
}

static void set_labels(struct fl_model *m, int64_t labels, int64_t classifiers)
{
    m->labels = labels >= 0 ? labels : LABELS_PRESET;
    m->classifiers = classifiers;
    m->head = m->labels > 0 ? FL_HEAD_LABELS : FL_HEAD_NONE;
}

/* Without a head. */
static void set_bare(struct fl_config *c, struct fl_model *m, bool said)
{
    const struct fl_family *family = m->family;
    bool encoder = family->kind == FL_TEXT_ENCODER, vision = family->kind == FL_VISION_ENCODER;
    bool plain = vision && !family->one_token && !family->probes;
    m->probe = family->probes && fl_config_flag(c, FL_FIELD_PROBE, true);
    m->projection = family->projects ? fl_config_count(c, FL_FIELD_TOWER_WIDTH, 1, m->width) : 0;
    m->pooler = (encoder && family->pooler == NULL) || (said && plain);
    m->head_on_all = !m->pooler && !family->one_token && m->projection == 0;
}

/* `said`: by the class, and not for want of one; a bare vision model then has a pooler. */
static void set_head(struct fl_config *c, enum ending ending, int64_t labels, bool said)
{
    struct fl_model *m = c->model;
    bool encoder = m->family->kind == FL_TEXT_ENCODER;
    int64_t projection = fl_config_count(c, FL_FIELD_PROJECTION, 1, m->family->projection);
    switch (ending) {
    case VOCABULARY:
        m->head = FL_HEAD_VOCABULARY;
        m->transform = encoder;
        return;
    case ENCODER:
        m->encoder_alone = true;
        return;
    case LABELS:
        m->pooler = encoder || m->encoder != NULL;
        set_labels(m, labels, 1);
        return;
    case LABEL_EACH:
    case SPAN:
        m->head_on_all = true;
        set_labels(m, ending == SPAN ? 2 : labels, 1);
        return;
    case CHOICE:
        m->pooler = encoder;
        set_labels(m, 1, 1);
        return;
    case IMAGE:
    case IMAGE_TWICE:
        set_labels(m, labels, ending == IMAGE_TWICE ? 2 : 1);
        m->head_on_all = m->head == FL_HEAD_NONE;
        return;
    case MASKED:
        m->pooler = m->family->pooler == NULL;
        m->head_on_all = !m->pooler;
        return;
    case PROJECTION:
        m->projection = projection;
        return;
    case BARE:
        set_bare(c, m, said);
        return;
    }
}

/* Heads that a family cannot have. */
static bool fits(const struct fl_model *m, enum ending ending)
{
    bool image = ending == IMAGE || ending == IMAGE_TWICE, vision = m->family->kind == FL_VISION_ENCODER;
    if (ending == IMAGE_TWICE)
        return m->family->extra_tokens == 2;
    if (ending == MASKED)
        return m->family->kind == FL_TEXT_ENCODER;
    if (ending == ENCODER)
        return m->encoder != NULL;
    if (ending == PROJECTION)
        return m->family->projection > 0;
    if (m->family->kind == FL_TEXT_TOWER)
        return ending == BARE;
    return vision ? image || ending == BARE : !image;
}

void fl_config_head(struct fl_config *c)
{
    struct fl_model *m = c->model;
    int64_t labels = labels_of(c);
    const char *class_name = class_of(c);
    enum ending ending = preset_ending(m, labels);
    int known = -1;
    for (int i = 0; i < ENDINGS && class_name != NULL && known < 0; i++)
        if (ends_with(class_name, endings[i].name))
            known = i;
    bool own = known >= 0 && own_class(class_name, m->family->classes, endings[known].name);
    bool taken = known >= 0 && fits(m, endings[known].ending) && (own || endings[known].ending != BARE);
    if (taken)
        ending = endings[known].ending;
    if (class_name != NULL && !own)
        fl_config_note(c, "architectures = %s: none of %s's own classes; taken as %s%s", fl_config_word(c, class_name),
                       m->family->type, m->family->type, taken ? "" : " with its usual head");
    else if (class_name != NULL && !taken)
        fl_config_note(c, "architectures = %s: its head is not known; taken with the usual head of %s", class_name,
                       m->family->type);
    if (ending == MASKED && m->causal)
        ending = VOCABULARY;
    set_head(c, ending, labels, taken);
    if (ending == MASKED)
        fl_config_note(c, "architectures = %s: the head over the vocabulary, for masked tokens, is left out%s",
                       fl_config_word(c, class_name), m->pooler ? "; the pooler stands in its place" : "");
}
