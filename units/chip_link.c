/* chip_link.c - links between chips: rows that all chips of a group gather, or hand over to the next stage.
 *
 * A command is a step of rows. Each is fetched from SRAM, passes its link at the link's rate while
 * the next one waits for it, takes the time of light and repeaters for each hop, and is stored in the
 * SRAM of whoever gets it. Links of one group work in lockstep, so that one stands for all of them.
 *
 * A ring: to have what all others have, a chip takes in (n - k) of the n values of a row over its link, the last of
 * them after as many hops as there are others (the ring all-gather of message passing libraries; R. Thakur et al.,
 * International Journal of High Performance Computing Applications 19, 49, 2005). Left out: retransmission, headers,
 * links of other rates.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct chip_link {
    struct unit unit;
    int64_t tensor, stages, microbatches, sum_bits;
    int32_t split;
    bool head;
    double bandwidth, energy_fj, power_mw, core_area_um2;
    fl_time latency;
    int32_t always;
    struct fl_chips is;
    uint32_t step;                      /* the command */
    int64_t to_fetch, to_do, resets;    /* rows of it */
    fl_time free_at;
    fl_time last_at;                    /* arrival of the last row: rows with fewer hops do not overtake */
};
enum { EXCHANGE, DATA, FETCH, STORE };
enum { BITS };
enum { IN_FLIGHT = 1024 };               /* rows on a link at once, at most */

static bool chip_link_init(struct unit *u, struct fl_err *err)
{
    struct chip_link *c = (struct chip_link *)u;
    c->always = FL_ALWAYS;
    c->is = (struct fl_chips){ .tensor = c->tensor, .stages = c->stages, .head = c->head,
                               .microbatches = c->microbatches, .split = (enum fl_split)c->split,
                               .sum_bits = c->sum_bits, .hop_ps = (double)c->latency,
                               .bit_ps = c->bandwidth > 0 ? 1e12 / c->bandwidth : 0,
                               .period_ps = fl_period_ps(u) };
    if (fl_chips_all(&c->is) > 1 && c->bandwidth <= 0)
        return fl_fail(err, u->path, "%lld x %lld chips need links: give their bandwidth", (long long)c->tensor,
                       (long long)c->stages);
    u->cores = fl_chips_links(&c->is);
    u->area_um2 = c->core_area_um2;
    double cycles = (double)c->latency * (double)fl_most(c->tensor - 1, 1) / fl_period_ps(u);
    fl_pipeline(u, STORE, fl_whole(cycles + 1, 0, IN_FLIGHT));
    u->peak_mw = fl_peak_mw(1, c->energy_fj, c->is.bit_ps);
    return true;
}

static void work_begin(struct unit *u, struct chip_link *c)
{
    if (c->to_do > 0 || !fl_has(u, EXCHANGE))
        return;
    c->step = fl_take(u, EXCHANGE).step;
    const struct fl_step *step = fl_step_in(u, c->step, FL_STEP_EXCHANGE);
    fl_unit_assert(u, fl_exchange_of(step)->bits >= 0 && fl_exchange_of(step)->hops >= 0);
    c->to_fetch = c->to_do = step->vectors;
    c->resets++;
}

static void rows_fetch(struct unit *u, struct chip_link *c)
{
    for (; c->to_fetch > 0 && fl_room(u, FETCH); c->to_fetch--)
        fl_send(u, FETCH, (struct fl_msg){ .bits = fl_step_of(u, c->step)->read_bits, .step = c->step }, fl_now(u));
}

/* A row takes its link; the last one's arrival is told to control. */
static void row_pass(struct unit *u, struct chip_link *c)
{
    struct fl_msg msg = fl_take(u, DATA);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_EXCHANGE);
    const struct fl_exchange_step *own = fl_exchange_of(step);
    double period = fl_period_ps(u);
    int64_t cycles = fl_span((double)own->bits * c->is.bit_ps / period);
    int64_t flight = fl_span((double)own->hops * c->is.hop_ps / period);
    c->free_at = fl_issue(u, step, cycles, 1);
    fl_count(u, step, BITS, own->bits);
    struct fl_msg store = { .bits = step->write_bits, .step = msg.step, .flags = FL_WRITE };
    store.flags |= c->to_do == 1 ? FL_LAST | FL_REPLY : 0;
    fl_time at = fl_edge(u, fl_sum(cycles, flight, &u->sim->overflow));
    c->last_at = at > c->last_at ? at : c->last_at;
    fl_send(u, STORE, store, c->last_at);
    c->to_do--;
    if (c->to_do == 0)
        c->step = 0;                    /* a command done is forgotten */
    fl_boundary(u, 0);
}

static void chip_link_wake(struct unit *u)
{
    struct chip_link *c = (struct chip_link *)u;
    for (;;) {
        work_begin(u, c);
        rows_fetch(u, c);
        if (fl_now(u) < c->free_at) {
            fl_wake_at(u, c->free_at);
            return;
        }
        bool here = c->to_do > 0 && fl_has(u, DATA), room = here && fl_room(u, STORE);
        fl_blocked(u, here ? fl_step_of(u, fl_peek(u, DATA)->step) : NULL, here && !room);
        if (!room)
            return;
        row_pass(u, c);
    }
}

static void chip_link_describe(const struct unit *u, struct fl_machine *machine)
{
    machine->chips = ((const struct chip_link *)u)->is;
}

static const char *const splits[] = { "outputs", "inputs", "least", NULL };  /* enum fl_split */
#define AT(field) offsetof(struct chip_link, field)
const struct fl_unit_type fl_unit_chip_link = {
    .kind = "chip_link", .summary = "several chips, and the links between them", .phase = 1,
    .size = sizeof(struct chip_link),
    .params = (const struct fl_param[]){
        { "tensor", "", FL_COUNT, AT(tensor), 1, 1e6, 1,
          "chips that share every operator, in lockstep: products by outputs, attention by heads", NULL },
        { "stages", "", FL_COUNT, AT(stages), 1, 1e6, 1,
          "groups of such chips, each with layers of its own, one behind the other", NULL },
        { "head", "", FL_FLAG, AT(head), 0, 1, 0,
          "what follows the layers, the last norm and the logits, has the last stage for itself", NULL },
        { "microbatches", "", FL_COUNT, AT(microbatches), 1, 65536, 1,
          "batches of the work, each as large as it says, that go through the stages one behind the other", NULL },
        { "split", "", FL_CHOICE, AT(split), 0, FL_SPLIT_LEAST, FL_SPLIT_OUTPUTS,
          "how chips share a product with weights: by outputs, by inputs that lie in parts, or by which puts fewer "
          "bits on links", splits },
        { "sum_bits", "", FL_COUNT | FL_WIDTH, AT(sum_bits), 0, 64, 0,
          "of a partial sum on its way to another chip; 0: machine.accumulator_bits", NULL },
        { "bandwidth", "bit/s", FL_REAL, AT(bandwidth), 0, 1e18, 0,
          "of a link, one way: around the ring of a group, and from a chip to its like in the next stage", NULL },
        { "latency", "ps", FL_SPAN, AT(latency), 0, 1e12, 0, "of a hop", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e9, NAN, "per bit on a link", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, NAN, "of a link, both ends; always drawn", NULL },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of both ends of a link", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "exchange", .way = FL_IN },
        { .name = "data", .way = FL_IN, .room = 4 },
        { .name = "fetch", .way = FL_OUT },
        { .name = "store", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "bits", "link", "energy", AT(energy_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "link", AT(power_mw), AT(always) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "to_fetch", .rule = FL_LEFT, .offset = AT(to_fetch), .size = 8, .resets = AT(resets) },
        { .name = "to_do", .rule = FL_LEFT, .offset = AT(to_do), .size = 8, .resets = AT(resets) },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "last_at", .rule = FL_TIME, .offset = AT(last_at), .size = 8 },
        { 0 } },
    .init = chip_link_init, .wake = chip_link_wake, .describe = chip_link_describe,
};
