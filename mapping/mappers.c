/* mappers.c - all mappers by name: the strategies, and those that choose among them. */
#include <string.h>

#include "mapping/mapper.h"

static const struct fl_mapper *const choosers[] = { &fl_mapper_auto, &fl_mapper_search };
enum { CHOOSERS = sizeof choosers / sizeof *choosers };

const struct fl_mapper *fl_mapper_at(size_t index)
{
    if (index < FL_STRATEGIES)
        return fl_strategies[index];
    return index < FL_STRATEGIES + CHOOSERS ? choosers[index - FL_STRATEGIES] : NULL;
}

const struct fl_mapper *fl_mapper_find(const char *name)
{
    const struct fl_mapper *mapper;
    for (size_t i = 0; (mapper = fl_mapper_at(i)) != NULL && strcmp(mapper->name, name) != 0;)
        i++;
    return mapper;
}
