/* chips.c - links between chips as an engine: it moves rows, and does nothing else. */
#include <math.h>
#include <stddef.h>

#include "machine/machine.h"
#include "traces/trace.h"

static const struct fl_slot slots[] = {
    {.name = "chips", .does = FL_SLOT_COMPUTES, .type = "chip_link", .optional = true,
     .meaning = "several chips, and the links between them; left out: one chip"},
    {.name = NULL},
};
static const struct fl_join joins[] = {
    {.from = {"sequencer", "exchange"}, .to = {"chips", "exchange"}, .with = "chips"},
    {.from = {"chips", "fetch"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"chips", "data"},
     .with = "chips"},
    {.from = {"chips", "store"}, .to = {"sram", "ask"}, .answer = {"sram", "give"}, .back = {"sequencer", "done"},
     .with = "chips"},
    {.from = {NULL, NULL}},
};

static bool takes(const struct fl_op *op, struct fl_err *why)
{
    return fl_op_is_exchange(op) || fl_fail(why, op->name, "is no exchange; links between chips do nothing else");
}

/* In a ring each chip passes on what all others but the next one have, or their sums; to the next stage goes all of a
 * row. */
static void whole(const struct fl_machine *machine, int32_t number, const struct fl_whole *work, struct fl_step *step,
                  bool *overflow)
{
    (void)number;
    bool around = work->inputs > 0;
    *step = (struct fl_step){.kind = FL_STEP_EXCHANGE, .load_from = FL_NOWHERE, .vectors = work->rows, .cores = 1};
    step->read_bits = work->in_bits / work->rows;
    int64_t out = work->out_bits / work->rows, rest = fl_most(out - step->read_bits, 0);
    step->write_bits = work->reduces ? step->read_bits : around ? rest : out;
    *fl_exchange_own(step) = (struct fl_exchange_step){step->write_bits,
                                                       around ? fl_chips_sharing(&machine->chips) - 1 : 1};
    (void)overflow;
}

static void paces(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces)
{
    const struct fl_chips *chips = &machine->chips;
    double cycles = ceil((double)fl_exchange_of(step)->bits * chips->bit_ps / chips->period_ps * (1 - 1e-12));
    *paces = (struct fl_paces){.vector_ps = {cycles * chips->period_ps}};
}

static const char *const resources[] = {"chips", NULL};

const struct fl_engine_type fl_engine_chips = {
    .kind = "chips", .summary = "links between chips", .place = "link", .slots = slots, .joins = joins,
    .takes = takes, .whole = whole, .paces = paces, .resources = resources,
};
