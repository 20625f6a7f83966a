/* frames.c - the protocol of frames: asked for, fetched, driven in, settled, shown, passed. */
#include "machine/frames.h"

const char *const fl_dark_names[] = { "load+settle", "settle", "none", NULL };

static bool load_in_light(const struct fl_frames *f)
{
    return f->back_frames > 0 && f->dark != FL_DARK_BOTH;
}

static int64_t chunks_of(const struct fl_frames *f, const struct fl_step *step)
{
    return step->load_from == FL_NOWHERE ? 0 : fl_ceil_div(step->load_bits, f->chunk_bits);
}

/* Busy from now until `until`; what overlaps is counted once. */
static void busy(struct unit *u, struct fl_frames *f, const struct fl_step *step, int64_t cores, fl_time until)
{
    if (until <= fl_now(u) || !fl_due_by(f->busy_until, &f->busy, until))
        return;
    fl_busy(u, step, until - fl_most(f->busy_until, fl_now(u)), cores);
    fl_due_move(u, &f->busy_until, &f->busy, until);
}

static bool stays(const struct fl_step *step)
{
    return step->vectors == 0 && step->load_from != FL_NOWHERE;
}

/* Does a tile that stays go by way of a host, which works out its values? */
static bool goes_by_host(const struct fl_frames *f, const struct fl_step *step)
{
    return f->fresh_operations > 0 && fl_light(step)->load_fresh > 0;
}

/* Is another tile that stays asked for behind the one that has been placed? */
static bool more_stay(struct unit *u)
{
    return fl_has(u, FL_FRAMES_TILE) && stays(fl_step_of(u, fl_peek(u, FL_FRAMES_TILE)->step));
}

/* The core that a tile stays on is at work until then; others are meanwhile. */
static void core_busy(struct unit *u, struct fl_frames *f, const struct fl_step *step, fl_time until)
{
    fl_time from = fl_most(f->tile_until, fl_now(u));
    if (until > from) {
        fl_active(u, step, until - from, step->cores);
        f->tile_until = until;
    }
    busy(u, f, step, 0, until);
}

/* Has the last light passed the frame shown, so that another may take its place? A tile in place has pixels of its
 * own and need not wait for the end of that light. */
static bool is_dark(struct unit *u, const struct fl_frames *f, uint32_t next)
{
    if (f->show == FL_SHOW_DARK && fl_now(u) < f->dark_at && fl_step_of(u, next)->load_from != FL_NOWHERE) {
        fl_wake_at(u, f->dark_at);
        return false;
    }
    return f->show == FL_SHOW_DARK;
}

/* Memory behind the pixels holds still until the first block has settled, reset at `from` at the latest. */
static void hold(struct fl_frames *f, fl_time from)
{
    if (f->blocks > 0 && f->back_frames > 0 && fl_after(from, f->settle_ps) > f->held_until)
        f->held_until = fl_after(from, f->settle_ps);
}

/* Takes the next tile command if a frame is free for it; true if it did. */
static bool load_begin(struct unit *u, struct fl_frames *f)
{
    if (f->load != FL_LOAD_EMPTY || !fl_has(u, FL_FRAMES_TILE) ||
        (!load_in_light(f) && !is_dark(u, f, fl_peek(u, FL_FRAMES_TILE)->step)))
        return false;
    if (fl_now(u) < f->held_until) {
        fl_wake_at(u, f->held_until);
        return false;
    }
    f->loading = fl_take(u, FL_FRAMES_TILE).step;
    if (f->show == FL_SHOW_DARK && fl_now(u) < f->dark_at)
        hold(f, f->dark_at);
    const struct fl_step *step = fl_step_of(u, f->loading);
    f->to_fetch = f->to_arrive = chunks_of(f, step);
    f->resets++;
    f->load = FL_LOAD_FETCHING;
    f->rows_at = fl_frames_calibrates(step) ? fl_after(fl_now(u), f->calibrate_ps) : fl_now(u);
    if (f->to_fetch > 0)
        f->rows_at = fl_after(fl_now(u), fl_after(fl_spans(fl_light(step)->load_rows, f->row_ps),
                                                  fl_spans(fl_light(step)->load_fresh, f->fresh_ps)));
    if (stays(step)) {                  /* a core, and a link, of its own */
        f->link_free_at = f->tile_until = fl_now(u);
        f->rows_at = goes_by_host(f, step) ? fl_now(u) : f->rows_at;
        core_busy(u, f, step, f->rows_at);
    } else {
        busy(u, f, step, fl_step_loaded(step), f->rows_at);
    }
    return true;
}

/* Asks for one more chunk of the frame: from SRAM at will, from DRAM once it has been staged in SRAM. */
static void load_fetch(struct unit *u, struct fl_frames *f)
{
    while (f->load == FL_LOAD_FETCHING && f->to_fetch > 0) {
        const struct fl_step *step = fl_step_of(u, f->loading);
        if ((step->load_from == FL_DRAM && !fl_has(u, FL_FRAMES_STAGED)) || !fl_room(u, FL_FRAMES_FETCH))
            return;
        if (step->load_from == FL_DRAM)
            fl_take(u, FL_FRAMES_STAGED);
        bool last = f->to_fetch == 1;
        int64_t rest = step->load_bits % f->chunk_bits;
        struct fl_msg ask = { .bits = last && rest > 0 ? rest : f->chunk_bits, .step = f->loading,
                              .flags = last ? FL_LAST : 0 };
        fl_send(u, FL_FRAMES_FETCH, ask, fl_now(u));
        f->to_fetch--;
    }
}

/* The time a chunk'f pixels take on the links of all cores at once. */
static fl_time drive_ps(const struct fl_frames *f, const struct fl_step *step, int64_t bits)
{
    double pixels = (double)fl_light(step)->load_pixels * (double)bits / (double)step->load_bits;
    return fl_span(pixels * f->pixel_ps / (double)fl_step_loaded(step));
}

/* Chunks of a tile that stays wait for their link in SRAM, or for a host in its own memory, and hold up no others. */
static void place_arrive(struct unit *u, struct fl_frames *f, const struct fl_step *step)
{
    while (f->to_arrive > 0 && fl_has(u, FL_FRAMES_WEIGHTS)) {
        struct fl_msg chunk = fl_take(u, FL_FRAMES_WEIGHTS);
        f->to_arrive--;
        if (goes_by_host(f, step))
            continue;
        f->link_free_at = fl_after(fl_most(f->link_free_at, fl_now(u)), drive_ps(f, step, chunk.bits));
        core_busy(u, f, step, f->link_free_at);
    }
}

/* When a tile that has come is driven in, once a host has worked out what it is held as, behind those before. */
static fl_time place_by_host(struct unit *u, struct fl_frames *f, const struct fl_step *step)
{
    fl_time drive = fl_most(fl_spans(fl_light(step)->load_rows, f->row_ps), drive_ps(f, step, step->load_bits));
    f->fresh_at = fl_after(fl_most(f->fresh_at, fl_now(u)), fl_spans(fl_light(step)->load_fresh, f->fresh_ps));
    f->tile_until = f->fresh_at;
    return fl_after(f->fresh_at, drive);
}

/* Drives arrived chunks into the pixels, one after another; all at once if that takes no time. */
static void load_arrive(struct unit *u, struct fl_frames *f)
{
    if (f->load == FL_LOAD_FETCHING && stays(fl_step_of(u, f->loading)))
        place_arrive(u, f, fl_step_of(u, f->loading));
    while (f->load == FL_LOAD_FETCHING && f->to_arrive > 0 && !stays(fl_step_of(u, f->loading))) {
        if (fl_now(u) < f->link_free_at) {
            fl_wake_at(u, f->link_free_at);
            return;
        }
        if (!fl_has(u, FL_FRAMES_WEIGHTS))
            return;
        struct fl_msg chunk = fl_take(u, FL_FRAMES_WEIGHTS);
        const struct fl_step *step = fl_step_of(u, f->loading);
        f->link_free_at = fl_after(fl_now(u), drive_ps(f, step, chunk.bits));
        busy(u, f, step, fl_step_loaded(step), f->link_free_at);
        f->to_arrive--;
        if (f->link_free_at > fl_now(u)) {
            if (f->to_arrive > 0)
                fl_next_at(u, FL_FRAMES_WEIGHTS, f->link_free_at);
            return;
        }
    }
}

/* Counts what a host has worked out for a tile. */
static void fresh_count(struct unit *u, const struct fl_frames *f, const struct fl_step *step)
{
    if (f->fresh_operations > 0)
        fl_count(u, step, FL_FRAMES_FRESH,
                 fl_product(fl_light(step)->load_fresh, f->fresh_operations, &u->sim->overflow));
}

/* Counts a frame that is loaded; its first block was so before the others were driven. */
static void load_count(struct unit *u, struct fl_frames *f, const struct fl_step *step)
{
    fl_count(u, step, FL_FRAMES_LOADED, fl_light(step)->load_pixels);
    fl_count(u, step, FL_FRAMES_SHOWN, fl_step_loaded(step));
    fresh_count(u, f, step);
    if (f->blocks > 0) {
        fl_time link = drive_ps(f, step, step->load_bits), rows = fl_spans(fl_light(step)->load_rows, f->row_ps);
        hold(f, fl_now(u) - (link > rows ? link : rows) / f->blocks * (f->blocks - 1));
    }
}

/* All of a tile that stays has come; it is driven in by `done`, and settles while others come. */
static void place_end(struct unit *u, struct fl_frames *f, const struct fl_step *step, fl_time done)
{
    fl_count(u, step, FL_FRAMES_LOADED, fl_light(step)->load_pixels);
    fl_count(u, step, FL_FRAMES_SHOWN, step->cores);
    fresh_count(u, f, step);
    core_busy(u, f, step, done);
    fl_active(u, step, f->settle_ps, step->cores);
    f->driven_at = fl_most(f->driven_at, done);
    f->placed_at = fl_now(u);
    f->load = FL_LOAD_PLACED;
    if (!more_stay(u)) {
        f->placed_at = fl_after(f->driven_at, f->settle_ps);
        busy(u, f, step, 0, f->placed_at);
    }
}

/* Tiles that stay are ready as one: when no other is asked for, and all have settled, and no light passes before. A
 * frame before them that is to be shown yet is told first. */
static bool place_ready(struct unit *u, struct fl_frames *f)
{
    if (f->load != FL_LOAD_PLACED || f->show == FL_SHOW_SETTLING)
        return false;
    if (!more_stay(u) && fl_now(u) < f->placed_at) {
        fl_wake_at(u, f->placed_at);
        return false;
    }
    if (!fl_room(u, FL_FRAMES_READY))
        return false;
    fl_send(u, FL_FRAMES_READY, (struct fl_msg){ .step = f->loading }, fl_now(u));
    f->load = FL_LOAD_EMPTY;
    return true;
}

static void load_end(struct unit *u, struct fl_frames *f)
{
    if (f->load != FL_LOAD_FETCHING || f->to_arrive > 0)
        return;
    fl_time done = f->rows_at > f->link_free_at ? f->rows_at : f->link_free_at;
    const struct fl_step *step = fl_step_of(u, f->loading);
    if (stays(step)) {
        place_end(u, f, step, goes_by_host(f, step) ? place_by_host(u, f, step) : done);
        return;
    }
    if (fl_now(u) < done) {
        fl_wake_at(u, done);
        return;
    }
    if (step->load_from != FL_NOWHERE)
        load_count(u, f, step);
    else if (fl_frames_calibrates(step))
        fl_count(u, step, FL_FRAMES_CALIBRATED, fl_light(step)->load_pixels);
    f->load = FL_LOAD_LOADED;
}

/* No more light; what is loaded of the next frame is reset. */
static void go_dark(struct fl_frames *f, fl_time at)
{
    f->show = FL_SHOW_DARK;
    f->dark_at = at;
    if (f->load != FL_LOAD_EMPTY)
        hold(f, at);
}

/* Shows a loaded frame once the one before has seen its last vector; a frame in place needs no settling. */
static bool show_begin(struct unit *u, struct fl_frames *f)
{
    if (f->load != FL_LOAD_LOADED || !is_dark(u, f, f->loading))
        return false;
    const struct fl_step *step = fl_step_of(u, f->loading);
    if (fl_now(u) < f->settled_at) {    /* only if light need not wait for it: then nobody did until now */
        busy(u, f, step, fl_step_loaded(step), f->settled_at);
        fl_wake_at(u, f->settled_at);
        return false;
    }
    fl_unit_assert(u, f->dark == FL_DARK_NONE || fl_now(u) >= f->placed_at);    /* what was placed before has settled */
    f->shown = f->loading;
    f->load = FL_LOAD_EMPTY;
    f->show = FL_SHOW_SETTLING;
    f->settled_at = step->load_from == FL_NOWHERE ? fl_now(u) : fl_after(fl_now(u), f->settle_ps);
    f->aligned_at = fl_after(fl_now(u), step->vectors > 0 ? fl_span(u->pool->switch_ps) : 0);
    if (f->dark != FL_DARK_NONE)
        busy(u, f, step, fl_step_loaded(step), f->settled_at);
    return true;
}

/* A frame without vectors makes room for the next at once. */
static bool show_ready(struct unit *u, struct fl_frames *f)
{
    if (f->show != FL_SHOW_SETTLING)
        return false;
    if (fl_now(u) < f->settled_at && f->dark != FL_DARK_NONE) {
        fl_wake_at(u, f->settled_at);
        return false;
    }
    if (fl_now(u) < f->aligned_at) {
        fl_wake_at(u, f->aligned_at);
        return false;
    }
    if (!fl_room(u, FL_FRAMES_READY))
        return false;
    fl_send(u, FL_FRAMES_READY, (struct fl_msg){ .step = f->shown }, fl_now(u));
    if (fl_step_of(u, f->shown)->vectors > 0)
        f->show = FL_SHOW_SHOWING;
    else
        go_dark(f, fl_now(u));
    return true;
}

static void light_pass(struct unit *u, struct fl_frames *f)
{
    if (!fl_has(u, FL_FRAMES_LIGHT_IN))
        return;
    struct fl_msg msg = fl_take(u, FL_FRAMES_LIGHT_IN);
    fl_unit_assert(u, f->show == FL_SHOW_SHOWING && msg.step == f->shown && msg.lasts >= 0);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    fl_count(u, step, FL_FRAMES_PASSED, fl_light(step)->lit_rows);
    busy(u, f, step, step->cores, fl_after(fl_now(u), msg.lasts));
    fl_send(u, FL_FRAMES_LIGHT_OUT, msg, fl_now(u) + f->flight_ps);
    if (msg.flags & FL_LAST)
        go_dark(f, fl_after(fl_now(u), msg.lasts));
    fl_next_at(u, FL_FRAMES_LIGHT_IN, fl_now(u));
}

void fl_frames_wake(struct unit *u, struct fl_frames *f)
{
    bool more;
    light_pass(u, f);
    do {                                /* a frame begun, shown or done with may let the next one in */
        load_fetch(u, f);
        load_arrive(u, f);
        load_end(u, f);
        more = show_begin(u, f);
        more = show_ready(u, f) || more;
        more = place_ready(u, f) || more;
        more = load_begin(u, f) || more;
    } while (more);
}

double fl_frames_least_ps(const struct unit *u, const struct fl_frames *f, int64_t columns, int64_t rows)
{
    double load = fmax((double)columns * (double)rows * f->pixel_ps, (double)rows * (double)f->row_ps);
    double settle = f->dark != FL_DARK_NONE ? (double)f->settle_ps : 0;
    return fmax(load_in_light(f) ? fmax(load, settle) : load + settle, fl_period_ps(u));
}

bool fl_calibration_take(struct unit *u, struct fl_frames *f, int64_t devices, double fj, struct fl_err *err)
{
    f->calibrated = devices;
    u->setup_mw = fl_peak_mw((double)devices, fj, (double)f->calibrate_ps);
    return fj <= 0 || f->calibrate_ps > 0 ||
           fl_fail(err, u->path, "calibration_energy is %g pJ, and calibration_time none; give that, too", fj * 1e-3);
}

void fl_frames_describe(const struct fl_frames *f, struct fl_pool *pool)
{
    pool->load_pixel_ps = f->pixel_ps;
    pool->row_ps = f->row_ps;
    pool->fresh_ps = f->fresh_ps;
    pool->calibrated = f->calibrate_ps > 0 ? f->calibrated : 0;
    pool->settle_ps = f->settle_ps;
    pool->settle_in_light = f->dark == FL_DARK_NONE;
    pool->back_frames = load_in_light(f) ? f->back_frames : 0;
    pool->blocks = f->back_frames > 0 ? f->blocks : 0;
    pool->back_ps += (double)f->flight_ps;
}
