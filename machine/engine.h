/* engine.h - what a machine is made of: engines, the slots of each, and the wires between slots.
 *
 * An engine is what works on a stream of steps: a pool of optical cores, a vector unit, a
 * mover of data; control and memory, which they share, are described alike. Its type is one
 * const table in one file: slots, wires, keys of its own. Designs, the checker, the builder
 * and the page of keys follow from these tables; none of them knows a device.
 *
 * A slot is a place that a unit fills: "adc" in every core, "dram" once. What can be written
 * in a slot is the parameter table of the unit that fills it.
 */
#ifndef FL_ENGINE_H
#define FL_ENGINE_H

#include "sim/unit.h"

/* What the unit in a slot does for the engine. */
enum fl_does {
    FL_SLOT_CONTROLS, FL_SLOT_CONVERTS_INPUTS, FL_SLOT_LIGHTS, FL_SLOT_FANS_OUT, FL_SLOT_HOLDS,
    FL_SLOT_CONVERTS_WEIGHTS, FL_SLOT_SENSES, FL_SLOT_CONVERTS_OUTPUTS, FL_SLOT_ADDS, FL_SLOT_KEEPS, FL_SLOT_STORES,
    FL_SLOT_CARRIES, FL_SLOT_MOVES, FL_SLOT_COMPUTES, FL_SLOT_LIGHTS_WEIGHTS, FL_SLOT_INTEGRATES, FL_SLOT_BUFFERS
};
struct fl_slot {
    const char *name;                   /* "": the engine's own group; NULL ends the list */
    enum fl_does does;
    const char *type;                   /* preset: kind of unit */
    bool optional;                      /* left out when the design says nothing of it, or type = "none" */
    bool shared;                        /* serves engines without a memory of their own: left out like an optional one
                                           where the design has none of these */
    const char *key, *value;            /* a parameter this place presets otherwise than the unit does; NULL */
    const char *fit;                    /* a count that may be "fit": as many as the data need; NULL */
    const char *whole;                  /* another, of whole devices, which bring their bandwidth; NULL */
    const char *const *needs;           /* parameters that a unit here must have, NULL at the end; NULL: none */
    const char *meaning;
};

/* A request from one unit to another and, if it is answered, the answer, which may go to a third. What lies
 * `through`, one after the other where they are not left out, is passed by both, or by the answer alone. A slot of
 * another engine is named like one's own; of a list of engines, each has wires of its own. */
struct fl_end { const char *slot, *port; };
enum { FL_THROUGH = 2 };
struct fl_join {
    struct fl_end from, to;             /* a NULL slot ends the list */
    struct fl_end answer, back;         /* from which port of which slot, to which; NULL: not answered */
    struct { const char *slot, *in, *out; bool asked; } through[FL_THROUGH];    /* asked: by requests, too */
    const char *with;                   /* a slot that this join is for: without it there are no wires; NULL: always */
};
/* One wire of a join. */
struct fl_wire { struct fl_end from, to; };
enum { FL_WIRES = 2 * (FL_THROUGH + 1) };
/* The wires of a join, by way of those of what lies through it that are there: their number. Those of request and
 * answer come in this order, so that lines of a port that answers have the numbers of those that ask. */
size_t fl_join_wires(const struct fl_join *join, const bool there[FL_THROUGH], struct fl_wire wire[FL_WIRES]);

/* Keys that are plain texts. */
struct fl_text_key { const char *name, *meaning; };     /* NULL name ends */
/* A parameter that a slot shares with one of another engine: both must be equal, wherever both exist. */
struct fl_pair { const char *slot, *other, *key, *why; };       /* NULL slot ends */

struct fl_op;                           /* traces/trace.h */
struct fl_machine;                      /* machine/machine.h */
struct fl_precision_ask;                /* phys/precision.h */

/* What one core of an engine does at once: inputs, outputs and vectors of a tile; and vectors whose sums it holds. */
struct fl_grain { int64_t k, n, m, sums; };

/* A stretch of an axis: elements, and the tiles that they lie in. */
struct fl_span { int64_t first, size, tiles; };
/* A product as it is laid out: what all its steps have in common. */
struct fl_laid {
    int64_t operand;                    /* inputs of a whole output */
    int64_t tile_k, tile_n;             /* of a full tile */
    bool non_negative;                  /* inputs that are streamed have no sign */
    int32_t stream_bits, load_bits;     /* of a value that is streamed, that is loaded, as stored */
    bool accumulate;                    /* sums stay in the core until an output is complete */
    bool known;                         /* what is loaded is known before the run */
    bool trained;                       /* or was, before an update has written it anew */
    bool from_dram;                     /* and DRAM holds it */
};
/* Tiles in lockstep, and the vectors they share. */
struct fl_tiles {
    struct fl_span g, k, n;             /* groups, inputs, outputs */
    int64_t vectors, copies;            /* of each core; cores that hold the same */
    bool read_sums, finish;             /* finish: outputs are complete after this step */
    bool streamed;                      /* what comes from DRAM for its vectors, and the last of it with this step */
    const struct fl_tiles *load;        /* the tiles that are loaded before; NULL: none */
    bool here;                          /* what is loaded is in SRAM, whatever it was that brought it */
};

/* An operator that an engine does as a whole, less what a mask leaves out. */
struct fl_whole {
    bool product, weights;              /* a projection is a product, too; weights: with a parameter */
    bool heads;                         /* it belongs to heads: products of activations, softmax, caches; or is of
                                           parts that have nothing to do with one another, as an update */
    bool gradient, update;              /* a product of what all sequences say of a parameter; and what is made of it */
    bool handover;                      /* over the link to another stage, and nothing else */
    bool reduces;                       /* what it reads goes over links, and as much comes, to be summed */
    int64_t rows, inputs, patterns;     /* of a product: of all groups; patterns of a projection's row, 0: not said */
    int64_t operations;                 /* MACs of a product; values of other work */
    int64_t outputs;                    /* that are wanted */
    int64_t taken_bits, given_bits;     /* of what it reads and writes, from and to a chip that it is beside */
    int64_t in_bits, held_bits, out_bits;   /* of what it reads: its inputs, what is stored of it; of what it writes */
};

/* Tiles that are dealt one by one, in vectors of a tile on each core: of which no core holds anything, one after the
 * other on each; or which are loaded, and every vector passes. What the vectors of a step are together. */
struct fl_passing {
    int64_t vectors, cores;             /* cores: at work at once */
    int64_t tiles;                      /* tiles */
    int64_t inputs, weights;            /* values of either operand that are sent, each as often as it is */
    int64_t fetched;                    /* those of the second that come from SRAM */
    int64_t products;                   /* sums of a tile that are detected */
    int64_t readings, read;             /* how often outputs are read, on all cores at once; values that are read */
    int64_t outputs, parts;             /* complete outputs; parts that each is made of by way of memory */
    bool streamed;                      /* as in struct fl_tiles */
    /* where tiles are loaded */
    int64_t loads;                      /* of tiles; 0: nothing is held */
    int64_t loaded, placed;             /* values of weights: each once; as often as it is loaded */
    int64_t again;                      /* partial sums by way of memory: written, and read back */
};

/* What a step takes, ps, for bounds: no less, whatever else happens. */
enum { FL_PACES = 5 };
struct fl_paces {
    double vector_ps[FL_PACES];         /* of each resource for a vector; engine type's `resources` names them */
    double interval_ps, least_ps;       /* between two vectors of this step, of any step */
    double front_ps, flight_ps;         /* a vector's way to its launch, and from there to what is held */
    double tail_ps;                     /* from the last launch until its sums are there */
    double turn_ps;                     /* until the way is set for this step's cores, if it loads nothing */
    double load_ps, again_ps;           /* of a frame; from a load to the next */
    double settle_ps;                   /* of a frame, before vectors may pass */
    bool apart;                         /* loads and vectors exclude each other */
    bool flows;                         /* a step's vectors follow those of the one before as any do */
};

struct fl_engine_type {
    const char *kind, *summary;         /* "optical" */
    const char *place;                  /* of operators that it does, as reports say: "optical", "digital" */
    const char *list;                   /* designs have a list of such ("core"); NULL: one, its slots at the top */
    bool alone;                         /* the list may be a single group: "vector" for "vector[0]" */
    size_t most;                        /* of a list: there may be so many */
    bool memory;                        /* it has a memory of its own, and moves its data itself */
    const char *clock;                  /* preset of its units'; NULL: "digital" if the design has it, else "core" */
    const struct fl_slot *slots;        /* in order of creation, which is the order of units */
    const struct fl_join *joins;
    const struct fl_text_key *texts;    /* keys of the engine, beside those of its units; NULL: none */
    const struct fl_param *params;      /* the first is how many there are, which may be "fit"; NULL: none */
    const struct fl_pair *pairs;        /* NULL: none */

    /* What mappers, bounds and predictions ask of an engine; NULL: nothing is mapped to it. */
    bool (*takes)(const struct fl_op *op, struct fl_err *why);      /* can it do this operator, and why not */
    bool (*fits)(const struct fl_machine *machine, int32_t number, const struct fl_op *op, struct fl_err *why);
                                        /* this very engine, by its sizes, and why not; NULL: all that it takes */
    struct fl_grain (*grain)(const struct fl_machine *machine, int32_t number);
    /* Fills a step for some work of a product; `overflow` is set past 2^63. */
    void (*step)(const struct fl_machine *machine, int32_t number, const struct fl_laid *laid,
                 const struct fl_tiles *work, struct fl_step *step, bool *overflow);
    /* Fills the step that an operator is, for an engine that does it as a whole; NULL: it is cut. */
    void (*whole)(const struct fl_machine *machine, int32_t number, const struct fl_whole *work,
                  struct fl_step *step, bool *overflow);
    /* The same where tiles are dealt one by one; NULL: none are. */
    void (*pass)(const struct fl_machine *machine, int32_t number, const struct fl_laid *laid,
                 const struct fl_passing *work, struct fl_step *step, bool *overflow);
    const char *const *resources;       /* that pace it, FL_PACES at most, then NULL */
    const char *loads, *settles;        /* what it is bound by where frames load and settle; NULL: it has none */
    unsigned streams;                   /* bits: those resources that pace vectors through what is held */
    void (*paces)(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces);
    /* The chain of a product of `length` inputs done in tiles of `tile`, for its error; NULL: it is exact. */
    struct fl_precision_ask (*optics)(const struct fl_machine *machine, int32_t number, bool non_negative,
                                      int64_t length, int64_t tile);
};
#define FL_FIT "fit"

extern const struct fl_engine_type fl_engine_control, fl_engine_optical, fl_engine_memory, fl_engine_mover,
    fl_engine_vector, fl_engine_gpu, fl_engine_opu, fl_engine_chips;
/* All, in order of creation; NULL at the end. */
extern const struct fl_engine_type *const fl_engine_types[];
enum { FL_ENGINE_TYPES = 8 };
/* Its place in the list. */
size_t fl_engine_index(const struct fl_engine_type *type);
/* The slot of that name, or that function; NULL: it has none. */
const struct fl_slot *fl_engine_slot(const struct fl_engine_type *type, const char *name);
const struct fl_slot *fl_engine_slot_that(const struct fl_engine_type *type, enum fl_does does);

#endif
