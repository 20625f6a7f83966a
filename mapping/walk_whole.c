/* walk_whole.c - the one step of an operator on an engine that does it as a whole. */
#include "mapping/nest.h"

/* What an operator is asked for in all: its products, or the values it works on; a move has none. */
static int64_t operations(const struct fl_op *op, bool *overflow)
{
    int64_t count = 0;
    if (fl_op_is_product(op))
        *overflow |= !fl_op_macs(op, &count);
    else if (op->type->form == FL_PROJECT)
        *overflow |= !fl_op_projected(op, &count);
    else if (!fl_op_is_move(op))
        *overflow |= !fl_op_values(op, &count);
    return count;
}

/* Values of what is stored of it that it reads, or of a move writes; a random matrix is, where it is no medium. */
static int64_t held(const struct fl_op *op, bool *overflow)
{
    if (fl_op_is_product(op) || op->type->form == FL_PROJECT)
        return fl_product(fl_product(op->k, op->n, overflow), op->groups, overflow);
    if (!fl_op_is_move(op))
        return 0;
    return fl_product(fl_product(op->m, op->n, overflow), op->groups, overflow);
}

/* Heads, which take part in no other's work. */
static bool belongs_to_heads(const struct fl_op *op)
{
    return fl_map_has_heads(op) || op->type->form == FL_APPEND;
}

bool fl_walk_whole(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                   const struct fl_walker *walker)
{
    bool bad = false, lookup = op->type->form == FL_LOOKUP, append = op->type->form == FL_APPEND;
    int64_t outputs = fl_map_outputs(op, &bad), bits = machine->activation_bits, updated = 0;
    bool update = op->type->form == FL_UPDATE;
    bool project = op->type->form == FL_PROJECT;
    int32_t held_bits = project ? fl_map_weight_bits(machine, NULL) : fl_map_stored_bits(op, machine, NULL);
    struct fl_whole work = {
        .product = fl_op_is_product(op) || project, .weights = fl_op_has_weights(op),
        .heads = belongs_to_heads(op) || update, .update = update, .operations = operations(op, &bad),
        .handover = op->type == &fl_op_hand_over, .reduces = op->type == &fl_op_reduce,
        .gradient = op->type->form == FL_PRODUCT && op->gradient,
        .rows = fl_product(op->groups, op->m, &bad), .inputs = op->k, .patterns = op->patterns,
        .outputs = outputs,
        .taken_bits = mapping->taken_bits, .given_bits = mapping->given_bits,
        .in_bits = lookup ? 0 : fl_product(fl_map_streamed(op, &bad), bits, &bad),
        .held_bits = fl_product(held(op, &bad), held_bits, &bad),
        .out_bits = append ? 0 : fl_product(outputs, bits, &bad),
    };
    if (update) {
        work.held_bits = fl_map_update_bits(op, machine, &updated, &bad);
        work.out_bits = updated;
    }
    struct fl_step step;
    mapping->engine->whole(machine, mapping->number, &work, &step, &bad);
    if (!bad)
        walker->step(walker->context, &step);
    return !bad;
}
