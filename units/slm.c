/* slm.c - the spatial light modulator: weights as transmissions, frame by frame (machine/frames.h).
 *
 * A core has a link of its own, over which pixels are driven in one after another, or row
 * by row; holding them takes power for as long as they are held.
 */
#include "machine/frames.h"

struct slm {
    struct unit unit;
    struct fl_frames frames;
    int64_t columns, rows, pixel_bits, channels;
    double link_rate, pixel_fj, calibration_fj, hold_mw, driver_mw, extinction, pixel_area_um2;
    double insertion_loss_db, column_loss_db, row_loss_db;
    double level_error, channel_spacing_nm, ring_quality;       /* for the prediction of precision */
    double endurance;                   /* for how long it lasts */
    double core_hold_mw, core_driver_mw;
    int32_t hold_burns, driver_burns;
    bool row_addressable;
};

/* Rings that weigh by wavelength: all that is known of them, or nothing. */
static bool rings_take(struct unit *u, struct slm *s, struct fl_err *err)
{
    const struct fl_sign_need *need = &fl_signs[u->pool->encoding];
    bool any = s->ring_quality > 0 || s->channel_spacing_nm > 0 || s->channels > 0;
    if (any && (s->ring_quality <= 0 || s->channel_spacing_nm <= 0))
        return fl_fail(err, u->path, "what rings take of each other's light follows from ring_quality and "
                       "channel_spacing: give both, or neither, nor channels");
    if (any && (need->detectors < 2 || need->phased))
        return fl_fail(err, u->path, "ring_quality is of rings that weigh light onto the two diodes of a pair, and "
                       "encoding \"%s\" has none; take balanced or dual_rail", fl_sign_names[u->pool->encoding]);
    if (any && s->channels == 0)
        s->channels = s->columns;
    return true;
}

static bool slm_init(struct unit *u, struct fl_err *err)
{
    struct slm *s = (struct slm *)u;
    if (!rings_take(u, s, err) || !fl_calibration_take(u, &s->frames, s->columns * s->rows, s->calibration_fj, err))
        return false;
    double pixels = (double)s->columns * (double)s->rows, bit_ps = s->link_rate > 0 ? 1e12 / s->link_rate : 0;
    s->frames.pixel_ps = bit_ps * (double)(s->pixel_bits > 0 ? s->pixel_bits : u->pool->weight_bits);
    u->area_um2 = s->pixel_area_um2 * pixels;
    u->cells = s->columns * s->rows;
    u->endurance = s->endurance;
    u->peak_mw = fl_peak_mw(pixels, s->pixel_fj, fl_frames_least_ps(u, &s->frames, s->columns, s->rows));
    s->core_hold_mw = s->hold_mw * pixels;
    s->core_driver_mw = s->driver_mw;
    return true;
}

static void slm_wake(struct unit *u)
{
    fl_frames_wake(u, &((struct slm *)u)->frames);
}

static void slm_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct slm *s = (const struct slm *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    fl_frames_describe(&s->frames, pool);
    pool->whole_frames = !s->row_addressable;
    pool->loss_db += s->insertion_loss_db + s->column_loss_db * (double)(s->columns - 1) +
                     s->row_loss_db * (double)(s->rows - 1);
    pool->weight_extinction = s->extinction;
    pool->weight_error = s->level_error;
    pool->channels = fl_least(s->channels, s->columns);
    pool->channel_spacing_nm = s->channel_spacing_nm;
    pool->ring_quality = s->ring_quality;
}

#define AT(field) offsetof(struct slm, field)
const struct fl_unit_type fl_unit_slm = {
    .kind = "slm", .summary = "spatial light modulator that holds the weights", .phase = 1,
    .size = sizeof(struct slm),
    .params = (const struct fl_param[]){
        { "columns", "", FL_COUNT, AT(columns), 1, 1e9, NAN, "inputs of a core, N", NULL },
        { "rows", "", FL_COUNT, AT(rows), 1, 1e9, NAN, "outputs of a core, M", NULL },
        { "back_frames", "", FL_COUNT, AT(frames.back_frames), 0, 1, 0, "frames that load while another is used",
          NULL },
        { "blocks", "", FL_COUNT, AT(frames.blocks), 0, 1e6, 0, "a back frame that holds still while pixels "
          "settle: row blocks, each reset as soon as it is loaded; 1: all at once; 0: it need not hold still", NULL },
        { "dark", "", FL_CHOICE, AT(frames.dark), 0, 2, FL_DARK_SETTLE,
          "when no light may pass; loading beside light takes a back frame", fl_dark_names },
        { "row_addressable", "", FL_FLAG, AT(row_addressable), 0, 1, 1, "only the pixels a tile uses are driven; "
          "false: the whole frame", NULL },
        { "pixel_bits", "", FL_COUNT | FL_WIDTH, AT(pixel_bits), 0, 24, 0,
          "of a pixel, on the link too; 0: all of a weight's. "
          "A weight of more takes several slices", NULL },
        { "load_link", "bit/s", FL_REAL, AT(link_rate), 0, 1e18, 0, "of one core; 0: no limit", NULL },
        { "row_time", "ps", FL_SPAN, AT(frames.row_ps), 0, 1e15, 0, "to write one row; 0: no limit", NULL },
        { "settle", "ps", FL_SPAN, AT(frames.settle_ps), 0, 1e15, 0, "from loaded to usable", NULL },
        { "chunk", "bits", FL_COUNT, AT(frames.chunk_bits), 8, 1e12, 65536, "fetched from SRAM at a time", NULL },
        { "pixel_energy", "fJ", FL_REAL | FL_COSTS, AT(pixel_fj), 0, 1e12, NAN, "per pixel rewritten", NULL },
        { "calibration_time", "ps", FL_SPAN, AT(frames.calibrate_ps), 0, 1e15, 0,
          "before a run all cores are calibrated at once, as rings are by heaters; 0: they are not", NULL },
        { "calibration_energy", "fJ", FL_REAL | FL_COSTS, AT(calibration_fj), 0, 1e18, 0,
          "of that, per pixel: part of the set-up", NULL },
        { "hold_power", "mW", FL_REAL | FL_COSTS, AT(hold_mw), 0, 1e9, 0, "static, per pixel", NULL },
        { "hold_burns", "", FL_CHOICE, AT(hold_burns), 0, 3, FL_HELD,
          "when it is drawn; held: by cores that hold weights, from their loading to the end of the run",
          fl_hold_names },
        { "driver_power", "mW", FL_REAL | FL_COSTS, AT(driver_mw), 0, 1e9, 0, "static, per core", NULL },
        { "driver_burns", "", FL_CHOICE, AT(driver_burns), 0, 2, FL_ALWAYS, "when it is drawn", fl_burns_names },
        { "extinction", "", FL_REAL, AT(extinction), 0, 0.99, 0, "darkest over brightest transmission", NULL },
        { "weight_error", "", FL_REAL, AT(level_error), 0, 1, 0,
          "rms error of a pixel's level over full level, unknown and lasting (precision)", NULL },
        { "ring_quality", "", FL_REAL, AT(ring_quality), 0, 1e9, 0,
          "of rings that weigh inputs by wavelength: what one takes of its neighbours' light is not decoded "
          "(precision, phys/channels.h); 0: nothing", NULL },
        { "channel_spacing", "nm", FL_REAL, AT(channel_spacing_nm), 0, 1000, 0,
          "from a wavelength to the next of a bank", NULL },
        { "channels", "", FL_COUNT, AT(channels), 0, 1e6, 0, "wavelengths of a bank; 0: all columns", NULL },
        { "endurance", "", FL_REAL, AT(endurance), 0, 1e30, 0,
          "times that a pixel can be rewritten before it is worn out, as phase-change cells are; 0: any number "
          "(view `wear`)", NULL },
        { "insertion_loss", "dB", FL_REAL | FL_DIMS, AT(insertion_loss_db), 0, 100, 0, "at full transmission", NULL },
        { "column_loss", "dB", FL_REAL | FL_DIMS, AT(column_loss_db), 0, 100, 0,
          "for each column but one, as of rings that light for others passes by", NULL },
        { "row_loss", "dB", FL_REAL | FL_DIMS, AT(row_loss_db), 0, 100, 0,
          "for each row but one, as of crossings on a grid", NULL },
        { "flight", "ps", FL_SPAN, AT(frames.flight_ps), 0, 1e9, 1000, "time of flight to the detectors", NULL },
        { "area", "um^2", FL_REAL, AT(pixel_area_um2), 0, 1e12, 0, "per pixel", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){ FL_FRAMES_PORTS, { 0 } },
    .tallies = (const struct fl_tally[]){
        FL_FRAMES_TALLIES("slm", "pixel_energy", AT(pixel_fj)),
        { "calibrated", "slm", "calibration_energy", AT(calibration_fj) }, { 0 } },
    .statics = (const struct fl_static[]){
        { "hold_power", "slm", AT(core_hold_mw), AT(hold_burns) },
        { "driver_power", "slm", AT(core_driver_mw), AT(driver_burns) },
        { 0 } },
    .state = (const struct fl_state[]){ FL_FRAMES_STATE(AT(frames)), FL_FRAMES_BLOCKS_STATE(AT(frames)), { 0 } },
    .init = slm_init, .wake = slm_wake, .describe = slm_describe,
};
