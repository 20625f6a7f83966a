/* slm.c - the spatial light modulator: weights as transmissions, frame by frame.
 *
 * A tile command says what the next frame must hold. The frame is fetched (from SRAM, or
 * from DRAM once the DMA has staged it), driven in over the core's own link, and settles;
 * then `ready` tells the sequencer, and vectors of light pass until the step's last one.
 * With a back frame the next tile loads while this one is used; settling never overlaps
 * light, unless `dark` says that it may. A tile in place needs no load and is ready at once.
 * A tile that no vector passes is one that stays: it is loaded for later, and the core it
 * goes to is no other tile's. So the next one need not wait for its link or its settling:
 * the links of all cores run at once, each fed from SRAM, as fast as memory brings tiles.
 *
 * Memory behind the pixels (`blocks`, as micromirrors have) is a back frame that must hold
 * still while its pixels settle. Reset as a whole, loading waits for all of the settling;
 * reset block by block, each as soon as it is loaded and the light is off, the first block
 * may be loaded anew once it has settled, while others still load or settle.
 */
#include "machine/machine.h"
#include "sim/pace.h"

enum { DARK_BOTH, DARK_SETTLE, DARK_NONE };
static const char *const dark_names[] = { "load+settle", "settle", "none", NULL };

struct slm {
    struct unit unit;
    int64_t columns, rows, back_frames, blocks, chunk_bits, pixel_bits;
    double link_bit_ps, link_rate, pixel_fj, hold_mw, driver_mw, insertion_loss_db, extinction, pixel_area_um2;
    double level_error;                 /* for the prediction of precision */
    double core_hold_mw, core_driver_mw, pixel_ps;
    fl_time row_ps, settle_ps, flight_ps;
    int32_t hold_burns, driver_burns, dark;
    bool row_addressable;
    /* loading */
    int64_t to_fetch, to_arrive, resets;    /* chunks of the frame being loaded */
    uint32_t loading;                   /* step of the frame being loaded, with `load` telling whether there is one */
    enum { EMPTY, FETCHING, LOADED, PLACED } load;
    fl_time link_free_at, rows_at;      /* link busy until; rows cannot all be in before */
    fl_time tile_until;                 /* the core of a tile that stays is at work until */
    fl_time driven_at;                  /* all tiles that stay are driven in */
    fl_time placed_at;                  /* and have settled, if no other is asked for; it has passed while they come, so
                                         * that one chunk is like the next */
    fl_time held_until;                 /* pixels of the first block settle: their memory must hold still */
    /* showing */
    uint32_t shown;
    enum { DARK, SETTLING, SHOWING } show;
    fl_time aligned_at;                 /* switches send light to this frame's cores, whose receivers are awake */
    fl_time settled_at, dark_at;        /* dark_at: the end of the last light through the frame shown */
    fl_time busy_until;                 /* loading, settling or passing light */
};
enum { TILE, LIGHT_IN, STAGED, WEIGHTS, LIGHT_OUT, FETCH, READY };
enum { LOADED_PIXELS, FRAMES, PASSED };

static bool loads_in_light(const struct slm *s)
{
    return s->back_frames > 0 && s->dark != DARK_BOTH;
}

/* Frame after frame, each loaded by link and rows and left to settle: one settles while the next is loaded if that has
 * memory of its own; and a run may end before it has if light passes meanwhile. */
static double frame_ps(const struct slm *s)
{
    double load = fmax((double)s->columns * (double)s->rows * s->pixel_ps, (double)s->rows * (double)s->row_ps);
    double settle = s->dark != DARK_NONE ? (double)s->settle_ps : 0;
    return fmax(loads_in_light(s) ? fmax(load, settle) : load + settle, fl_period_ps(&s->unit));
}

static bool slm_init(struct unit *u, struct fl_err *err)
{
    struct slm *s = (struct slm *)u;
    (void)err;
    double pixels = (double)s->columns * (double)s->rows;
    s->link_bit_ps = s->link_rate > 0 ? 1e12 / s->link_rate : 0;
    s->pixel_ps = s->link_bit_ps * (double)(s->pixel_bits > 0 ? s->pixel_bits : u->pool->weight_bits);
    u->area_um2 = s->pixel_area_um2 * pixels;
    u->peak_mw = fl_peak_mw(pixels, s->pixel_fj, frame_ps(s));
    s->core_hold_mw = s->hold_mw * pixels;
    s->core_driver_mw = s->driver_mw;
    return true;
}

static int64_t chunks_of(const struct slm *s, const struct fl_step *step)
{
    return step->load_from == FL_NOWHERE ? 0 : fl_ceil_div(step->load_bits, s->chunk_bits);
}

/* Busy from now until `until`; what overlaps is counted once. */
static void busy(struct unit *u, struct slm *s, int64_t cores, fl_time until)
{
    fl_time from = s->busy_until > fl_now(u) ? s->busy_until : fl_now(u);
    if (until > from) {
        fl_busy(u, until - from, cores);
        s->busy_until = until;
    }
}

static bool stays(const struct fl_step *step)
{
    return step->vectors == 0 && step->load_from != FL_NOWHERE;
}

/* The core that a tile stays on is at work until then; others are meanwhile. */
static void core_busy(struct unit *u, struct slm *s, const struct fl_step *step, fl_time until)
{
    fl_time from = fl_most(s->tile_until, fl_now(u)), unit_from = fl_most(s->busy_until, fl_now(u));
    if (until > from) {
        fl_active(u, until - from, step->cores);
        s->tile_until = until;
    }
    if (until > unit_from) {
        fl_busy(u, until - unit_from, 0);
        s->busy_until = until;
    }
}

/* Has the last light passed the frame shown, so that another may take its place? A tile in place has pixels of its
 * own and need not wait for the end of that light. */
static bool is_dark(struct unit *u, const struct slm *s, uint32_t next)
{
    if (s->show == DARK && fl_now(u) < s->dark_at && fl_step_of(u, next)->load_from != FL_NOWHERE) {
        fl_wake_at(u, s->dark_at);
        return false;
    }
    return s->show == DARK;
}

/* Memory behind the pixels holds still until the first block has settled, reset at `from` at the latest. */
static void hold(struct slm *s, fl_time from)
{
    if (s->blocks > 0 && s->back_frames > 0 && fl_after(from, s->settle_ps) > s->held_until)
        s->held_until = fl_after(from, s->settle_ps);
}

/* Takes the next tile command if a frame is free for it; true if it did. */
static bool load_begin(struct unit *u, struct slm *s)
{
    if (s->load != EMPTY || !fl_has(u, TILE) || (!loads_in_light(s) && !is_dark(u, s, fl_peek(u, TILE)->step)))
        return false;
    if (fl_now(u) < s->held_until) {
        fl_wake_at(u, s->held_until);
        return false;
    }
    s->loading = fl_take(u, TILE).step;
    if (s->show == DARK && fl_now(u) < s->dark_at)
        hold(s, s->dark_at);
    const struct fl_step *step = fl_step_of(u, s->loading);
    s->to_fetch = s->to_arrive = chunks_of(s, step);
    s->resets++;
    s->load = FETCHING;
    s->rows_at = s->to_fetch == 0 ? fl_now(u) : fl_after(fl_now(u), fl_spans(step->load_rows, s->row_ps));
    if (stays(step)) {                  /* a core, and a link, of its own */
        s->link_free_at = s->tile_until = fl_now(u);
        core_busy(u, s, step, s->rows_at);
    } else {
        busy(u, s, fl_step_loaded(step), s->rows_at);
    }
    return true;
}

/* Asks for one more chunk of the frame: from SRAM at will, from DRAM once it has been staged in SRAM. */
static void load_fetch(struct unit *u, struct slm *s)
{
    while (s->load == FETCHING && s->to_fetch > 0) {
        const struct fl_step *step = fl_step_of(u, s->loading);
        if ((step->load_from == FL_DRAM && !fl_has(u, STAGED)) || !fl_room(u, FETCH))
            return;
        if (step->load_from == FL_DRAM)
            fl_take(u, STAGED);
        bool last = s->to_fetch == 1;
        int64_t rest = step->load_bits % s->chunk_bits;
        struct fl_msg ask = { .bits = last && rest > 0 ? rest : s->chunk_bits, .step = s->loading,
                              .flags = last ? FL_LAST : 0 };
        fl_send(u, FETCH, ask, fl_now(u));
        s->to_fetch--;
    }
}

/* The time a chunk's pixels take on the links of all cores at once. */
static fl_time drive_ps(const struct slm *s, const struct fl_step *step, int64_t bits)
{
    double pixels = (double)step->load_pixels * (double)bits / (double)step->load_bits;
    return fl_span(pixels * s->pixel_ps / (double)fl_step_loaded(step));
}

/* Chunks of a tile that stays wait for their link in SRAM, and hold up no other's. */
static void place_arrive(struct unit *u, struct slm *s, const struct fl_step *step)
{
    while (s->to_arrive > 0 && fl_has(u, WEIGHTS)) {
        struct fl_msg chunk = fl_take(u, WEIGHTS);
        s->link_free_at = fl_after(fl_most(s->link_free_at, fl_now(u)), drive_ps(s, step, chunk.bits));
        core_busy(u, s, step, s->link_free_at);
        s->to_arrive--;
    }
}

/* Drives arrived chunks into the pixels, one after another; all at once if that takes no time. */
static void load_arrive(struct unit *u, struct slm *s)
{
    if (s->load == FETCHING && stays(fl_step_of(u, s->loading)))
        place_arrive(u, s, fl_step_of(u, s->loading));
    while (s->load == FETCHING && s->to_arrive > 0 && !stays(fl_step_of(u, s->loading))) {
        if (fl_now(u) < s->link_free_at) {
            fl_wake_at(u, s->link_free_at);
            return;
        }
        if (!fl_has(u, WEIGHTS))
            return;
        struct fl_msg chunk = fl_take(u, WEIGHTS);
        const struct fl_step *step = fl_step_of(u, s->loading);
        s->link_free_at = fl_after(fl_now(u), drive_ps(s, step, chunk.bits));
        busy(u, s, fl_step_loaded(step), s->link_free_at);
        s->to_arrive--;
        if (s->link_free_at > fl_now(u)) {
            if (s->to_arrive > 0)
                fl_next_at(u, WEIGHTS, s->link_free_at);
            return;
        }
    }
}

/* Counts a frame that is loaded; its first block was so before the others were driven. */
static void load_count(struct unit *u, struct slm *s, const struct fl_step *step)
{
    fl_count(u, LOADED_PIXELS, step->load_pixels);
    fl_count(u, FRAMES, fl_step_loaded(step));
    if (s->blocks > 0) {
        fl_time link = drive_ps(s, step, step->load_bits), rows = fl_spans(step->load_rows, s->row_ps);
        hold(s, fl_now(u) - (link > rows ? link : rows) / s->blocks * (s->blocks - 1));
    }
}

/* All of a tile that stays has come; it is driven in by `done`, and settles while others come. */
static void place_end(struct unit *u, struct slm *s, const struct fl_step *step, fl_time done)
{
    fl_count(u, LOADED_PIXELS, step->load_pixels);
    fl_count(u, FRAMES, step->cores);
    core_busy(u, s, step, done);
    fl_active(u, s->settle_ps, step->cores);
    s->driven_at = fl_most(s->driven_at, done);
    s->placed_at = fl_now(u);
    s->load = PLACED;
    if (!fl_has(u, TILE)) {
        s->placed_at = fl_after(s->driven_at, s->settle_ps);
        fl_busy(u, s->placed_at - fl_most(s->busy_until, fl_now(u)), 0);
        s->busy_until = s->placed_at;
    }
}

/* Tiles that stay are ready as one: when no other is asked for, and all have settled. A frame before them that is to be
 * shown yet is told first. */
static bool place_ready(struct unit *u, struct slm *s)
{
    if (s->load != PLACED || s->show == SETTLING)
        return false;
    if (!fl_has(u, TILE) && fl_now(u) < s->placed_at) {
        fl_wake_at(u, s->placed_at);
        return false;
    }
    if (!fl_room(u, READY))
        return false;
    fl_send(u, READY, (struct fl_msg){ .step = s->loading }, fl_now(u));
    s->load = EMPTY;
    return true;
}

static void load_end(struct unit *u, struct slm *s)
{
    if (s->load != FETCHING || s->to_arrive > 0)
        return;
    fl_time done = s->rows_at > s->link_free_at ? s->rows_at : s->link_free_at;
    const struct fl_step *step = fl_step_of(u, s->loading);
    if (stays(step)) {
        place_end(u, s, step, done);
        return;
    }
    if (fl_now(u) < done) {
        fl_wake_at(u, done);
        return;
    }
    if (step->load_from != FL_NOWHERE)
        load_count(u, s, step);
    s->load = LOADED;
}

/* No more light; what is loaded of the next frame is reset. */
static void go_dark(struct slm *s, fl_time at)
{
    s->show = DARK;
    s->dark_at = at;
    if (s->load != EMPTY)
        hold(s, at);
}

/* Shows a loaded frame once the one before has seen its last vector; a frame in place needs no settling. */
static bool show_begin(struct unit *u, struct slm *s)
{
    if (s->load != LOADED || !is_dark(u, s, s->loading))
        return false;
    const struct fl_step *step = fl_step_of(u, s->loading);
    if (fl_now(u) < s->settled_at) {    /* only if light need not wait for it: then nobody did until now */
        busy(u, s, fl_step_loaded(step), s->settled_at);
        fl_wake_at(u, s->settled_at);
        return false;
    }
    s->shown = s->loading;
    s->load = EMPTY;
    s->show = SETTLING;
    s->settled_at = step->load_from == FL_NOWHERE ? fl_now(u) : fl_after(fl_now(u), s->settle_ps);
    s->aligned_at = fl_after(fl_now(u), step->vectors > 0 ? fl_span(u->pool->switch_ps) : 0);
    if (s->dark != DARK_NONE)
        busy(u, s, fl_step_loaded(step), s->settled_at);
    return true;
}

/* A frame without vectors makes room for the next at once. */
static bool show_ready(struct unit *u, struct slm *s)
{
    if (s->show != SETTLING)
        return false;
    if (fl_now(u) < s->settled_at && s->dark != DARK_NONE) {
        fl_wake_at(u, s->settled_at);
        return false;
    }
    if (fl_now(u) < s->aligned_at) {
        fl_wake_at(u, s->aligned_at);
        return false;
    }
    if (!fl_room(u, READY))
        return false;
    fl_send(u, READY, (struct fl_msg){ .step = s->shown }, fl_now(u));
    if (fl_step_of(u, s->shown)->vectors > 0)
        s->show = SHOWING;
    else
        go_dark(s, fl_now(u));
    return true;
}

static void light_pass(struct unit *u, struct slm *s)
{
    if (!fl_has(u, LIGHT_IN))
        return;
    struct fl_msg msg = fl_take(u, LIGHT_IN);
    fl_unit_assert(u, s->show == SHOWING && msg.step == s->shown && msg.lasts >= 0);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    fl_count(u, PASSED, step->lit_rows);
    busy(u, s, step->cores, fl_after(fl_now(u), msg.lasts));
    fl_send(u, LIGHT_OUT, msg, fl_now(u) + s->flight_ps);
    if (msg.flags & FL_LAST)
        go_dark(s, fl_after(fl_now(u), msg.lasts));
    fl_next_at(u, LIGHT_IN, fl_now(u));
}

static void slm_wake(struct unit *u)
{
    struct slm *s = (struct slm *)u;
    bool more;
    light_pass(u, s);
    do {                                /* a frame begun, shown or done with may let the next one in */
        load_fetch(u, s);
        load_arrive(u, s);
        load_end(u, s);
        more = show_begin(u, s);
        more = show_ready(u, s) || more;
        more = place_ready(u, s) || more;
        more = load_begin(u, s) || more;
    } while (more);
}

static void slm_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct slm *s = (const struct slm *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->load_pixel_ps = s->pixel_ps;
    pool->row_ps = s->row_ps;
    pool->settle_ps = s->settle_ps;
    pool->settle_in_light = s->dark == DARK_NONE;
    pool->back_frames = loads_in_light(s) ? s->back_frames : 0;
    pool->blocks = s->back_frames > 0 ? s->blocks : 0;
    pool->whole_frames = !s->row_addressable;
    pool->loss_db += s->insertion_loss_db;
    pool->weight_extinction = s->extinction;
    pool->weight_error = s->level_error;
    pool->back_ps += (double)s->flight_ps;
}

#define AT(field) offsetof(struct slm, field)
const struct fl_unit_type fl_unit_slm = {
    .kind = "slm", .summary = "spatial light modulator that holds the weights", .phase = 1,
    .size = sizeof(struct slm),
    .params = (const struct fl_param[]){
        { "columns", "", FL_COUNT, AT(columns), 1, 1e9, NAN, "inputs of a core, N", NULL },
        { "rows", "", FL_COUNT, AT(rows), 1, 1e9, NAN, "outputs of a core, M", NULL },
        { "back_frames", "", FL_COUNT, AT(back_frames), 0, 1, 0, "frames that load while another is used", NULL },
        { "blocks", "", FL_COUNT, AT(blocks), 0, 1e6, 0, "a back frame that holds still while pixels settle: row "
          "blocks, each reset as soon as it is loaded; 1: all at once; 0: it need not hold still", NULL },
        { "dark", "", FL_CHOICE, AT(dark), 0, 2, DARK_SETTLE, "when no light may pass; loading beside light takes a "
          "back frame", dark_names },
        { "row_addressable", "", FL_FLAG, AT(row_addressable), 0, 1, 1, "only the pixels a tile uses are driven; "
          "false: the whole frame", NULL },
        { "pixel_bits", "", FL_COUNT | FL_WIDTH, AT(pixel_bits), 0, 24, 0,
          "of a pixel, on the link too; 0: all of a weight's. "
          "A weight of more takes several slices", NULL },
        { "load_link", "bit/s", FL_REAL, AT(link_rate), 0, 1e18, 0, "of one core; 0: no limit", NULL },
        { "row_time", "ps", FL_SPAN, AT(row_ps), 0, 1e15, 0, "to write one row; 0: no limit", NULL },
        { "settle", "ps", FL_SPAN, AT(settle_ps), 0, 1e15, 0, "from loaded to usable", NULL },
        { "chunk", "bits", FL_COUNT, AT(chunk_bits), 8, 1e12, 65536, "fetched from SRAM at a time", NULL },
        { "pixel_energy", "fJ", FL_REAL | FL_COSTS, AT(pixel_fj), 0, 1e12, NAN, "per pixel rewritten", NULL },
        { "hold_power", "mW", FL_REAL | FL_COSTS, AT(hold_mw), 0, 1e9, 0, "static, per pixel", NULL },
        { "hold_burns", "", FL_CHOICE, AT(hold_burns), 0, 3, FL_HELD,
          "when it is drawn; held: by cores that hold weights, from their loading to the end of the run",
          fl_hold_names },
        { "driver_power", "mW", FL_REAL | FL_COSTS, AT(driver_mw), 0, 1e9, 0, "static, per core", NULL },
        { "driver_burns", "", FL_CHOICE, AT(driver_burns), 0, 2, FL_ALWAYS, "when it is drawn", fl_burns_names },
        { "extinction", "", FL_REAL, AT(extinction), 0, 0.99, 0, "darkest over brightest transmission", NULL },
        { "weight_error", "", FL_REAL, AT(level_error), 0, 1, 0,
          "rms error of a pixel's level over full level, unknown and lasting (precision)", NULL },
        { "insertion_loss", "dB", FL_REAL | FL_DIMS, AT(insertion_loss_db), 0, 100, 0, "at full transmission", NULL },
        { "flight", "ps", FL_SPAN, AT(flight_ps), 0, 1e9, 1000, "time of flight to the detectors", NULL },
        { "area", "um^2", FL_REAL, AT(pixel_area_um2), 0, 1e12, 0, "per pixel", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "tile", .way = FL_IN },
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 },
        { .name = "staged", .way = FL_IN, .optional = true, .room = 8 },
        { .name = "weights", .way = FL_IN, .optional = true },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { .name = "fetch", .way = FL_OUT, .optional = true },
        { .name = "ready", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "loaded", "slm", "pixel_energy", AT(pixel_fj) },
        { "frames", "slm", NULL, 0 },
        { "passed", "slm", NULL, 0 },
        { 0 } },
    .statics = (const struct fl_static[]){
        { "hold_power", "slm", AT(core_hold_mw), AT(hold_burns) },
        { "driver_power", "slm", AT(core_driver_mw), AT(driver_burns) },
        { 0 } },
    .state = (const struct fl_state[]){
        { .name = "to_fetch", .rule = FL_LEFT, .offset = AT(to_fetch), .size = 8, .resets = AT(resets) },
        { .name = "to_arrive", .rule = FL_LEFT, .offset = AT(to_arrive), .size = 8, .resets = AT(resets) },
        { .name = "loading", .rule = FL_PLAIN, .offset = AT(loading), .size = sizeof(uint32_t) },
        { .name = "load", .rule = FL_PLAIN, .offset = AT(load), .size = sizeof(int) },
        { .name = "link_free_at", .rule = FL_TIME, .offset = AT(link_free_at), .size = 8 },
        { .name = "tile_until", .rule = FL_TIME, .offset = AT(tile_until), .size = 8 },
        { .name = "driven_at", .rule = FL_TIME, .offset = AT(driven_at), .size = 8 },
        { .name = "placed_at", .rule = FL_TIME, .offset = AT(placed_at), .size = 8 },
        { .name = "held_until", .rule = FL_TIME, .offset = AT(held_until), .size = 8 },
        { .name = "rows_at", .rule = FL_TIME, .offset = AT(rows_at), .size = 8 },
        { .name = "shown", .rule = FL_PLAIN, .offset = AT(shown), .size = sizeof(uint32_t) },
        { .name = "show", .rule = FL_PLAIN, .offset = AT(show), .size = sizeof(int) },
        { .name = "aligned_at", .rule = FL_TIME, .offset = AT(aligned_at), .size = 8 },
        { .name = "settled_at", .rule = FL_TIME, .offset = AT(settled_at), .size = 8 },
        { .name = "dark_at", .rule = FL_TIME, .offset = AT(dark_at), .size = 8 },
        { .name = "busy_until", .rule = FL_TIME, .offset = AT(busy_until), .size = 8 },
        { 0 } },
    .init = slm_init, .wake = slm_wake, .describe = slm_describe,
};
