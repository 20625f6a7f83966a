/* evaluate.h - how well a network does, exactly or through a machine.
 *
 * Batches of windows, or rows, go to as many threads as wanted; sums are taken in the order of batches afterwards, so
 * that the number of threads does not change a bit.
 */
#ifndef FL_EVALUATE_H
#define FL_EVALUATE_H

#include "learn/data.h"
#include "learn/optics.h"

struct fl_evaluation {
    size_t symbols, hits;               /* symbols, or rows, that were tested on; told rightly */
    double loss;                        /* mean of -ln p of the right one; perplexity e^loss */
    double detected;                    /* photons on detectors */
    int64_t macs, optical_macs;
};

/* Calibrates a machine on `windows` windows of training text, or on rows with classes (on a graph on all nodes); what
 * it was calibrated to before is forgotten. */
void fl_calibrate(const struct fl_net *net, const struct fl_data *data, size_t windows, struct fl_optics *optics);
/* Photons detected for an optical MAC on a calibrated machine, with the chains its sites now have; 0: none is
 * optical. */
double fl_light_of(const struct fl_optics *optics);

/* Tests on `windows` windows spread over the test text, or on all rows that are for testing. optics NULL: exactly.
 * `noise`: key of the noise. */
struct fl_evaluation fl_evaluate(const struct fl_net *net, const struct fl_data *data, struct fl_optics *optics,
                                 uint64_t noise, size_t windows, int jobs);

#endif
