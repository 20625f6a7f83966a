/* op_type.c - kinds of operators by name. */
#include <string.h>

#include "traces/ops.h"

const struct fl_op_type *fl_op_type_find(const char *name)
{
    for (size_t i = 0; fl_op_types[i] != NULL; i++)
        if (strcmp(fl_op_types[i]->name, name) == 0)
            return fl_op_types[i];
    return NULL;
}
