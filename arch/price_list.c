/* price_list.c - what the counts of a machine cost: its units' tables, with the values of its design. */
#include "arch/build.h"
#include "arch/arch.h"

#include <string.h>

struct making { struct fl_arch *arch; const struct fl_design *design; };

static double real_at(const struct unit *u, uint32_t offset)
{
    double value;
    memcpy(&value, (const char *)u + offset, sizeof value);
    return value;
}

/* Two consumers of one unit that burn at the same times are one price; it is cited if all of it is. */
static bool price_merge(struct fl_arch *arch, const struct fl_price *more)
{
    for (size_t i = 0; i < arch->prices; i++) {
        struct fl_price *price = &arch->price[i];
        if (price->unit != more->unit || price->count != more->count || strcmp(price->component, more->component) != 0)
            continue;
        if (price->fj == 0 && more->fj != 0) {
            *price = *more;
        } else if (more->fj != 0) {
            price->fj += more->fj;
            price->key = NULL;
            if (price->source == NULL || more->source == NULL)
                price->source = NULL;
            else if (strcmp(price->source, more->source) != 0)
                price->source = fl_arena_format(&arch->sim.arena, "%s; %s", price->source, more->source);
        }
        return true;
    }
    return false;
}

/* What `price` says of unit, count, class, component and fJ, with the name of the count and where `key` was set. */
static void price_add(const struct making *m, struct fl_price price, const char *key)
{
    struct fl_arch *arch = m->arch;
    const struct unit *u = arch->sim.unit[price.unit];
    const struct fl_value *value = fl_design_find(m->design, fl_arena_format(&arch->sim.arena, "%s.%s", u->path, key));
    price.action = price.count < 0 ? fl_burnt_name(price.count) : fl_unit_count_name(u, (uint32_t)price.count);
    if (value != NULL) {
        price.source = value->from;
        price.file = value->file;
        price.line = value->line;
        price.key = value->path;
    }
    if (price.class == FL_STATIC && price_merge(arch, &price))
        return;
    arch->price[arch->prices++] = price;
}

/* mW is fJ per ps. Tallies of time are sums over the cores, except that of the whole run. */
static void statics_price(const struct making *m, const struct unit *u)
{
    static const int32_t counts[] = {
        [FL_ALWAYS] = FL_RUN_PS, [FL_POWERED] = FL_POWERED_PS, [FL_BUSY] = FL_ACTIVE_PS, [FL_HELD] = FL_HELD_PS};
    for (const struct fl_static *burner = u->type->statics; burner != NULL && burner->power != NULL; burner++) {
        int32_t burns;
        memcpy(&burns, (const char *)u + burner->burns, sizeof burns);
        double mw = real_at(u, burner->mw);
        if (burns == FL_ALWAYS)
            mw *= (double)u->cores;
        price_add(m, (struct fl_price){.unit = u->number, .count = counts[burns], .class = FL_STATIC,
                                       .component = burner->component, .fj = mw}, burner->power);
    }
}

static void counts_price(const struct making *m, const struct unit *u)
{
    const struct fl_tally *tally = u->type->tallies;
    for (int32_t count = FL_OWN; tally != NULL && tally->action != NULL; tally++, count++)
        if (tally->energy != NULL)
            price_add(m, (struct fl_price){.unit = u->number, .count = count, .class = FL_DYNAMIC,
                                           .component = tally->component, .fj = real_at(u, tally->price)},
                      tally->energy);
}

void fl_arch_price(struct fl_arch *arch, const struct fl_design *design)
{
    const struct making m = {arch, design};
    struct fl_sim *sim = &arch->sim;
    size_t room = 0;
    for (uint32_t i = 0; i < sim->units; i++) {
        const struct fl_unit_type *type = sim->unit[i]->type;
        for (const struct fl_tally *tally = type->tallies; tally != NULL && tally->action != NULL; tally++)
            room++;
        for (const struct fl_static *burner = type->statics; burner != NULL && burner->power != NULL; burner++)
            room++;
    }
    arch->price = fl_arena_array(&sim->arena, room + 1, sizeof *arch->price);
    arch->price_at = fl_arena_array(&sim->arena, sim->units + 1, sizeof *arch->price_at);
    for (uint32_t i = 0; i < sim->units; i++) {
        counts_price(&m, sim->unit[i]);
        statics_price(&m, sim->unit[i]);
        arch->price_at[i + 1] = arch->prices;
    }
}
