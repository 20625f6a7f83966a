/* train.c - a step of training: what is asked for, and the order in which its parts are made.
 *
 *     bp          forth, loss, back through everything
 *     dfa_layer   forth, loss, back through the head; its error, projected, to every product with weights
 *     dfa_block   the same to the end of every block, and back through the block
 *     two_pass    forth, loss; the error, projected, on top of the input, and forth again
 *     elm         forth through what stays as it is; the last product's weights are solved for
 *
 * Of micro-batches under feedback alignment the next one goes forth before the way back of this
 * one, so that its frames are not waited for.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/shelf.h"
#include "traces/training.h"

const char *const fl_train_schedules[] = {
    [FL_TRAIN_BP] = "bp", [FL_TRAIN_DFA_LAYER] = "dfa_layer", [FL_TRAIN_DFA_BLOCK] = "dfa_block",
    [FL_TRAIN_TWO_PASS] = "two_pass", [FL_TRAIN_ELM] = "elm", NULL};
const char *const fl_train_feedbacks[] = {"shared", "independent", NULL};
const char *const fl_train_rows[] = {"token", "sequence", NULL};
const char *const fl_train_optimizers[] = {"adam", "sgd", NULL};
const char *const fl_train_projectors[] = {"auto", "optical", "digital", NULL};

#define AT(field) offsetof(struct fl_train, field)
const struct fl_train_key fl_train_keys[] = {
    {"train", FL_TRAIN_TEXT, AT(schedule)},         {"feedback", FL_TRAIN_TEXT, AT(feedback)},
    {"rows", FL_TRAIN_TEXT, AT(rows)},              {"encode", FL_TRAIN_TEXT, AT(encode)},
    {"projector", FL_TRAIN_TEXT, AT(projector)},    {"microbatch", FL_TRAIN_COUNT, AT(microbatch)},
    {"optimizer", FL_TRAIN_TEXT, AT(optimizer)},    {"recompute", FL_TRAIN_FLAG, AT(recompute)},
    {NULL, FL_TRAIN_FLAG, 0}};

/* ---- what is asked ---- */

static bool check_choice(const char *what, const char **word, const char *const *choices, struct fl_err *err)
{
    struct fl_arena scratch = {0};
    bool good = false;
    if (*word == NULL)
        *word = choices[0];
    for (size_t i = 0; choices[i] != NULL && !good; i++)
        if (strcmp(*word, choices[i]) == 0) {
            *word = choices[i];         /* it outlives the caller's text */
            good = true;
        }
    if (!good)
        fl_fail(err, what, "\"%.64s\" is not known; give one of %s", *word, fl_names_joined(&scratch, choices));
    fl_arena_free(&scratch);
    return good;
}

/* "ternary", or bits=N: patterns on mirrors for each row. */
static bool check_encode(struct fl_train *train, struct fl_err *err)
{
    char *end;
    if (train->encode == NULL || strcmp(train->encode, "ternary") == 0) {
        train->encode = "ternary";
        train->patterns = 2;
        return true;
    }
    if (strncmp(train->encode, "bits=", 5) == 0 && train->encode[5] >= '0' && train->encode[5] <= '9') {
        train->patterns = strtoll(train->encode + 5, &end, 10);
        if (*end == '\0' && train->patterns >= 1 && train->patterns <= 32)
            return true;
    }
    return fl_fail(err, "--encode", "\"%.64s\" is not known; give ternary, or bits=N with N from 1 to 32",
                   train->encode);
}

bool fl_train_check(struct fl_train *train, struct fl_err *err)
{
    bool good = true;
    if (train->schedule == NULL)
        good = fl_fail(err, "--train", "phase train needs a schedule; give bp, dfa_layer, dfa_block, two_pass or elm");
    else
        good = check_choice("--train", &train->schedule, fl_train_schedules, err);
    good &= check_choice("--feedback", &train->feedback, fl_train_feedbacks, err);
    good &= check_choice("--rows", &train->rows, fl_train_rows, err);
    good &= check_choice("--optimizer", &train->optimizer, fl_train_optimizers, err);
    good &= check_choice("--projector", &train->projector, fl_train_projectors, err);
    good &= check_encode(train, err);
    if (train->microbatch < 0 || train->microbatch > FL_TRAIN_PARTS)
        good = fl_fail(err, "--microbatch", "%" PRId64 " parts of a batch; 1 to %d are possible", train->microbatch,
                       FL_TRAIN_PARTS);
    if (train->microbatch == 0)
        train->microbatch = 1;
    return good;
}

/* ---- what is kept ---- */

/* Layers that are done again keep what comes into them. */
static void keep_entering(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    for (size_t r = 0; r < v->op->operands; r++) {
        const struct fl_operand *o = &v->read[r];
        if (o->here == FL_NONE && o->carried != FL_NONE)
            t->value[o->carried].kept = true;
        if (o->here == FL_NONE && o->before != FL_NONE && o->before < t->ops)
            t->value[o->before].kept = true;
    }
}

static void keep_find(struct fl_training *t)
{
    bool feedback = t->method == FL_TRAIN_DFA_LAYER || t->method == FL_TRAIN_DFA_BLOCK;
    for (size_t i = 0; i < t->ops; i++) {
        struct fl_value *v = &t->value[i];
        if (v->op == NULL || v->op->type->form == FL_APPEND || t->method == FL_TRAIN_ELM)
            continue;
        if (t->ask.recompute && t->from->block[v->block].layer >= 0 && t->method != FL_TRAIN_TWO_PASS)
            keep_entering(t, i);
        if (t->method == FL_TRAIN_TWO_PASS)
            v->kept |= fl_op_has_weights(v->op) || i == t->entry_low;
        else if (v->differs && t->method == FL_TRAIN_DFA_LAYER && !v->head)
            fl_training_point_wants(t, i);
        else if (v->differs && (v->head || !feedback || t->method == FL_TRAIN_DFA_BLOCK))
            fl_training_wants(t, i, false);
    }
}

/* ---- the parts ---- */

static void feedback_steps(struct fl_training *t)
{
    int64_t parts = t->ask.microbatch;
    for (int64_t i = 0; i <= parts && !t->failed; i++) {
        t->micro = i;
        memset(t->written, 0, t->from->tensors * sizeof *t->written);
        if (i < parts) {
            fl_training_pass(t, 0);
            fl_training_loss(t);
            fl_training_back_head(t);
            fl_training_feedback(t);
        }
        t->micro = i - 1;
        if (i > 0 && !t->failed)
            fl_training_back_points(t);
    }
}

static void plain_steps(struct fl_training *t)
{
    for (t->micro = 0; t->micro < t->ask.microbatch && !t->failed; t->micro++) {
        memset(t->written, 0, t->from->tensors * sizeof *t->written);
        fl_training_pass(t, 0);
        if (t->method == FL_TRAIN_ELM)
            continue;
        fl_training_loss(t);
        if (t->method == FL_TRAIN_BP)
            fl_training_back(t);
        else
            fl_training_second(t);
    }
    t->micro = 0;
    if (t->method == FL_TRAIN_ELM)
        fl_training_solve(t);
}

/* What every report says of it. */
static void head_make(struct fl_training *t)
{
    struct fl_trace *trace = t->trace;
    const struct fl_trace *from = t->from;
    const struct fl_train *ask = &t->ask;
    bool projects = t->method != FL_TRAIN_BP && t->method != FL_TRAIN_ELM;
    fl_trace_head(trace, from);
    trace->phase = "train";
    fl_times(from->batch, ask->microbatch, &trace->batch);
    trace->note = fl_training_text(t, "a step of %s%s%s%s%s%s, %s%s%s", ask->schedule, projects ? ", feedback " : "",
                                   projects ? ask->feedback : "", projects ? " by " : "", projects ? ask->rows : "",
                                   projects ? fl_training_text(t, " in %s", ask->encode) : "", ask->optimizer,
                                   ask->recompute ? ", layers done again" : "", ask->microbatch > 1
                                   ? fl_training_text(t, ", %" PRId64 " micro-batches", ask->microbatch) : "");
    trace->note = fl_arena_joined(&trace->arena, trace->note, from->note);
}

bool fl_trace_train(struct fl_trace *trace, const struct fl_trace *forward, const struct fl_train *train,
                    const char *path, struct fl_err *err)
{
    struct fl_training t = { .from = forward, .trace = trace, .ask = *train, .where = path, .err = err };
    bool feedback;
    *trace = (struct fl_trace){0};
    t.build.trace = trace;
    while (strcmp(fl_train_schedules[t.method], train->schedule) != 0)
        t.method++;
    feedback = t.method == FL_TRAIN_DFA_LAYER || t.method == FL_TRAIN_DFA_BLOCK;
    bool good = fl_training_look(&t) && (!feedback || fl_training_points(&t));
    if (good) {
        head_make(&t);
        keep_find(&t);
        fl_training_declare(&t);
        fl_trace_input_add(&t.build, "targets");
        if (feedback)
            feedback_steps(&t);
        else
            plain_steps(&t);
        if (!t.failed)
            fl_training_updates(&t);
    }
    fl_arena_free(&t.scratch);
    if (good && !t.failed)
        good = fl_trace_build_end(&t.build, path, err);
    else
        fl_trace_build_drop(&t.build);
    good &= !t.failed;
    if (!good)
        fl_trace_free(trace);
    return good;
}
