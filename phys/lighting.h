/* lighting.h - how much light a source gives the products of a core.
 *
 * The one idea: a laser has a level. Either it gives a full-scale output so many photons, whatever
 * its length, or so many that shot noise leaves a wanted error of signed outputs, which depends on
 * their length and statistics (phys/encoding.h). It is set for each operand, or once for operands
 * as long as a core is wide. Or it gives each level of a full-scale output the power that its
 * detectors need, however long light lasts.
 */
#ifndef FL_LIGHTING_H
#define FL_LIGHTING_H

#include "phys/encoding.h"
#include "phys/photons.h"

enum fl_budget_kind { FL_BUDGET_FULL_SCALE, FL_BUDGET_SIGNAL, FL_BUDGET_SENSITIVITY };
extern const char *const fl_budget_names[];     /* "full_scale", "signal", "sensitivity"; ends with NULL */

struct fl_lighting {
    enum fl_budget_kind budget;
    double bits;                        /* full_scale: bits that shot noise must allow; sensitivity: 2^bits levels */
    double photons;                     /* sensitivity: of a full-scale output, whatever its bits */
    enum fl_bits_convention convention;
    double headroom;                    /* full scale over mean signal */
    double error;                       /* signal: rms shot error over the spread */
    enum fl_statistics statistics;      /* of operands */
    double peak_sigmas, common;
    double width;                       /* the level is that of operands so long; 0: each operand's own */
    bool shared_over_k;                 /* K-tiles share photons of an output; else each is an output of its own */
};

/* What the operands of a product so long are taken to be; inputs that have no sign are told apart. */
void fl_lighting_operands(const struct fl_lighting *light, bool non_negative, double length, struct fl_operand *input,
                          struct fl_operand *weight);
/* Photons of a full-scale output by bits: fl_photons_for_bits x headroom. Where weights have a beam of their own, those
 * of the inputs' beam; what detectors need (sensitivity) is light of both. */
double fl_lighting_full_photons(const struct fl_lighting *light, const struct fl_coding *coding);
/* Photons that the laser's level gives a full-scale output of `length` products in one tile and pass: those of its
 * budget, for operands such as these (statistics trained: those of that length instead). */
double fl_lighting_photons(const struct fl_lighting *light, const struct fl_coding *coding,
                           const struct fl_operand *input, const struct fl_operand *weight, double length);
/* The same over a whole operand that is done in `tiles` K-tiles, which share it or are outputs of their own length. */
double fl_lighting_operand_photons(const struct fl_lighting *light, const struct fl_coding *coding,
                                   const struct fl_operand *input, const struct fl_operand *weight, double length,
                                   double tiles);

#endif
