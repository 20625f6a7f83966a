/* evaluate.h - how well a network does, exactly or through a machine.
 *
 * Batches of windows go to as many threads as wanted; sums are taken in the order of batches afterwards, so that the
 * number of threads does not change a bit.
 */
#ifndef FL_EVALUATE_H
#define FL_EVALUATE_H

#include "learn/net.h"
#include "learn/optics.h"
#include "learn/text.h"

struct fl_evaluation {
    size_t symbols;
    double loss;                        /* mean of -ln p of the next symbol; perplexity e^loss */
    double detected;                    /* photons on detectors */
    int64_t macs, optical_macs;
};

/* Calibrates a machine on `windows` windows of training text; what it was calibrated to before is forgotten. */
void fl_calibrate(const struct fl_net *net, const struct fl_text *text, size_t windows, struct fl_optics *optics);
/* Photons detected for an optical MAC on a calibrated machine, with the chains its sites now have; 0: none is
 * optical. */
double fl_light_of(const struct fl_optics *optics);

/* Tests on `windows` windows spread over the test text. optics NULL: exactly. `noise`: key of the noise. */
struct fl_evaluation fl_evaluate(const struct fl_net *net, const struct fl_text *text, struct fl_optics *optics,
                                 uint64_t noise, size_t windows, int jobs);

#endif
