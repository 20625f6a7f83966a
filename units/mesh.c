/* mesh.c - a mesh of interferometers that holds a matrix: W = U S V, two unitary meshes and attenuators between them.
 *
 * N inputs and M outputs take N (N - 1) / 2 and M (M - 1) / 2 interferometers and an attenuator
 * for each output or input, whichever are more. All are set for every tile, used or not, and a
 * tile's light may pass once they have settled (machine/frames.h). Light goes through N + M + 1
 * stages. What a tile of weights is as settings, its singular value decomposition, a host works
 * out: of weights once and for all before any run, of trained ones whenever they are set anew, and
 * of activations (keys, values) tile by tile.
 *
 * Source: meshes of Clements (Optica 3, 1460, 2016) as Lightening-Transformer's simulator counts
 * them (commit 7c3d4ad8); about 4 N^3 operations a decomposition. Left out: errors of phases that
 * grow with depth, and thermal crosstalk between heaters; `weight_error` stands for both.
 */
#include "machine/frames.h"

struct mesh {
    struct unit unit;
    struct fl_frames frames;
    int64_t columns, rows, cells, stages;
    double setting_fj, calibration_fj, hold_mw, stage_loss_db, extinction, node_area_um2, level_error;
    double host_fj, host_rate, link_rate;
    double pixel_fj, core_hold_mw;      /* of a pixel as counted, columns x rows a tile; of a core */
    int32_t hold_burns;
};

/* Interferometers and attenuators of a core. */
static double nodes(const struct mesh *m)
{
    double n = (double)m->columns, r = (double)m->rows;
    if (m->cells > 0)
        return (double)m->cells;
    return n * (n - 1) / 2 + r * (r - 1) / 2 + (n > r ? n : r);
}

static double decomposition(const struct mesh *m)
{
    double n = (double)m->columns, r = (double)m->rows;
    return 4 * n * r * (n < r ? n : r);
}

static bool mesh_init(struct unit *u, struct fl_err *err)
{
    struct mesh *m = (struct mesh *)u;
    if (m->columns > 100000 || m->rows > 100000)
        return fl_fail(err, u->path, "%lld x %lld: meshes of more than 100000 lines are not counted",
                       (long long)m->columns, (long long)m->rows);
    double pixels = (double)m->columns * (double)m->rows;
    double bit_ps = m->link_rate > 0 ? 1e12 / m->link_rate : 0;
    m->pixel_fj = m->setting_fj * nodes(m) / pixels;
    m->frames.pixel_ps = bit_ps * u->pool->weight_bits * nodes(m) / pixels;
    m->frames.fresh_operations = fl_whole(decomposition(m), 1, INT64_MAX / 2);
    m->frames.fresh_ps = m->host_rate > 0 ? fl_span(decomposition(m) / m->host_rate * 1e12) : 0;
    u->area_um2 = m->node_area_um2 * nodes(m);
    if (!fl_calibration_take(u, &m->frames, fl_whole(nodes(m), 1, INT64_MAX / 2), m->calibration_fj, err))
        return false;
    double least_ps = fl_frames_least_ps(u, &m->frames, m->columns, m->rows);
    u->peak_mw = fl_peak_mw(pixels, m->pixel_fj, least_ps) + fl_peak_mw(decomposition(m), m->host_fj, least_ps);
    m->core_hold_mw = m->hold_mw * nodes(m);
    return true;
}

static void mesh_wake(struct unit *u)
{
    fl_frames_wake(u, &((struct mesh *)u)->frames);
}

static void mesh_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct mesh *m = (const struct mesh *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    fl_frames_describe(&m->frames, pool);
    pool->whole_frames = true;
    pool->loss_db += m->stage_loss_db * (double)(m->stages > 0 ? m->stages : m->columns + m->rows + 1);
    pool->weight_extinction = m->extinction;
    pool->weight_error = m->level_error;
}

#define AT(field) offsetof(struct mesh, field)
const struct fl_unit_type fl_unit_mesh = {
    .kind = "mesh", .summary = "mesh of interferometers that holds the weights", .phase = 1,
    .size = sizeof(struct mesh),
    .params = (const struct fl_param[]){
        { "columns", "", FL_COUNT, AT(columns), 1, 1e6, NAN, "inputs of a core, N", NULL },
        { "rows", "", FL_COUNT, AT(rows), 1, 1e6, NAN, "outputs of a core, M", NULL },
        { "cells", "", FL_COUNT, AT(cells), 0, 1e12, 0,
          "interferometers of a mesh of another shape; 0: those that hold any matrix", NULL },
        { "stages", "", FL_COUNT, AT(stages), 0, 1e6, 0, "that light passes there; 0: columns + rows + 1", NULL },
        { "back_frames", "", FL_COUNT, AT(frames.back_frames), 0, 1, 0,
          "meshes that are set while another is used; light is switched between them", NULL },
        { "load_link", "bit/s", FL_REAL, AT(link_rate), 0, 1e18, 0,
          "of one core, weight_bits a setting; 0: no limit", NULL },
        { "settle", "ps", FL_SPAN, AT(frames.settle_ps), 0, 1e15, 0, "from set to usable: the time to program", NULL },
        { "chunk", "bits", FL_COUNT, AT(frames.chunk_bits), 8, 1e12, 65536, "fetched from SRAM at a time", NULL },
        { "setting_energy", "fJ", FL_REAL | FL_COSTS, AT(setting_fj), 0, 1e12, NAN,
          "per interferometer and attenuator set", NULL },
        { "calibration_time", "ps", FL_SPAN, AT(frames.calibrate_ps), 0, 1e15, 0,
          "before a run all meshes are calibrated at once; 0: they are not", NULL },
        { "calibration_energy", "fJ", FL_REAL | FL_COSTS, AT(calibration_fj), 0, 1e18, 0,
          "of that, per interferometer and attenuator: part of the set-up", NULL },
        { "hold_power", "mW", FL_REAL | FL_COSTS, AT(hold_mw), 0, 1e9, 0, "static, per interferometer and attenuator",
          NULL },
        { "hold_burns", "", FL_CHOICE, AT(hold_burns), 0, 3, FL_HELD,
          "when it is drawn; held: by cores that hold weights, from their loading to the end of the run",
          fl_hold_names },
        { "decompose_energy", "fJ", FL_REAL | FL_COSTS, AT(host_fj), 0, 1e12, NAN,
          "per operation of a host that decomposes tiles of activations, and of trained weights: 4 x columns x rows x "
          "the lesser of them a tile", NULL },
        { "decompose_rate", "Hz", FL_REAL, AT(host_rate), 0, 1e18, 0, "operations a second of it; 0: no limit", NULL },
        { "stage_loss", "dB", FL_REAL | FL_DIMS, AT(stage_loss_db), 0, 100, 0,
          "of each stage", NULL },
        { "extinction", "", FL_REAL, AT(extinction), 0, 0.99, 0, "darkest over brightest transmission", NULL },
        { "weight_error", "", FL_REAL, AT(level_error), 0, 1, 0,
          "rms error of a weight over full level, unknown and lasting (precision)", NULL },
        { "flight", "ps", FL_SPAN, AT(frames.flight_ps), 0, 1e9, 1000, "time of flight to the detectors", NULL },
        { "area", "um^2", FL_REAL, AT(node_area_um2), 0, 1e12, 0, "per interferometer and attenuator", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){ FL_FRAMES_PORTS, { 0 } },
    .tallies = (const struct fl_tally[]){
        FL_FRAMES_TALLIES("slm", "setting_energy", AT(pixel_fj)),
        { "calibrated", "slm", "calibration_energy", AT(calibration_fj) },
        { "decomposed", "digital", "decompose_energy", AT(host_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "hold_power", "slm", AT(core_hold_mw), AT(hold_burns) }, { 0 } },
    .state = (const struct fl_state[]){ FL_FRAMES_STATE(AT(frames)), FL_FRAMES_FRESH_STATE(AT(frames)), { 0 } },
    .init = mesh_init, .wake = mesh_wake, .describe = mesh_describe,
};
