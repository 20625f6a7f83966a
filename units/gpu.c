/* gpu.c - a graphics processor: one event an operator.
 *
 * A command is an operator. What it takes of the chip's SRAM is fetched over the host's link;
 * its launch passes, while nothing works; then it takes as long as the slowest of its
 * operations, its traffic with the GPU's memory, and what comes from the host (machine/gpu.c);
 * what it gives to the chip goes over the link again. Commands run one after another.
 *
 * Source: rooflines with a fixed launch fit published times of matrix products on A100, P100
 * and V100 (docs/machines/gpu.md has the figures). Left out: caches (an operand is read once),
 * tiles and waves of thread blocks but for `full_outputs`, kernels side by side, clocks that
 * follow temperature.
 */
#include "machine/machine.h"
#include "sim/pace.h"

enum { FORMATS = 5 };
static const char *const parallel_names[] = { "tensor", "data", NULL };
static const char *const formats[] = {"fp32", "tf32", "fp16", "fp8", "int8", NULL};

struct gpu {
    struct unit unit;
    int32_t format;
    double rate[FORMATS];               /* operations a second */
    double efficiency, bandwidth, bandwidth_efficiency, host_bandwidth;
    int64_t full_outputs, row_ops, memory_bits, devices, stages, microbatches;
    double link;
    fl_time link_latency;
    int32_t parallel;
    fl_time launch;
    bool offload;
    double flop_fj, bit_fj, host_fj, link_fj, launch_fj, power_mw, work_mw, core_area_um2;
    struct fl_gpu is;
    int32_t always, at_work;            /* when the two powers are drawn */
    uint32_t step;                      /* the command */
    enum { RESTING, FETCHING, AT_WORK } state;
    fl_time free_at;
};
enum { LAUNCH, DONE, DATA, FETCH, STORE };
enum { LAUNCHED, OPERATED, MOVED, HOSTED, LINKED };

static bool gpu_init(struct unit *u, struct fl_err *err)
{
    struct gpu *g = (struct gpu *)u;
    const double ps = 1e12;
    double rate = g->rate[g->format], bit_ps = ps / (g->bandwidth * g->bandwidth_efficiency);
    g->always = FL_ALWAYS;
    g->at_work = FL_BUSY;
    u->area_um2 = g->core_area_um2;
    if (rate < 1e6)
        return fl_fail(err, u->path, "format = \"%s\", and %s_rate is %g FLOP/s: this GPU has no such operations; give "
                       "their rate, or another format", formats[g->format], formats[g->format], rate);
    if (g->offload && g->host_bandwidth <= 0)
        return fl_fail(err, u->path, "offload = true needs host_bandwidth: what is not in the GPU's memory comes over "
                       "that link");
    if (g->devices > 1 && g->parallel == FL_PARALLEL_TENSOR && g->link <= 0)
        return fl_fail(err, u->path, "%lld devices that share tensors need a link: what each makes of a product "
                       "goes to all; give link_bandwidth, or parallel = \"data\"", (long long)g->devices);
    if (g->stages > 1 && g->link <= 0)
        return fl_fail(err, u->path, "%lld stages of a pipeline need a link: values go from each to the next; give "
                       "link_bandwidth", (long long)g->stages);
    u->cores = g->devices;
    g->is = (struct fl_gpu){
        .launch_ps = (double)g->launch, .flop_ps = ps / (rate * g->efficiency), .row_ps = ps / g->rate[0],
        .bit_ps = bit_ps, .host_bit_ps = g->host_bandwidth > 0 ? ps / g->host_bandwidth : 0,
        .link_bit_ps = g->link > 0 ? ps / g->link : 0, .link_ps = (double)g->link_latency,
        .devices = g->devices, .parallel = g->parallel, .full_outputs = g->full_outputs, .row_ops = g->row_ops,
        .memory_bits = g->memory_bits, .offload = g->offload, .stages = g->stages, .microbatches = g->microbatches,
    };
    u->peak_mw = fl_peak_mw(1, g->flop_fj, fmin(g->is.flop_ps, g->is.row_ps)) + fl_peak_mw(1, g->bit_fj, bit_ps) +
                 fl_peak_mw(1, g->host_fj, g->is.host_bit_ps) + fl_peak_mw(1, g->link_fj, g->is.link_bit_ps) +
                 fl_peak_mw(1, g->launch_fj, (double)g->launch);
    u->timeless = (g->launch_fj > 0 && g->launch == 0) || (g->host_fj > 0 && g->is.host_bit_ps <= 0) ||
                  (g->link_fj > 0 && g->is.link_bit_ps <= 0);
    return true;
}

/* What it takes of the chip has come, if anything: over the host's link into its memory, then the operator, then what
 * it gives over the link again. Only the operator's own work is work. */
static void operator_begin(struct unit *u, struct gpu *g)
{
    const struct fl_step *step = fl_step_in(u, g->step, FL_STEP_GPU);
    const struct fl_gpu_step *own = fl_gpu_of(step);
    double period = fl_period_ps(u);
    bool *over = &u->sim->overflow;
    int64_t in = fl_span((double)step->read_bits * g->is.host_bit_ps / period);
    int64_t out = fl_span((double)step->write_bits * g->is.host_bit_ps / period);
    int64_t begun = fl_sum(in, fl_span((double)g->launch / period), over);
    int64_t takes = fl_span(fl_gpu_takes_ps(&g->is, own) / period);
    int64_t work = fl_span(fl_gpu_work_ps(&g->is, own) / period);
    g->free_at = fl_edge(u, fl_sum(fl_sum(begun, takes, over), out, over));
    fl_busy(u, step, g->free_at - fl_edge(u, 0), 0);
    int64_t devices = fl_most(own->devices, 1), moved = fl_sum(step->read_bits, step->write_bits, over);
    fl_active(u, step, fl_edge(u, fl_sum(begun, work, over)) - fl_edge(u, begun), devices);
    fl_count(u, step, LAUNCHED, devices);
    fl_count(u, step, OPERATED, fl_product(own->flops, devices, over));
    fl_count(u, step, MOVED, fl_product(own->bits, devices, over));
    fl_count(u, step, HOSTED, fl_sum(fl_product(own->host_bits, devices, over), moved, over));
    fl_count(u, step, LINKED, fl_product(own->link_bits, devices, over));
    g->state = AT_WORK;
    fl_wake_at(u, g->free_at);
}

static void command_take(struct unit *u, struct gpu *g)
{
    if (!fl_has(u, LAUNCH))
        return;
    const struct fl_step *step = fl_step_in(u, fl_peek(u, LAUNCH)->step, FL_STEP_GPU);
    fl_unit_assert(u, fl_gpu_of(step)->flops >= 0 && fl_gpu_of(step)->bits >= 0 && step->read_bits >= 0);
    bool room = step->read_bits == 0 || fl_room(u, FETCH);
    fl_blocked(u, step, !room);
    if (!room)
        return;
    g->step = fl_take(u, LAUNCH).step;
    g->state = FETCHING;
    if (step->read_bits > 0)
        fl_send(u, FETCH, (struct fl_msg){ .bits = step->read_bits, .step = g->step, .flags = FL_ASK }, fl_now(u));
    else
        operator_begin(u, g);
}

/* Its end goes to control: at once, or as the answer to the last write. */
static bool operator_end(struct unit *u, struct gpu *g)
{
    const struct fl_step *step = fl_step_of(u, g->step);
    bool room = fl_room(u, step->write_bits > 0 ? STORE : DONE);
    fl_blocked(u, step, !room);
    if (!room)
        return false;
    if (step->write_bits > 0)
        fl_send(u, STORE, (struct fl_msg){ .bits = step->write_bits, .step = g->step,
                                           .flags = FL_WRITE | FL_LAST | FL_REPLY }, fl_now(u));
    else
        fl_send(u, DONE, (struct fl_msg){ .step = g->step }, fl_now(u));
    g->state = RESTING;
    g->step = 0;                        /* a command done is forgotten */
    return true;
}

static void gpu_wake(struct unit *u)
{
    struct gpu *g = (struct gpu *)u;
    if (g->state == AT_WORK && fl_now(u) < g->free_at) {
        fl_wake_at(u, g->free_at);
        return;
    }
    if (g->state == AT_WORK && !operator_end(u, g))
        return;
    if (g->state == RESTING)
        command_take(u, g);
    if (g->state == FETCHING && fl_has(u, DATA)) {
        fl_take(u, DATA);
        operator_begin(u, g);
    }
}

static void gpu_describe(const struct unit *u, struct fl_machine *machine)
{
    machine->gpu[u->engine] = ((const struct gpu *)u)->is;
}

#define AT(field) offsetof(struct gpu, field)
#define RATE(format) (AT(rate) + (format) * sizeof(double))
const struct fl_unit_type fl_unit_gpu = {
    .kind = "gpu", .summary = "graphics processor: an operator is one event", .phase = 1,
    .size = sizeof(struct gpu),
    .params = (const struct fl_param[]){
        { "format", "", FL_CHOICE, AT(format), 0, FORMATS - 1, NAN, "number format of products", formats },
        { "fp32_rate", "FLOP/s", FL_REAL, RATE(0), 1e6, 1e21, NAN, "of products in fp32, and of all row work", NULL },
        { "tf32_rate", "FLOP/s", FL_REAL, RATE(1), 0, 1e21, 0, "of products in tf32; 0: it has none", NULL },
        { "fp16_rate", "FLOP/s", FL_REAL, RATE(2), 0, 1e21, 0, "of products in fp16 or bf16; 0: it has none", NULL },
        { "fp8_rate", "FLOP/s", FL_REAL, RATE(3), 0, 1e21, 0, "of products in fp8; 0: it has none", NULL },
        { "int8_rate", "FLOP/s", FL_REAL, RATE(4), 0, 1e21, 0, "of products in int8; 0: it has none", NULL },
        { "efficiency", "", FL_REAL, AT(efficiency), 1e-3, 1, 1, "share of the rate that large products reach", NULL },
        { "full_outputs", "", FL_COUNT, AT(full_outputs), 0, 1e15, 0,
          "outputs of a product that give all processors work; fewer slow it in proportion", NULL },
        { "row_ops", "", FL_COUNT, AT(row_ops), 0, 1e6, 8, "operations on a value of softmax, norms, sums ...", NULL },
        { "launch", "ps", FL_SPAN, AT(launch), 0, 1e12, NAN,
          "from the command of an operator to its first work", NULL },
        { "memory", "bits", FL_COUNT, AT(memory_bits), 1, 1e18, NAN, "own memory", NULL },
        { "bandwidth", "bit/s", FL_REAL, AT(bandwidth), 1e6, 1e18, NAN, "of the own memory", NULL },
        { "bandwidth_efficiency", "", FL_REAL, AT(bandwidth_efficiency), 1e-3, 1, 1, "share of it that is reached",
          NULL },
        { "host_bandwidth", "bit/s", FL_REAL, AT(host_bandwidth), 0, 1e18, 0, "of the link to the host; 0: none",
          NULL },
        { "offload", "", FL_FLAG, AT(offload), 0, 1, 0,
          "weights that the memory does not hold stay with the host, and come over its link each time", NULL },
        { "devices", "", FL_COUNT, AT(devices), 1, 1e6, 1, "GPUs that share every operator, in lockstep", NULL },
        { "parallel", "", FL_CHOICE, AT(parallel), 0, 1, FL_PARALLEL_TENSOR,
          "how: products by outputs and attention by heads, or some of the sequences each", parallel_names },
        { "stages", "", FL_COUNT, AT(stages), 1, FL_GPUS, 1,
          "of a pipeline: so many groups of `devices` like this one, gpu[0] and on, with layers of their own", NULL },
        { "microbatches", "", FL_COUNT, AT(microbatches), 1, 4096, 1,
          "batches that go through the stages one behind the other; training has --microbatch for it", NULL },
        { "link_bandwidth", "bit/s", FL_REAL, AT(link), 0, 1e18, 0, "of a GPU from the next one of the ring", NULL },
        { "link_latency", "ps", FL_SPAN, AT(link_latency), 0, 1e12, 0, "of a hop", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, NAN, "of a board, idle; always drawn", NULL },
        { "work_power", "mW", FL_REAL | FL_COSTS, AT(work_mw), 0, 1e9, NAN,
          "drawn besides while it works: not at a launch, not while it waits for the host", NULL },
        { "flop_energy", "fJ", FL_REAL | FL_COSTS, AT(flop_fj), 0, 1e9, 0, "per operation, besides", NULL },
        { "bit_energy", "fJ", FL_REAL | FL_COSTS, AT(bit_fj), 0, 1e9, 0, "per bit of own memory, besides", NULL },
        { "link_energy", "fJ", FL_REAL | FL_COSTS, AT(link_fj), 0, 1e9, 0, "per bit of the links between GPUs", NULL },
        { "host_energy", "fJ", FL_REAL | FL_COSTS, AT(host_fj), 0, 1e9, 0, "per bit of the host's link", NULL },
        { "launch_energy", "fJ", FL_REAL | FL_COSTS, AT(launch_fj), 0, 1e18, 0, "per operator, besides", NULL },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of the chip", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "launch", .way = FL_IN },
        { .name = "done", .way = FL_OUT },
        { .name = "data", .way = FL_IN, .optional = true },
        { .name = "fetch", .way = FL_OUT, .optional = true },
        { .name = "store", .way = FL_OUT, .optional = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "launched", "digital", "launch_energy", AT(launch_fj) },
        { "flops", "digital", "flop_energy", AT(flop_fj) },
        { "memory_bits", "dram", "bit_energy", AT(bit_fj) },
        { "host_bits", "link", "host_energy", AT(host_fj) },
        { "link_bits", "link", "link_energy", AT(link_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){
        { "power", "digital", AT(power_mw), AT(always) }, { "work_power", "digital", AT(work_mw), AT(at_work) },
        { 0 } },
    .state = (const struct fl_state[]){
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "state", .rule = FL_PLAIN, .offset = AT(state), .size = sizeof(int) },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = gpu_init, .wake = gpu_wake, .describe = gpu_describe,
};
