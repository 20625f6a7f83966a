/* loss.h - where the light goes between the laser and the detectors.
 *
 * The one idea: an element of the path first loses a share of the light (its loss, dB) and
 * then may divide the rest into equal branches. Division is not loss: summed over all
 * branches the light is still there. So
 *
 *     emitted = detected + lost, element by element.
 *
 * Amounts are photons, or energies, or powers: anything the law conserves.
 */
#ifndef FL_LOSS_H
#define FL_LOSS_H

#include <stddef.h>

struct fl_element {
    const char *name;               /* "coupler", "fan-out", "slm" */
    double loss_db;                 /* excess loss, at least 0 */
    double ways;                    /* equal branches after it; 1: none; 0 reads as 1 */
};

/* What one element did to the light; amounts are summed over all branches. */
struct fl_light {
    double entering, lost, leaving;
    double branches;                /* after the element */
};

/* Follows `emitted` through the path; light[i] tells of element i. Returns what leaves the last element, summed over
 * all branches; one branch carries that over light[count - 1].branches. */
double fl_path_walk(const struct fl_element *path, size_t count, double emitted, struct fl_light *light);
/* Sum of the losses, dB, division excluded: 10^(-dB / 10) of what was emitted arrives, over all branches. */
double fl_path_loss_db(const struct fl_element *path, size_t count);
/* Losses and division, dB: what one branch has against what was emitted. */
double fl_path_branch_db(const struct fl_element *path, size_t count);
/* |emitted - detected - sum of losses| / emitted: rounding alone, or a broken law. Light that leaves the path without
 * being detected (detector inefficiency) is the last element's loss: give the quantum efficiency as an element. */
double fl_path_unbalance(const struct fl_light *light, size_t count, double emitted, double detected);
/* An efficiency as a loss: -10 log10(efficiency) dB. */
double fl_loss_of_efficiency_db(double efficiency);

/* A 1:M fan-out. Every row gets its division whether it is used or not; light on unused rows is lost to the result. */
struct fl_fanout {
    double per_row;                 /* emitted x transmission / rows */
    double used, unused;            /* summed over used and over other rows */
    double lost;                    /* excess loss */
};
struct fl_fanout fl_fanout_divide(double emitted, double rows, double used_rows, double excess_loss_db);
/* Excess loss of a tree of 1:2 splitters: ceil(log2 branches) stages of `stage_db` each. */
double fl_fanout_tree_db(double branches, double stage_db);

/* Laser power by link budget, mW electrical: 10^((S + L + 10 log10 fan-out) / 10) 2^b / wall plug, with S the
 * detector's sensitivity (dBm) and L the insertion loss (dB). Lightening-Transformer simulator (commit 7c3d4ad8),
 * after CrossLight (DAC 2021). It asks for 2^b times the sensitivity where shot noise would ask for 4^b. */
double fl_laser_link_mw(double sensitivity_dbm, double loss_db, double fan_out, double bits, double wall_plug);

/* More light that symbols of `bits` bits want at clocks of GHz than a link budget says, dB: 3 of modulator bias, 2 of
 * margin, and a closed eye, 10 times at 3 bits and 21 at 4. Mukherjee, Lis and Shekhar, "Shining light on silicon
 * photonic DNN accelerators". Both are 1.4 (2^b - 1), which is taken for other widths [inferred]. */
double fl_integrity_db(double bits);

#endif
