/* lighting.c - photons of a full-scale output by the two budgets. */
#include "phys/lighting.h"

#include <stddef.h>

const char *const fl_budget_names[] = {"full_scale", "signal", "sensitivity", NULL};

void fl_lighting_operands(const struct fl_lighting *light, bool non_negative, double length, struct fl_operand *input,
                          struct fl_operand *weight)
{
    struct fl_draw x, w;
    if (light->statistics == FL_STAT_TRAINED)
        fl_draw_trained(non_negative, light->peak_sigmas, length, &x, &w);
    else
        fl_draw_named(non_negative ? FL_STAT_NON_NEGATIVE : light->statistics, light->peak_sigmas, light->common, &x,
                      &w);
    *input = fl_operand_of(&x);
    *weight = fl_operand_of(&w);
}

double fl_lighting_full_photons(const struct fl_lighting *light, const struct fl_coding *coding)
{
    if (light->budget == FL_BUDGET_SENSITIVITY)
        return light->photons / fl_encoded_full(coding);
    return fl_photons_for_bits(light->bits, light->convention) * light->headroom;
}

double fl_lighting_photons(const struct fl_lighting *light, const struct fl_coding *coding,
                           const struct fl_operand *input, const struct fl_operand *weight, double length)
{
    if (light->budget != FL_BUDGET_SIGNAL)
        return fl_lighting_full_photons(light, coding);
    double of = light->width > 0 ? light->width : length;
    struct fl_operand x = *input, w = *weight;
    if (light->statistics == FL_STAT_TRAINED)
        fl_lighting_operands(light, input->non_negative, of, &x, &w);
    return fl_budget_signal(coding, &x, &w, of, light->error).photons;
}

double fl_lighting_operand_photons(const struct fl_lighting *light, const struct fl_coding *coding,
                                   const struct fl_operand *input, const struct fl_operand *weight, double length,
                                   double tiles)
{
    bool apart = light->width == 0 && !light->shared_over_k;
    double photons = fl_lighting_photons(light, coding, input, weight, apart ? length / tiles : length);
    if (light->width > 0)               /* an operand has its part of it */
        return photons * (length / light->width);
    return apart ? photons * tiles : photons;
}
