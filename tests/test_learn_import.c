/* test_learn_import.c - published layouts, written here and read back: the same network, bit by bit; against a
 * reference forward pass of GPT-NeoX in double precision; and through a design. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/fanlight.h"
#include "learn/data.h"
#include "learn/draw.h"
#include "learn/import.h"
#include "tests/published.h"
#include "tests/suites.h"

/* What is left of a value in a type. */
static float kept(const char *dtype, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (strcmp(dtype, "BF16") == 0)
        bits &= 0xFFFF0000u;
    memcpy(&value, &bits, sizeof bits);
    if (strcmp(dtype, "F16") != 0)
        return value;
    uint32_t half = as_half(value), exponent = half >> 10 & 31, fraction = half & 1023;
    double magnitude = exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024.0) * exp2((int)exponent - 15);
    return (float)(half & 0x8000u ? -magnitude : magnitude);
}

START_TEST(gpt2_comes_back_bit_by_bit)
{
    static const char *const types[] = {"F32", "F16", "BF16"}, *const prefixes[] = {"", "transformer."};
    for (int i = 0; i < 6; i++) {
        struct fl_net net = ours(), back;
        struct fl_err err = {0};
        struct writer w = {.dtype = types[i / 2]};
        gpt2_put(&w, &net, prefixes[i % 2]);
        model_write(&w, gpt2_config);
        ck_assert_msg(fl_net_open(&back, folder, 0, &err), "%s", fl_err_text(&err));
        const struct fl_transformer *a = &back.shape, *b = &net.shape;
        ck_assert(a->vocabulary == b->vocabulary && a->context == b->context && a->width == b->width &&
                  a->layers == b->layers && a->heads == b->heads && a->inner == b->inner);
        ck_assert(a->activation == FL_ACT_RELU && a->rotary == 0 && !a->parallel && a->epsilon == 1e-5);
        ck_assert_uint_eq(back.count, net.count);
        for (size_t k = 0; k < net.count; k++)
            ck_assert_msg(back.parameters[k] == kept(w.dtype, net.parameters[k]), "%s: parameter %zu is %g, not %g",
                          w.dtype, k, (double)back.parameters[k], (double)net.parameters[k]);
        free(w.data);
        fl_net_free(&back);
        fl_net_free(&net);
    }
}
END_TEST

/* ---- Pythia ---- */

static const char neox_config[] =
    "{\"architectures\": [\"GPTNeoXForCausalLM\"], \"model_type\": \"gpt_neox\", \"hidden_size\": 24, "
    "\"num_hidden_layers\": 2, \"num_attention_heads\": 2, \"intermediate_size\": 40, \"vocab_size\": 50, "
    "\"max_position_embeddings\": 64, \"hidden_act\": \"gelu\", \"rotary_pct\": 0.5, \"rotary_emb_base\": 100, "
    "\"use_parallel_residual\": %s, \"layer_norm_eps\": 0.001, \"tie_word_embeddings\": false}";

enum { D = 24, LAYERS = 2, HEADS = 2, OWN = D / HEADS, INNER = 40, V = 50, TURNED = 6, T = 9 };

/* Weights in the layout of the file: outputs x inputs. */
struct neox {
    float embed[V * D], out[V * D], last[2][D];
    struct { float norm[2][2][D], qkv[3 * D * D], qkv_bias[3 * D], dense[D * D], dense_bias[D], up[INNER * D],
             up_bias[INNER], down[D * INNER], down_bias[D]; } layer[LAYERS];
};

static void neox_fill(struct neox *m)
{
    float *all = (float *)m;
    for (size_t i = 0; i < sizeof *m / sizeof *all; i++)
        all[i] = (float)(0.3 * fl_draw_normal(99, i));
    for (int j = 0; j < D; j++) {
        m->last[0][j] += 1;
        for (int l = 0; l < LAYERS; l++)
            for (int n = 0; n < 2; n++)
                m->layer[l].norm[n][0][j] += 1;
    }
}

static void neox_put(struct writer *w, const struct neox *m)
{
    char name[128];
    put(w, "gpt_neox.embed_in.weight", V, D, m->embed);
    for (int l = 0; l < LAYERS; l++) {
        const struct { const char *name; int rows, columns; const float *values; } parts[] = {
            {"input_layernorm.weight", D, 0, m->layer[l].norm[0][0]},
            {"input_layernorm.bias", D, 0, m->layer[l].norm[0][1]},
            {"post_attention_layernorm.weight", D, 0, m->layer[l].norm[1][0]},
            {"post_attention_layernorm.bias", D, 0, m->layer[l].norm[1][1]},
            {"attention.query_key_value.weight", 3 * D, D, m->layer[l].qkv},
            {"attention.query_key_value.bias", 3 * D, 0, m->layer[l].qkv_bias},
            {"attention.dense.weight", D, D, m->layer[l].dense}, {"attention.dense.bias", D, 0, m->layer[l].dense_bias},
            {"mlp.dense_h_to_4h.weight", INNER, D, m->layer[l].up},
            {"mlp.dense_h_to_4h.bias", INNER, 0, m->layer[l].up_bias},
            {"mlp.dense_4h_to_h.weight", D, INNER, m->layer[l].down},
            {"mlp.dense_4h_to_h.bias", D, 0, m->layer[l].down_bias}};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            snprintf(name, sizeof name, "gpt_neox.layers.%d.%s", l, parts[i].name);
            put(w, name, parts[i].rows, parts[i].columns, parts[i].values);
        }
    }
    put(w, "gpt_neox.final_layer_norm.weight", D, 0, m->last[0]);
    put(w, "gpt_neox.final_layer_norm.bias", D, 0, m->last[1]);
    put(w, "embed_out.weight", V, D, m->out);
}

static void norm(const double *x, const float gain_bias[2][D], double *out)
{
    double mean = 0, square = 0;
    for (int j = 0; j < D; j++)
        mean += x[j] / D;
    for (int j = 0; j < D; j++)
        square += (x[j] - mean) * (x[j] - mean) / D;
    for (int j = 0; j < D; j++)
        out[j] = (x[j] - mean) / sqrt(square + 0.001) * (double)gain_bias[0][j] + (double)gain_bias[1][j];
}

static void linear(int inputs, int outputs, const float *weight, const float *bias, const double *x, double *out)
{
    for (int o = 0; o < outputs; o++) {
        out[o] = (double)bias[o];
        for (int i = 0; i < inputs; i++)
            out[o] += (double)weight[o * inputs + i] * x[i];
    }
}

/* modeling_gpt_neox of transformers: rows of qkv are [head][3 x own]; rotate_half turns pairs i, i + TURNED / 2. */
static void attention(const struct neox *m, int l, double (*normed)[D], double (*out)[D])
{
    static double qkv[T][3 * D];
    for (int t = 0; t < T; t++) {
        linear(D, 3 * D, m->layer[l].qkv, m->layer[l].qkv_bias, normed[t], qkv[t]);
        for (int h = 0; h < HEADS; h++)
            for (int part = 0; part < 2; part++)
                for (int i = 0; i < TURNED / 2; i++) {
                    double *a = &qkv[t][h * 3 * OWN + part * OWN + i], x = a[0], y = a[TURNED / 2];
                    double angle = t * pow(100, -2.0 * i / TURNED);
                    a[0] = x * cos(angle) - y * sin(angle);
                    a[TURNED / 2] = y * cos(angle) + x * sin(angle);
                }
    }
    for (int t = 0; t < T; t++) {
        double mixed[D] = {0};
        for (int h = 0; h < HEADS; h++) {
            double share[T], sum = 0;
            for (int s = 0; s <= t; s++) {
                double score = 0;
                for (int i = 0; i < OWN; i++)
                    score += qkv[t][h * 3 * OWN + i] * qkv[s][h * 3 * OWN + OWN + i];
                sum += share[s] = exp(score / sqrt(OWN));
            }
            for (int s = 0; s <= t; s++)
                for (int i = 0; i < OWN; i++)
                    mixed[h * OWN + i] += share[s] / sum * qkv[s][h * 3 * OWN + 2 * OWN + i];
        }
        linear(D, D, m->layer[l].dense, m->layer[l].dense_bias, mixed, out[t]);
    }
}

static void reference(const struct neox *m, bool parallel, const int *tokens, double (*logits)[V])
{
    static double x[T][D], normed[T][D], attended[T][D];
    for (int t = 0; t < T; t++)
        for (int j = 0; j < D; j++)
            x[t][j] = (double)m->embed[tokens[t] * D + j];
    for (int l = 0; l < LAYERS; l++) {
        for (int t = 0; t < T; t++)
            norm(x[t], m->layer[l].norm[0], normed[t]);
        attention(m, l, normed, attended);
        for (int t = 0; t < T; t++) {
            double middle[D], second[D], inner[INNER], out[D];
            for (int j = 0; j < D; j++)
                middle[j] = x[t][j] + attended[t][j];
            norm(parallel ? x[t] : middle, m->layer[l].norm[1], second);
            linear(D, INNER, m->layer[l].up, m->layer[l].up_bias, second, inner);
            for (int j = 0; j < INNER; j++)
                inner[j] *= 0.5 * (1 + erf(inner[j] / sqrt(2)));
            linear(INNER, D, m->layer[l].down, m->layer[l].down_bias, inner, out);
            for (int j = 0; j < D; j++)
                x[t][j] = middle[j] + out[j];
        }
    }
    static const float none[V] = {0};
    for (int t = 0; t < T; t++) {
        norm(x[t], m->last, normed[t]);
        linear(D, V, m->out, none, normed[t], logits[t]);
    }
}

START_TEST(pythia_is_the_reference)
{
    static struct neox m;
    static double want[T][V];
    static const int tokens[T] = {3, 49, 0, 17, 17, 25, 8, 31, 44};
    neox_fill(&m);
    for (int parallel = 0; parallel < 2; parallel++) {
        struct writer w = {.dtype = "F32"};
        struct fl_net net;
        struct fl_err err = {0};
        char config[1024];
        snprintf(config, sizeof config, neox_config, parallel ? "true" : "false");
        neox_put(&w, &m);
        model_write(&w, config);
        ck_assert_msg(fl_net_open(&net, folder, T, &err), "%s", fl_err_text(&err));
        struct fl_pass pass = fl_pass_make(&net.shape, 1, false);
        fl_transformer_forward(&net.shape, net.parameters, tokens, 0, &fl_exact, &pass);
        reference(&m, parallel, tokens, want);
        for (int i = 0; i < T * V; i++)
            ck_assert_msg(fabs((double)pass.logits[i] - want[i / V][i % V]) < 2e-5, "parallel %d, token %d, logit %d: "
                          "%g, reference %g", parallel, i / V, i % V, (double)pass.logits[i], want[i / V][i % V]);
        fl_pass_free(&pass);
        fl_net_free(&net);
        free(w.data);
    }
}
END_TEST

/* ---- through the light ---- */

struct told { struct fl_accuracy_row row[4]; int rows; };

static void tell(void *context, const struct fl_accuracy_row *row)
{
    struct told *told = context;
    ck_assert_int_lt(told->rows, 4);
    told->row[told->rows++] = *row;
}

/* Both layouts, on a design: rows of perplexity, joules of the same work; as many MACs here as are simulated. */
START_TEST(published_models_run_through_a_design)
{
    static struct neox m;
    neox_fill(&m);
    for (int pythia = 0; pythia < 2; pythia++) {
        struct writer w = {.dtype = "F32"};
        struct fl_net net = ours();
        struct fl_err err = {0};
        char config[1024], tokens[4096] = "", path[128];
        snprintf(config, sizeof config, neox_config, "true");
        if (pythia)
            neox_put(&w, &m);
        else
            gpt2_put(&w, &net, "");
        model_write(&w, pythia ? config : gpt2_config);
        for (uint64_t i = 0; i < 400; i++)
            snprintf(tokens + strlen(tokens), 8, "%d ", (int)fl_draw_below(8, i, 40));
        file_write("tokens.txt", tokens, strlen(tokens));
        snprintf(path, sizeof path, "%s/tokens.txt", folder);
        struct told told = {.rows = 0};
        static const char *const set[] = {"core[0].encoding=dual_rail", "core[0].adc.range=4"};
        const struct fl_request machine = {.design = "slm_bench", .set = set, .sets = 2};
        const struct fl_accuracy_ask ask = {.net = folder, .text = path, .context = 16, .windows = 4,
                                            .photons_per_mac = 500};
        ck_assert_msg(fanlight_accuracy(&machine, &ask, tell, &told, &err), "%s", fl_err_text(&err));
        ck_assert_int_eq(told.rows, 4);
        ck_assert_double_eq(told.row[0].optical_share, 1);
        ck_assert_double_gt(told.row[0].j_per_token, 0);
        ck_assert_double_le(fabs(told.row[0].over_exact - 1), 0.3);
        ck_assert_int_eq(told.row[0].symbols, 64);
        /* joules over joules a MAC are MACs: those of 16 tokens */
        int d = pythia ? D : 16, inner = pythia ? INNER : 64, v = pythia ? V : 40, t = 16;
        double macs = 2.0 * (t * (4 * d * d + 2 * d * inner) + t * (t + 1) * d) + t * d * v;
        ck_assert_double_le(fabs(told.row[0].j_per_token * t / told.row[0].j_per_mac / macs - 1), 1e-9);
        free(w.data);
        fl_net_free(&net);
    }
}
END_TEST

Suite *test_learn_import_suite(void)
{
    Suite *suite = suite_create("learn_import");
    TCase *tcase = tcase_create("learn_import");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, gpt2_comes_back_bit_by_bit);
    tcase_add_test(tcase, pythia_is_the_reference);
    tcase_add_test(tcase, published_models_run_through_a_design);
    suite_add_tcase(suite, tcase);
    return suite;
}
