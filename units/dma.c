/* dma.c - moves data between DRAM and SRAM, chunk by chunk, as fast as both allow.
 *
 * A load command (a step) asks DRAM for chunks in order; each arrives, is written to SRAM
 * and, once there, is offered to who waits for it: an SLM (`staged`) or digital work
 * (`arrived`). A store command reads SRAM and writes DRAM. How many chunks are under way is
 * a matter of the rings' room: they are the double buffer.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct dma {
    struct unit unit;
    int64_t chunk_bits;
    double energy_fj, core_area_um2;
    int64_t left, resets;               /* chunks of the command still to be asked for */
    uint32_t step;                      /* the command */
    bool fresh;                         /* nothing of it has been asked for yet */
    fl_time free_at;
};
enum { COMMAND, DATA, STORED, FETCHED, ASK, STORE, FETCH, STAGED, ARRIVED, DONE };
enum { CHUNKS };

static bool dma_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    u->area_um2 = ((struct dma *)u)->core_area_um2;
    u->peak_mw = fl_peak_mw(1, ((struct dma *)u)->energy_fj, fl_period_ps(u));
    return true;
}

static void dma_describe(const struct unit *u, struct fl_machine *machine)
{
    machine->dma_chunk_bits = ((const struct dma *)u)->chunk_bits;
    machine->dma_ps = fl_period_ps(u);
}

/* Starts the next command when the last chunk of the one before has been asked for. */
static void command_begin(struct unit *u, struct dma *d)
{
    if (d->left > 0 || !fl_has(u, COMMAND))
        return;
    d->step = fl_take(u, COMMAND).step;
    fl_unit_assert(u, d->step < u->sim->program->steps && fl_step_of(u, d->step)->load_bits > 0);
    d->left = fl_ceil_div(fl_step_of(u, d->step)->load_bits, d->chunk_bits);
    d->resets++;
    d->fresh = true;
}

/* Asks for the next chunk: DRAM for a load, SRAM for a store. */
static void chunk_ask(struct unit *u, struct dma *d)
{
    if (d->left == 0 || fl_now(u) < d->free_at)
        return;
    const struct fl_step *step = fl_step_of(u, d->step);
    int port = step->store ? FETCH : ASK;
    if (!fl_room(u, (uint32_t)port)) {
        fl_blocked(u, step, true);
        return;
    }
    fl_blocked(u, NULL, false);
    int64_t rest = step->load_bits % d->chunk_bits;
    struct fl_msg msg = { .bits = d->left == 1 && rest > 0 ? rest : d->chunk_bits, .step = d->step, .flags = FL_ASK };
    msg.flags |= (d->fresh ? FL_FIRST : 0) | (d->left == 1 ? FL_LAST : 0);
    d->fresh = false;
    fl_count(u, step, CHUNKS, 1);
    d->free_at = fl_issue(u, step, 1, 1);
    fl_send(u, (uint32_t)port, msg, fl_now(u));
    d->left--;
    if (d->left == 0)
        d->step = 0;                    /* a command asked for in full is forgotten */
    fl_boundary(u, 0);
}

/* DRAM's answer: loaded data goes to SRAM; the answer to the last write of a store ends its command. */
static void data_arrive(struct unit *u)
{
    while (fl_has(u, DATA)) {
        bool written = fl_peek(u, DATA)->flags & FL_WRITE;
        if (!fl_room(u, written ? DONE : STORE))
            return;
        struct fl_msg msg = fl_take(u, DATA);
        if (written) {
            fl_send(u, DONE, msg, fl_now(u));
        } else {
            msg.flags = (msg.flags & (FL_FIRST | FL_LAST)) | FL_WRITE | FL_REPLY;
            fl_send(u, STORE, msg, fl_now(u));
        }
    }
}

/* A chunk is in SRAM: the SLM or the digital work that needs it may fetch it; a plain move ends with the last. */
static void chunk_stored(struct unit *u)
{
    while (fl_has(u, STORED)) {
        const struct fl_step *step = fl_step_of(u, fl_peek(u, STORED)->step);
        uint32_t port = step->kind == FL_STEP_OPTICAL ? STAGED : step->kind == FL_STEP_VECTOR ? ARRIVED : DONE;
        uint32_t line = (uint32_t)step->engine;
        if (!fl_room_on(u, port, line))
            return;
        struct fl_msg msg = fl_take(u, STORED);
        if (port != DONE || msg.flags & FL_LAST)
            fl_send_on(u, port, line, msg, fl_now(u));
    }
}

/* SRAM's answer to a store's read goes on to DRAM. */
static void chunk_fetched(struct unit *u)
{
    while (fl_has(u, FETCHED) && fl_room(u, ASK)) {
        struct fl_msg msg = fl_take(u, FETCHED);
        msg.flags = (msg.flags & (FL_FIRST | FL_LAST)) | FL_WRITE | (msg.flags & FL_LAST ? FL_REPLY : 0);
        fl_send(u, ASK, msg, fl_now(u));
    }
}

static void dma_wake(struct unit *u)
{
    struct dma *d = (struct dma *)u;
    chunk_stored(u);
    data_arrive(u);
    chunk_fetched(u);
    command_begin(u, d);
    chunk_ask(u, d);
    command_begin(u, d);
    if (d->left > 0 && fl_now(u) < d->free_at)
        fl_wake_at(u, d->free_at);
}

#define AT(field) offsetof(struct dma, field)
const struct fl_unit_type fl_unit_dma = {
    .kind = "dma", .summary = "mover between DRAM and SRAM", .phase = 1,
    .size = sizeof(struct dma),
    .params = (const struct fl_param[]){
        { "chunk", "bits", FL_COUNT, AT(chunk_bits), 8, 1e12, 65536, "moved at a time", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e12, 0, "per chunk", NULL },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of the mover", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "command", .way = FL_IN },
        { .name = "data", .way = FL_IN, .room = 8 },
        { .name = "stored", .way = FL_IN, .room = 8 },
        { .name = "fetched", .way = FL_IN, .room = 4 },
        { .name = "ask", .way = FL_OUT },
        { .name = "store", .way = FL_OUT },
        { .name = "fetch", .way = FL_OUT },
        { .name = "staged", .way = FL_OUT, .many = true },
        { .name = "arrived", .way = FL_OUT, .many = true, .optional = true },
        { .name = "done", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "chunks", "control", "energy", AT(energy_fj) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "left", .rule = FL_LEFT, .offset = AT(left), .size = 8, .resets = AT(resets) },
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "fresh", .rule = FL_PLAIN, .offset = AT(fresh), .size = sizeof(bool) },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = dma_init, .wake = dma_wake, .describe = dma_describe,
};
