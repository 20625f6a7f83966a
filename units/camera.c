/* camera.c - a camera that reads the light of whole patterns, a region of pixels at a time.
 *
 * It calls for light, exposes, reads the region of the step's outputs, and calls again: a frame
 * takes max(readout, exposure) + overhead, or what a table of sizes says. Read natively, a
 * pixel is the square of the field's magnitude and takes a frame; a linear output takes several,
 * or one beside a reference beam (holographic). It draws its power as long as it is on.
 *
 * Source: cameras of photonic co-processors (arXiv:2012.06373; keys of lightonai/lightonml);
 * max of readout and exposure is what machine vision cameras state. Left out: noise and
 * quantization of what is read.
 */
#include "machine/machine.h"
#include "sim/pace.h"

enum { NATIVE, LINEAR, HOLOGRAPHIC };
static const char *const mode_names[] = { "native", "linear", "holographic", NULL };

struct camera {
    struct unit unit;
    int64_t pixels, linear_frames, bits;
    fl_time frame_ps, exposure_ps, overhead_ps;
    double pixel_rate, link, pixel_fj, power_mw, pixel_um2;
    int32_t mode, burns;
    int64_t inputs[FL_OPU_SIZES], outputs[FL_OPU_SIZES];
    double rate[FL_OPU_SIZES];
    struct fl_projector is;                   /* its part */
    bool exposed, last;                 /* a frame is under way, the last of its step */
    uint32_t step;
    fl_time free_at;
};
enum { LIGHT_IN, TRIGGER, DONE };
enum { FRAMES, READ };

/* Sizes stand in order, each with all that it needs. */
static bool sizes_take(struct unit *u, struct camera *c, struct fl_err *err)
{
    for (int i = 0; i < FL_OPU_SIZES; i++) {
        bool given = c->inputs[i] > 0, whole = given && c->outputs[i] > 0 && c->rate[i] > 0;
        if (!whole && (given || c->outputs[i] > 0 || c->rate[i] > 0))
            return fl_fail(err, u->path, "size %d has %lld inputs, %lld outputs and a rate of %g Hz; give inputs_%d, "
                           "outputs_%d and rate_%d together", i + 1, (long long)c->inputs[i], (long long)c->outputs[i],
                           c->rate[i], i + 1, i + 1, i + 1);
        if (given && i > 0 && c->inputs[i - 1] == 0)
            return fl_fail(err, u->path, "size %d is given, and size %d is not; number sizes from 1 on", i + 1, i);
        c->is.size[i].inputs = c->inputs[i];
        c->is.size[i].outputs = c->outputs[i];
        c->is.size[i].ps = given ? 1e12 / c->rate[i] : 0;
    }
    return true;
}

/* Sizes say how long a frame takes, or its readout and exposure do. */
static bool frame_check(const struct unit *u, const struct camera *c, struct fl_err *err)
{
    const struct { const char *key; bool given; } of[] = {
        {"frame", c->frame_ps > 0}, {"exposure", c->exposure_ps > 0}, {"overhead", c->overhead_ps > 0},
        {"pixel_rate", c->pixel_rate > 0}};
    if (c->inputs[0] == 0 && c->frame_ps == 0 && c->exposure_ps + c->overhead_ps == 0)
        return fl_fail(err, u->path, "no frame takes any time: give frame, exposure or sizes");
    for (size_t i = 0; i < sizeof of / sizeof *of && c->inputs[0] > 0; i++)
        if (of[i].given)
            return fl_fail(err, u->path, "its sizes say how long a frame takes, so that %s would mean nothing; change "
                           "rate_1 and those behind it, or leave the sizes out", of[i].key);
    return true;
}

static bool camera_init(struct unit *u, struct fl_err *err)
{
    struct camera *c = (struct camera *)u;
    if (!sizes_take(u, c, err) || !frame_check(u, c, err))
        return false;
    c->is.pixels = c->pixels;
    c->is.least_ps = (double)c->frame_ps;
    c->is.exposure_ps = (double)c->exposure_ps;
    c->is.overhead_ps = (double)c->overhead_ps;
    c->is.pixel_ps = c->pixel_rate > 0 ? 1e12 / c->pixel_rate : 0;
    c->is.output_ps = c->link > 0 ? (double)c->bits * 1e12 / c->link : 0;
    c->is.frames = c->mode == LINEAR ? c->linear_frames : 1;
    u->area_um2 = c->pixel_um2 * (double)c->pixels;
    /* no region is read faster than all of its pixels in the shortest frame */
    u->peak_mw = fl_peak_mw((double)c->pixels, c->pixel_fj, fl_period_ps(u));
    return true;
}

static void camera_start(struct unit *u)
{
    fl_send(u, TRIGGER, (struct fl_msg){ .bits = 0 }, 0);
}

/* The frame is over: its projection's end is told, and the next pattern called for. */
static bool frame_end(struct unit *u, struct camera *c)
{
    bool room = (!c->last || fl_room(u, DONE)) && fl_room(u, TRIGGER);
    fl_blocked(u, fl_step_of(u, c->step), !room);
    if (!room)
        return false;
    if (c->last)
        fl_send(u, DONE, (struct fl_msg){ .step = c->step }, fl_now(u));
    fl_send(u, TRIGGER, (struct fl_msg){ .bits = 0 }, fl_now(u));
    c->exposed = c->last = false;
    c->step = 0;
    return true;
}

static void frame_begin(struct unit *u, struct camera *c)
{
    struct fl_msg msg = fl_take(u, LIGHT_IN);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPU);
    const struct fl_opu_step *own = fl_opu_of(step);
    fl_unit_assert(u, !c->exposed && own->outputs <= c->pixels);
    int64_t cycles = fl_most(fl_span(fl_projector_pattern_ps(&c->is, own) / fl_period_ps(u)), 1);
    c->exposed = true;
    c->last = msg.flags & FL_LAST;
    c->step = msg.step;
    c->free_at = fl_issue(u, step, cycles, 1);
    fl_count(u, step, FRAMES, c->is.frames);
    fl_count(u, step, READ, fl_product(c->is.frames, own->outputs, &u->sim->overflow));
    fl_wake_at(u, c->free_at);
}

static void camera_wake(struct unit *u)
{
    struct camera *c = (struct camera *)u;
    if (c->exposed && fl_now(u) < c->free_at) {
        fl_wake_at(u, c->free_at);
        return;
    }
    if (c->exposed && !frame_end(u, c))
        return;
    if (fl_has(u, LIGHT_IN))
        frame_begin(u, c);
}

static void camera_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct camera *c = (const struct camera *)u;
    struct fl_projector *opu = &machine->opu[u->engine], dmd = *opu;
    *opu = c->is;
    opu->mirrors = dmd.mirrors;
    opu->input_bits = dmd.input_bits;
    opu->host_ps = dmd.host_ps;
    opu->load_ps = dmd.load_ps;
}

#define AT(field) offsetof(struct camera, field)
#define SIZE(i, name) \
    { "inputs_" name, "", FL_COUNT, AT(inputs) + (i) * sizeof(int64_t), 0, 1e12, 0, \
      "size " name ": up to so many inputs ...", NULL }, \
    { "outputs_" name, "", FL_COUNT, AT(outputs) + (i) * sizeof(int64_t), 0, 1e12, 0, "... and outputs ...", NULL }, \
    { "rate_" name, "Hz", FL_REAL, AT(rate) + (i) * sizeof(double), 0, 1e12, 0, "... so many frames a second", NULL }
const struct fl_unit_type fl_unit_camera = {
    .kind = "camera", .summary = "camera that reads whole patterns", .phase = 1,
    .size = sizeof(struct camera),
    .params = (const struct fl_param[]){
        { "pixels", "", FL_COUNT, AT(pixels), 1, 1e12, NAN, "outputs that a frame can have", NULL },
        { "mode", "", FL_CHOICE, AT(mode), 0, 2, NATIVE,
          "what is read: the square of a field's magnitude, or a linear output, by several frames or by holography",
          mode_names },
        { "linear_frames", "", FL_COUNT, AT(linear_frames), 1, 1000, 5, "mode linear: frames of a pattern", NULL },
        { "frame", "ps", FL_SPAN, AT(frame_ps), 0, 1e15, 0, "from a frame to the next, at least", NULL },
        { "exposure", "ps", FL_SPAN, AT(exposure_ps), 0, 1e15, 0, "of a frame", NULL },
        { "overhead", "ps", FL_SPAN, AT(overhead_ps), 0, 1e15, 0,
          "of a frame, beside the longer of readout and exposure", NULL },
        { "pixel_rate", "Hz", FL_REAL, AT(pixel_rate), 0, 1e18, 0, "pixels read in a second; 0: no time", NULL },
        SIZE(0, "1"), SIZE(1, "2"), SIZE(2, "3"), SIZE(3, "4"), SIZE(4, "5"), SIZE(5, "6"),
        { "bits", "bits", FL_COUNT | FL_WIDTH, AT(bits), 1, 64, 8, "of a pixel", NULL },
        { "link", "bit/s", FL_REAL, AT(link), 0, 1e18, 0, "outputs to the host; 0: no time", NULL },
        { "pixel_energy", "fJ", FL_REAL | FL_COSTS, AT(pixel_fj), 0, 1e12, 0, "per pixel read, besides", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, NAN, "static, while it is on", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(pixel_um2), 0, 1e12, 0, "per pixel", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL },
        { .name = "trigger", .way = FL_OUT },
        { .name = "done", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "frames", "detector", NULL, 0 },
        { "read", "detector", "pixel_energy", AT(pixel_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){ { "power", "detector", AT(power_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "exposed", .rule = FL_PLAIN, .offset = AT(exposed), .size = sizeof(bool) },
        { .name = "last", .rule = FL_PLAIN, .offset = AT(last), .size = sizeof(bool) },
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = camera_init, .start = camera_start, .wake = camera_wake, .describe = camera_describe,
};
