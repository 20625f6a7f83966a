/* workload.c - what a model is asked for: its faults, what was not said, and what is odd. */
#include <inttypes.h>
#include <string.h>

#include "traces/model.h"
#include "traces/routing.h"
#include "traces/trace.h"

enum { PRESET_CONTEXT = 1024, MOST_STEPS = 1 << 16 };
#define LARGEST ((int64_t)1 << 40)

static bool check_word(const char *what, const char **word, const char *first, const char *second, const char *preset,
                       struct fl_err *err)
{
    if (*word == NULL)
        *word = preset;
    /* The header keeps the constant, so that it outlives the caller's text. */
    if (strcmp(*word, first) == 0)
        *word = first;
    else if (strcmp(*word, second) == 0)
        *word = second;
    else
        return fl_fail(err, what, "\"%s\" is not known; give %s or %s", *word, first, second);
    return true;
}

static bool check_count(const char *what, int64_t count, int64_t most, struct fl_err *err)
{
    if (count < 0)
        return fl_fail(err, what, "%" PRId64 " is negative; give a number of 1 or more", count);
    if (count > most)
        return fl_fail(err, what, "%" PRId64 " is too large; give at most %" PRId64, count, most);
    return true;
}

/* Shares for each expert of a model that has some. */
static bool check_routing(const char *routing, const struct fl_model *model, struct fl_err *err)
{
    int64_t shares = routing != NULL ? fl_routing_read(routing, NULL, 0) : 0;
    if (shares < 0)
        return fl_fail(err, "routing", "\"%.64s\" is no list of shares; give a whole number of 0 to 2^32 for each "
                       "expert, 4,2,1,1", routing);
    if (routing == NULL || model == NULL || model->experts.count == 0 || shares == model->experts.count)
        return true;
    return fl_fail(err, "routing", "%" PRId64 " shares for %" PRId64 " experts; give one for each", shares,
                   model->experts.count);
}

bool fl_workload_check(struct fl_workload *work, const struct fl_model *model, struct fl_err *err)
{
    bool causal = model == NULL || model->causal, steps = model == NULL || model->cached;
    bool good = check_word("phase", &work->phase, "prefill", "decode", "prefill", err);
    good &= check_word("attention", &work->attention, "causal", "dense", causal ? "causal" : "dense", err);
    good &= check_word("logits", &work->logits, "last", "all", "last", err);
    good &= check_count("context", work->context, LARGEST, err);
    good &= check_count("source", work->source, LARGEST, err);
    good &= check_routing(work->routing, model, err);
    good &= check_count("tokens", work->tokens, MOST_STEPS, err);
    good &= check_count("batch", work->batch, LARGEST, err);
    if (good && !steps && strcmp(work->phase, "decode") == 0)
        good = fl_fail(err, "phase", "%s %s no decode phase; ask for prefill", model->name,
                       model->family->kind == FL_DECODER ? "attends to later tokens, too, and has"
                                                         : "is an encoder and has");
    return good;
}

static void add_note(struct fl_trace *trace, const char *note)
{
    trace->note = trace->note ? fl_arena_format(&trace->arena, "%s; %s", trace->note, note) : note;
}

/* Windows and chunks are of causal attention; where all see all, they are left out. */
static void note_reach(struct fl_trace *trace, const struct fl_model *model, int64_t seen)
{
    int64_t layers[FL_REACHES] = { 0 };
    const int64_t widths[FL_REACHES] = { [FL_REACH_WINDOW] = model->window, [FL_REACH_CHUNK] = model->chunk };
    static const char *const names[FL_REACHES] = { [FL_REACH_WINDOW] = "window", [FL_REACH_CHUNK] = "chunks" };
    bool alike = fl_model_alike(model);
    for (int64_t i = 0; i < (alike ? 1 : model->layers); i++)
        layers[fl_model_reach(model, i)] += alike ? model->layers : 1;
    for (int reach = FL_REACH_WINDOW; reach < FL_REACHES; reach++)
        if (layers[reach] > 0 && seen > widths[reach])
            add_note(trace, fl_arena_format(&trace->arena, "attention covers all tokens, not the model's %s of %" PRId64
                                            " in %" PRId64 " of %" PRId64 " layers", names[reach], widths[reach],
                                            layers[reach], model->layers));
}

/* The tokens of an encoder in front: as many as the decoder's, unless said or given by the model. */
static void settle_source(struct fl_trace *trace, const struct fl_model *model, int64_t asked)
{
    struct fl_arena *arena = &trace->arena;
    const struct fl_model *encoder = model->encoder;
    if (encoder == NULL) {
        if (asked > 0)
            add_note(trace, "source ignored: the model has no encoder in front");
        return;
    }
    trace->source = asked > 0 ? asked : trace->context;
    if (encoder->frames > 0) {
        if (asked > 0 && asked != encoder->positions)
            add_note(trace, fl_arena_format(arena, "source %" PRId64 " ignored: the sound makes %" PRId64 " tokens",
                                            asked, encoder->positions));
        trace->source = encoder->positions;
    } else if (trace->source > encoder->positions)
        add_note(trace, fl_arena_format(arena, "a source of %" PRId64 " tokens is beyond the model's maximum of %"
                                        PRId64, trace->source, encoder->positions));
}

void fl_workload_settle(struct fl_trace *trace, const struct fl_model *model, const struct fl_workload *work)
{
    struct fl_arena *arena = &trace->arena;
    bool decode = strcmp(work->phase, "decode") == 0;
    int64_t steps = work->tokens ? work->tokens : 1, most = model->positions;
    int64_t context = work->context;
    if (model->family->kind == FL_VISION_ENCODER) {
        if (context != 0 && context != most)
            add_note(trace, fl_arena_format(arena, "context %" PRId64 " ignored: the image makes %" PRId64 " tokens",
                                            context, most));
        context = most;
    } else if (context == 0) {
        context = most < PRESET_CONTEXT ? most : PRESET_CONTEXT;
        if (decode && context + steps > most)
            context = most > steps ? most - steps : 1;
    }
    int64_t seen = context + (decode ? steps : 0);
    if (seen > most)
        add_note(trace, fl_arena_format(arena, "%" PRId64 " tokens are beyond the model's maximum of %" PRId64, seen,
                                        most));
    if (model->note != NULL)
        add_note(trace, model->note);
    if (!decode && !(model->causal && strcmp(work->attention, "causal") == 0))
        note_reach(trace, model, seen);
    if (!decode && work->tokens > 0)
        add_note(trace, "tokens ignored: prefill takes the context's");
    trace->context = context;
    settle_source(trace, model, work->source);
    if (work->routing != NULL && model->experts.count == 0)
        add_note(trace, "routing ignored: the model has no experts");
    trace->tokens = decode ? steps : context;
    trace->batch = work->batch ? work->batch : 1;
    trace->phase = work->phase;
    trace->attention = work->attention;
    trace->logits = work->logits;
    trace->layers_only = work->layers_only;
}
