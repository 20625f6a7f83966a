/* exact.c - are a mapping's outputs as exact as the design wants them?
 *
 * Each K-tile has noise of its own, of amplifiers and converters: the shorter the tiles, the less exact their sum.
 */
#include "machine/optics.h"
#include "mapping/mapper.h"

bool fl_map_exact(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping)
{
    if (!fl_machine_limits(machine) || !fl_on_cores(mapping))
        return true;
    return fl_product_error(mapping->engine, machine, mapping->number, op->sign == FL_NON_NEGATIVE, op->k,
                            mapping->tile_k) <= machine->error_limit;
}
