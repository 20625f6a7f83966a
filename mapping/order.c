/* order.c - the pieces of a layer in one order, of several that schedules make (schedule.c).
 *
 * A layer may end behind the beginning of the next one, whose first pieces fill the wait for its last ones (a turned
 * order, or modulo schedule). Which order is best is told by the longest path through some layers (path.c). How long
 * things take is what the simulation finds out.
 */
#include <math.h>

#include "mapping/schedule.h"

/* ---- how long layers take ---- */

/* All layers of a block: from a few of them, and what one more takes. */
static double block_ps(struct fl_overlap *o, size_t block, const struct fl_order *order)
{
    enum { FEW = 3, MORE = 5 };
    int64_t repeat = o->trace->block[block].repeat;
    double busiest = fl_busiest_in(o, block, block + 1).ps;
    if (repeat <= MORE)
        return fmax(busiest, fl_path_layers(o, order, repeat));
    double few = fl_path_layers(o, order, FEW), more = fl_path_layers(o, order, MORE);
    return fmax(busiest, more + (more - few) / (MORE - FEW) * (double)(repeat - MORE));
}

/* ---- layers that go on behind the next one ---- */

/* A round begins with what the plain schedule begins from `from` on, which the layer before has left. */
static void round_turn(struct fl_schedule *s, const struct fl_schedule *plain, double from)
{
    for (size_t n = 0; n < s->nodes; n++)
        s->node[n].early = 0;
    for (size_t i = 0; i < plain->turns && (double)plain->began[i] < from; i++) {
        struct fl_node *node = fl_schedule_node(s, &plain->turn[i]);
        int64_t piece = node->early++;
        for (size_t g = 0; g < node->links->gives; g++)
            fl_schedule_given(s, node->links->give[g]->token)->start += node->links->give[g]->count[piece];
        for (size_t t = 0; t < node->links->takes; t++)
            if (!node->links->take[t]->before)
                fl_schedule_given(s, node->links->take[t]->token)->start -= node->links->take[t]->count[piece];
    }
}

/* The order of a schedule, if it is better. */
static void order_take(const struct fl_schedule *s, struct fl_order *best)
{
    struct fl_order order = {.turn = s->turn, .turns = s->turns};
    order.ps = block_ps(s->o, s->first_block, &order);
    *best = order.ps < best->ps ? order : *best;
}

/* Whole operators, as they stand. */
static bool order_plain(struct fl_overlap *o, size_t block, struct fl_order *order)
{
    *order = (struct fl_order){.turns = o->first[block + 1] - o->first[block]};
    order->turn = fl_arena_array(o->arena, order->turns + 1, sizeof *order->turn);
    for (size_t i = 0; i < order->turns; i++)
        order->turn[i] = (struct fl_turn){.task = o->first[block] + i, .part = FL_PART_WORK};
    return true;
}

bool fl_order_find(struct fl_overlap *o, size_t block, struct fl_order *order)
{
    if (o->apart)
        return order_plain(o, block, order);
    struct fl_arena arena = {0};
    *order = (struct fl_order){.ps = INFINITY};
    for (int first = 0; first < FL_FIRSTS; first++) {
        struct fl_schedule *s = fl_schedule_make(o, block, block + 1, (enum fl_first)first, &arena);
        if (fl_schedule_round(s, &arena))
            order_take(s, order);
    }
    fl_arena_free(&arena);
    return order->ps < INFINITY;
}

void fl_order_turn(struct fl_overlap *o, size_t block, struct fl_order *order)
{
    static const double parts[] = {0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
    struct fl_arena arena = {0};
    bool may = !o->apart && o->trace->block[block].repeat > 1 && o->first[block + 1] - o->first[block] <= FL_SLOTS;
    for (int first = 0; first < FL_FIRSTS && may; first++) {
        struct fl_schedule *plain = fl_schedule_make(o, block, block + 1, (enum fl_first)first, &arena);
        bool found = fl_schedule_round(plain, &arena);
        for (size_t i = 0; found && i < sizeof parts / sizeof *parts; i++) {
            struct fl_schedule *s = fl_schedule_make(o, block, block + 1, (enum fl_first)first, &arena);
            round_turn(s, plain, parts[i] * (double)fl_schedule_end(plain));
            if (fl_schedule_round(s, &arena))
                order_take(s, order);
        }
    }
    fl_arena_free(&arena);
}
