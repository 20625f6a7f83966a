/* input_stationary.c - the inputs are loaded into the cores and the weights streamed past them.
 *
 * out transposed = weights transposed x inputs transposed: a tile holds inputs k x vectors,
 * and each output of the operator is a vector of weights. Pays when vectors are fewer than
 * outputs (decode, the last token's logits) and loading is slow: frames shrink to the size
 * of the activations. Weights then pass the input converters, which must have their bits.
 * Of a masked product all is done, and what nobody wants is written over.
 */
#include "mapping/nest.h"

static bool make(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    if (!fl_map_holds(op, pool, err))
        return false;
    if (pool->cores < 1)
        return fl_fail(err, op->name, "pool \"%s\" has no cores yet", pool->name);
    if (fl_op_has_weights(op) && pool->input_bits < pool->weight_bits)
        return fl_fail(err, op->name, "weights of %d bits cannot pass the input converters of pool \"%s\", which have "
                       "%d", pool->weight_bits, pool->name, pool->input_bits);
    const struct fl_op view = fl_map_view(op, true);
    fl_map_tiles(&view, pool, mapping);
    mapping->strategy = "input_stationary";
    mapping->swapped = true;
    fl_map_cores(&view, pool, FL_DIM_K, mapping);
    fl_map_sums(op, pool, mapping);
    return true;
}

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    return fl_map_best_pool(op, machine, mapping, make, err);
}

const struct fl_mapper fl_mapper_input_stationary = {
    "input_stationary", "inputs are loaded and weights streamed past them", map, false,
};
