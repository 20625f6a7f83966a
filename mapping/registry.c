/* registry.c - the strategies that say themselves how, in order of preference: of two with equal bounds the earlier is
 * taken.
 *
 * Weights that stay cost no loads; the digital unit comes last.
 */
#include "mapping/mapper.h"

extern const struct fl_mapper fl_mapper_weights_in_place, fl_mapper_weight_stationary, fl_mapper_output_stationary,
    fl_mapper_input_stationary, fl_mapper_streamed, fl_mapper_spread, fl_mapper_digital;

const struct fl_mapper *const fl_strategies[FL_STRATEGIES + 1] = {
    &fl_mapper_weights_in_place, &fl_mapper_weight_stationary, &fl_mapper_output_stationary,
    &fl_mapper_input_stationary, &fl_mapper_streamed, &fl_mapper_spread, &fl_mapper_digital, NULL,
};
