/* overlap.h - operators that run side by side: pieces, who waits for whom, what SRAM holds, one order, texts.
 *
 * An operator is cut into pieces: blocks of rows, and of attention parts of the heads (grid.c). What one writes and
 * another reads makes them wait for each other, piece by piece; so does the room in SRAM that a reader gives back
 * (flow.c). What does not fit goes by way of DRAM (held.c, moves.c). A schedule by bounds puts the pieces of a layer in
 * one order in which each finds what it waits for (order.c); the text of each engine is that order, less what others
 * do (streams.c). Layers are a loop around it.
 */
#ifndef FL_OVERLAP_H
#define FL_OVERLAP_H

#include "mapping/plan.h"

/* ---- pieces ---- */

/* How an operator's work is cut: rows are sequences of tokens, blocks of rows whole sequences or tokens of one. */
struct fl_grid {
    int64_t sequences, tokens;          /* tokens 0: rows of the operator are no tokens, and it is not cut */
    int64_t block_sequences, block_tokens;      /* of a block; the last one, or of a sequence, may be smaller */
    int64_t blocks;
    int64_t heads;                      /* parts that the groups of a block are cut into */
    bool by_head;                       /* all blocks of one part come before those of the next */
};
/* Can rows of the operator be cut as so many sequences of so many tokens? */
bool fl_grid_fits(const struct fl_op *op, int64_t sequences, int64_t tokens);
/* Blocks of about so many rows; one block if that leaves less than two. */
struct fl_grid fl_grid_make(int64_t sequences, int64_t tokens, int64_t rows);
static inline int64_t fl_grid_pieces(const struct fl_grid *grid) { return grid->blocks * grid->heads; }
/* Are blocks of the one blocks of the other? */
bool fl_grid_alike(const struct fl_grid *a, const struct fl_grid *b);
/* The operator that a piece is: the operator itself where it is the only one. */
struct fl_op fl_grid_piece(const struct fl_op *op, const struct fl_grid *grid, int64_t piece);
/* How many pieces of what was made so cut must be there before a piece of a reader can begin: those of its rows and
 * heads, under `whole` of their whole sequences. */
int64_t fl_grid_wanted(const struct fl_grid *made, const struct fl_grid *by, int64_t piece, bool whole);
/* How many no piece behind this one reads; `again`: later blocks of a sequence read what earlier ones did. */
int64_t fl_grid_released(const struct fl_grid *made, const struct fl_grid *by, int64_t piece, bool again);
/* Does a piece go on with the sequence and the heads of an earlier one? */
bool fl_grid_continues(const struct fl_grid *grid, int64_t piece);
/* Groups of an operator that can be cut into heads; 1: none can. */
int64_t fl_grid_groups(const struct fl_op *op, int64_t sequences, int64_t tokens);

/* ---- tasks ---- */

/* Parts of a task, each on a stream of its own: operands that gave way are fetched, its engine works, what gave way is
 * written behind, weights that stay are written anew on their cores; of two pools, if they lie as they are on one and
 * transposed on another, each by a part of its own. */
enum fl_part { FL_PART_FETCH, FL_PART_WORK, FL_PART_WRITE, FL_PART_ANEW, FL_PART_TURNED, FL_PARTS };
enum { FL_ANEWS = FL_PARTS - FL_PART_ANEW };
static inline bool fl_part_is_anew(enum fl_part part) { return part >= FL_PART_ANEW; }
/* What such a part of an update writes: until it is driven in, and has settled then, at least. */
struct fl_anew { struct fl_rewrite rewrite; double driven_ps, settle_ps; };
/* What a part of a task takes and gives. */
struct fl_links {
    const struct fl_take **take;
    const struct fl_give **give;
    size_t takes, gives;
};
struct fl_task {
    const struct fl_op *op;
    struct fl_plan_op *plan;
    size_t block;                       /* of the trace */
    struct fl_grid grid;
    int64_t pieces;
    struct fl_op *piece;
    struct fl_mapping mapping;          /* of a piece */
    struct fl_spill *spill;             /* of each piece */
    int64_t *bits[FL_PARTS];       /* that parts but the work move, of each piece */
    int64_t *ps[FL_PARTS];              /* that it takes of its stream, at least */
    int64_t *tail_ps;                   /* from there to its results, of its engine */
    struct fl_busy *busy;               /* that it takes of each resource */
    struct fl_anew anew[FL_ANEWS];      /* of an update */
    struct fl_links links[FL_PARTS];
    int32_t stream[FL_PARTS];      /* -1: there is no such part */
    int32_t slot;
    bool own;                           /* its pieces have a mapping of their own */
    bool stages;                        /* its tiles come from DRAM as they are loaded */
    bool brings;                        /* moves from DRAM stand between its steps: they go with the loads */
};

struct fl_overlap;

enum { FL_BLOCK_LEAST = 32 };           /* rows of the smallest blocks that are tried, about */
/* Rows of a block, about; whether attention is cut by heads first, so that what cores load of a head is loaded once. */
struct fl_blocking { int64_t rows; bool heads_first; };
/* Cuts the operators of a plan; false if that leaves them whole. */
bool fl_tasks_make(struct fl_overlap *o, struct fl_plan *plan, const struct fl_blocking *way);
/* What rows of a block of the trace can be: the model's sequences of tokens, or of what it hears. False: neither. */
bool fl_overlap_rows(const struct fl_trace *trace, const struct fl_op *op, int64_t *sequences, int64_t *tokens);

/* ---- what SRAM holds ---- */

/* A tensor that operators write: in how many units, and how many of them SRAM has room for. */
struct fl_held {
    struct fl_grid grid;                /* units are pieces of it */
    int64_t units;                      /* 0: nobody writes it */
    int64_t unit_bits, bits;            /* of the largest unit, of all */
    int64_t room;                       /* units */
    int64_t least;                      /* units that must be there at once */
    int64_t readers;
    int64_t copies;                     /* of layers, alive together */
    size_t first, last;                 /* blocks of the trace in which it lives */
    bool value;                         /* it lies in SRAM if it fits */
    bool gave_way;                      /* it goes by way of DRAM */
};
/* Says of each tensor how it is held, and of each task what it moves. False: counts past 2^63. */
bool fl_held_find(struct fl_overlap *o);
/* What pieces fetch and write, of values that gave way so far (moves.c). */
void fl_moves_find(struct fl_overlap *o);

/* ---- who waits for whom ---- */

/* Tokens that the end of a piece gives, that its beginning takes. */
struct fl_give {
    int32_t token;
    size_t task;
    enum fl_part part;
    bool early;                         /* as it begins, not as it ends */
    int64_t *count;                     /* by piece */
};
struct fl_take {
    int32_t token;
    size_t task;
    enum fl_part part;
    bool load;                          /* before commands are handed out, not before vectors are issued */
    bool late;                          /* before it ends, not before it begins */
    bool before;                        /* `all` of them, before the loop of layers */
    int64_t *count, all;                /* by piece */
};
struct fl_wait {                        /* a token */
    const char *name;
    int64_t initial;                    /* there when the run begins */
    int32_t slot;                       /* of who gives it; -1: the first stream */
    int64_t start;                      /* there when a layer of its taker begins, once layers repeat */
    int32_t on;                         /* the token that the first stream makes of it as it comes; -1: none */
};
/* A slot of operators in flight goes from task to task: a token from each stream of the one, as its part ends, to
 * each of the other, before its part begins; so many of them, `before` the loop of layers. */
struct fl_handover { int32_t token; size_t from, to; int32_t give, take; int64_t times; bool before; };
/* What a loop gives once a layer is wanted of the last one alone, by others: the first stream takes it from the layers
 * before, and hands on that of the last. Of engines apart `stream` gives it itself, behind the loop; else that is 0. */
struct fl_relay { size_t block; int32_t from, to; int64_t units; int32_t stream; };

struct fl_overlap {
    const struct fl_trace *trace;
    const struct fl_machine *machine;
    const struct fl_choice *choice;     /* how operators are mapped */
    struct fl_arena *arena;
    struct fl_task *task;               /* by place in the plan */
    size_t tasks;
    size_t *first;                      /* task of each block of the trace, and one behind the last */
    struct fl_held *held;               /* of each tensor */
    int64_t *free_bits;                 /* of SRAM, by block, beside what is held */
    struct fl_wait *wait;
    struct fl_give *give;
    struct fl_take *take;
    struct fl_relay *relay;
    struct fl_handover *handover;
    size_t waits, gives, takes, relays, handovers, wait_room, give_room, take_room, relay_room, handover_room;
    struct fl_order *order;             /* of each block of the trace */
    struct fl_given *given;             /* of each token, when it was given on the last path (path.c); so many */
    size_t givens;
    bool apart;                         /* engines have memories of their own, and no other: each does whole operators
                                           in the order of the trace, and waits for other engines alone */
    const char **stream;                /* names; the first is the main one */
    int32_t streams, loads, stores;
    bool bad;                           /* a count overflowed */
};

/* A new token, which nobody gives or takes yet. */
int32_t fl_wait_add(struct fl_overlap *o, const char *name, int64_t initial, int64_t start);
/* Adds one that gives; a token has one, the first stream apart. */
void fl_give_put(struct fl_overlap *o, struct fl_give give);
/* Gives `units` in all: as a writer's pieces are those of the value, one each, or else all with the last. */
void fl_give_add(struct fl_overlap *o, int32_t token, size_t task, enum fl_part part, int64_t units);
/* Adds one that takes, nothing yet. */
struct fl_take *fl_take_add(struct fl_overlap *o, int32_t token, size_t task, enum fl_part part, bool load);
/* Takes so many of a token before the loop of layers. */
void fl_take_all(struct fl_overlap *o, int32_t token, size_t task, enum fl_part part, int64_t units);
/* What the layers of a block give with one token, others have with another, of the last layer alone. */
void fl_relay_add(struct fl_overlap *o, struct fl_relay relay);
/* Takes and gives of each part of a task, once all are there. */
void fl_links_find(struct fl_overlap *o);
/* Who waits for whom: fills waits, gives, takes and relays, and the links of tasks. */
void fl_flow_find(struct fl_overlap *o);

/* ---- one order ---- */
/* A block of the trace is done in rounds, one for each layer. In a turned order layers end behind the beginning of the
 * next: a round has what the layer before has left, too (`late`), and there is one more. */
struct fl_turn { size_t task; enum fl_part part; int64_t piece; bool late; };
struct fl_order {
    struct fl_turn *turn;
    size_t turns;
    double ps;                          /* of all layers, by the schedule */
    size_t still;                       /* of layers the first turn, behind an operator in one piece, that waits for all
                                           before it, and for which all behind waits; `turns`: there is none */
    struct fl_order *lead;              /* the block before and the first round, in an order of their own, and what the
                                           first layer leaves to the next round; NULL: the block before goes first */
};
/* Is a turn done in a round, of as many layers? */
static inline bool fl_turn_in(const struct fl_turn *turn, int64_t round, int64_t layers)
{
    return turn->late ? round > 0 : round < layers;
}
/* Puts the pieces of a block of the trace, its layer, in order; false if they wait for each other in a circle. */
bool fl_order_find(struct fl_overlap *o, size_t block, struct fl_order *order);
/* Turns the order of a block if layers take less time so. */
void fl_order_turn(struct fl_overlap *o, size_t block, struct fl_order *order);
/* Puts blocks that stand before layers beside the first one (lead.c), if all that takes so much takes less so; by how
 * much. */
double fl_lead_find(struct fl_overlap *o, double all_ps);
/* Has a first round a piece of a part of a task? */
static inline bool fl_lead_has(const struct fl_order *lead, size_t task, enum fl_part part)
{
    for (size_t i = 0; i < lead->turns; i++)
        if (lead->turn[i].task == task && lead->turn[i].part == part && !lead->turn[i].late)
            return true;
    return false;
}
/* Does a block of the trace go beside the first layer of the next? */
static inline bool fl_block_leads(const struct fl_overlap *o, size_t block)
{
    return block + 1 < o->trace->blocks && o->order[block + 1].lead != NULL;
}
/* How long the pieces of a task keep units busy, what gave way included. */
struct fl_busy fl_task_busy(const struct fl_overlap *o, const struct fl_task *t);
/* The unit that is busy longest with all layers of blocks of the trace from `first` to before `end`. */
struct fl_busiest fl_busiest_in(const struct fl_overlap *o, size_t first, size_t end);
/* Frees what paths keep. */
void fl_path_free(struct fl_overlap *o);
/* ps of the longest path through so many layers in an order, as memories may well make it. */
double fl_path_layers(struct fl_overlap *o, const struct fl_order *order, int64_t layers);
/* The turn of a block's order before which all is still. */
size_t fl_path_still(struct fl_overlap *o, size_t block);
/* ps of the longest path through all layers in their order, at least. */
double fl_path_find(struct fl_overlap *o);

/* ---- slots ---- */

/* Of engines apart: each stream has slots of its own. Sets those of tasks. */
void fl_slots_deal(struct fl_overlap *o);
/* Does a task stand in a stream's text? */
bool fl_task_on(const struct fl_overlap *o, const struct fl_task *t, int32_t stream);
/* Who has a slot of operators in flight after whom: fills handovers. */
void fl_slots_find(struct fl_overlap *o);
/* Do those of a block that share a slot have it in the order of its pieces? */
bool fl_slots_fit(const struct fl_overlap *o, size_t block);

/* ---- texts ---- */
/* The text of the first stream, which gives what is there from the start and hands on what others leave. */
void fl_first_write(const struct fl_overlap *o, struct fl_builder *builder);
void fl_streams_write(struct fl_overlap *o, struct fl_builder *builder, struct fl_program *program);

/* Does SRAM hold what pieces make, in blocks of machine.block rows? Not asked if that is 0. */
bool fl_overlap_check(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice,
                      struct fl_err *err);

/* Before anything is scheduled: nothing can be cut; by all ways to cut some unit is busy for machine.least_ps; or by
 * one of them none is. */
enum fl_promise { FL_UNCUT, FL_TOO_BUSY, FL_PROMISING };
enum fl_promise fl_overlap_promises(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice);
/* Cuts the operators of a plan and writes its program, if there is anything to gain: false if not, and nothing is
 * changed. */
bool fl_overlap_make(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice);

#endif
