/* place.c - which operators a GPU beside a chip takes over, with the moves between them paid.
 *
 * Operators have been mapped without GPUs. Those that a GPU takes may go there instead: it reads
 * over its host's link what others wrote last, once, and gives back what others read of it. So
 * operators depend on their neighbours, and runs of them are moved together: from nothing on a GPU,
 * and from all there, a run at a time, as long as the goal's cost of the whole falls. Operators of
 * one name go together wherever they stand.
 *
 * What nothing on the chip does goes to a GPU whatever it costs.
 *
 * A tensor is where its last writer wrote it; what nobody wrote is the chip's. Weights lie with
 * whoever multiplies by them; trained ones are where their update is done, and come from there
 * once a step. What a GPU keeps (weights, states of optimizers, stashes, random matrices) it has
 * room for; of weights and states a share may stay behind its host's link, if the design says so.
 */
#include <math.h>
#include <string.h>

#include "mapping/lives.h"
#include "mapping/nest.h"
#include "mapping/place.h"

enum { WRITERS = 2, RUN = 12, KEPT = 3 };

/* An operand that somebody writes or that comes from outside, and the operators that may have written it last, by their
 * place in the plan; SIZE_MAX: none. Stored: a parameter, in DRAM if it is the chip's. */
struct read { int32_t tensor; size_t writer[WRITERS]; int64_t bits; bool stored; };

/* What a GPU keeps for an operator, under a number that those who share it have, too; loose: it may stay with the
 * host. */
struct kept { size_t number; int64_t bits; bool loose; };

/* What is known of an operator. */
struct one {
    size_t name;                        /* the first operator of its name */
    size_t first;                       /* of its block */
    struct read *read;
    size_t reads;
    struct fl_mapping gpu;
    bool can, must;                     /* a GPU takes it; nothing else does */
    double ps, joules;                  /* on the chip */
    int64_t taken_bits, given_bits;     /* on the GPU, ... */
    int64_t taken_stored, given_stored; /* of these, of parameters */
    double gpu_ps, gpu_joules;          /* ... with which it takes that; below 0: it is not possible */
    double share;                       /* that the host had then */
    int64_t out_bits;
    bool writes_stored;
    struct kept kept[KEPT];
    size_t keeps;
};

struct place {
    const struct fl_trace *trace;
    struct fl_machine *machine;         /* what hosts hold of weights follows from who goes */
    const struct fl_spill *spill;
    const struct fl_goal *goal;         /* NULL: who goes is said */
    struct fl_plan_op *op;
    size_t ops;
    struct one *one;
    bool *there, *best;                 /* of each name, on the GPU */
    bool *gives;
    size_t *turn;                       /* names in order */
    size_t names;
    int64_t *most;                      /* bits of what is kept, by number */
    size_t numbers;
    int64_t need_bits, have_bits;       /* of the GPU that did not hold what it was to keep */
    int32_t short_of;
};

/* ---- who wrote it ---- */

/* The last writer of a tensor among the operators from `first` to before `end`. */
static size_t writer_find(const struct place *p, size_t first, size_t end, int32_t tensor)
{
    while (end-- > first)
        if (p->op[end].op->writes.tensor == tensor && !p->op[end].op->more)
            return end;
    return SIZE_MAX;
}

static bool op_reads(const struct fl_op *op, int32_t tensor)
{
    for (size_t i = 0; i < op->operands; i++)
        if (op->reads[i].tensor == tensor)
            return true;
    return false;
}

static int64_t operand_bits(const struct place *p, const struct fl_op *op, size_t which)
{
    bool bad = false;
    int64_t streamed = fl_map_streamed(op, &bad), operands = fl_most((int64_t)op->operands, 1);
    bool whole = fl_op_is_product(op) || op->type->form == FL_UPDATE;   /* the gradient is all it streams */
    int64_t values = fl_op_is_product(op) && which > 0
                         ? fl_product(fl_product(op->k, op->n, &bad), op->groups, &bad)
                         : whole ? streamed : streamed / operands;
    int32_t bits = which > 0 ? fl_map_stored_bits(op, p->machine, NULL) : p->machine->activation_bits;
    values = fl_product(values, bits, &bad);
    return bad ? INT64_MAX / 4 : values;
}

/* All that an operator writes: what tells rows is read whole. */
static int64_t written_bits(const struct place *p, size_t at)
{
    bool bad = false;
    int64_t values = at == SIZE_MAX ? 0 : fl_map_outputs(p->op[at].op, &bad);
    int64_t bits = fl_product(values, p->machine->activation_bits, &bad);
    return bad ? INT64_MAX / 4 : bits;
}

/* Values of a parameter, or of what else is stored, that an operator has to do with, in bits. */
static int64_t stored_bits(const struct place *p, const struct fl_op *op, bool *bad)
{
    bool update = op->type->form == FL_UPDATE;
    int64_t values = fl_product(fl_product(update ? op->m : op->k, op->n, bad), op->groups, bad);
    int32_t bits = op->type->form == FL_PROJECT ? fl_map_weight_bits(p->machine, NULL)
                                                : fl_map_stored_bits(op, p->machine, NULL);
    return fl_product(values, bits, bad);
}

/* A parameter that the step updates is where its update left it, in the step before. */
static void parameter_find(struct place *p, size_t at, size_t which)
{
    struct one *one = &p->one[at];
    const struct fl_op *op = p->op[at].op;
    size_t writer = writer_find(p, 0, p->ops, op->reads[which].tensor);
    bool bad = false;
    int64_t bits = writer == SIZE_MAX ? 0 : stored_bits(p, p->op[writer].op, &bad);
    if (writer != SIZE_MAX)
        one->read[one->reads++] = (struct read){.tensor = op->reads[which].tensor, .writer = {writer, SIZE_MAX},
                                                .bits = bad ? INT64_MAX / 4 : bits, .stored = true};
}

static void reads_find(struct place *p, struct fl_arena *arena, size_t at)
{
    const struct fl_op *op = p->op[at].op;
    const struct fl_block *block = &p->trace->block[p->op[at].block];
    struct one *one = &p->one[at];
    one->read = fl_arena_array(arena, op->operands + 1, sizeof *one->read);
    for (size_t i = 0; i < op->operands; i++) {
        int32_t tensor = op->reads[i].tensor;
        bool same = i > 0 && op->reads[i - 1].tensor == tensor && !fl_op_is_product(op);
        int32_t kind = p->trace->tensor[tensor].kind;
        if (!same && kind == FL_TENSOR_PARAMETER)
            parameter_find(p, at, i);
        if (same || kind == FL_TENSOR_PARAMETER || kind == FL_TENSOR_STATE)
            continue;
        struct read *read = &one->read[one->reads++];
        size_t own = writer_find(p, one->first, at, tensor);
        *read = (struct read){.tensor = tensor, .writer = {own, SIZE_MAX}, .bits = operand_bits(p, op, i)};
        if (own == SIZE_MAX) {          /* of the repetition before, or of a block before */
            if (block->repeat > 1)
                read->writer[0] = writer_find(p, at, one->first + block->ops, tensor);
            read->writer[1] = writer_find(p, 0, one->first, tensor);
        }
        if (fl_op_is_beside(op, i))
            read->bits = fl_most(written_bits(p, read->writer[0]), written_bits(p, read->writer[1]));
    }
}

/* ---- what a placement costs ---- */

static bool on_gpu(const struct place *p, size_t at)
{
    return at != SIZE_MAX && p->one[at].can && p->there[p->one[at].name];
}

/* Did nobody but the GPU write it? What nobody wrote is the chip's. */
static bool lies_there(const struct place *p, const struct read *read)
{
    bool any = false;
    for (int w = 0; w < WRITERS; w++) {
        if (read->writer[w] != SIZE_MAX && !on_gpu(p, read->writer[w]))
            return false;
        any |= read->writer[w] != SIZE_MAX;
    }
    return any;
}

/* Has an operator on the GPU before it in its block taken the tensor there already? A parameter, in the whole step. */
static bool taken_before(const struct place *p, size_t at, const struct read *read)
{
    for (size_t j = at; j-- > (read->stored ? 0 : p->one[at].first);) {
        if (on_gpu(p, j) && op_reads(p->op[j].op, read->tensor))
            return true;
        if (p->op[j].op->writes.tensor == read->tensor)
            return false;
    }
    return false;
}

/* What operators on the GPU take and give, with this placement. */
static void moves_find(struct place *p)
{
    memset(p->gives, 0, p->ops * sizeof *p->gives);
    for (size_t i = 0; i < p->ops; i++) {
        struct one *one = &p->one[i];
        bool there = on_gpu(p, i);
        one->taken_bits = one->taken_stored = 0;
        for (const struct read *read = one->read; read < one->read + one->reads; read++) {
            if (there && !lies_there(p, read) && !taken_before(p, i, read)) {
                one->taken_bits += read->bits;
                one->taken_stored += read->stored ? read->bits : 0;
            }
            for (int w = 0; w < WRITERS && !there; w++)
                if (on_gpu(p, read->writer[w]))
                    p->gives[read->writer[w]] = true;
        }
    }
    for (size_t i = 0; i < p->ops; i++) {
        p->one[i].given_bits = p->gives[i] ? p->one[i].out_bits : 0;
        p->one[i].given_stored = p->one[i].writes_stored ? p->one[i].given_bits : 0;
    }
}

/* What an operator takes where it is; false: it cannot be there. */
static bool one_cost(const struct place *p, size_t i, struct fl_mapping *mapping, double *ps, double *joules)
{
    struct fl_effort effort;
    if (!fl_mapping_bound(p->op[i].op, p->machine, mapping, &effort, NULL))
        return false;
    fl_spill_bound(&p->spill[i], p->op[i].op, p->machine, mapping, &effort);
    *ps = mapping->bound_ps;
    const struct fl_prices *prices = p->goal != NULL ? p->goal->prices : NULL;
    *joules = prices == NULL ? 0 : fl_cost_j(prices, p->machine, p->op[i].op, mapping, &effort, *ps);
    return true;
}

/* The same on the GPU, worked out when its moves change. */
static bool gpu_cost(const struct place *p, size_t i)
{
    struct one *one = &p->one[i];
    double share = p->machine->gpu[one->gpu.number].host_share;
    bool known = one->gpu.taken_bits == one->taken_bits && one->gpu.given_bits == one->given_bits &&
                 one->share == share && one->gpu_ps != 0;
    if (known)
        return one->gpu_ps > 0;
    one->gpu.taken_bits = one->taken_bits;
    one->gpu.given_bits = one->given_bits;
    one->gpu.taken_stored = one->taken_stored;
    one->gpu.given_stored = one->given_stored;
    one->share = share;
    if (!one_cost(p, i, &one->gpu, &one->gpu_ps, &one->gpu_joules))
        one->gpu_ps = -1;
    return one->gpu_ps > 0;
}

/* Does a GPU hold what its operators keep, beside what one of them works on? What does not fit of weights leaves
 * the same share of each with the host. */
static bool gpu_holds(struct place *p, int32_t number)
{
    struct fl_gpu *gpu = &p->machine->gpu[number];
    int64_t sum[2] = {0, 0}, works = 0, have = fl_gpus_hold_bits(gpu);
    bool over = false;
    memset(p->most, 0, p->numbers * sizeof *p->most);
    for (size_t i = 0; i < p->ops; i++) {
        const struct one *one = &p->one[i];
        if (!on_gpu(p, i) || one->gpu.number != number)
            continue;
        works = fl_most(works, fl_map_working_set_bits(p->op[i].op, p->machine));
        for (size_t k = 0; k < one->keeps; k++) {
            int64_t *most = &p->most[one->kept[k].number];
            int64_t more = fl_most(one->kept[k].bits - *most, 0);
            sum[one->kept[k].loose] = fl_sum(sum[one->kept[k].loose], more, &over);
            *most += more;
        }
    }
    int64_t rest = fl_sum(sum[0], works, &over), all = fl_sum(rest, sum[1], &over);
    gpu->host_share = all > have && sum[1] > 0 && gpu->offload ? fmin(1, (double)(all - have) / (double)sum[1]) : 0;
    if (!over && (gpu->offload ? rest : all) <= have)
        return true;
    p->need_bits = gpu->offload ? rest : all;
    p->have_bits = have;
    p->short_of = number;
    return false;
}

static bool has_room(struct place *p)
{
    bool room = true;
    for (int32_t i = 0; i < p->machine->gpus; i++)
        room = gpu_holds(p, i) && room;
    return room;
}

static double cost_of(struct place *p)
{
    struct fl_goal goal = p->goal != NULL ? *p->goal : (struct fl_goal){.objective = FL_LATENCY};
    double ps = 0, joules = 0;
    goal.watts = 0;
    if (!has_room(p))
        return INFINITY;
    moves_find(p);
    for (size_t i = 0; i < p->ops; i++) {
        double times = (double)p->trace->block[p->op[i].block].repeat;
        bool there = on_gpu(p, i);
        if (there && !gpu_cost(p, i))
            return INFINITY;
        ps += times * (there ? p->one[i].gpu_ps : p->one[i].ps);
        joules += times * (there ? p->one[i].gpu_joules : p->one[i].joules);
    }
    return fl_goal_cost(&goal, ps, joules);
}

/* ---- the search ---- */

/* Moves runs of operators of up to RUN names over, or back, as long as that is better. */
static double descend(struct place *p, double cost)
{
    for (bool better = true; better;) {
        better = false;
        for (size_t first = 0; first < p->names; first++)
            for (size_t length = 1; length <= RUN && first + length <= p->names; length++)
                for (int to = 0; to < 2; to++) {
                    bool before[RUN], any = false;
                    for (size_t i = 0; i < length; i++) {
                        before[i] = p->there[p->turn[first + i]];
                        any |= before[i] != (to == 1);
                        p->there[p->turn[first + i]] = to == 1;
                    }
                    double moved = any ? cost_of(p) : INFINITY;
                    if (moved < cost * (1 - 1e-9)) {
                        cost = moved;
                        better = true;
                    } else {
                        for (size_t i = 0; i < length; i++)
                            p->there[p->turn[first + i]] = before[i];
                    }
                }
    }
    return cost;
}

static void names_find(struct place *p)
{
    for (size_t i = 0; i < p->ops; i++) {
        size_t same = 0;
        while (strcmp(p->op[same].op->name, p->op[i].op->name) != 0)
            same++;
        p->one[i].name = same;
        if (same == i)
            p->turn[p->names++] = i;
    }
}

/* The GPU that would do an operator best, its moves apart. */
static bool gpu_find(const struct place *p, size_t i)
{
    struct fl_machine gpus = *p->machine;
    struct one *one = &p->one[i];
    gpus.vectors = gpus.opus = 0;
    if (!fl_map_digital(p->op[i].op, &gpus, &one->gpu, NULL) || !one->gpu.engine->memory)
        return false;
    one->gpu.strategy = "gpu";
    one->gpu.cached = 0;
    return true;
}

static void kept_add(struct one *one, size_t number, int64_t bits, bool loose)
{
    if (bits > 0)
        one->kept[one->keeps++] = (struct kept){number, bits, loose};
}

/* Tensors are numbers 0 .., then come random matrices by the first operator of their size, then states of
 * optimizers. */
static void kept_find(struct place *p, size_t at, bool *bad)
{
    struct one *one = &p->one[at];
    const struct fl_op *op = p->op[at].op;
    const struct fl_tensor *written = &p->trace->tensor[op->writes.tensor];
    int64_t times = p->trace->block[p->op[at].block].repeat, stored = stored_bits(p, op, bad);
    size_t own = op->stored != NULL ? (size_t)(op->stored - p->trace->tensor) : p->trace->tensors + at, first = 0;
    if (op->type->form == FL_PROJECT) {
        while (p->op[first].op->type->form != FL_PROJECT || p->op[first].op->k != op->k || p->op[first].op->n != op->n)
            first++;
        kept_add(one, p->trace->tensors + first, stored, false);
    } else if (op->type->form == FL_UPDATE) {
        int64_t values = fl_product(fl_product(op->m, op->n, bad), op->groups, bad);
        kept_add(one, (size_t)op->writes.tensor, fl_product(stored, times, bad), true);
        kept_add(one, p->trace->tensors + p->ops + at,
                 fl_product(fl_product(values, op->state_bits, bad), times, bad), true);
    } else if (fl_op_from_dram(op) || fl_op_is_move(op)) {
        kept_add(one, own, fl_product(stored, times, bad), fl_op_has_weights(op));
    }
    if (written->layered && fl_tensor_is_value(written))    /* a stash, a gradient of its own for each layer */
        kept_add(one, (size_t)op->writes.tensor, fl_product(one->out_bits, times, bad), false);
}

static bool ones_make(struct place *p, struct fl_arena *arena)
{
    bool any = false, bad = false;
    for (size_t i = 0; i < p->ops; i++) {
        struct one *one = &p->one[i];
        const struct fl_op *op = p->op[i].op;
        struct fl_mapping chip = p->op[i].mapping;
        one->must = chip.engine == &fl_engine_gpu;
        one->first = i > 0 && p->op[i - 1].block == p->op[i].block ? p->one[i - 1].first : i;
        one->can = !chip.in_place && (p->goal != NULL || chip.beside || one->must) && gpu_find(p, i);
        one->writes_stored = op->type->form == FL_UPDATE;
        one->out_bits = one->writes_stored ? stored_bits(p, op, &bad)
                                           : fl_product(fl_map_outputs(op, &bad), p->machine->activation_bits, &bad);
        kept_find(p, i, &bad);
        any |= one->can;
        one->ps = one->joules = INFINITY;
        if (bad || (!one->must && !one_cost(p, i, &chip, &one->ps, &one->joules)))
            return false;
    }
    for (size_t i = 0; i < p->ops; i++)
        reads_find(p, arena, i);
    return any;
}

/* From nothing on a GPU, and from all there: the better end. */
static void both_ways(struct place *p)
{
    double least = descend(p, cost_of(p));
    memcpy(p->best, p->there, p->ops * sizeof *p->best);
    for (size_t i = 0; i < p->ops; i++)
        p->there[i] = true;
    if (descend(p, cost_of(p)) >= least)
        memcpy(p->there, p->best, p->ops * sizeof *p->there);
}

/* Why it is not possible. */
static bool refused(const struct place *p, struct fl_err *err)
{
    const double gb = 8e9;
    for (size_t i = 0; i < p->ops; i++)
        if ((p->one[i].must || p->op[i].mapping.beside) && !p->one[i].can)
            return fl_fail(err, p->op[i].op->name, "the machine has no GPU beside its chip that does what the mapping "
                           "file gives it");
    return fl_fail(err, NULL, "what the GPU beside the chip must do needs %.6g GB there; gpu[%d] has %.6g GB: give it "
                   "more memory, or offload = true, which leaves weights with its host", (double)p->need_bits / gb,
                   (int)p->short_of, (double)p->have_bits / gb);
}

bool fl_place_wanted(const struct fl_plan_op *op, size_t ops)
{
    for (size_t i = 0; i < ops; i++)
        if (op[i].mapping.engine == &fl_engine_gpu)
            return true;
    return false;
}

bool fl_place(struct fl_plan_op *op, size_t ops, const struct fl_trace *trace, struct fl_machine *machine,
              const struct fl_spill *spill, const struct fl_goal *goal, struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct place p = {.trace = trace, .machine = machine, .spill = spill, .goal = goal, .op = op, .ops = ops};
    p.one = fl_arena_array(&arena, ops + 1, sizeof *p.one);
    p.there = fl_arena_array(&arena, ops + 1, sizeof *p.there);
    p.best = fl_arena_array(&arena, ops + 1, sizeof *p.best);
    p.gives = fl_arena_array(&arena, ops + 1, sizeof *p.gives);
    p.turn = fl_arena_array(&arena, ops + 1, sizeof *p.turn);
    p.numbers = trace->tensors + 2 * ops;
    p.most = fl_arena_array(&arena, p.numbers + 1, sizeof *p.most);
    names_find(&p);
    bool any = ones_make(&p, &arena), possible = true;
    for (size_t i = 0; i < ops; i++) {
        p.there[p.one[i].name] |= goal == NULL || p.one[i].must;
        possible = possible && ((goal != NULL && !p.one[i].must) || !(op[i].mapping.beside || p.one[i].must) ||
                                p.one[i].can);
    }
    if (any && goal != NULL)
        both_ways(&p);
    if (any)
        possible = isfinite(cost_of(&p)) && possible;
    for (size_t i = 0; i < ops && any && possible; i++)
        if (on_gpu(&p, i))
            op[i].mapping = p.one[i].gpu;
    possible = possible || refused(&p, err);
    fl_arena_free(&arena);
    return possible;
}
