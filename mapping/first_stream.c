/* first_stream.c - the text of the first stream, which does no work: it gives what is there from the start, and hands
 * on what layers, or a block beside the first one, have left.
 */
#include "mapping/overlap.h"

/* Is it the first stream that hands on what a block leaves? */
static bool is_mains(const struct fl_relay *relay, size_t block) { return relay->block == block && relay->stream == 0; }

/* What the last layer of a block has left. What those before it leave is not taken by layers, but all at once: so this
 * stream stands where it stood until the last layer gives something, and each layer finds it like the one before. */
static void block_write(const struct fl_overlap *o, struct fl_builder *builder, size_t block)
{
    int64_t before = o->trace->block[block].repeat - 1;
    for (size_t i = 0; i < o->relays; i++)
        for (int64_t unit = 0; is_mains(&o->relay[i], block) && unit < o->relay[i].units; unit++) {
            int64_t wanted = unit == 0 ? before * o->relay[i].units + 1 : 1;
            fl_build_inst(builder, FL_WAIT, o->relay[i].from, wanted);
            fl_build_inst(builder, FL_SIGNAL, o->relay[i].to, 1);
        }
}

/* What a piece of a block beside the first layer leaves, in the order of pieces. */
static void turn_write(const struct fl_overlap *o, struct fl_builder *builder, const struct fl_turn *turn)
{
    const struct fl_links *links = &o->task[turn->task].links[turn->part];
    for (size_t i = 0; i < links->gives; i++) {
        int32_t token = links->give[i]->token, on = o->wait[token].on;
        int64_t count = links->give[i]->count[turn->piece];
        if (on < 0 || count == 0)
            continue;
        fl_build_inst(builder, FL_WAIT, token, count);
        fl_build_inst(builder, FL_SIGNAL, on, count);
    }
}

void fl_first_write(const struct fl_overlap *o, struct fl_builder *builder)
{
    for (size_t i = 0; i < o->waits; i++)
        if (o->wait[i].initial > 0)
            fl_build_inst(builder, FL_SIGNAL, (int32_t)i, o->wait[i].initial);
    for (size_t b = 0; b < o->trace->blocks; b++) {
        const struct fl_order *lead = o->order[b].lead;
        for (size_t i = 0; lead != NULL && i < lead->turns; i++)
            if (!lead->turn[i].late)
                turn_write(o, builder, &lead->turn[i]);
        if (!fl_block_leads(o, b))
            block_write(o, builder, b);
    }
    fl_build_halt(builder);
}
