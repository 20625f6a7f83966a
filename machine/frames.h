/* frames.h - what every device that holds weights does alike: frames loaded, left to settle, and shown to light.
 *
 * A tile command says what the next frame must hold. The frame is fetched (from SRAM, or
 * from DRAM once the DMA has staged it), driven in over the core's own link, and settles;
 * then `ready` tells the sequencer, and vectors of light pass until the step's last one.
 * With a back frame the next tile loads while this one is used; settling never overlaps
 * light, unless `dark` says that it may. A tile in place needs no load and is ready at once.
 * A tile that no vector passes is one that stays: it is loaded for later, and the core it
 * goes to is no other tile's. So the next one need not wait for its link or its settling:
 * the links of all cores run at once, each fed from SRAM, as fast as memory brings tiles. A host that works out what
 * they are held as does so tile after tile, and those that come meanwhile wait in its own memory.
 *
 * Memory behind the pixels (`blocks`, as micromirrors have) is a back frame that must hold
 * still while its pixels settle. Reset as a whole, loading waits for all of the settling;
 * reset block by block, each as soon as it is loaded and the light is off, the first block
 * may be loaded anew once it has settled, while others still load or settle.
 *
 * Before a run cores may be calibrated, all at once: a tile command that neither loads nor shows anything to light.
 *
 * A device has these frames as a member, these ports and counts before its own, and says in
 * init how long a pixel, a row and settling take. What they cost, and what light loses in
 * them, is the device's.
 */
#ifndef FL_FRAMES_H
#define FL_FRAMES_H

#include "machine/machine.h"
#include "sim/pace.h"

enum fl_dark { FL_DARK_BOTH, FL_DARK_SETTLE, FL_DARK_NONE };
extern const char *const fl_dark_names[];       /* "load+settle", "settle", "none" */

struct fl_frames {
    /* how it is made: parameters, and what init makes of them */
    int64_t back_frames, blocks, chunk_bits;
    int32_t dark;                       /* enum fl_dark */
    double pixel_ps;                    /* to drive one in; 0: no time */
    fl_time row_ps, settle_ps, flight_ps;
    fl_time fresh_ps;                   /* of each tile whose values are not known before, one after another */
    fl_time calibrate_ps;               /* to calibrate a core, before a run; 0: none is */
    int64_t calibrated;                 /* devices of a core that are */
    int64_t fresh_operations;           /* that such a tile takes, counted as the device's FL_FRAMES_FRESH; 0: none */
    /* loading */
    int64_t to_fetch, to_arrive, resets;    /* chunks of the frame being loaded */
    uint32_t loading;                   /* step of the frame being loaded, with `load` telling whether there is one */
    enum { FL_LOAD_EMPTY, FL_LOAD_FETCHING, FL_LOAD_LOADED, FL_LOAD_PLACED } load;
    fl_time link_free_at, rows_at;      /* link busy until; rows cannot all be in before */
    fl_time fresh_at;                   /* a host has worked out the values of the tiles that stay so far */
    fl_time tile_until;                 /* the core of a tile that stays is at work until */
    fl_time driven_at;                  /* all tiles that stay are driven in */
    fl_time placed_at;                  /* and have settled, if no other is asked for; it has passed while they come, so
                                         * that one chunk is like the next */
    fl_time held_until;                 /* pixels of the first block settle: their memory must hold still */
    /* showing */
    uint32_t shown;
    enum { FL_SHOW_DARK, FL_SHOW_SETTLING, FL_SHOW_SHOWING } show;
    fl_time aligned_at;                 /* switches send light to this frame's cores, whose receivers are awake */
    fl_time settled_at, dark_at;        /* dark_at: the end of the last light through the frame shown */
    fl_time busy_until;                 /* loading, settling or passing light */
    struct fl_watch busy;               /* what was asked of that */
};

/* Ports and counts, first among the device's own. */
enum { FL_FRAMES_TILE, FL_FRAMES_LIGHT_IN, FL_FRAMES_STAGED, FL_FRAMES_WEIGHTS, FL_FRAMES_LIGHT_OUT, FL_FRAMES_FETCH,
       FL_FRAMES_READY };
enum { FL_FRAMES_LOADED, FL_FRAMES_SHOWN, FL_FRAMES_PASSED, FL_FRAMES_CALIBRATED, FL_FRAMES_FRESH };
#define FL_FRAMES_PORTS \
    { .name = "tile", .way = FL_IN }, \
    { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 }, \
    { .name = "staged", .way = FL_IN, .optional = true, .room = 8 }, \
    { .name = "weights", .way = FL_IN, .optional = true }, \
    { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL }, \
    { .name = "fetch", .way = FL_OUT, .optional = true }, \
    { .name = "ready", .way = FL_OUT }
/* FL_FRAMES_CALIBRATED is of devices that can be calibrated, and FL_FRAMES_FRESH of those that have such operations,
 * too. Pixels loaded are priced by a parameter of the device: its component, its name, where its fJ lie. */
#define FL_FRAMES_TALLIES(component, energy, price) \
    { "loaded", component, energy, price }, { "frames", component, NULL, 0 }, { "passed", component, NULL, 0 }
/* Mutable state of the frames that lie at `frames` in the device. */
#define FL_FRAMES_AT(frames, field) ((uint32_t)((frames) + offsetof(struct fl_frames, field)))
#define FL_FRAMES_TIME(frames, field) \
    { .name = #field, .rule = FL_TIME, .offset = FL_FRAMES_AT(frames, field), .size = sizeof(fl_time) }
/* Asked only whether it has come. */
#define FL_FRAMES_DUE(frames, field) \
    { .name = #field, .rule = FL_DEADLINE, .offset = FL_FRAMES_AT(frames, field), .size = sizeof(fl_time) }
#define FL_FRAMES_PLAIN(frames, field, bytes) \
    { .name = #field, .rule = FL_PLAIN, .offset = FL_FRAMES_AT(frames, field), .size = (bytes) }
#define FL_FRAMES_LEFT(frames, field) \
    { .name = #field, .rule = FL_LEFT, .offset = FL_FRAMES_AT(frames, field), .size = sizeof(int64_t), \
      .resets = FL_FRAMES_AT(frames, resets) }
#define FL_FRAMES_STATE(frames) \
    FL_FRAMES_LEFT(frames, to_fetch), FL_FRAMES_LEFT(frames, to_arrive), \
    FL_FRAMES_PLAIN(frames, loading, sizeof(uint32_t)), FL_FRAMES_PLAIN(frames, load, sizeof(int)), \
    FL_FRAMES_DUE(frames, link_free_at), FL_FRAMES_TIME(frames, tile_until), \
    FL_FRAMES_TIME(frames, driven_at), FL_FRAMES_TIME(frames, placed_at), FL_FRAMES_DUE(frames, rows_at), \
    FL_FRAMES_PLAIN(frames, shown, sizeof(uint32_t)), FL_FRAMES_PLAIN(frames, show, sizeof(int)), \
    FL_FRAMES_TIME(frames, aligned_at), FL_FRAMES_TIME(frames, settled_at), FL_FRAMES_TIME(frames, dark_at), \
    { .name = "busy_until", .rule = FL_DEADLINE, .offset = FL_FRAMES_AT(frames, busy_until), .size = sizeof(fl_time), \
      .watch = FL_FRAMES_AT(frames, busy) }

/* Beside it, of devices that have a host, and of those that have `blocks`. */
#define FL_FRAMES_FRESH_STATE(frames) FL_FRAMES_TIME(frames, fresh_at)
#define FL_FRAMES_BLOCKS_STATE(frames) FL_FRAMES_TIME(frames, held_until)

/* A command to calibrate: nothing is loaded, and no light passes; as many devices as it has pixels to load. */
static inline bool fl_frames_calibrates(const struct fl_step *step)
{
    return step->load_from == FL_NOWHERE && step->vectors == 0;
}

/* All that a frame does; the device's wake. */
void fl_frames_wake(struct unit *u, struct fl_frames *frames);
/* Frame after frame of `columns` x `rows`, each loaded by link and rows and left to settle, ps: one settles while the
 * next is loaded if that has memory of its own; and a run may end before it has if light passes meanwhile. */
double fl_frames_least_ps(const struct unit *u, const struct fl_frames *frames, int64_t columns, int64_t rows);
/* So many devices of a core are calibrated, each for `fj`; a fault if that is to take no time. Called in init. */
bool fl_calibration_take(struct unit *u, struct fl_frames *frames, int64_t devices, double fj, struct fl_err *err);
/* Tells mappers of its times. */
void fl_frames_describe(const struct fl_frames *frames, struct fl_pool *pool);

#endif
