/* registry.c - the strategies, in order of preference: of two with equal bounds the earlier is taken.
 *
 * Weights that stay cost no loads; the digital unit comes last.
 */
#include <string.h>

#include "mapping/mapper.h"

extern const struct fl_mapper fl_mapper_weights_in_place, fl_mapper_weight_stationary, fl_mapper_output_stationary,
    fl_mapper_input_stationary, fl_mapper_digital, fl_mapper_auto, fl_mapper_search;

const struct fl_mapper *const fl_mappers[] = {
    &fl_mapper_weights_in_place, &fl_mapper_weight_stationary, &fl_mapper_output_stationary,
    &fl_mapper_input_stationary, &fl_mapper_digital, &fl_mapper_auto, &fl_mapper_search, NULL,
};

const struct fl_mapper *fl_mapper_find(const char *name)
{
    for (const struct fl_mapper *const *mapper = fl_mappers; *mapper != NULL; mapper++)
        if (strcmp((*mapper)->name, name) == 0)
            return *mapper;
    return NULL;
}
