/* why.c - why one tiling beats another, in words drawn from what both did.
 *
 * The difference is split by operator (time) or by operator and device (energy), and the
 * largest parts are told. What is said of a part's time is a count of the resource that
 * bounds the loser there, beside the winner's count of it; where the winner has no less of
 * that, only both bounds are told.
 */
#include <string.h>

#include "api/tiling.h"
#include "base/table.h"

enum { TOLD = 3 };
static const double MOST_OF_IT = 0.75, HALF = 0.5, MORE = 1.02, HARDLY_MORE = 1.005;

static const char *si(struct fl_arena *arena, double value, const char *unit)
{
    char buffer[FL_SI_BYTES];
    return fl_arena_text(arena, fl_si(buffer, value, unit));
}

static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

/* "takes 2.1x as long, 3 us more"; a winner that takes nothing, or hardly less, is no measure. */
static const char *takes(struct fl_arena *arena, double loser, double winner, const char *as, const char *unit)
{
    const char *more = si(arena, loser - winner, unit);
    double ratio = loser / winner;
    if (!(winner > 0) || ratio < HARDLY_MORE)
        return fl_arena_format(arena, "takes %s more", more);
    return fl_arena_format(arena, ratio < 1e3 || ratio >= 1e5 ? "takes %.3gx %s, %s more" : "takes %.0fx %s, %s more",
                           ratio, as, more);
}

/* Where what was told is more than the whole difference, the loser is better in other parts. */
static const char *elsewhere(struct fl_arena *arena, const char *text, double told, double all, const char *unit)
{
    if (told < MORE * all)
        return text;
    return fl_arena_format(arena, "%s\n    %s less elsewhere", text, si(arena, told - all, unit));
}

static const char *cores(struct fl_arena *arena, int64_t count)
{
    return fl_arena_format(arena, "%lld core%s", (long long)count, count == 1 ? "" : "s");
}

/* ---- time ---- */

struct pair {                           /* a part of both */
    const struct fl_tiling *winner, *loser;
    const struct fl_tiling_part *w, *l;
    struct fl_arena *arena;
};

static const char *loads(const struct pair *p, const struct fl_tiling_part *part)
{
    return fl_arena_format(p->arena, "%s load%s %s tiles, %s a core", cores(p->arena, part->cores),
                           part->cores == 1 ? "s" : "", si(p->arena, part->loads, ""),
                           si(p->arena, part->core_pixels, "pixel"));
}

static const char *by_loads(const struct pair *p)
{
    if (p->l->core_pixels < MORE * p->w->core_pixels)
        return NULL;
    const char *loser = loads(p, p->l), *name = p->winner->mapper;
    if (p->w->cores == 0)
        return fl_arena_format(p->arena, "light waits while %s; %s has the digital unit do it", loser, name);
    if (p->w->loads == 0)
        return fl_arena_format(p->arena, "light waits while %s; %s loads none", loser, name);
    return fl_arena_format(p->arena, "light waits while %s; in %s %s", loser, name, loads(p, p->w));
}

static const char *by_bytes(const struct pair *p, double loser, double winner, const char *where)
{
    if (loser < MORE * winner)
        return NULL;
    return fl_arena_format(p->arena, "%s %s, not %s", si(p->arena, loser, "B"), where, si(p->arena, winner, "B"));
}

static const char *by_vectors(const struct pair *p)
{
    const char *loser = fl_arena_format(p->arena, "%s vectors pass %s one after another, at the pace of the %s",
                                        si(p->arena, p->l->vectors, ""), cores(p->arena, p->l->cores), p->l->bound_by);
    if (p->w->cores == 0)
        return fl_arena_format(p->arena, "%s; %s has the digital unit do it", loser, p->winner->mapper);
    if (p->l->vectors < MORE * p->w->vectors)
        return NULL;
    return fl_arena_format(p->arena, "%s; in %s %s pass %s", loser, p->winner->mapper,
                           si(p->arena, p->w->vectors, ""), cores(p->arena, p->w->cores));
}

/* What the loser does there that takes longer; NULL: the bounds do not tell. */
static const char *does(const struct pair *p)
{
    const char *by = p->l->bound_by;
    if (is(by, "slm load") || is(by, "slm settling"))
        return by_loads(p);
    if (is(by, "dram"))
        return by_bytes(p, p->l->dram_bytes, p->w->dram_bytes, "go between DRAM and SRAM");
    if (is(by, "sram"))
        return by_bytes(p, p->l->sram_bytes, p->w->sram_bytes, "go through SRAM");
    if (p->l->cores > 0)
        return by_vectors(p);
    if (p->w->cores == 0 || p->l->digital_macs == 0)
        return NULL;
    return fl_arena_format(p->arena, "the digital unit does %s, %lld at a time; %s has %s do it",
                           si(p->arena, p->l->digital_macs, "MAC"), (long long)p->loser->mac_lanes,
                           p->winner->mapper, cores(p->arena, p->w->cores));
}

/* The reason, and how much of the difference it accounts for if that is not most of it. */
static const char *slower(const struct pair *p)
{
    const char *text = does(p);
    double told = p->l->bound_s - p->w->bound_s;
    if (text != NULL && told >= HALF * (p->l->seconds - p->w->seconds))
        return text;
    if (text != NULL && told > 0)
        return fl_arena_format(p->arena, "%s: %s by its bounds, the rest is waiting that no bound tells", text,
                               si(p->arena, told, "s"));
    return fl_arena_format(p->arena, "%s there, at least %s by its bound (%s), not %s, at least %s (%s)",
                           si(p->arena, p->l->seconds, "s"), si(p->arena, p->l->bound_s, "s"), p->l->bound_by,
                           si(p->arena, p->w->seconds, "s"), si(p->arena, p->w->bound_s, "s"), p->w->bound_by);
}

static double seconds_more(const struct fl_tiling *winner, const struct fl_tiling_part *l)
{
    const struct fl_tiling_part *w = fl_tiling_part_find(winner, l->name);
    return w == NULL ? 0 : l->seconds - w->seconds;
}

/* The part with the most more seconds of those not told; NULL: no more. */
static const struct fl_tiling_part *slowest(const struct fl_tiling *winner, const struct fl_tiling *loser,
                                            const bool *told)
{
    const struct fl_tiling_part *most = NULL;
    for (size_t i = 0; i < loser->parts; i++)
        if (!told[i] && seconds_more(winner, &loser->part[i]) > (most ? seconds_more(winner, most) : 0))
            most = &loser->part[i];
    return most;
}

static const char *by_time(const struct fl_tiling *winner, const struct fl_tiling *loser, struct fl_arena *arena)
{
    double all = loser->all.seconds - winner->all.seconds, sum = 0;
    if (all <= 0)
        return "takes just as long";
    bool *told = fl_arena_array(arena, loser->parts, sizeof *told);
    const char *text = takes(arena, loser->all.seconds, winner->all.seconds, "as long", "s");
    for (int i = 0; i < TOLD && sum < MOST_OF_IT * all; i++) {
        const struct fl_tiling_part *part = slowest(winner, loser, told);
        if (part == NULL)
            break;
        struct pair pair = {winner, loser, fl_tiling_part_find(winner, part->name), part, arena};
        double more = seconds_more(winner, part);
        told[part - loser->part] = true;
        sum += more;
        text = fl_arena_format(arena, "%s\n    %s in %s: %s", text, si(arena, more, "s"), part->name, slower(&pair));
    }
    return elsewhere(arena, text, sum, all, "s");
}

/* ---- energy ---- */

static double component_of(const struct fl_tiling_part *part, const char *name)
{
    for (int i = 0; part != NULL && i < FL_COMPONENTS && part->component[i].name != NULL; i++)
        if (is(part->component[i].name, name))
            return part->component[i].joules;
    return 0;
}

struct dearer { const struct fl_tiling_part *part; const struct fl_tiling_component *component; double more; };

static bool was_told(const struct dearer *told, int tolds, const struct fl_tiling_part *part,
                     const struct fl_tiling_component *component)
{
    for (int i = 0; i < tolds; i++)
        if (told[i].part == part && told[i].component == component)
            return true;
    return false;
}

/* What costs the most more of what was not told; component NULL: static power. */
static struct dearer dearest(const struct fl_tiling *winner, const struct fl_tiling *loser, const struct dearer *told,
                             int tolds)
{
    struct dearer most = {NULL, NULL, 0};
    for (size_t i = 0; i < loser->parts; i++) {
        const struct fl_tiling_part *l = &loser->part[i], *w = fl_tiling_part_find(winner, l->name);
        bool fixed = is(l->name, "(static)");
        for (int c = 0; c < FL_COMPONENTS && (fixed ? c == 0 : l->component[c].name != NULL); c++) {
            double own = fixed ? l->joules : l->component[c].joules;
            double other = fixed ? w->joules : component_of(w, l->component[c].name);
            const struct fl_tiling_component *component = fixed ? NULL : &l->component[c];
            if (own - other > most.more && !was_told(told, tolds, l, component))
                most = (struct dearer){l, component, own - other};
        }
    }
    return most;
}

static const char *dearer(const struct fl_tiling *winner, const struct fl_tiling *loser, const struct dearer *d,
                          struct fl_arena *arena)
{
    const struct fl_tiling_part *w = fl_tiling_part_find(winner, d->part->name);
    if (d->component == NULL)
        return fl_arena_format(arena, "%s of static power: %s for %s, not %s for %s", si(arena, d->more, "J"),
                               si(arena, d->part->joules / loser->all.seconds, "W"), si(arena, loser->all.seconds, "s"),
                               si(arena, w->joules / winner->all.seconds, "W"), si(arena, winner->all.seconds, "s"));
    return fl_arena_format(arena, "%s in %s for %s: %s, not %s", si(arena, d->more, "J"), d->part->name,
                           d->component->name, si(arena, d->component->joules, "J"),
                           si(arena, component_of(w, d->component->name), "J"));
}

static const char *by_energy(const struct fl_tiling *winner, const struct fl_tiling *loser, struct fl_arena *arena)
{
    double all = loser->all.joules - winner->all.joules, sum = 0;
    if (all <= 0)
        return "takes just as much energy";
    struct dearer told[TOLD];
    const char *text = takes(arena, loser->all.joules, winner->all.joules, "the energy", "J");
    for (int i = 0; i < TOLD && sum < MOST_OF_IT * all; i++) {
        told[i] = dearest(winner, loser, told, i);
        if (told[i].part == NULL)
            break;
        sum += told[i].more;
        text = fl_arena_format(arena, "%s\n    %s", text, dearer(winner, loser, &told[i], arena));
    }
    return elsewhere(arena, text, sum, all, "J");
}

const char *fl_tiling_why(const struct fl_tiling *winner, const struct fl_tiling *loser, const char *objective,
                          struct fl_arena *arena)
{
    double longer = loser->all.seconds / winner->all.seconds, dear = loser->all.joules / winner->all.joules;
    if (is(objective, "edp") && loser->all.seconds == winner->all.seconds && loser->all.joules == winner->all.joules)
        return "takes just as long and as much energy";
    bool energy = is(objective, "energy") || (is(objective, "edp") && dear > longer);
    return energy ? by_energy(winner, loser, arena) : by_time(winner, loser, arena);
}
