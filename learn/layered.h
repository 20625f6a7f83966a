/* layered.h - layers one after the other, fully connected or over a graph, and ways to train them.
 *
 *     h = relu(A h W + b) in each layer, the last without relu;  A: average over a node and its neighbours
 *     (T. N. Kipf, M. Welling, ICLR 2017), or nothing: fully connected
 *
 * All rows are worked on at once. A row whose target is -1 has no error; on a graph it still is a neighbour.
 */
#ifndef FL_LAYERED_H
#define FL_LAYERED_H

#include "learn/feedback.h"
#include "learn/product.h"

/* Neighbours of each node, itself among them, and the weight of each: 1 / sqrt(own x its number of neighbours). */
struct fl_links { size_t nodes, *start; int *other; float *weight; };
/* out = A h, rows of `width`. */
void fl_links_gather(const struct fl_links *links, size_t width, const float *h, float *out);

enum { FL_LAYERS = 4 };
struct fl_layered {
    int layers;
    size_t width[FL_LAYERS + 1];        /* of the inputs, of each layer's outputs */
    const struct fl_links *links;       /* NULL: fully connected */
};
/* Names of layers as sites of a multiplier, and operators of a trace: "layer1" and so on. */
extern const char *const fl_layered_site_names[FL_LAYERS];
size_t fl_layered_count(const struct fl_layered *net);
/* Normal weights of variance 2 / inputs, no biases. */
void fl_layered_start(const struct fl_layered *net, uint64_t key, float *parameters);

enum fl_method { FL_METHOD_BP, FL_METHOD_DFA, FL_METHOD_DFA_TERNARY, FL_METHOD_TWO_PASS, FL_METHOD_ELM,
                 FL_METHOD_LAST_LAYER, FL_METHODS };
/* "bp", "dfa", "dfa_ternary", "two_pass", "elm", "last_layer"; NULL at the end. */
extern const char *const fl_method_names[];

/* A pass over all rows: what a layer is given (gathered), and what it gives. */
struct fl_layered_pass {
    size_t rows;
    float *given[FL_LAYERS], *out[FL_LAYERS], *d_out, *d_given;
    float *memory;
};
struct fl_layered_pass fl_layered_pass_make(const struct fl_layered *net, size_t rows);
void fl_layered_pass_free(struct fl_layered_pass *pass);

/* From x[rows][width[0]], already gathered on a graph, to pass->out[layers - 1]. */
void fl_layered_forward(const struct fl_layered *net, const float *parameters, const float *x,
                        struct fl_layered_pass *pass);
/* The same, its products by a multiplier: x is row `first` of the whole task. */
void fl_layered_forward_by(const struct fl_layered *net, const float *parameters, const float *x, int64_t first,
                           const struct fl_multiplier *by, struct fl_layered_pass *pass);
/* With the error (derivative by the outputs) in pass->out[layers - 1], adds to the gradient: by backpropagation, from a
 * projection of the error (`feedback`), or of the last layer alone. */
void fl_layered_backward(const struct fl_layered *net, const float *parameters, enum fl_method method,
                         struct fl_projection *feedback, struct fl_layered_pass *pass, float *gradient);
/* Two passes (G. Dellaferrera, G. Kreiman, ICML 2022): the inputs are run again with the projected error added; a
 * layer's gradient is the difference of its outputs, first less second, by what it was given the second time. */
void fl_layered_two_pass(const struct fl_layered *net, const float *parameters, struct fl_projection *feedback,
                         const struct fl_layered_pass *first, struct fl_layered_pass *second, float *gradient);

#endif
