/* tolerance.h - what light a network will want, before any design: two figures of its products.
 *
 *     V   variance of the outputs over length x E[x^2] E[w^2]: 1 if all is independent and has no mean, more where
 *         inputs and weights have something in common. It sets how far the signal stands out of the light.
 *     e   error over spread of the outputs (of every operator, or of one kind alone) that makes the network 5 % or 20 %
 *         worse in perplexity; found with normal errors.
 *
 * Where light stands for zero, too (offset), it shines whatever the values are: n = X^2 W^2 / (e^2 V), with X and W,
 * full level over rms of inputs and weights; of inputs that are never negative their mean over rms counts, too. All are
 * told beside V.
 *
 * On dual rails shot noise then asks for n = (2 / pi)^2 / (e^2 V) detected photons a product, if operands are normal:
 * the light of a product goes as |x| |w|, whose mean is 2 / pi of the rms, on two rails that no sign makes dark.
 */
#ifndef FL_TOLERANCE_H
#define FL_TOLERANCE_H

#include <stdint.h>

#include "base/err.h"

struct fl_tolerance_ask {
    const char *net, *text, *wordnet;   /* as in fl_accuracy_ask */
    int context, windows, jobs;
    bool layers;                        /* every layer, too */
    bool parts;                         /* attention, its scores, ffn and head, and a light for each, too */
    void (*progress)(void *context, int64_t done, int64_t all);
    void *progress_context;
};
enum { FL_WORSE_5, FL_WORSE_20, FL_WORSE };     /* perplexity 1.05 and 1.20 times that of exact products */
/* Parts: "attention" (qkv, attn_out), "attention_scores" (scores, context), "ffn" (ffn_up, ffn_down), "head" (logits).
 * Each gets light of its own, so that the mean over products is least: with an excess that goes as the squared error,
 * and N photons for the wanted excess of a part alone, s = sqrt(macs N) over the sum of these is the part's share of
 * the excess, and N / s its light. What all tolerate with errors in these proportions is then tried. */
struct fl_tolerance_row {
    const char *name;                   /* of the operator or part; "all": of all together; "apart": of all parts */
    int layer;                          /* -1: all layers */
    double length;                      /* mean number of products summed */
    double v, v_least, v_most;          /* mean, and extremes over layers; NAN: of "all" */
    double input_mean;                  /* mean magnitude of inputs over their rms, mean over layers; NAN: of "all" */
    double input_peak, weight_peak;     /* full level over rms, of inputs and of weights (rms over columns, which have a
                                           range each), rms over layers; NAN: of "all" */
    double spread;                      /* rms over layers of the standard deviation of outputs; NAN: of "all" */
    double tolerated[FL_WORSE];         /* with errors there alone; NAN: not looked for ("apart") */
    double photons[FL_WORSE];           /* a product, by the formula above, at what all together tolerate; of a part
                                           at what it is given apart; "all", "apart": the mean over products */
};
/* Tells the rows of each kind of operator, in the order of a layer, then "all", then those of parts and "apart".
 * Networks that continue text only. */
bool fl_tolerance(const struct fl_tolerance_ask *ask, void (*tell)(void *context, const struct fl_tolerance_row *row),
                  void *context, struct fl_err *err);

#endif
