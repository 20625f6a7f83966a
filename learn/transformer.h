/* transformer.h - a Transformer for sequences of symbols: pre-norm, causal, ReLU, learned places.
 *
 *     x = table[symbol] + place[position]
 *     each layer:  x += attention(norm(x)) Wo + bo;   x += relu(norm(x) W1 + b1) W2 + b2
 *     logits = norm(x) Wh + bh
 *
 * Or for images: a sequence is the patches of one, x = patch We + be + place, every patch sees every other, and the
 * logits are those of the mean of norm(x) over the image (A. Dosovitskiy et al., ICLR 2021, without a class token).
 *
 * The one idea: every product goes through a multiplier (learn/product.h) and has a site, so the same network runs
 * exactly, in eight bits, or through an optical machine. Parameters are one array of floats; a gradient is another.
 *
 * Published models (learn/import.h) differ in little: another activation, places told by turning queries and keys
 * (RoPE: arXiv:2104.09864), both halves of a layer reading the same x. They are run, not trained.
 */
#ifndef FL_TRANSFORMER_H
#define FL_TRANSFORMER_H

#include "learn/product.h"

/* relu(x); x Phi(x) with the normal's distribution Phi; the same with tanh for Phi (arXiv:1606.08415). */
enum fl_act { FL_ACT_RELU, FL_ACT_GELU, FL_ACT_GELU_TANH };
struct fl_transformer {
    int vocabulary, context, width, layers, heads, inner;       /* heads divide the width */
    int patch;                          /* images: values of a patch; then vocabulary is classes. 0: symbols */
    /* of published models; zeroes: as above */
    enum fl_act activation;
    int rotary;                         /* values of a head that are turned, in pairs i, i + rotary / 2; 0: none */
    double rotary_base;
    bool parallel;                      /* x += attention(norm1(x)) + ffn(norm2(x)) */
    double epsilon;                     /* of norms; 0: 1e-5 */
};

/* The products of a layer, in order; names as in the operator traces of such models. */
enum fl_site { FL_SITE_QKV, FL_SITE_SCORES, FL_SITE_CONTEXT, FL_SITE_OUT, FL_SITE_UP, FL_SITE_DOWN, FL_SITE_HEAD,
               FL_SITE_PATCH, FL_SITE_KINDS };
/* "qkv", "scores", "context", "attn_out", "ffn_up", "ffn_down", "logits", "patch_embed". */
extern const char *const fl_site_names[];
/* How many sites a network has; the site of a kind in a layer (which does not matter for head and patches); and
 * back. */
int fl_transformer_sites(const struct fl_transformer *net);
int fl_transformer_site(const struct fl_transformer *net, int layer, enum fl_site kind);
enum fl_site fl_transformer_site_kind(const struct fl_transformer *net, int site);

/* Where the parameters of each part begin; a norm's are gains, then biases. */
struct fl_layer_at { size_t norm1, qkv, qkv_bias, out, out_bias, norm2, up, up_bias, down, down_bias; };
struct fl_transformer_at { size_t table, patch_bias, place, norm, head, head_bias, count; };
struct fl_transformer_at fl_transformer_at(const struct fl_transformer *net);
struct fl_layer_at fl_transformer_layer_at(const struct fl_transformer *net, int layer);
/* Fills parameters with random ones: normal, variance 1 / inputs, those that end in x divided by 2 x layers more. */
void fl_transformer_start(const struct fl_transformer *net, uint64_t key, float *parameters);

/* Marks with 1 the parameters that are factors (table, places, weights of products), with 0 biases and norms. */
void fl_transformer_factors(const struct fl_transformer *net, unsigned char *is_factor);

/* Activations of a batch of sequences, kept for the backward pass. */
struct fl_pass {
    size_t sequences, tokens;           /* tokens = sequences x context */
    const float *patches;               /* images: [tokens][patch], not the pass's own */
    float *x, *normed, *kept, *qkv, *attention, *mixed, *middle, *normed2, *kept2, *inner;      /* layer by layer */
    float *top, *top_kept, *pooled, *logits;            /* pooled: images' means of top */
    float *d_x, *d_wide, *d_inner, *d_attention, *d_pooled;     /* room for derivatives; NULL: none */
    float *memory;
};
/* Room for so many sequences at once, `back` with derivatives. Freed by fl_pass_free. */
struct fl_pass fl_pass_make(const struct fl_transformer *net, size_t sequences, bool back);
void fl_pass_free(struct fl_pass *pass);

/* Rows of logits: one for each token, or of images one for each sequence. */
size_t fl_pass_rows(const struct fl_transformer *net, const struct fl_pass *pass);
/* Runs symbols[sequences][context] (images: NULL, and pass->patches) to pass->logits. `first`: number of the first
 * sequence in the whole task. */
void fl_transformer_forward(const struct fl_transformer *net, const float *parameters, const int *symbols,
                            int64_t first, const struct fl_multiplier *by, struct fl_pass *pass);

/* How the error comes to a layer. `project` fills d_x[tokens][width] from error[rows][vocabulary] for the output of
 * a layer (-1: of the embedding). */
struct fl_feedback {
    void (*project)(void *context, int layer, size_t rows, const float *error, float *d_x);
    void *context;
    bool head_only;                     /* nothing below the head learns */
};
/* After forward and with pass->logits the derivative by the logits (fl_rows_loss): adds the gradient to
 * gradient[count]. feedback NULL: backpropagation. */
void fl_transformer_backward(const struct fl_transformer *net, const float *parameters, const int *symbols,
                             const struct fl_feedback *feedback, struct fl_pass *pass, float *gradient);

#endif
