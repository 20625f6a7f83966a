/* train.h - a Transformer that learns: to continue text, symbol by symbol, or to class images.
 *
 * It may learn on a machine: forward products go through the machine's optics, with its noise, and backward ones are
 * exact, as if rounding and noise were not there (straight through: Y. Bengio et al., arXiv:1308.3432). Ranges follow
 * the network, calibrated anew every 50 steps; light falls from 100 times to that of the machine over the first 60 %
 * of the steps, for a network that starts in the dark does not learn. */
#ifndef FL_TRAIN_H
#define FL_TRAIN_H

#include "learn/feedback.h"
#include "learn/machine.h"

struct fl_train_ask {
    struct fl_transformer shape;
    uint64_t seed;
    int steps, batch;                   /* batch: windows, or images, of a step */
    double rate;                        /* the largest of Adam */
    double decay;                       /* of weights, tables and places in a step, times the rate (learn/adam.h);
                                           biases and norms do not decay */
    struct fl_light_machine *machine;   /* NULL: exact */
    struct fl_projection *feedback;     /* direct feedback alignment, a block; NULL: backpropagation */
    bool head_only;                     /* the rest stays as it started */
    const char *checkpoint, *recipe;    /* file that keeps the state every 50 steps, and what it is told to be of
                                           (learn/checkpoint.h); NULL: none. Not with an OPU, whose range is not kept */
    /* Told the loss of a step (mean nats a symbol) now and then; NULL: nobody. */
    void (*progress)(void *context, int step, double loss);
    void *context;
};
/* A network of ask->shape at its random start; net's arena gets its parameters. */
void fl_train_start(const struct fl_train_ask *ask, struct fl_net *net);
/* Training from there, or from where the checkpoint is: the result has the same bits. Faults are those of the
 * checkpoint; without one there are none. The file stays when training is done. */
bool fl_train(const struct fl_train_ask *ask, const struct fl_data *data, struct fl_net *net,
                         struct fl_err *err);

#endif
