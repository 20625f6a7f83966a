/* optics.h - the products of a network as a machine makes them: the multiplier between a network and phys/.
 *
 * The one idea: every site (operator and layer) has a chain, what its products go through, and ranges, what full level
 * stands for. Ranges are measured once, on data of the training kind and exact products, as a real machine is
 * calibrated; then products are made: values rounded and split as the encoding has it, light summed, photons counted,
 * noise of the receiver added, converted, decoded. Noise is looked up by place (learn/draw.h), so neither batches nor
 * threads change a bit.
 *
 * phys/montecarlo.h walks the same chain value by value with exact counts; tests hold the two and phys/precision.h
 * against each other.
 */
#ifndef FL_OPTICS_H
#define FL_OPTICS_H

#include "learn/product.h"
#include "phys/precision.h"

enum fl_chain_kind {
    FL_CHAIN_EXACT,                     /* float32 */
    FL_CHAIN_DIGITAL,                   /* whole numbers of ask.input_bits and weight_bits, sums exact, outputs rounded
                                           to ask.output_bits over their range */
    FL_CHAIN_OPTICAL,
    FL_CHAIN_NOISY                      /* float32, and normal noise of `error` over the spread of outputs */
};
struct fl_chain {
    enum fl_chain_kind kind;
    struct fl_precision_ask ask;        /* photons, length, tiles, bits, slices, encoding, receiver; the operands'
                                           moments are not used: the values themselves are there */
    bool quiet;                         /* no noise: rounding and ranges alone */
    double systematic;                  /* rms error of an output's own devices over the spread of its operator's
                                           outputs, drawn once a machine */
    double error;                       /* of FL_CHAIN_NOISY */
    double inside;                      /* share of inputs that the range of inputs holds, above 0; 1: all */
};

enum { FL_HISTOGRAM = 1 << 14 };        /* magnitudes by the upper bits of a float: 64 to an octave */

/* What calibration knows of a site. */
struct fl_ranges {
    double input, weight, output;       /* full level; weight: of operands that are computed. Weights have a range for
                                           each column */
    double spread;                      /* standard deviation of outputs */
    double net_mean, net_variance;      /* of the net count of a detection at level 1, for the ADC's range */
    double light;                       /* mean of its light at level 1 */
    double reference_mean, reference_variance;      /* of the reference row's */
};
struct fl_site_state {
    struct fl_chain chain;
    struct fl_ranges ranges;
    bool computed;                      /* both operands are computed */
    uint32_t *inputs, *weights, *outputs;           /* histograms, while measuring */
    double sums[3];                     /* of outputs: how many, sum, square */
    double terms[5];                    /* inputs: how many, squares; weights: the same; products of all outputs */
    double input_magnitudes;            /* sum over inputs */
    double column_peaks[2];             /* weights: how many columns, sum of the squares of their peaks */
    double counts[5];                   /* of detections: how many, net, its square; reference row: sum, square */
    double light;                       /* at level 1, of all detections while counting; and the MACs that took */
    int64_t macs;
};

struct fl_optics {
    int sites;
    struct fl_site_state *site;
    uint64_t machine;                   /* its systematic errors, and those of its weights' levels, are drawn by this */
    enum { FL_OPTICS_MEASURE, FL_OPTICS_COUNT, FL_OPTICS_RUN } phase;
};

/* A machine whose sites all have this chain, to be changed one by one; freed by fl_optics_free. */
void fl_optics_make(struct fl_optics *optics, int sites, const struct fl_chain *chain, uint64_t machine);
void fl_optics_free(struct fl_optics *optics);
/* Forgets all ranges: to be calibrated anew. */
void fl_optics_restart(struct fl_optics *optics);
/* Calibration: run the network over data with fl_optics_multiplier() in phase MEASURE (exact products, ranges are
 * gathered), then call fl_optics_ranged; again in phase COUNT, then fl_optics_counted. */
void fl_optics_ranged(struct fl_optics *optics);
void fl_optics_counted(struct fl_optics *optics);

/* Variance of a calibrated site's outputs over what independent operands without means would give: length x E[x^2]
 * E[w^2]; and that length, the mean number of products that are summed. */
double fl_site_correlation(const struct fl_site_state *site);
double fl_site_length(const struct fl_site_state *site);
/* Mean magnitude of its inputs over their rms. Full level over rms: of its inputs; of its weights, rms over columns. */
double fl_site_input_mean(const struct fl_site_state *site);
double fl_site_input_peak(const struct fl_site_state *site);
double fl_site_weight_peak(const struct fl_site_state *site);

/* One user of the machine: a thread's, with what it has used. */
struct fl_optics_run {
    struct fl_optics *optics;
    uint64_t noise;                     /* key of the noise */
    double detected;                    /* photons on detectors, mean */
    int64_t macs, optical_macs;
};
struct fl_multiplier fl_optics_multiplier(struct fl_optics_run *run);

/* ---- inside (optics.c, expose.c) ---- */

/* The optical product of a site: fills c; adds the light it took to run->detected. In phase COUNT only counts are
 * gathered and c is left alone. */
void fl_optics_expose(struct fl_optics_run *run, struct fl_site_state *site, const struct fl_product *work);
/* Full levels of the columns of B: one each for weights, all the same for a computed operand. */
void fl_optics_columns(const struct fl_site_state *site, const struct fl_product *work, float *range);
/* The largest magnitude in a view. */
float fl_optics_peak(struct fl_view view, size_t rows, size_t columns);

#endif
