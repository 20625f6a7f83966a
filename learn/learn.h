/* learn.h - a task, ways to learn it, and what each of them reached: a table of learning.
 *
 * Tasks: `characters` (a Transformer continues text; DFA is a block), `digits` (another classes images), `graph` and
 * `letters` (two hidden layers, with and without a graph). Every table has the row of the last layer alone: what a
 * network knows that was never taught below its top, which a method must beat to have taught anything.
 */
#ifndef FL_LEARN_H
#define FL_LEARN_H

#include <stdio.h>

#include "api/fanlight.h"
#include "base/err.h"
#include "learn/net.h"

/* Zeroes are presets of the task. */
struct fl_learn_ask {
    enum fl_task task;
    bool method[FL_METHODS];            /* which; the last layer is always among them, */
    bool only;                          /* but for this: the network is wanted, and no table of learning */
    uint64_t seed;
    double decay;                       /* characters, digits: of weights, learn/train.h */
    double noise;                       /* of projections (dfa, dfa_ternary, two_pass) and features (elm) */
    int width, layers, context;         /* of a Transformer (context: of characters); width of hidden layers */
    int steps;                          /* characters: of 24 windows; digits: of 64 images; else over all rows */
    const char *text, *wordnet;         /* learn/text.h; NULL */
    const struct fl_request *design;    /* characters, digits: forward products of training go through it; NULL:
                                           exact */
    double photons_per_mac;             /* with it: learn/machine.h; 0: as the design has it */
    const struct fl_request *opu;       /* dfa, dfa_ternary, two_pass: projections go through its light; NULL: exact */
    double opu_photons_per_mac;         /* of it: learn/opu.h */
    const char *checkpoint;             /* characters, digits: file that keeps the first method's training; stays
                                           when all is done. NULL: none */
    FILE *out;                          /* the network of the first method goes here; NULL: nowhere */
    void (*progress)(void *context, int64_t done, int64_t all);
    void *progress_context;
};
struct fl_learn_row {
    const char *task, *method;
    uint64_t seed;
    double perplexity;                  /* characters, on text not trained on; else NAN */
    double test_accuracy, train_accuracy;       /* graph, letters, digits; else NAN */
};
/* Tells a row for every method asked for, in the order of fl_method_names. A method that a task cannot be learnt by is
 * a fault. */
bool fl_learn(const struct fl_learn_ask *ask, void (*tell)(void *context, const struct fl_learn_row *row),
              void *context, struct fl_err *err);

#endif
