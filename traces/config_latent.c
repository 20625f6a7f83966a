/* config_latent.c - attention whose keys and values are made of a narrow vector of each token (latent attention). */
#include <inttypes.h>

#include "traces/build.h"
#include "traces/config.h"

/* Presets of the reference implementation, of all families that have it. */
enum { RANK = 512, QUERY_RANK = 1536, PLAIN = 128, ROTATED = 64, VALUE = 128 };

void fl_config_latent(struct fl_config *c)
{
    struct fl_model *m = c->model;
    struct fl_latent *l = &m->latent;
    m->heads = fl_config_count(c, FL_FIELD_HEADS, 1, FL_REQUIRED);
    l->rank = fl_config_count(c, FL_FIELD_KV_RANK, 1, RANK);
    l->query_rank = fl_config_is_null(c, FL_FIELD_Q_RANK) ? 0 : fl_config_count(c, FL_FIELD_Q_RANK, 1, QUERY_RANK);
    l->plain = fl_config_count(c, FL_FIELD_PLAIN_WIDTH, 1, PLAIN);
    l->rotated = fl_config_count(c, FL_FIELD_ROTATED_WIDTH, 1, ROTATED);
    l->value = fl_config_count(c, FL_FIELD_VALUE_WIDTH, 1, VALUE);
    if (c->good && l->value < l->rotated)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_VALUE_WIDTH), "%" PRId64 " values of a head are fewer than the "
                       "%" PRId64 " that are rotated (%s); keys and values of such heads are not simulated", l->value,
                       l->rotated, fl_config_name(c, FL_FIELD_ROTATED_WIDTH));
    m->head_width = l->plain + l->rotated;
    m->kv_heads = m->heads;
    int64_t said = fl_config_count(c, FL_FIELD_KV_HEADS, 1, m->heads);
    if (said != m->heads)
        fl_config_note(c, "%s = %" PRId64 " is not used: keys and values of all heads are made of one vector",
                       fl_config_name(c, FL_FIELD_KV_HEADS), said);
}
