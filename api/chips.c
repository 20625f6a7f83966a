/* chips.c - runs on several chips: the trace of one of them, and counts of all.
 *
 * One chip is simulated, in turn that of each stage (machine/chips.h). The chips that share its
 * operators do the same at the same time, so what steps cause is counted for each of them; what no
 * step causes, a refresh, is counted on all chips, idle or not. Times of units are times of all.
 * Of several batches each does the same (api/turns.c).
 */
#include "api/result.h"
#include "base/table.h"
#include "base/whole.h"
#include "mapping/plan.h"
#include "traces/divide.h"

bool fl_chips_divide(struct fl_prepared *prepared, struct fl_err *err)
{
    enum { WORD_BITS = 64 };            /* a token's number and its score */
    const struct fl_machine *machine = &prepared->machine;
    int64_t sum_bits = machine->chips.sum_bits > 0 ? machine->chips.sum_bits : machine->accumulator_bits;
    const struct fl_division by = {
        .tensor = fl_chips_sharing(&machine->chips), .stages = fl_chips_stages(&machine->chips),
        .head = machine->chips.head, .batches = fl_chips_batches(&machine->chips),
        .split = machine->chips.split, .sum = fl_ceil_div(sum_bits, machine->activation_bits),
        .word = fl_ceil_div(WORD_BITS, machine->activation_bits) };
    struct fl_trace divided;
    if (by.tensor == 1 && by.stages == 1 && !by.head && by.batches == 1)
        return true;
    if (!fl_trace_divide(&divided, &prepared->trace, &by, err))
        return false;
    prepared->asked = prepared->trace;
    prepared->trace = divided;
    if (prepared->trace_text == NULL)
        prepared->trace_text = fl_trace_text(&prepared->asked);
    return true;
}

void fl_traces_free(struct fl_trace *trace, struct fl_trace *asked, bool borrows)
{
    bool divided = asked->blocks > 0;
    if (divided)
        fl_trace_free(trace);
    if (!borrows)
        fl_trace_free(divided ? asked : trace);
}

/* A count of one chip and one batch: what a step causes happens on all chips that share it and for each batch, what
 * none causes on all chips, as long as the run is. Times are of one chip, of each batch. */
static bool count_all(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t count,
                      bool stepless, int64_t *value)
{
    const struct fl_chips *chips = &result->machine.chips;
    bool happens = count == FL_ACTIVE_PS || count >= FL_OWN;
    int64_t batches = phase == &result->run ? fl_chips_batches(chips) : 1;
    if (happens && !fl_times(*value, stepless ? fl_chips_all(chips) : fl_chips_sharing(chips), value))
        return false;
    if (!stepless || !happens)
        return fl_times(*value, batches, value);
    fl_wide longer = batches > 1 ? (fl_wide)*value * phase->latency_ps / fl_most(phase->pass_ps, 1) : *value;
    *value = longer < INT64_MAX ? (int64_t)longer : INT64_MAX;
    return longer < INT64_MAX;
}

bool fl_chips_count(const struct fl_result *result, struct fl_phase_result *phase, struct fl_err *err)
{
    const struct fl_sim *sim = &result->arch.sim;
    int64_t *next = phase->counted;
    bool fits = true;
    for (uint32_t i = 0; i < sim->units; i++)
        for (uint32_t c = 0; c < sim->unit[i]->counts; c++, next++)
            if (c != FL_WAKES)
                fits = count_all(result, phase, c, fl_unit_count_stepless(sim->unit[i], c), next) && fits;
    for (size_t i = 0; i < phase->ledger.entries; i++) {
        struct fl_entry *e = &phase->ledger.entry[i];
        fits = count_all(result, phase, e->tally, false, &e->count) && fits;
    }
    return fits || fl_fail(err, NULL, "counts of %lld chips and %lld batches would not fit 63 bits: take fewer",
                           (long long)fl_chips_all(&result->machine.chips),
                           (long long)fl_chips_batches(&result->machine.chips));
}

/* ---- what is told of it ---- */

/* Bits that pass links in a run, on all of them: around rings, and from stage to stage. */
static void links_pass(const struct fl_trace *trace, const struct fl_machine *machine, double *gathered, double *handed)
{
    double each = (double)machine->activation_bits * (double)fl_chips_sharing(&machine->chips) *
                  (double)fl_chips_batches(&machine->chips);
    *gathered = *handed = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            double values = (double)op->m * (double)op->groups * (double)trace->block[b].repeat;
            if (op->type == &fl_op_gather || op->type == &fl_op_reduce)
                *gathered += values * (double)(op->n - op->k) * each;
            if (op->type == &fl_op_hand_over)
                *handed += values * (double)op->n * each;
        }
}

/* Cores that weights in place fill on a chip: of each layer at most, and of what is of no layer. */
static void layers_fill(const struct fl_weights *weights, int64_t *layer, int64_t *rest, int64_t *layers)
{
    *layer = *rest = *layers = 0;
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next)
        if (w->op->stored->layered)
            *layers = fl_most(*layers, w->layer + w->repeat);
        else if (fl_op_may_stay(w->op))
            *rest += w->tiles;
    for (int64_t l = 0; l < *layers; l++) {
        int64_t tiles = 0;
        for (const struct fl_weight *w = weights->first; w != NULL; w = w->next)
            if (w->op->stored->layered && fl_op_may_stay(w->op) && w->layer <= l && l < w->layer + w->repeat)
                tiles += w->tiles;
        *layer = fl_most(*layer, tiles);
    }
}

/* How many chips would do. */
static const char *enough(const struct fl_weights *weights, const struct fl_machine *machine, struct fl_arena *arena)
{
    int64_t layer, rest, layers, has = machine->pool[weights->pool].cores, sharing = fl_chips_sharing(&machine->chips);
    layers_fill(weights, &layer, &rest, &layers);
    if (layer > has || rest > has || has == 0)
        return fl_arena_format(arena, "a layer fills %lld, what is of no layer %lld: give it more cores, or let more "
                               "chips share an operator (chips.tensor = %lld or more)", (long long)layer,
                               (long long)rest, (long long)fl_ceil_div(sharing * fl_most(layer, rest),
                                                                       fl_most(has, 1)));
    int64_t each = layer > 0 ? has / layer : fl_most(layers, 1), stages = fl_ceil_div(fl_most(layers, 1), each);
    int64_t last = layers - (stages - 1) * each;
    bool head = rest > 0 && last * layer + rest > has;
    return fl_arena_format(arena, "%lld chips would do: chips.tensor = %lld, chips.stages = %lld%s",
                           (long long)(sharing * (stages + head)), (long long)sharing, (long long)(stages + head),
                           head ? ", chips.head = true" : "");
}

const char *fl_chips_text(const struct fl_prepared *prepared, struct fl_arena *arena)
{
    struct fl_machine machine = prepared->machine;
    const struct fl_chips *chips = &machine.chips;
    struct fl_weights weights;
    struct fl_arena scratch = { 0 };
    double gathered, handed;
    if (chips->tensor == 0)
        return NULL;
    const char *text = fl_arena_format(arena, "%lld: %lld share each operator, in %lld stage%s%s",
                                       (long long)fl_chips_all(chips), (long long)fl_chips_sharing(chips),
                                       (long long)fl_chips_stages(chips), fl_chips_stages(chips) == 1 ? "" : "s",
                                       chips->head ? ", the last for what follows the layers" : "");
    if (fl_chips_batches(chips) > 1)
        text = fl_arena_format(arena, "%s; %lld batches go through them one behind the other", text,
                               (long long)fl_chips_batches(chips));
    links_pass(&prepared->trace, &machine, &gathered, &handed);
    char around[FL_SI_BYTES], onward[FL_SI_BYTES];
    text = fl_arena_format(arena, "%s\n%s pass the links of rings, %s those between stages, in all", text,
                           fl_si(around, gathered / 8, "B"), fl_si(onward, handed / 8, "B"));
    if (fl_weights_find(&weights, &scratch, &prepared->trace, &machine, NULL) && weights.staying > 0) {
        const struct fl_pool *pool = &machine.pool[weights.pool];
        const char *how = weights.staying <= pool->cores ? "" : enough(&weights, &machine, arena);
        text = fl_arena_format(arena, "%s\nweights in place fill %lld of the %lld cores of \"%s\" on the fullest chip, "
                               "of stage %lld%s%s", text, (long long)weights.staying, (long long)pool->cores,
                               pool->name, (long long)weights.full + 1, *how != '\0' ? ": they do not fit; " : "", how);
    }
    fl_arena_free(&scratch);
    return text;
}

/* Stages take turns: how often a new pass could begin, if others are under way; or how long they had to do. */
static const char *turns_text(struct fl_result *result)
{
    const struct fl_phase_result *run = &result->run;
    int64_t stages = fl_chips_stages(&result->machine.chips), batches = fl_chips_batches(&result->machine.chips);
    char turn[FL_SI_BYTES], pass[FL_SI_BYTES];
    double ps = (double)run->turn_ps, all = (double)run->latency_ps;
    fl_si(turn, ps * 1e-12, "s");
    if (batches > 1)
        return fl_arena_format(&result->arena, "; %lld batches one behind the other, each %s alone: stages are at work "
                               "for %.3g %% of the time, stage %lld for %.3g %% (%s a batch)", (long long)batches,
                               fl_si(pass, (double)run->pass_ps * 1e-12, "s"),
                               100 * (double)batches * (double)run->worked_ps / (double)stages / all,
                               (long long)run->slowest + 1, 100 * (double)batches * ps / all, turn);
    if (stages == 1)
        return "";
    return fl_arena_format(&result->arena, "; no stage works for more than %.3g %% of a pass (stage %lld, %s): as many "
                           "such passes could be under way, one behind the other, a new one each %s "
                           "(chips.microbatches)", 100 * ps / all, (long long)run->slowest + 1, turn, turn);
}

const char *fl_chips_note(struct fl_result *result)
{
    const struct fl_chips *chips = &result->machine.chips;
    struct fl_figures figures;
    double all = (double)fl_chips_all(chips), mean = fl_result_energy_j(result) / (double)result->run.latency_ps * 1e12;
    if (chips->tensor == 0)
        return NULL;
    fl_result_figures(result, &figures);
    return fl_arena_format(&result->arena, "%.0f chips: %lld share an operator, in %lld stage%s; each %.0f mm^2, "
                           "%.3g W here and %.0f W at most, with its share of %lld links%s", all,
                           (long long)fl_chips_sharing(chips), (long long)fl_chips_stages(chips),
                           fl_chips_stages(chips) == 1 ? "" : "s",
                           figures.area_mm2 / all, mean / all, figures.peak_w / all,
                           (long long)fl_chips_links(chips), turns_text(result));
}
