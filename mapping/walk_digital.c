/* walk_digital.c - the steps of digital work: the vector unit, its MACs, and the DMA engine.
 *
 * What no optical core does (softmax, norms, activations, sums, rotations) and what none
 * is wanted for. A row is fetched, worked on and stored; weights come from DRAM once per
 * operator, and are worked with as they come. Masked products and softmaxes take the work
 * their mask leaves: products in rows of about the average length, some a sixteenth of the
 * lanes longer, so that the sum is exact, and rows soon end on the same lane again.
 */
#include "mapping/nest.h"

int32_t fl_map_function(const struct fl_op *op)
{
    static const int32_t functions[FL_DIGITALS] = {
        [FL_DIGITAL_MACS] = FL_MAC, [FL_DIGITAL_SOFTMAX] = FL_SOFTMAX, [FL_DIGITAL_NORM] = FL_NORM,
        [FL_DIGITAL_ACTIVATION] = FL_ACTIVATION, [FL_DIGITAL_ADD] = FL_ADD, [FL_DIGITAL_ROTARY] = FL_ROTARY};
    return functions[op->type->work];
}

static void emit(const struct fl_walker *out, const struct fl_step *step, bool overflow)
{
    if (!overflow && step->vectors > 0)
        out->step(out->context, step);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    for (int64_t rest; b != 0; b = rest) {
        rest = a % b;
        a = b;
    }
    return a;
}

/* Values of a piece: as few as fill whole cycles of the lanes, so that all pieces but the last are alike. */
static int64_t piece_of(const struct fl_vector *unit, int64_t function)
{
    int64_t lanes = fl_most(unit->lanes, 1);
    return lanes / common_divisor(lanes, unit->ops[function]);
}

/* Digital work: m x n values of each group, less what a mask skips, each as often as the kind says. */
static bool walk_values(const struct fl_op *op, const struct fl_machine *machine, int32_t number,
                        const struct fl_walker *out)
{
    bool bad = false;
    int64_t values = 0, inputs = fl_map_inputs(op) / op->n;
    if (!fl_op_values(op, &values))
        return false;
    struct fl_step step = {.kind = FL_STEP_VECTOR, .engine = number, .load_from = FL_NOWHERE};
    struct fl_rows_step *rows = fl_rows_own(&step);
    rows->function = fl_map_function(op);
    int64_t piece = piece_of(&machine->vector[number], rows->function);
    for (int part = 0; part < 2; part++) {
        int64_t written = part == 0 ? piece : values % piece;
        step.vectors = part == 0 ? values / piece : 1;
        rows->values = fl_product(written, fl_op_rounds(op), &bad);
        step.write_bits = fl_product(written, machine->activation_bits, &bad);
        step.read_bits = fl_product(step.write_bits, inputs, &bad);
        emit(out, &step, bad || written == 0);
    }
    return !bad;
}

/* Moves between DRAM and SRAM: rows of the embedding table, K and V for the cache. */
static bool walk_move(const struct fl_op *op, const struct fl_machine *machine, const struct fl_walker *out)
{
    bool bad = false;
    struct fl_step step = {.kind = FL_STEP_MOVE, .store = op->type->form == FL_APPEND, .vectors = 1};
    step.load_from = step.store ? FL_SRAM : FL_DRAM;
    int64_t values = fl_product(fl_product(op->m, op->groups, &bad), fl_map_inputs(op), &bad);
    if (op->type->form == FL_LOOKUP)
        values = fl_product(fl_product(op->m, op->groups, &bad), op->n, &bad);
    step.load_bits = fl_product(values, fl_map_stored_bits(op, machine, NULL), &bad);
    if (step.load_bits > 0)
        emit(out, &step, bad);
    return !bad;
}

/* A parameter and what is kept beside it come from DRAM, are worked on with the gradient and go back; unless the
 * mapping says that others move them. */
static bool walk_update(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                        const struct fl_walker *out)
{
    bool bad = false;
    struct fl_step load = {.kind = FL_STEP_MOVE, .load_from = FL_DRAM, .vectors = 1}, store = load;
    load.load_bits = fl_map_update_bits(op, machine, &store.load_bits, &bad);
    store.load_from = FL_SRAM;
    store.store = true;
    int64_t values = fl_product(fl_product(op->groups, op->m, &bad), op->n, &bad);
    int64_t rows = fl_product(op->groups, op->m, &bad);
    struct fl_step step = {.kind = FL_STEP_VECTOR, .engine = mapping->number, .load_from = FL_NOWHERE,
                           .vectors = rows};
    bool moves = mapping->given_stored == 0;
    fl_rows_own(&step)->function = fl_map_function(op);
    fl_rows_own(&step)->values = fl_product(op->n, fl_op_rounds(op), &bad);
    step.read_bits = fl_sum(fl_product(op->n, machine->activation_bits, &bad), fl_ceil_div(load.load_bits, rows), &bad);
    step.write_bits = fl_ceil_div(store.load_bits, rows);
    emit(out, &load, bad || values == 0 || !moves);
    emit(out, &step, bad || values == 0);
    emit(out, &store, bad || values == 0 || !moves);
    return !bad;
}

enum { GRAINS = 16 };                   /* of the lanes of a cycle: by one of them unequal pieces differ */

/* A product by MAC units. Its rows stream past an operand that is read once, a share of it with each piece of work. */
struct product {
    const struct fl_op *op;
    int64_t rows, macs, operand;        /* operand: bits */
    int64_t pieces;                     /* that share the reads of rows and the writes of results */
    int64_t grain;                      /* MACs by which unequal pieces differ, a share of the lanes */
    int32_t bits;                       /* of an activation */
    bool bad;
};

static void fill_piece(struct product *p, struct fl_step *step, int64_t operand)
{
    const struct fl_op *op = p->op;
    bool *bad = &p->bad;
    int64_t inputs = op->mask == FL_CAUSAL_IN ? fl_ceil_div(fl_rows_of(step)->values, op->n)
                                              : fl_ceil_div(fl_product(op->k, p->rows, bad), p->pieces);
    int64_t outputs = op->mask == FL_CAUSAL_OUT ? fl_ceil_div(fl_rows_of(step)->values, op->k)
                                                : fl_ceil_div(fl_product(op->n, p->rows, bad), p->pieces);
    step->read_bits = fl_sum(fl_product(inputs, p->bits, bad), operand, bad);
    step->write_bits = fl_product(outputs, p->bits, bad);
}

/* So many MACs in so many pieces, some longer, with their share of the operand; the first step of them loads. */
static void emit_pieces(struct product *p, struct fl_step *step, int64_t pieces, int64_t macs, int64_t operand,
                        const struct fl_walker *out)
{
    if (pieces <= 0)
        return;
    bool alike = p->op->mask == FL_DENSE && macs % pieces == 0;     /* else rows differ: how, is rounded */
    int64_t each = macs / pieces, grain = !alike && each >= p->grain ? p->grain : 1;
    each -= each % grain;
    int64_t left = macs - each * pieces, longer = left / grain, odd = left % grain;
    const struct { int64_t pieces, more; } part[] = {{longer, grain}, {odd > 0, odd}, {pieces - longer - (odd > 0), 0}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        step->vectors = part[i].pieces;
        fl_rows_own(step)->values = each + part[i].more;
        fill_piece(p, step, fl_ceil_div(operand, pieces));
        emit(out, step, p->bad);
        if (step->vectors > 0) {
            step->load_from = FL_NOWHERE;
            step->load_bits = 0;
        }
    }
}

/* Weights that come from DRAM are worked with chunk by chunk, as they come; the last chunk may be short. */
static void walk_streamed(struct product *p, struct fl_step *step, int64_t chunk, const struct fl_walker *out)
{
    int64_t chunks = chunk > 0 ? fl_ceil_div(p->operand, chunk) : 1, whole = fl_product(chunks - 1, chunk, &p->bad);
    step->chunk_rows = fl_ceil_div(p->pieces, chunks);
    p->pieces = fl_product(step->chunk_rows, chunks, &p->bad);
    if (p->bad)
        return;
    int64_t macs = (int64_t)((fl_wide)p->macs * whole / p->operand);
    step->load_from = FL_DRAM;
    step->load_bits = p->operand;
    emit_pieces(p, step, p->pieces - step->chunk_rows, macs, whole, out);
    emit_pieces(p, step, step->chunk_rows, p->macs - macs, p->operand - whole, out);
}

/* Rows that fill the lanes together: as many as would without a window, which makes pieces smaller, and no fewer. */
static int64_t rows_together(const struct fl_op *op, const struct fl_vector *unit, int64_t rows)
{
    struct fl_op all = *op;
    int64_t macs;
    all.band.window = all.band.chunk = 0;
    if (!fl_op_macs(&all, &macs))
        return 1;
    return fl_most(unit->mac_lanes / fl_most(macs / rows, 1), 1);
}

static bool walk_product(const struct fl_op *op, const struct fl_machine *machine, int32_t number,
                         const struct fl_walker *out)
{
    struct product p = {.op = op, .bits = machine->activation_bits};
    struct fl_step step = {.kind = FL_STEP_VECTOR, .engine = number, .load_from = FL_NOWHERE};
    fl_rows_own(&step)->function = FL_MAC;
    p.grain = fl_most(machine->vector[number].mac_lanes / GRAINS, 1);
    p.rows = fl_product(op->m, op->groups, &p.bad);
    p.operand = fl_product(fl_product(op->k, op->n, &p.bad), op->groups, &p.bad);
    p.operand = fl_product(p.operand, fl_map_stored_bits(op, machine, NULL), &p.bad);
    if (p.bad || !fl_op_macs(op, &p.macs))
        return false;
    p.pieces = fl_ceil_div(p.rows, rows_together(op, &machine->vector[number], p.rows));
    if (fl_op_from_dram(op))
        walk_streamed(&p, &step, machine->dma_chunk_bits, out);
    else
        emit_pieces(&p, &step, p.pieces, p.macs, p.operand, out);
    return !p.bad;
}

bool fl_walk_digital(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                     const struct fl_walker *walker)
{
    int32_t number = mapping->number;
    if (fl_op_is_product(op))
        return walk_product(op, machine, number, walker);
    if (fl_op_is_move(op))
        return walk_move(op, machine, walker);
    if (op->type->form == FL_UPDATE)
        return walk_update(op, machine, mapping, walker);
    return walk_values(op, machine, number, walker);
}
