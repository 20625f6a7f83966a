/* range.c - what the ranges of a design's keys mean for its prices.
 *
 * A key may decide several prices (a DRAM's current, its voltage), and a price may rest on several keys. So a price
 * has a range for each of them: itself with that key at either end, the others as designed. Where a price is simply
 * its key, that is a product; else the machine is built again with the key at its ends, and the prices are compared.
 */
#include <math.h>
#include <string.h>

#include "arch/build.h"
#include "base/quantity.h"

/* Does the key have a range that prices follow? No count depends on what costs, nor on what the laser makes up for. */
static bool is_priced(const struct fl_value *value)
{
    return value->low != NULL && value->high != NULL &&
           (value->role == FL_COSTS || value->role == FL_SCALES || value->role == FL_DIVIDES || value->role == FL_DIMS);
}

static void range_add(struct fl_arch *arch, size_t *room, const struct fl_range *range)
{
    if (arch->ranges == *room) {
        *room = *room * 2 + 16;
        struct fl_range *more = fl_arena_array(&arch->sim.arena, *room, sizeof *more);
        if (arch->ranges > 0)
            memcpy(more, arch->range, arch->ranges * sizeof *more);
        arch->range = more;
    }
    arch->range[arch->ranges++] = *range;
    struct fl_price *price = &arch->price[range->price];
    if (price->high_fj == 0)
        price->low_fj = price->high_fj = price->fj;
    price->low_fj += fmin(fmin(range->low_fj, range->high_fj) - price->fj, 0);
    price->high_fj += fmax(fmax(range->low_fj, range->high_fj) - price->fj, 0);
}

/* Prices that are the key alone, an energy or a power: true if it decides no others. */
static bool by_product(struct fl_arch *arch, const struct fl_value *value, size_t *room)
{
    double v, low, high;
    size_t before = arch->ranges;
    if (value->role != FL_COSTS || strcmp(value->measure, "A") == 0)    /* currents: together with voltages */
        return false;
    if (!fl_quantity_read(value->text, value->measure, &v, NULL, NULL) || v == 0 ||
        !fl_quantity_read(value->low, value->measure, &low, NULL, NULL) ||
        !fl_quantity_read(value->high, value->measure, &high, NULL, NULL))
        return false;
    for (size_t i = 0; i < arch->prices; i++) {
        const struct fl_price *price = &arch->price[i];
        if (price->key != NULL && strcmp(price->key, value->path) == 0 && price->fj != 0)
            range_add(arch, room, &(struct fl_range){i, value->path, value->from, price->fj * (low / v),
                                                     price->fj * (high / v)});
    }
    return arch->ranges > before;
}

/* The same machine with a key at one end of its range: as many cores, as much memory. */
static bool build_at(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                     const struct fl_value *value, const char *text, struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct fl_design other = *design;
    struct fl_machine described;
    other.value = fl_arena_array(&arena, design->values, sizeof *other.value);
    memcpy(other.value, design->value, design->values * sizeof *other.value);
    other.value[value - design->value].text = text;
    bool ok = fl_arch_describe(&described, &other, err);
    if (ok) {
        for (size_t i = 0; i < sizeof described.pool / sizeof *described.pool; i++)
            described.pool[i].cores = machine->pool[i].cores;
        described.dram_bits = machine->dram_bits;
        ok = fl_arch_build_plain(arch, &other, &described, err);
    }
    fl_arena_free(&arena);
    return ok;
}

static bool by_building(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                        const struct fl_value *value, size_t *room, struct fl_err *err)
{
    struct fl_arch low, high;
    if (!build_at(&low, design, machine, value, value->low, err))
        return false;
    bool ok = build_at(&high, design, machine, value, value->high, err);
    fl_assert(!ok || (low.prices == arch->prices && high.prices == arch->prices));
    for (size_t i = 0; ok && i < arch->prices; i++) {
        struct fl_range range = {i, value->path, value->from, low.price[i].fj, high.price[i].fj};
        double fj = arch->price[i].fj;
        if (fabs(range.low_fj - fj) + fabs(range.high_fj - fj) > 1e-12 * fabs(fj))
            range_add(arch, room, &range);
    }
    if (ok)
        fl_arch_free(&high);
    fl_arch_free(&low);
    return ok;
}

bool fl_arch_ranges_find(struct fl_arch *arch, const struct fl_design *design, const struct fl_machine *machine,
                         struct fl_err *err)
{
    size_t room = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < design->values; i++) {
        const struct fl_value *value = &design->value[i];
        if (is_priced(value) && !by_product(arch, value, &room))
            ok = by_building(arch, design, machine, value, &room, err);
    }
    return ok;
}
