/* ring_bank.c - a device that the tests add: weights held by rings, tuned by heaters, one wavelength a column.
 *
 * All rings of a row are tuned at once and settle as heat does. Light of each wavelength goes past the other rings of
 * its row and is dropped by its own, so that the loss grows with the columns. It has few of the keys of an SLM:
 * whoever asks for those by name fails here.
 */
#include "machine/frames.h"

struct ring_bank {
    struct unit unit;
    struct fl_frames frames;
    int64_t columns, rows;
    double tuning_fj, heater_mw, core_heater_mw, past_db, drop_db, ring_area_um2;
    int32_t burns;
};

static bool ring_bank_init(struct unit *u, struct fl_err *err)
{
    struct ring_bank *r = (struct ring_bank *)u;
    double rings = (double)r->columns * (double)r->rows;
    (void)err;
    u->area_um2 = r->ring_area_um2 * rings;
    u->peak_mw = fl_peak_mw(rings, r->tuning_fj, fl_frames_least_ps(u, &r->frames, r->columns, r->rows));
    r->core_heater_mw = r->heater_mw * rings;
    return true;
}

static void ring_bank_wake(struct unit *u)
{
    fl_frames_wake(u, &((struct ring_bank *)u)->frames);
}

static void ring_bank_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct ring_bank *r = (const struct ring_bank *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    fl_frames_describe(&r->frames, pool);
    pool->loss_db += r->past_db * (double)(r->columns - 1) + r->drop_db;
}

#define AT(field) offsetof(struct ring_bank, field)
const struct fl_unit_type fl_unit_ring_bank = {
    .kind = "ring_bank", .summary = "bank of microrings that holds the weights", .phase = 1,
    .size = sizeof(struct ring_bank),
    .params = (const struct fl_param[]){
        { "columns", "", FL_COUNT, AT(columns), 1, 1e9, NAN, "wavelengths, the inputs of a core", NULL },
        { "rows", "", FL_COUNT, AT(rows), 1, 1e9, NAN, "outputs of a core", NULL },
        { "settle", "ps", FL_SPAN, AT(frames.settle_ps), 0, 1e15, 0, "until heat has settled", NULL },
        { "dark", "", FL_CHOICE, AT(frames.dark), 0, 2, FL_DARK_SETTLE, "when no light may pass", fl_dark_names },
        { "chunk", "bits", FL_COUNT, AT(frames.chunk_bits), 8, 1e12, 65536, "fetched from SRAM at a time", NULL },
        { "tuning", "fJ", FL_REAL | FL_COSTS, AT(tuning_fj), 0, 1e12, NAN, "per ring tuned anew", NULL },
        { "heater", "mW", FL_REAL | FL_COSTS, AT(heater_mw), 0, 1e9, 0, "static, per ring", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 3, FL_HELD, "when it is drawn", fl_hold_names },
        { "past", "dB", FL_REAL | FL_DIMS, AT(past_db), 0, 100, 0, "lost on the way past each other ring", NULL },
        { "drop", "dB", FL_REAL | FL_DIMS, AT(drop_db), 0, 100, 0, "lost where light is dropped", NULL },
        { "area", "um^2", FL_REAL, AT(ring_area_um2), 0, 1e12, 0, "per ring", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){ FL_FRAMES_PORTS, { 0 } },
    .tallies = (const struct fl_tally[]){ FL_FRAMES_TALLIES("slm", "tuning", AT(tuning_fj)), { 0 } },
    .statics = (const struct fl_static[]){ { "heater", "modulator", AT(core_heater_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){ FL_FRAMES_STATE(AT(frames)), { 0 } },
    .init = ring_bank_init, .wake = ring_bank_wake, .describe = ring_bank_describe,
};
