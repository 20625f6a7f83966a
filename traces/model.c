/* model.c - the operators of a Transformer, from its description and what is asked of it.
 *
 * Blocks: what comes before the layers, the layers (one block, repeated), what comes
 * after; in decode so for every step. Layers hand on the residual stream as tensor
 * "x". Linear operators that read one tensor are one operator ("qkv", "gate_up"):
 * their input is converted once. Keys and values are loaded once per kv head: the
 * queries that share them are rows of one product (share = heads / kv_heads).
 */
#include <inttypes.h>
#include <string.h>

#include "traces/maker.h"
#include "traces/routing.h"
#include "traces/train.h"

/* The encoder in front, over its own tokens. */
static void make_encoder(struct fl_maker *k)
{
    struct fl_maker outer = *k;
    const struct fl_model *m = k->model->encoder;
    const char *encoded = "x";
    k->model = m;
    k->prefix = "enc_";
    k->tokens = k->source;
    k->rows = fl_maker_times(k, k->source, k->trace->batch);
    k->causal = false;
    k->longest = 0;
    if (!k->trace->layers_only)
        fl_make_embedding(k);
    fl_make_layers(k);
    if (!k->trace->layers_only && m->final_norm) {
        fl_trace_block_open(&k->build, 1, -1);
        encoded = fl_make_norm(k, FL_NORM_FINAL, "x", k->rows);
        fl_trace_block_close(&k->build);
    }
    outer.encoded = fl_maker_name(k, encoded);
    outer.build = k->build;
    outer.overflow = k->overflow;
    *k = outer;
}

static void make_pass(struct fl_maker *k)
{
    const struct fl_model *m = k->model;
    int64_t batch = k->trace->batch;
    k->rows = fl_maker_times(k, k->tokens, batch);
    /* A decoder's head wants the last token or all; the others want one token, or, having no head, all. */
    bool asked = fl_model_decodes(m) || m->head == FL_HEAD_VOCABULARY;
    bool all = m->head_on_all || (asked && strcmp(k->trace->logits, "all") == 0);
    k->head_rows = all ? k->rows : batch;
    if (m->encoder != NULL && !k->decode)
        make_encoder(k);
    if (!k->trace->layers_only)
        fl_make_embedding(k);
    fl_make_layers(k);
    if (!k->trace->layers_only)
        fl_make_head(k);
}

/* ---- a trace ---- */

/* What comes from outside. */
static void declare_inputs(struct fl_maker *k)
{
    const struct fl_model *m = k->model, *first = m->encoder != NULL ? m->encoder : m;
    const char *tokens = first->frames > 0 ? "sound" : m->encoder != NULL ? "source" : "tokens";
    if (m->encoder != NULL && !k->decode)
        fl_trace_input_add(&k->build, k->trace->layers_only ? "enc_x" : tokens);
    if (m->family->kind == FL_VISION_ENCODER)
        tokens = "image";
    else if (m->encoder != NULL)
        tokens = "tokens";
    fl_trace_input_add(&k->build, k->trace->layers_only ? "x" : tokens);
    if (m->probe && !k->trace->layers_only)
        fl_trace_input_add(&k->build, "probe");
}

/* The tensors that more than one operator names, besides what they compute. */
static void declare(struct fl_maker *k)
{
    const struct fl_model *m = k->model;
    const struct fl_tensor tokens = { .name = fl_maker_table, .kind = FL_TENSOR_PARAMETER, .groups = 1,
                                      .rows = m->vocab, .width = m->embed_width };
    struct fl_tensor cache = { .name = fl_maker_cache, .kind = FL_TENSOR_CACHE, .layered = true };
    const struct fl_tensor cross = { .name = fl_maker_cross_cache, .kind = FL_TENSOR_CACHE, .layered = true };
    declare_inputs(k);
    if (m->encoder != NULL && m->encoder->own_table && !k->decode && !k->trace->layers_only)
        fl_trace_tensor_add(&k->build, &(struct fl_tensor){ .name = "enc_embed.w", .kind = FL_TENSOR_PARAMETER,
                                                            .groups = 1, .rows = m->encoder->vocab,
                                                            .width = m->encoder->embed_width });
    if (m->vocab > 0 && !k->trace->layers_only)
        fl_trace_tensor_add(&k->build, &tokens);
    if (m->latent.rank > 0) {           /* keys and values are both in each of its rows */
        int64_t held = fl_maker_plus(k, k->trace->context, k->decode ? k->trace->tokens : 0);
        cache.groups = 1;
        cache.rows = fl_maker_times(k, held, k->trace->batch);
        cache.width = m->latent.rank + m->latent.rotated;
    }
    if (m->cached)
        fl_trace_tensor_add(&k->build, &cache);
    if (m->encoder != NULL)
        fl_trace_tensor_add(&k->build, &cross);
}

/* The shares of experts that are asked for; NULL: none. */
static const int64_t *shares_of(struct fl_trace *trace, const struct fl_model *model, const char *routing)
{
    if (routing == NULL || model->experts.count == 0)
        return NULL;
    int64_t *shares = fl_arena_array(&trace->arena, (size_t)model->experts.count, sizeof *shares);
    fl_routing_read(routing, shares, model->experts.count);     /* fl_workload_check has looked at it */
    return shares;
}

static bool make_trace(struct fl_trace *trace, const struct fl_model *model, const char *routing, const char *path,
                       struct fl_err *err)
{
    struct fl_maker k = { .build.trace = trace, .model = model, .trace = trace, .source = trace->source,
                          .shares = shares_of(trace, model, routing) };
    k.decode = strcmp(trace->phase, "decode") == 0;
    k.tokens = k.decode ? 1 : trace->context;
    k.causal = strcmp(trace->attention, "causal") == 0 && k.tokens > 1;
    int64_t steps = k.decode ? trace->tokens : 1;
    if (k.decode || k.causal)
        k.longest = trace->context + (k.decode ? steps : 0);
    declare(&k);
    for (k.step = 0; k.step < steps; k.step++) {
        k.past = k.decode ? trace->context + k.step : 0;
        make_pass(&k);
    }
    if (!k.overflow)
        return fl_trace_build_end(&k.build, path, err);
    fl_trace_build_drop(&k.build);
    return fl_fail(err, path, "sizes exceed 2^63 - 1; make the model, the context or the batch smaller");
}

static bool forward_make(struct fl_trace *trace, const char *model, struct fl_workload work, struct fl_err *err)
{
    struct fl_model described;
    const char *path = fl_trace_model_find(&trace->arena, model, err);
    bool known = path != NULL && fl_model_read(&described, &trace->arena, path, err);
    bool good = fl_workload_check(&work, known ? &described : NULL, err) && known;
    if (good) {
        trace->model = described.name;
        fl_workload_settle(trace, &described, &work);
        good = make_trace(trace, &described, work.routing, path, err);
    }
    if (!good)
        fl_trace_free(trace);
    return good;
}

/* A micro-batch on its way forth: prefill of its part of the batch, with a head on every token. */
static bool train_make(struct fl_trace *trace, const char *model, struct fl_workload work, struct fl_err *err)
{
    struct fl_train train = work.train != NULL ? *work.train : (struct fl_train){0};
    int64_t batch = work.batch > 0 ? work.batch : 1;
    struct fl_trace forward = {0};
    bool good = fl_train_check(&train, err);
    if (good && batch % train.microbatch != 0)
        good = fl_fail(err, "--microbatch", "a batch of %" PRId64 " has no %" PRId64 " equal parts; give a divisor "
                       "of it", batch, train.microbatch);
    work.phase = "prefill";
    work.batch = good ? batch / train.microbatch : batch;
    work.logits = work.logits != NULL ? work.logits : "all";
    good = forward_make(&forward, model, work, err) && good &&
           fl_trace_train(trace, &forward, &train, forward.model, err);
    fl_trace_free(&forward);
    return good;
}

/* A schedule is for the phase that trains. */
static bool phase_fits(const struct fl_workload *work, struct fl_err *err)
{
    bool trains = work->phase != NULL && strcmp(work->phase, "train") == 0;
    return trains || work->train == NULL ||
           fl_fail(err, "--train", "a schedule and what belongs to it are for --phase train; give that, too");
}

bool fl_trace_train_this(struct fl_trace *trace, const struct fl_workload *work, const char *path, struct fl_err *err)
{
    bool trains = work->phase != NULL && strcmp(work->phase, "train") == 0, good = phase_fits(work, err);
    struct fl_train train = work->train != NULL ? *work->train : (struct fl_train){0};
    struct fl_trace step = {0};
    if (good && !trains)
        return true;
    good = good && fl_train_check(&train, err) && fl_trace_train(&step, trace, &train, path, err);
    fl_trace_free(trace);
    *trace = step;
    return good;
}

bool fl_trace_from_model(struct fl_trace *trace, const char *model, const struct fl_workload *asked, struct fl_err *err)
{
    struct fl_workload work = asked ? *asked : (struct fl_workload){0};
    *trace = (struct fl_trace){0};
    if (work.phase != NULL && strcmp(work.phase, "train") == 0)
        return train_make(trace, model, work, err);
    return phase_fits(&work, err) && forward_make(trace, model, work, err);
}
