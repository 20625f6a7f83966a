/* accuracy.h - what a design makes of a network, next to what it takes: perplexity and joules of one machine.
 *
 * The one idea: one design file gives both. Its mapping says which products are optical; its keys say through which
 * chain, and with how much light; the same keys and the same work, as an operator trace, go to the simulator for the
 * energy. `--photons-per-mac` turns the design's own knob (source.photon_bits, or source.error where the budget is
 * `signal`), so that energy and errors move together.
 */
#ifndef FL_ACCURACY_H
#define FL_ACCURACY_H

#include "learn/machine.h"

struct fl_accuracy_ask {
    struct fl_request request;          /* design, set, mapper, objective; no workload */
    const char *net;                    /* a shipped name or a file */
    const char *text, *wordnet;         /* test on this instead of the text of the network; folder of WordNet. NULL */
    struct fl_machine_ask machine;
    int seeds, windows, jobs;           /* at least 1 */
};

/* One arithmetic: "optical": the design. "noiseless": the design without noise and systematic error: its encoding,
 * bits and ranges. "8 bits": digital, inputs, weights and outputs of 8 bits. "exact": float32. */
struct fl_accuracy_row {
    const char *arithmetic, *design, *net;
    double perplexity, sigma;           /* mean and standard deviation over seeds; sigma NAN with one */
    double over_exact;                  /* perplexity over that of exact arithmetic */
    double photons_per_mac;             /* detected; this and the rest NAN where it is not the design's */
    double optical_share;               /* of the MACs */
    double j_per_token, j_per_mac;
    int64_t symbols;
    int seeds;
};
/* Tells the four rows. */
bool fl_accuracy(const struct fl_accuracy_ask *ask, void (*tell)(void *context, const struct fl_accuracy_row *row),
                 void *context, struct fl_err *err);

#endif
