/* detect.h - the inner loops of every product through light: values to levels, and what detectors and ADC make of it.
 *
 * The one idea: outputs do not depend on one another, so several are worked on side by side, by the widest vectors of
 * this processor; each goes through the same operations in the same order as alone, so widths change no bit (they are
 * divisions, roots and products, all rounded as IEEE 754 asks, and none is fused).
 */
#ifndef FL_DETECT_H
#define FL_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "learn/gemm.h"
#include "phys/bits.h"

/* What every detection of a product has in common. */
struct fl_detector {
    double level, dark, sigma_e;        /* photons of full level; mean dark count; of the receiver */
    double rin, own_rin;                /* intensity noise: of all inputs together; of each by itself */
    struct fl_adc adc, reference;
    uint64_t photons, read, flicker;    /* keys of noise */
    bool quiet, pair;
};

/* The number an ADC gives for light on a pair (or on one detector: difference = light), mean dark current taken off.
 * `place`: of its noise. */
double fl_detect(const struct fl_detector *detector, const struct fl_adc *adc, uint64_t place, double light,
                 double difference);

/* A row of detections: light and difference at level 1, of which `level` is lit; noise from `place` on. What the ADC
 * gives, times `worth`, is added to sum. Returns the light. */
struct fl_detect_row {
    const float *light, *difference;
    size_t count;
    uint64_t place;
    double level, worth, *sum;
};
double fl_detect_row(const struct fl_detector *detector, const struct fl_detect_row *row);

/* Values over a range of their own each, or over a full level that all have (range NULL), held to -1 .. 1 and rounded
 * to `top` levels (fl_bits_top): signed levels, or, `offset`, levels of (1 + value) / 2. */
struct fl_leveling {
    const float *value, *range;
    double full, top;
    bool offset;
    size_t count;
    double *level;
};
void fl_levels(const struct fl_leveling *leveling);
/* Values in place, rounded to the nearest of 2 top + 1 levels over such ranges, as floats; top 0: as they are. */
struct fl_rounding {
    float *value;
    const float *range;
    float full;
    double top;
    size_t count;
};
void fl_round_row(const struct fl_rounding *rounding);

/* The same by vectors of as many bytes as fl_gemm_by takes, or fewer if this processor has none, for tests. */
double fl_detect_row_by(enum fl_gemm_width width, const struct fl_detector *detector, const struct fl_detect_row *row);
void fl_levels_by(enum fl_gemm_width width, const struct fl_leveling *leveling);
void fl_round_row_by(enum fl_gemm_width width, const struct fl_rounding *rounding);

#endif
