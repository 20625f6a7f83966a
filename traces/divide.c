/* divide.c - a trace divided over chips that share operators, and over stages of a pipeline.
 *
 * A tensor that every writer writes in parts lies in parts, "NAME.part", as far as readers can do with their own part;
 * for the others a gather makes the whole of it.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/divide.h"
#include "traces/stages.h"

enum wanted { NOBODY, NUMBERS, WHOLE };     /* NUMBERS: of the largest values, as the next step looks up its tokens */

struct divide {
    const struct fl_trace *from;
    struct fl_trace_builder build;
    struct fl_division by;
    int64_t layers;                     /* numbers of layers that there are */
    bool *part;                         /* of each tensor: it lies in parts */
    bool *not_heads;                    /* and some writer is no attention's product */
    unsigned char *wanted;              /* enum wanted: by those who cannot do with a part */
    bool *cut_weights, *whole_weights;  /* of each parameter: who reads it */
    int64_t *readers, *writers;         /* of each tensor */
    int64_t *rows, *width;              /* of the value that was written last */
    struct fl_arena arena;
    struct fl_err *err;
    int64_t stage;                      /* of the block that is made; -1: of none yet */
    bool onward;                        /* the block hands over itself, at the end of each repetition: */
    bool *written;                      /* what goes to the next stage, once an operator of it has written it */
};

/* Stages that have layers. */
static int64_t deep(const struct divide *d) { return d->by.stages - d->by.head; }

/* ---- who is shared ---- */

static bool is_attention(const struct fl_op *op) { return fl_op_is_product(op) && !fl_op_has_weights(op); }

static bool is_even(const struct fl_op *op, int64_t chips)
{
    if (op->type == &fl_op_softmax)
        return op->m % chips == 0 && (op->share == 1 || op->share % chips == 0);
    return op->n % chips == 0;
}

/* Functions of single values, and softmax of single heads. */
static bool is_apart(const struct fl_op *op)
{
    return op->type == &fl_op_softmax || op->type == &fl_op_activation || op->type == &fl_op_rotary ||
           op->type == &fl_op_add;
}

/* Is an operator shared, as far as is known of what it reads? */
static bool is_shared(const struct divide *d, const struct fl_op *op)
{
    if (d->by.tensor == 1)
        return false;
    if (fl_op_is_product(op) || op->type->form == FL_APPEND)
        return true;
    bool shared = is_apart(op) && is_even(op, d->by.tensor);
    for (size_t i = 0; i < op->operands; i++)
        shared = shared && d->part[op->reads[i].tensor] &&
                 (op->type != &fl_op_softmax || !d->not_heads[op->reads[i].tensor]);
    return shared;
}

/* Is a product shared by its inputs, in which case it has no other operands than those and its weights? */
static bool is_by_inputs(const struct divide *d, const struct fl_op *op)
{
    bool could = d->by.tensor > 1 && d->by.split != FL_SPLIT_OUTPUTS && op->type == &fl_op_linear && op->groups == 1 &&
                 op->operands == 2 && op->k % d->by.tensor == 0 && d->writers[op->writes.tensor] == 1;
    if (!could || !d->part[op->reads[0].tensor])
        return false;
    int32_t in = op->reads[0].tensor, weights = op->reads[1].tensor;
    bool fewer = d->readers[in] == 1 && op->n * d->by.sum < op->k;     /* else its inputs are gathered */
    return d->from->tensor[weights].layered && d->readers[weights] == 1 && (d->by.split == FL_SPLIT_INPUTS || fewer);
}

/* Does an operator that is shared do with its own part of this operand? */
static bool reads_part(const struct divide *d, const struct fl_op *op, size_t which)
{
    bool each = !fl_op_has_weights(op) || is_by_inputs(d, op);
    return is_shared(d, op) && each && d->part[op->reads[which].tensor];
}

static void each_op(struct divide *d, void (*each)(struct divide *, const struct fl_block *, const struct fl_op *))
{
    for (size_t b = 0; b < d->from->blocks; b++)
        for (size_t i = 0; i < d->from->block[b].ops; i++)
            each(d, &d->from->block[b], &d->from->block[b].op[i]);
}

static void note_writer(struct divide *d, const struct fl_block *block, const struct fl_op *op)
{
    (void)block;
    for (size_t i = 0; i < op->operands; i++)
        d->readers[op->reads[i].tensor]++;
    d->writers[op->writes.tensor]++;
    d->part[op->writes.tensor] = d->by.tensor > 1;
    d->not_heads[op->writes.tensor] |= !is_attention(op);
}

static void note_whole(struct divide *d, const struct fl_block *block, const struct fl_op *op)
{
    (void)block;
    if (!is_shared(d, op))
        d->part[op->writes.tensor] = false;
}

static void note_wanted(struct divide *d, const struct fl_block *block, const struct fl_op *op)
{
    (void)block;
    for (size_t i = 0; i < op->operands; i++) {
        int32_t t = op->reads[i].tensor;
        bool weights = d->from->tensor[t].kind == FL_TENSOR_PARAMETER, shared = is_shared(d, op);
        d->cut_weights[t] |= weights && shared;
        d->whole_weights[t] |= weights && !shared;
        if (!weights && !reads_part(d, op, i)) {
            unsigned char want = op->type->form == FL_LOOKUP ? NUMBERS : WHOLE;
            d->wanted[t] = want > d->wanted[t] ? want : d->wanted[t];
        }
    }
}

/* What is shared depends on what lies in parts, and the other way round: from all that might, down to what does. */
static void parts_find(struct divide *d)
{
    size_t tensors = d->from->tensors + 1, before, parts = SIZE_MAX;
    d->part = fl_arena_array(&d->arena, tensors, sizeof *d->part);
    d->not_heads = fl_arena_array(&d->arena, tensors, sizeof *d->not_heads);
    d->wanted = fl_arena_array(&d->arena, tensors, sizeof *d->wanted);
    d->cut_weights = fl_arena_array(&d->arena, tensors, sizeof *d->cut_weights);
    d->whole_weights = fl_arena_array(&d->arena, tensors, sizeof *d->whole_weights);
    d->written = fl_arena_array(&d->arena, tensors, sizeof *d->written);
    d->readers = fl_arena_array(&d->arena, tensors, sizeof *d->readers);
    d->writers = fl_arena_array(&d->arena, tensors, sizeof *d->writers);
    d->rows = fl_arena_array(&d->arena, tensors, sizeof *d->rows);
    d->width = fl_arena_array(&d->arena, tensors, sizeof *d->width);
    each_op(d, note_writer);
    do {
        before = parts;
        each_op(d, note_whole);
        parts = 0;
        for (size_t t = 0; t < d->from->tensors; t++)
            parts += d->part[t];
    } while (parts < before);
    each_op(d, note_wanted);
}

/* ---- what cannot be ---- */

static int64_t heads_of(const struct divide *d, const struct fl_op *op)
{
    int64_t batch = fl_most(d->from->batch, 1);
    return op->groups % batch == 0 ? op->groups / batch : op->groups;
}

/* "1, 2, 3, 4, 6, 12" */
static const char *divisors(struct divide *d, int64_t number)
{
    const char *text = "1";
    for (int64_t i = 2; i <= number; i++)
        if (number % i == 0)
            text = fl_arena_format(&d->arena, "%s, %" PRId64, text, i);
    return text;
}

static void op_refuse(struct divide *d, const struct fl_block *block, const struct fl_op *op)
{
    (void)block;
    int64_t chips = d->by.tensor;
    if (d->err->faults > 0)
        return;
    if (op->type->form == FL_UPDATE || op->type->form == FL_PROJECT || fl_op_is_exchange(op))
        fl_fail(d->err, op->name, "is %s %s: chips.tensor and chips.stages divide inference, of traces that have no "
                "exchanges of their own; leave both at 1", fl_op_is_exchange(op) ? "a" : "of training,",
                op->type->name);
    else if (chips > 1 && is_attention(op) && heads_of(d, op) % chips != 0)
        fl_fail(d->err, op->name, "has %" PRId64 " heads of keys and values, which chips.tensor = %" PRId64
                " chips cannot share evenly; give one of %s", heads_of(d, op), chips, divisors(d, heads_of(d, op)));
    else if (chips > 1 && op->type->form == FL_APPEND && op->n % chips != 0)
        fl_fail(d->err, op->name, "appends rows of %" PRId64 " values, which chips.tensor = %" PRId64
                " chips cannot share evenly; give one of %s", op->n, chips, divisors(d, op->n));
}

static void count_layers(struct divide *d, const struct fl_block *block, const struct fl_op *op)
{
    (void)op;
    if (block->layer >= 0)
        d->layers = fl_most(d->layers, block->layer + block->repeat);
}

static bool is_possible(struct divide *d)
{
    if (d->from->phase != NULL && strcmp(d->from->phase, "train") == 0)
        return fl_fail(d->err, "chips", "a step of training is not divided: leave chips.tensor and chips.stages at 1");
    each_op(d, count_layers);
    each_op(d, op_refuse);
    int64_t most = fl_most(d->layers, 1);
    if (d->err->faults == 0 && deep(d) < 1)
        fl_fail(d->err, "chips.head", "true takes a stage for what follows the layers, and chips.stages is 1; give 2 "
                "or more");
    else if (d->err->faults == 0 && deep(d) > most)
        fl_fail(d->err, "chips.stages", "%" PRId64 " stages for layers, but %s has %" PRId64 " layers, and each stage "
                "takes one or more; give %" PRId64 " stages at most", deep(d), d->from->model, d->layers,
                most + d->by.head);
    return d->err->faults == 0;
}

/* ---- tensors ---- */

/* A parameter as shared products have it: columns of it, or rows if it is read transposed; of inputs the other way. */
static int32_t weights_part(struct divide *d, const struct fl_tensor_use *use, bool by_inputs)
{
    struct fl_tensor tensor = d->from->tensor[use->tensor];
    int64_t *cut = use->transposed != by_inputs ? &tensor.rows : &tensor.width;
    *cut = fl_ceil_div(*cut, d->by.tensor);
    if (d->whole_weights[use->tensor])
        tensor.name = fl_arena_format(&d->arena, "%s.part", tensor.name);
    fl_trace_tensor_add(&d->build, &tensor);
    return fl_trace_tensor_find(&d->build, tensor.name);
}

/* A tensor, or each chip's part of it, whose size is what operators make of it. */
static int32_t tensor_put(struct divide *d, int32_t t, bool part)
{
    struct fl_tensor tensor = d->from->tensor[t];
    bool cache = tensor.kind == FL_TENSOR_CACHE;
    if (part && !cache)
        tensor.name = fl_arena_format(&d->arena, "%s.part", tensor.name);
    if (d->by.tensor > 1 && (cache || part))
        tensor.groups = tensor.rows = tensor.width = 0;
    if (d->written[t])
        tensor.name = fl_arena_format(&d->arena, "%s.last", tensor.name);
    int32_t there = fl_trace_tensor_find(&d->build, tensor.name);
    if (there >= 0)
        return there;
    if (tensor.kind == FL_TENSOR_ACTIVATION && !tensor.layered && !tensor.input && tensor.rows == 0)
        return fl_trace_tensor(&d->build, tensor.name);
    fl_trace_tensor_add(&d->build, &tensor);
    return fl_trace_tensor_find(&d->build, tensor.name);
}

/* ---- operators ---- */

/* Is a value read after a repetition of a block, or after a block, before it is written anew? */
static bool is_sent(const struct divide *d, const struct fl_block *block, bool again, int32_t tensor)
{
    if (d->from->tensor[tensor].kind != FL_TENSOR_ACTIVATION)
        return false;
    for (const struct fl_block *b = again ? block : block + 1; b < d->from->block + d->from->blocks; b++)
        for (size_t i = 0; i < b->ops; i++) {
            const struct fl_op *op = &b->op[i];
            for (size_t r = 0; r < op->operands; r++)
                if (op->reads[r].tensor == tensor)
                    return true;
            if (op->writes.tensor == tensor)
                return false;
        }
    return false;
}

/* What an operator writes, as rows of all of their values. */
static void note_value(struct divide *d, const struct fl_op *op)
{
    int32_t t = op->writes.tensor;
    int64_t batch = fl_most(d->from->batch, 1), rows = op->groups * op->m, width = op->n;
    if (is_attention(op)) {
        int64_t each = op->groups / heads_of(d, op);
        rows = (each > 1 ? batch : 1) * (op->m / op->share);
        width = op->groups * op->m * op->n / rows;
    }
    d->rows[t] = op->more ? d->rows[t] + rows : rows;
    d->width[t] = width;
}

static void gather_put(struct divide *d, const struct fl_op *op)
{
    int32_t t = op->writes.tensor;
    int64_t width = d->width[t], k = fl_ceil_div(width, d->by.tensor), rows = d->rows[t];
    if (op->type == &fl_op_softmax) {
        rows /= d->by.tensor;
        k = op->n;
        width = k * d->by.tensor;
    } else if (d->wanted[t] == NUMBERS) {
        k = fl_least(d->by.word, width);
        width = k * d->by.tensor;
    }
    const struct fl_tensor_use read = { .tensor = tensor_put(d, t, true) };
    fl_trace_op_put(&d->build, &(struct fl_op){
        .name = fl_arena_format(&d->arena, "%s.gather", op->name), .type = &fl_op_gather, .groups = 1, .share = 1,
        .m = rows, .k = k, .n = width, .reads = &read, .operands = 1,
        .writes = { .tensor = tensor_put(d, t, false) } });
}

/* Partial sums of a product become each chip's part of its outputs. */
static void reduce_put(struct divide *d, const struct fl_op *op, int32_t sums)
{
    int64_t rows = d->rows[op->writes.tensor], own = fl_ceil_div(op->n, d->by.tensor), values = own * d->by.sum;
    const char *arrived = fl_arena_format(&d->arena, "%s.arrived", d->from->tensor[op->writes.tensor].name);
    const struct fl_tensor_use sent = { .tensor = sums };
    fl_trace_op_put(&d->build, &(struct fl_op){
        .name = fl_arena_format(&d->arena, "%s.reduce", op->name), .type = &fl_op_reduce, .groups = 1, .share = 1,
        .m = rows, .k = values, .n = values * d->by.tensor, .reads = &sent, .operands = 1,
        .writes = { .tensor = fl_trace_tensor(&d->build, arrived) } });
    const struct fl_tensor_use read = { .tensor = fl_trace_tensor(&d->build, arrived) };
    fl_trace_op_put(&d->build, &(struct fl_op){
        .name = fl_arena_format(&d->arena, "%s.sum", op->name), .type = &fl_op_sum, .groups = 1, .share = 1, .m = rows,
        .k = d->by.tensor * d->by.sum, .n = own, .reads = &read, .operands = 1,
        .writes = { .tensor = tensor_put(d, op->writes.tensor, true) } });
}

/* A shared operator's own part of the work. */
static void cut(const struct divide *d, struct fl_op *op, bool by_inputs)
{
    int64_t chips = d->by.tensor;
    if (by_inputs)
        op->k /= chips;
    else if (is_attention(op))
        op->groups /= chips;
    else if (op->type == &fl_op_softmax)
        op->m /= chips;
    else
        op->n = fl_ceil_div(op->n, chips);
    if (op->type == &fl_op_softmax && op->share > 1)
        op->share /= chips;
}

static void op_put(struct divide *d, const struct fl_block *block, size_t at)
{
    const struct fl_op *op = &block->op[at];
    struct fl_op made = *op;
    struct fl_tensor_use *reads = fl_arena_array(&d->arena, op->operands + 1, sizeof *reads);
    bool by_inputs = is_by_inputs(d, op);
    bool shared = is_shared(d, op), value = d->from->tensor[op->writes.tensor].kind != FL_TENSOR_CACHE;
    for (size_t i = 0; i < op->operands; i++) {
        reads[i] = op->reads[i];
        bool weights = d->from->tensor[op->reads[i].tensor].kind == FL_TENSOR_PARAMETER;
        reads[i].tensor = weights && shared ? weights_part(d, &op->reads[i], by_inputs)
                                            : tensor_put(d, op->reads[i].tensor, reads_part(d, op, i));
    }
    made.reads = reads;
    d->written[op->writes.tensor] = d->onward && is_sent(d, block, true, op->writes.tensor);
    if (by_inputs)
        made.writes.tensor = fl_trace_tensor(&d->build, fl_arena_format(&d->arena, "%s.sums", op->name));
    else
        made.writes.tensor = tensor_put(d, op->writes.tensor, shared && value);
    made.stored = NULL;
    made.line = 0;
    made.all_macs = fl_times_held(op->macs, fl_most(d->by.batches, 1), INT64_MAX);
    note_value(d, op);
    if (shared)
        cut(d, &made, by_inputs);
    fl_trace_op_put(&d->build, &made);
    if (by_inputs)
        reduce_put(d, op, made.writes.tensor);
    bool goes_on = at + 1 < block->ops && block->op[at + 1].more;
    if (shared && value && !goes_on && (!d->part[op->writes.tensor] || d->wanted[op->writes.tensor] != NOBODY))
        gather_put(d, op);
}

/* ---- stages ---- */

static int64_t stage_of_layer(const struct divide *d, int64_t layer)
{
    return fl_stage_of(d->layers, deep(d), layer);
}

static bool looks_up(const struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++)
        if (block->op[i].type->form == FL_LOOKUP)
            return true;
    return false;
}

/* What is of no layer is worked on by the stage before it, or by the head's; what looks up tokens, by the one that
 * follows. */
static int64_t stage_of(const struct divide *d, size_t block)
{
    const struct fl_block *all = d->from->block;
    size_t next = block;
    if (d->by.stages == 1)
        return 0;
    if (looks_up(&all[block]) || d->stage < 0)
        while (next < d->from->blocks && all[next].layer < 0)
            next++;
    if (next < d->from->blocks && all[next].layer >= 0)
        return stage_of_layer(d, all[next].layer);
    bool last = d->by.head && d->stage == deep(d) - 1;
    return last ? d->stage + 1 : fl_most(d->stage, 0);
}

/* All values that later stages read go to the next one, once they are there: the last operators of the block that is
 * open, or a block of their own. */
static void hand_over_put(struct divide *d, const struct fl_block *block, bool again)
{
    bool own = !d->build.open;
    for (int32_t t = 0; t < (int32_t)d->from->tensors; t++) {
        if (d->rows[t] == 0 || !is_sent(d, block, again, t))
            continue;
        bool part = d->part[t] && d->wanted[t] == NOBODY, numbers = d->wanted[t] == NUMBERS;
        int64_t width = part ? fl_ceil_div(d->width[t], d->by.tensor) : d->width[t];
        const struct fl_tensor_use read = { .tensor = tensor_put(d, t, part) };
        d->written[t] = false;
        if (!d->build.open) {
            fl_trace_block_open(&d->build, 1, -1);
            d->build.stage = d->stage;
        }
        fl_trace_op_put(&d->build, &(struct fl_op){
            .name = fl_arena_format(&d->arena, "%s.hand_over", d->from->tensor[t].name), .type = &fl_op_hand_over,
            .groups = 1, .share = 1, .m = d->rows[t], .n = numbers ? fl_least(d->by.word, width) : width,
            .reads = &read, .operands = 1, .writes = { .tensor = tensor_put(d, t, part) } });
    }
    if (own && d->build.open)
        fl_trace_block_close(&d->build);
}

/* Repetitions of a block: all of one stage; or each of the next one, to which it hands over. */
static void repeats_put(struct divide *d, const struct fl_block *block, int64_t first, int64_t repeat, int64_t stage)
{
    if (d->stage >= 0 && d->stage != stage)
        hand_over_put(d, first > 0 ? block : block - 1, first > 0);
    d->stage = stage;
    fl_trace_block_open(&d->build, repeat, block->layer < 0 ? -1 : block->layer + first);
    d->build.stage = stage;
    d->build.onward = d->onward;
    for (size_t i = 0; i < block->ops; i++)
        op_put(d, block, i);
    if (d->onward)
        hand_over_put(d, block, true);
    fl_trace_block_close(&d->build);
}

/* Has each layer parameters of its own? */
static bool has_own(const struct divide *d, const struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++)
        for (size_t r = 0; r < block->op[i].operands; r++) {
            const struct fl_tensor *t = &d->from->tensor[block->op[i].reads[r].tensor];
            if (t->kind != FL_TENSOR_ACTIVATION && !t->layered)
                return false;
        }
    return true;
}

/* Layers, stage by stage. Where each layer is a stage they are a loop, but for the last one, which others follow. */
static void block_put(struct divide *d, const struct fl_block *block)
{
    int64_t first = 0, low = block->layer, last = block->repeat - 1;
    if (low < 0) {
        repeats_put(d, block, 0, block->repeat, stage_of(d, (size_t)(block - d->from->block)));
        return;
    }
    if (last > 1 && has_own(d, block) && stage_of_layer(d, low + last) == stage_of_layer(d, low) + last) {
        d->onward = true;
        repeats_put(d, block, 0, last, stage_of_layer(d, low));
        d->onward = false;
        d->stage = stage_of_layer(d, low + last);
        first = last;
    }
    for (int64_t r = first + 1; r <= block->repeat; r++)
        if (r == block->repeat || stage_of_layer(d, low + r) != stage_of_layer(d, low + first)) {
            repeats_put(d, block, first, r - first, stage_of_layer(d, low + first));
            first = r;
        }
}

/* ---- the whole ---- */

bool fl_trace_divide(struct fl_trace *trace, const struct fl_trace *from, const struct fl_division *division,
                     struct fl_err *err)
{
    struct fl_err why = {0};
    struct divide d = { .from = from, .by = *division, .err = &why, .stage = -1 };
    *trace = (struct fl_trace){0};
    d.build.trace = trace;
    bool good = is_possible(&d);
    if (good) {
        parts_find(&d);
        fl_trace_head(trace, from);
        for (size_t t = 0; t < from->tensors; t++)
            if (from->tensor[t].input)
                fl_trace_input_add(&d.build, from->tensor[t].name);
        for (size_t b = 0; b < from->blocks; b++)
            block_put(&d, &from->block[b]);
        good = fl_trace_build_end(&d.build, "divided over chips", &why);
    } else {
        fl_trace_build_drop(&d.build);
    }
    fl_arena_free(&d.arena);
    if (!good) {
        fl_trace_free(trace);
        fl_err_take(err, &why);
    }
    fl_err_free(&why);
    return good;
}
