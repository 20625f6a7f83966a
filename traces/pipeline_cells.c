/* pipeline_cells.c - what each stage of a pipeline does of a block, in tensors of its own, and what is handed over.
 *
 * A value that a cell writes anew is a new version of its tensor. What a cell reads of another stage is sent by a
 * cell of that stage. Copies of layers stay where their layers are; that of the layer beside a stage's first or last
 * one is sent to it. Sums of gradients are each stage's own until their update.
 */
#include <string.h>

#include "base/whole.h"
#include "traces/layer_set.h"
#include "traces/ops.h"
#include "traces/pipeline_cells.h"
#include "traces/stages.h"

/* ---- growing ---- */

int32_t fl_pipeline_tensor(struct pipeline *p, const struct fl_tensor *like, const char *name)
{
    p->tensor = fl_grow(p->tensor, &p->tensor_room, p->tensors, sizeof *p->tensor);
    p->tensor[p->tensors] = *like;
    p->tensor[p->tensors].name = fl_arena_text(&p->trace->arena, name);
    return (int32_t)p->tensors++;
}

static struct fl_op *op_add(struct pipeline *p, const struct fl_op *like, int32_t stage)
{
    p->op = fl_grow(p->op, &p->op_room, p->ops, sizeof *p->op);
    struct fl_op *op = &p->op[p->ops++];
    *op = *like;
    op->name = fl_arena_text(&p->trace->arena, like->name);
    op->stage = stage + 1;
    return op;
}

static size_t cell_add(struct pipeline *p, int64_t repeat, int64_t layer, bool down, int32_t stage)
{
    p->cell = fl_grow(p->cell, &p->cell_room, p->cells, sizeof *p->cell);
    p->cell[p->cells] = (struct cell){.block = {.repeat = repeat, .layer = layer, .down = down}, .stage = stage};
    p->ops = 0;
    return p->cells++;
}

/* The operators added since become those of a cell. */
static void cell_close(struct pipeline *p, size_t at)
{
    struct cell *cell = &p->cell[at];
    cell->block.ops = p->ops;
    cell->block.op = fl_arena_array(&p->trace->arena, p->ops + 1, sizeof *cell->block.op);
    memcpy(cell->block.op, p->op, p->ops * sizeof *cell->block.op);
    for (size_t i = 0; i < p->ops; i++)
        cell->cost += (double)p->op[i].macs + (double)p->op[i].m * (double)p->op[i].n;
    cell->cost *= (double)cell->block.repeat;
}

static void after_add(struct pipeline *p, size_t cell, size_t before)
{
    struct cell *c = &p->cell[cell];
    for (size_t i = 0; i < c->afters; i++)
        if (c->after[i] == before)
            return;
    if (before == (size_t)FL_NO_CELL || before == cell)
        return;
    c->after = fl_grow(c->after, &c->room, c->afters, sizeof *c->after);
    c->after[c->afters++] = before;
}

/* ---- versions ---- */

/* Values and caches: of each stage and part its own. */
static bool is_own(const struct pipeline *p, int32_t tensor)
{
    const struct fl_tensor *t = &p->from->tensor[tensor];
    return t->kind != FL_TENSOR_PARAMETER && t->kind != FL_TENSOR_STATE && p->made[tensor];
}

/* Is it of layers that a stage has, a cache, or a sum that each stage has of its own until its update? */
static bool stays(const struct pipeline *p, int32_t tensor)
{
    const struct fl_tensor *t = &p->from->tensor[tensor];
    return t->layered || t->kind == FL_TENSOR_CACHE || t->kind == FL_TENSOR_GRADIENT;
}

static struct version *version_at(const struct pipeline *p, int32_t tensor, int32_t stage)
{
    return &p->at[(size_t)tensor * (size_t)p->stages + (size_t)stage];
}

static bool is_there(const struct pipeline *p, const struct version *v) { return v->count > 0 && v->part == p->part; }

static void version_new(struct pipeline *p, int32_t tensor, int32_t stage)
{
    const char *name = p->from->tensor[tensor].name;
    struct version *v = version_at(p, tensor, stage);
    name = fl_arena_format(&p->scratch, "%s.%d.%d", name, stage, v->count);
    *v = (struct version){.tensor = fl_pipeline_tensor(p, &p->from->tensor[tensor], name), .count = v->count + 1,
                          .write = p->writes[tensor], .part = p->part, .cell = (size_t)FL_NO_CELL};
}

/* How large what lies in a tensor is, by the operator that wrote it last. */
static void extent_of(const struct pipeline *p, const struct version *v, int64_t *m, int64_t *n)
{
    const struct fl_block *block = &p->cell[v->cell].block;
    *m = *n = 1;
    for (size_t i = 0; i < block->ops; i++)
        if (block->op[i].writes.tensor == v->tensor) {
            *m = block->op[i].groups * block->op[i].m;
            *n = block->op[i].n;
        }
}

/* A cell that sends what lies on one stage to another; gives the tensor that it is there. */
static int32_t sent(struct pipeline *p, int32_t tensor, int32_t from, int32_t to, size_t *cell)
{
    const struct version v = *version_at(p, tensor, from);
    const char *name = fl_arena_format(&p->scratch, "%s.to%d", p->from->tensor[tensor].name, to);
    struct fl_op *op, *kept = p->op;
    size_t ops = p->ops, room = p->op_room;
    p->op = NULL;                       /* those of the cell that is made wait */
    p->op_room = 0;
    *cell = cell_add(p, 1, -1, false, from);
    const struct fl_op like = {.type = &fl_op_hand_over, .name = name, .groups = 1, .share = 1, .operands = 1};
    op = op_add(p, &like, from);
    extent_of(p, &v, &op->m, &op->n);
    struct fl_tensor_use *read = fl_arena_array(&p->trace->arena, 1, sizeof *read);
    *read = (struct fl_tensor_use){.tensor = v.tensor};
    op->reads = read;
    op->writes = (struct fl_tensor_use){
        .tensor = fl_pipeline_tensor(p, &p->from->tensor[tensor], fl_arena_format(&p->scratch, "%s.%zu", name, *cell))};
    int32_t written = op->writes.tensor;
    p->tensor[written].input = false;
    cell_close(p, *cell);
    after_add(p, *cell, v.cell);
    fl_free(p->op);
    p->op = kept;
    p->ops = ops;
    p->op_room = room;
    return written;
}

/* Hands the latest version to a stage, whose own it becomes. */
static void hand_over(struct pipeline *p, int32_t tensor, int32_t to)
{
    size_t cell;
    int32_t there = sent(p, tensor, p->place[tensor], to, &cell);
    struct version *v = version_at(p, tensor, to);
    *v = (struct version){.tensor = there, .count = v->count + 1, .write = p->writes[tensor], .part = p->part,
                          .cell = cell};
}

/* The stage that has a layer; FL_NO_CELL: there is no such layer. */
static int32_t stage_with(const struct pipeline *p, int64_t layer)
{
    if (layer < 0 || layer >= p->layers)
        return FL_NO_CELL;
    return (int32_t)fl_stage_of(p->layers, p->stages, layer);
}

/* What a cell reads of the layer beside: where its first or last one is another stage's, that copy is sent here, to
 * those of its own. A cell that writes copies begins new ones with it. */
static void edge_read(struct pipeline *p, size_t cell, const struct fl_tensor_use *read, bool writes, int32_t stage)
{
    const struct fl_block block = p->cell[cell].block;
    int64_t lowest = fl_block_lowest(&block), layer = read->layer == FL_LAYER_PREVIOUS ? lowest - 1
                                                                                     : lowest + block.repeat;
    int32_t other = stage_with(p, layer), tensor = read->tensor;
    struct version *v = version_at(p, tensor, stage);
    const struct version *from = other == FL_NO_CELL ? NULL : version_at(p, tensor, other);
    if (other == FL_NO_CELL || other == stage || !is_there(p, from) || from->cell == (size_t)FL_NO_CELL ||
        (is_there(p, v) && v->edge && !writes))
        return;
    if (writes || !is_there(p, v))
        version_new(p, tensor, stage);
    size_t sender;
    sent(p, tensor, other, stage, &sender);
    p->cell[sender].block.op[0].writes.tensor = v->tensor;      /* the tensor made for it is nobody's */
    p->cell[sender].block.layer = layer;
    v->edge = true;
    v->cell = sender;
}

/* A tensor as a cell of a stage reads it. */
static int32_t read_of(struct pipeline *p, size_t cell, int32_t tensor, int32_t stage)
{
    if (!is_own(p, tensor)) {
        p->used[(size_t)tensor * (size_t)p->stages + (size_t)stage] = true;
        return tensor;
    }
    struct version *v = version_at(p, tensor, stage);
    int32_t place = p->place[tensor];
    bool current = is_there(p, v) && (stays(p, tensor) || v->write == p->writes[tensor]);
    bool made = place != FL_NO_CELL && version_at(p, tensor, place)->cell != (size_t)FL_NO_CELL;
    if (!current && !stays(p, tensor) && made)
        hand_over(p, tensor, stage);
    else if (!current)
        version_new(p, tensor, stage);  /* from outside */
    after_add(p, cell, v->cell);
    return v->tensor;
}

/* And as it writes it: what it has read or written already it goes on with. */
static int32_t written_of(struct pipeline *p, size_t cell, const struct fl_op *op, int32_t stage)
{
    int32_t tensor = op->writes.tensor;
    if (!is_own(p, tensor))
        return tensor;
    struct version *v = version_at(p, tensor, stage);
    bool cache = p->from->tensor[tensor].kind == FL_TENSOR_CACHE;
    if (!(is_there(p, v) && (p->fresh[tensor] || cache)))
        version_new(p, tensor, stage);
    p->fresh[tensor] = true;
    p->place[tensor] = stage;
    v->write = ++p->writes[tensor];
    v->cell = cell;
    return v->tensor;
}

/* ---- cells ---- */

static void op_make(struct pipeline *p, size_t cell, const struct fl_op *from, int32_t stage)
{
    struct fl_tensor_use *reads = fl_arena_array(&p->trace->arena, from->operands + 1, sizeof *reads);
    for (size_t r = 0; r < from->operands; r++) {
        reads[r] = from->reads[r];
        reads[r].tensor = read_of(p, cell, from->reads[r].tensor, stage);
        p->fresh[from->reads[r].tensor] = true;     /* whoever writes it goes on with this version */
    }
    int32_t written = written_of(p, cell, from, stage);
    struct fl_op *op = op_add(p, from, stage);
    op->reads = reads;
    op->writes.tensor = written;
}

/* What a block reads before it writes it comes in, or from the repetition before: one tensor for both. */
static void entering(struct pipeline *p, size_t cell, const struct fl_block *block, int32_t stage)
{
    memset(p->fresh, 0, p->from->tensors * sizeof *p->fresh);
    for (size_t i = 0; i < block->ops; i++)
        for (size_t r = 0; r < block->op[i].operands; r++) {
            int32_t tensor = block->op[i].reads[r].tensor;
            bool before = false, writes = false;
            for (size_t j = 0; j < block->ops; j++) {
                before |= j < i && block->op[j].writes.tensor == tensor;
                writes |= block->op[j].writes.tensor == tensor;
            }
            const struct fl_tensor_use *read = &block->op[i].reads[r];
            bool beside = read->layer == FL_LAYER_PREVIOUS || read->layer == FL_LAYER_NEXT;
            if (before && !beside)
                continue;
            if (beside && is_own(p, tensor) && stays(p, tensor) && !p->fresh[tensor])
                edge_read(p, cell, read, writes, stage);
            read_of(p, cell, tensor, stage);
            p->fresh[tensor] = true;
        }
}

static void layers_make(struct pipeline *p, const struct fl_block *block, int64_t lowest, int64_t layers, int32_t stage)
{
    size_t cell = cell_add(p, layers, block->down ? lowest + layers - 1 : lowest, block->down, stage);
    entering(p, cell, block, stage);
    for (size_t i = 0; i < block->ops; i++)
        op_make(p, cell, &block->op[i], stage);
    cell_close(p, cell);
}

static void layered_make(struct pipeline *p, const struct fl_block *block)
{
    int64_t lowest = fl_block_lowest(block), end = lowest + block->repeat;
    for (int64_t i = 0; i < p->stages; i++) {
        int64_t stage = block->down ? p->stages - 1 - i : i;
        int64_t from = fl_most(lowest, fl_stage_first(p->layers, p->stages, stage));
        int64_t until = fl_least(end, fl_stage_first(p->layers, p->stages, stage + 1));
        if (from < until)
            layers_make(p, block, from, until - from, (int32_t)stage);
    }
}

/* Where an operator of no layer belongs: an update where its gradient was added to last, others with the latest of what
 * they read. */
static int32_t stage_of(const struct pipeline *p, const struct fl_op *op)
{
    int32_t stage = 0;
    size_t latest = 0;
    for (size_t r = 0; r < op->operands; r++) {
        int32_t tensor = op->reads[r].tensor, place = is_own(p, tensor) ? p->place[tensor] : FL_NO_CELL;
        if (op->type->form == FL_UPDATE && place != FL_NO_CELL)
            return place;
        if (place == FL_NO_CELL || stays(p, tensor))
            continue;
        size_t cell = version_at(p, tensor, place)->cell + 1;   /* FL_NO_CELL is 0 */
        stage = cell >= latest ? place : stage;
        latest = cell >= latest ? cell : latest;
    }
    return stage;
}

/* Sums of a gradient that other stages have are added up before its update. */
static void sums_gather(struct pipeline *p, size_t cell, const struct fl_op *update, int32_t stage)
{
    int32_t gradient = update->reads[0].tensor;
    for (int32_t other = 0; other < (int32_t)p->stages; other++) {
        const struct version *own = version_at(p, gradient, stage), *v = version_at(p, gradient, other);
        size_t from;
        if (other == stage || !is_own(p, gradient) || !is_there(p, v) || v->cell == (size_t)FL_NO_CELL)
            continue;
        int32_t there = sent(p, gradient, other, stage, &from), sum = own->tensor;
        const char *name = fl_arena_format(&p->scratch, "%s.sum%d", p->from->tensor[gradient].name, other);
        const struct fl_op like = {.type = &fl_op_add, .name = name, .groups = 1, .m = update->m, .n = update->n,
                                   .share = 1, .operands = 2, .gradient = true};
        struct fl_op *op = op_add(p, &like, stage);
        struct fl_tensor_use *reads = fl_arena_array(&p->trace->arena, 2, sizeof *reads);
        reads[0] = (struct fl_tensor_use){.tensor = sum};
        reads[1] = (struct fl_tensor_use){.tensor = there};
        op->reads = reads;
        op->writes = reads[0];
        after_add(p, cell, from);
    }
}

/* A table that an update changed is sent to the other stages that use it. */
static void table_send(struct pipeline *p, const struct fl_op *update, int32_t stage)
{
    int32_t table = update->writes.tensor;
    for (int32_t to = 0; to < (int32_t)p->stages; to++) {
        if (to == stage || !p->used[(size_t)table * (size_t)p->stages + (size_t)to])
            continue;
        const char *name = fl_arena_format(&p->scratch, "%s.to%d", p->from->tensor[table].name, to);
        struct fl_tensor sent = {.kind = FL_TENSOR_ACTIVATION};
        struct fl_op *op = op_add(p, &(struct fl_op){.type = &fl_op_hand_over, .name = name, .groups = update->groups,
                                                     .m = update->m, .n = update->n, .share = 1, .operands = 1}, stage);
        struct fl_tensor_use *read = fl_arena_array(&p->trace->arena, 1, sizeof *read);
        *read = (struct fl_tensor_use){.tensor = table};
        op->reads = read;
        op->writes = (struct fl_tensor_use){.tensor = fl_pipeline_tensor(p, &sent, name)};
    }
}

/* Operators that stand together on a stage are a cell, as often as the block. */
static void others_make(struct pipeline *p, const struct fl_block *block)
{
    size_t cell = (size_t)FL_NO_CELL;
    int32_t stage = FL_NO_CELL;
    for (size_t i = 0; i < block->ops; i++) {
        bool together = stage != FL_NO_CELL && (block->op[i].more || block->repeat > 1);
        int32_t own = together ? stage : stage_of(p, &block->op[i]);
        if (own != stage && cell != (size_t)FL_NO_CELL)
            cell_close(p, cell);
        if (own != stage) {
            cell = cell_add(p, block->repeat, -1, false, own);
            memset(p->fresh, 0, p->from->tensors * sizeof *p->fresh);
        }
        stage = own;
        if (block->op[i].type->form == FL_UPDATE)
            sums_gather(p, cell, &block->op[i], stage);
        op_make(p, cell, &block->op[i], stage);
        if (block->op[i].type->form == FL_UPDATE)
            table_send(p, &block->op[i], stage);
    }
    if (cell != (size_t)FL_NO_CELL)
        cell_close(p, cell);
}

void fl_pipeline_block(struct pipeline *p, const struct fl_block *block)
{
    (block->layer >= 0 ? layered_make : others_make)(p, block);
}
