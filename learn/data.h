/* data.h - what a network is trained, calibrated and tested on: text, or rows with classes. */
#ifndef FL_DATA_H
#define FL_DATA_H

#include "learn/net.h"
#include "learn/samples.h"
#include "learn/text.h"

struct fl_data {
    struct fl_text text;                /* characters */
    struct fl_samples samples;          /* graph, letters, digits */
    const float *x;                     /* samples.x; on a graph gathered */
    size_t first_test, tests;           /* rows of the samples to be tested on: where they are; over a graph all rows
                                           take part */
    struct fl_arena arena;
};
/* The data of a network's task. `text` NULL: what it was trained on; `wordnet` NULL: Debian's folder. Data that the
 * network does not fit are a fault. Freed by fl_data_free, after failure, too. */
bool fl_data_load(struct fl_data *data, const struct fl_net *net, const char *text, const char *wordnet,
                  struct fl_err *err);
void fl_data_free(struct fl_data *data);

/* The samples of a task with classes; freed by fl_samples_free, after failure, too. */
bool fl_data_samples(struct fl_samples *samples, enum fl_task task, const char *wordnet, struct fl_err *err);

/* The operator trace of one test on the data: of text, `sequences` sequences of full length side by side, with logits
 * for every token; of classes all rows that are tested (docs/trace.md). Not of a published model: its config.json is a
 * workload. */
const char *fl_data_trace(const struct fl_data *data, const struct fl_net *net, int sequences,
                          struct fl_arena *arena);

#endif
