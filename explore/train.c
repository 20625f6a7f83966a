/* train.c - what sweeps and claims say of a step of training. */
#include "explore/train.h"

bool fl_train_read(const struct fl_reader *r, const char *group, struct fl_train *train, bool *any)
{
    bool good = true;
    *any = false;
    for (const struct fl_train_key *key = fl_train_keys; key->name != NULL; key++) {
        void *at = fl_train_at(train, key);
        const char **text = at;
        if (key->kind == FL_TRAIN_TEXT)
            *text = *text != NULL ? *text : fl_reader_text(r, group, key->name);
        else if (key->kind == FL_TRAIN_COUNT)
            good = fl_reader_whole(r, group, key->name, 1, FL_TRAIN_PARTS, at) && good;
        else
            good = fl_reader_flag(r, group, key->name, at) && good;
        *any |= fl_reader_find(r, group, key->name) != NULL;
    }
    return good;
}
