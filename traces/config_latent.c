/* config_latent.c - attention whose keys and values are made of a narrow vector of each token (latent attention). */
#include <inttypes.h>

#include "traces/build.h"
#include "traces/config.h"

void fl_config_latent(struct fl_config *c)
{
    struct fl_model *m = c->model;
    const struct fl_family_latent *preset = m->family->latent;
    struct fl_latent *l = &m->latent;
    m->heads = fl_config_count(c, FL_FIELD_HEADS, 1, FL_REQUIRED);
    l->rank = fl_config_count(c, FL_FIELD_KV_RANK, 1, preset->rank);
    l->query_rank = fl_config_is_null(c, FL_FIELD_Q_RANK) ? 0
                                                          : fl_config_count(c, FL_FIELD_Q_RANK, 1, preset->query_rank);
    l->plain = fl_config_count(c, FL_FIELD_PLAIN_WIDTH, 1, preset->plain);
    l->rotated = fl_config_count(c, FL_FIELD_ROTATED_WIDTH, 1, preset->rotated);
    int64_t value = preset->value > 0 ? preset->value : m->width / fl_most(m->heads, 1);
    l->value = fl_config_count(c, FL_FIELD_VALUE_WIDTH, 1, value);
    m->head_width = l->plain + l->rotated;
    m->kv_heads = m->heads;
    int64_t said = fl_config_count(c, FL_FIELD_KV_HEADS, 1, m->heads);
    if (said != m->heads)
        fl_config_note(c, "%s = %" PRId64 " is not used: keys and values of all heads are made of one vector",
                       fl_config_name(c, FL_FIELD_KV_HEADS), said);
}
