/* pipeline.c - a trace dealt to the stages of a pipeline: cells, what is handed over, an order.
 *
 * A cell is what one stage does of a block: the layers that it has, or of a block that is of no layer the
 * operators whose values lie there. Cells are made in the order of the trace; each value that a cell writes
 * anew gets a tensor of its own, so that parts of a batch do not wait for each other's room, and what a cell
 * reads that lies elsewhere is handed over. Then cells go in the order in which they could begin, by their
 * multiply-adds: as soon as what they read is there and their stage has nothing earlier to do, the earliest in
 * the trace first. Operators are simulated in that order, at their own pace.
 */
#include "traces/pipeline.h"

#include <string.h>

#include "base/whole.h"
#include "traces/pipeline_cells.h"

/* ---- the order ---- */

static void cells_order(struct pipeline *p)
{
    double *free_at = fl_arena_array(&p->scratch, (size_t)p->stages, sizeof *free_at);
    double *end = fl_arena_array(&p->scratch, p->cells + 1, sizeof *end);
    struct fl_trace *trace = p->trace;
    trace->block = fl_arena_array(&trace->arena, p->cells + 1, sizeof *trace->block);
    while (trace->blocks < p->cells) {
        size_t next = p->cells;
        double soonest = 0;
        for (size_t c = 0; c < p->cells; c++) {
            const struct cell *cell = &p->cell[c];
            double start = free_at[cell->stage];
            bool ready = !cell->done;
            for (size_t i = 0; i < cell->afters && ready; i++) {
                ready = p->cell[cell->after[i]].done;
                start = end[cell->after[i]] > start ? end[cell->after[i]] : start;
            }
            if (ready && (next == p->cells || start < soonest)) {
                next = c;
                soonest = start;
            }
        }
        fl_assert(next < p->cells);     /* cells come behind what they read */
        end[next] = free_at[p->cell[next].stage] = soonest + p->cell[next].cost;
        p->cell[next].done = true;
        trace->block[trace->blocks++] = p->cell[next].block;
    }
}

/* ---- the whole ---- */

static void head_make(struct pipeline *p, int64_t parts)
{
    const struct fl_trace *from = p->from;
    struct fl_trace *trace = p->trace;
    *trace = (struct fl_trace){0};
    fl_trace_head(trace, from);
    trace->batch *= parts;
    const char *several = parts > 1 ? fl_arena_format(&trace->arena, ", %lld batches", (long long)parts) : "";
    const char *dealt = fl_arena_format(&trace->arena, "layers dealt to %lld stages%s", (long long)p->stages, several);
    trace->note = fl_arena_joined(&trace->arena, trace->note, dealt);
    for (size_t t = 0; t < from->tensors; t++)
        fl_pipeline_tensor(p, &from->tensor[t], from->tensor[t].name);
}

static void versions_make(struct pipeline *p)
{
    const struct fl_trace *from = p->from;
    size_t each = from->tensors * (size_t)p->stages + 1;
    p->at = fl_arena_array(&p->scratch, each, sizeof *p->at);
    p->used = fl_arena_array(&p->scratch, each, sizeof *p->used);
    p->writes = fl_arena_array(&p->scratch, from->tensors + 1, sizeof *p->writes);
    p->place = fl_arena_array(&p->scratch, from->tensors + 1, sizeof *p->place);
    p->made = fl_arena_array(&p->scratch, from->tensors + 1, sizeof *p->made);
    p->fresh = fl_arena_array(&p->scratch, from->tensors + 1, sizeof *p->fresh);
    for (size_t i = 0; i < each; i++)
        p->at[i].cell = (size_t)FL_NO_CELL;
    for (size_t b = 0; b < from->blocks; b++) {
        p->layers = fl_most(p->layers, from->block[b].layer < 0 ? 0 : fl_block_lowest(&from->block[b]) +
                                                                        from->block[b].repeat);
        for (size_t i = 0; i < from->block[b].ops; i++)
            p->made[from->block[b].op[i].writes.tensor] = true;
    }
}

/* Tensors as they stay, what is stored of operators, and how much there is. */
static bool settle(struct pipeline *p, struct fl_err *err)
{
    struct fl_trace *trace = p->trace;
    bool over = false;
    trace->tensors = p->tensors;
    trace->tensor = fl_arena_array(&trace->arena, p->tensors + 1, sizeof *trace->tensor);
    memcpy(trace->tensor, p->tensor, p->tensors * sizeof *trace->tensor);
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            struct fl_op *op = &trace->block[b].op[i];
            if (op->stored != NULL)
                op->stored = &trace->tensor[op->type->form == FL_APPEND ? op->writes.tensor
                                                                        : op->reads[op->operands - 1].tensor];
            trace->ops = fl_sum(trace->ops, trace->block[b].repeat, &over);
            trace->macs = fl_sum(trace->macs, fl_product(op->macs, trace->block[b].repeat, &over), &over);
        }
    return !over || fl_fail(err, trace->model, "more than 2^63 - 1 operators or multiply-accumulates in all parts");
}

bool fl_trace_pipeline(struct fl_trace *trace, const struct fl_trace *from, int64_t stages, int64_t parts,
                       struct fl_err *err)
{
    enum { MOST_CELLS = 20000 };
    struct pipeline p = {.from = from, .trace = trace, .stages = stages};
    head_make(&p, parts);
    versions_make(&p);
    bool good = stages <= p.layers ||
                fl_fail(err, from->model, "has %lld layers, and gpu.stages is %lld: a stage has one at least; give "
                        "%lld stages or fewer", (long long)p.layers, (long long)stages, (long long)p.layers);
    if (good && (int64_t)from->blocks > MOST_CELLS / (2 * stages) / parts)
        good = fl_fail(err, from->model, "%lld parts of %zu blocks on %lld stages are more than can be ordered; give "
                       "fewer parts, steps or stages", (long long)parts, from->blocks, (long long)stages);
    for (p.part = 0; p.part < parts && good; p.part++) {
        for (size_t t = 0; t < from->tensors; t++)
            p.place[t] = FL_NO_CELL;
        for (size_t b = 0; b < from->blocks; b++)
            fl_pipeline_block(&p, &from->block[b]);
    }
    if (good)
        cells_order(&p);
    good = good && settle(&p, err);
    for (size_t c = 0; c < p.cells; c++)
        fl_free(p.cell[c].after);
    fl_free(p.cell);
    fl_free(p.op);
    fl_free(p.tensor);
    fl_arena_free(&p.scratch);
    if (!good)
        fl_trace_free(trace);
    return good;
}
