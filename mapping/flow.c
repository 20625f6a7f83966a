/* flow.c - who waits for whom: tokens from what writes a tensor to what reads it, and back.
 *
 * A reader waits for the pieces that its own piece reads. What it reads was written before it in its layer, in the
 * layer before, or by another block of the trace, which hands on what its last layer has (fl_relay) and is waited for
 * before layers begin. A writer waits until there is room: what it overwrites has been read.
 */
#include "mapping/overlap.h"

/* ---- tokens ---- */

/* A token that nobody gives yet. */
static int32_t rows_token(struct fl_overlap *o, const char *what, const struct fl_task *by, int64_t start)
{
    return fl_wait_add(o, fl_arena_format(o->arena, "%s for %s", what, by->op->name), 0, start);
}

static const char *tensor_name(const struct fl_overlap *o, int32_t tensor) { return o->trace->tensor[tensor].name; }

/* ---- parts ---- */

/* Which operands of a task a tensor is. */
struct use {
    int32_t tensor, layer;
    bool streamed, loaded;              /* of a product: its first operand, its second */
    bool brought;                       /* weights that come from DRAM between its steps */
    int32_t held;                       /* the stream of cores that what an update writes comes to; -1: to DRAM */
};

static bool is_dense_loader(const struct fl_task *t, const struct use *use)
{
    return use->loaded && t->op->mask == FL_DENSE;
}

static enum fl_part part_reading(const struct fl_overlap *o, const struct fl_task *t, int32_t tensor)
{
    return o->held[tensor].gave_way && t->stream[FL_PART_FETCH] >= 0 ? FL_PART_FETCH : FL_PART_WORK;
}

/* Before which it is to be there; what is brought comes ahead of the work. */
static enum fl_part part_wanting(const struct fl_overlap *o, const struct fl_task *t, const struct use *use)
{
    return use->brought && t->stream[FL_PART_FETCH] >= 0 ? FL_PART_FETCH : part_reading(o, t, use->tensor);
}

static enum fl_part part_writing(const struct fl_task *t)
{
    return t->stream[FL_PART_WRITE] >= 0 ? FL_PART_WRITE : FL_PART_WORK;
}

/* The part of a writer that a reader waits for, and that waits for the reader of what was there before. */
static enum fl_part part_for(const struct fl_task *writer, const struct use *use)
{
    for (enum fl_part part = FL_PART_ANEW; part < FL_PARTS; part++)
        if (use->held >= 0 && writer->stream[part] == use->held)
            return part;
    return part_writing(writer);
}

/* Does a part issue vectors, which may wait when its commands are handed out? */
static bool issues(const struct fl_task *t, enum fl_part part)
{
    return part == FL_PART_WORK && fl_on_cores(&t->mapping) && !t->mapping.streams;
}

/* Must the tokens be there before commands are handed out? Light waits for what is streamed itself. */
static bool before_commands(const struct fl_task *t, enum fl_part part, const struct use *use)
{
    if (!issues(t, part))
        return true;
    if (t->stages)
        return use->loaded;             /* its first tile loads while rows come */
    return t->mapping.swapped ? use->streamed : use->loaded;
}

/* ---- what is read ---- */

/* Takes the pieces of a value as a reader's pieces want them. */
static void wanted_take(struct fl_overlap *o, int32_t token, size_t task, const struct use *use)
{
    const struct fl_task *t = &o->task[task];
    const struct fl_held *held = &o->held[use->tensor];
    enum fl_part part = part_wanting(o, t, use);
    struct fl_take *take = fl_take_add(o, token, task, part, before_commands(t, part, use));
    int64_t had = 0;
    for (int64_t p = 0; p < t->pieces; p++) {
        int64_t want = p == t->pieces - 1 ? held->units
                                          : fl_grid_wanted(&held->grid, &t->grid, p, is_dense_loader(t, use));
        take->count[p] = fl_most(want - had, 0);
        had = fl_most(want, had);
    }
}

static int64_t writers_in(const struct fl_overlap *o, size_t block, int32_t tensor)
{
    int64_t writers = 0;
    for (size_t i = o->first[block]; i < o->first[block + 1]; i++)
        writers += o->task[i].op->writes.tensor == tensor;
    return writers;
}

/* What a writer of an earlier block gives comes to a token by way of the first stream where others give it, too, or
 * only the last of its layers counts. */
static void writer_gives(struct fl_overlap *o, size_t writer, int32_t token, const struct use *use, bool shared)
{
    const struct fl_task *t = &o->task[writer];
    int64_t units = o->held[t->op->writes.tensor].units;
    bool handed = shared || o->trace->block[t->block].repeat > 1;
    if (o->apart && handed) {
        fl_relay_add(o, (struct fl_relay){t->block, -1, token, units, t->stream[FL_PART_WORK]});
        return;
    }
    if (handed) {
        int32_t own = fl_wait_add(o, fl_arena_format(o->arena, "what %s leaves", t->op->name), 0, 0);
        fl_relay_add(o, (struct fl_relay){t->block, own, token, units, 0});
        token = own;
    }
    fl_give_add(o, token, writer, part_for(t, use), units);
}

/* Earlier blocks whose writes a read of `block` means: of a tensor that all layers share the nearest, else all. */
static bool blocks_before(struct fl_overlap *o, size_t block, const struct use *use, int32_t token, bool shared,
                          int32_t stream, int64_t *units)
{
    bool any = false;
    *units = 0;
    for (size_t b = block; b-- > 0;) {
        int64_t writers = writers_in(o, b, use->tensor);
        if (writers == 0 || (any && !o->trace->tensor[use->tensor].layered))
            continue;
        for (size_t i = o->first[b]; i < o->first[b + 1]; i++) {
            bool own = o->apart && o->task[i].stream[FL_PART_WORK] == stream;
            if (o->task[i].op->writes.tensor != use->tensor || own)
                continue;
            writer_gives(o, i, token, use, shared || writers > 1 || o->trace->tensor[use->tensor].layered);
            *units += o->held[use->tensor].units;
        }
        any = true;
    }
    return any;
}

/* Is the copy that is read that of the repetition before, if layers have copies of their own? */
static bool of_layer_before(const struct fl_block *block, const struct use *use)
{
    return use->layer == (block->down ? FL_LAYER_NEXT : FL_LAYER_PREVIOUS);
}

/* Operators of its own block that write what a task reads: from `*from` to before `*end`; in the same layer, or
 * `carried` from the one before. */
static bool writers_beside(const struct fl_overlap *o, size_t task, const struct use *use, size_t *from, size_t *end,
                           bool *carried)
{
    size_t block = o->task[task].block, first = o->first[block], behind = o->first[block + 1];
    bool layered = o->trace->tensor[use->tensor].layered, same = use->layer == FL_LAYER_SAME;
    *carried = false;
    *end = task;
    if (same || !layered)
        for (size_t i = task; i-- > first;)
            if (o->task[i].op->writes.tensor == use->tensor && !o->task[i].op->more) {
                *from = i;
                return true;
            }
    if (o->trace->block[block].repeat == 1 || (layered && !of_layer_before(&o->trace->block[block], use)))
        return false;
    *carried = true;
    *end = behind;
    for (size_t i = behind; i-- > first;)
        if (o->task[i].op->writes.tensor == use->tensor && !o->task[i].op->more) {
            *from = i;
            return true;
        }
    return false;
}

/* Of engines apart each writer of another stream has a token of its own: who gives first is nobody's order. */
static void read_apart(struct fl_overlap *o, size_t task, const struct use *use)
{
    const struct fl_task *t = &o->task[task];
    bool any = false, layered = o->trace->tensor[use->tensor].layered;
    for (size_t b = t->block; b-- > 0 && (layered || !any);)
        for (size_t i = o->first[b]; i < o->first[b + 1]; i++) {
            if (o->task[i].op->writes.tensor != use->tensor)
                continue;
            any = true;
            if (o->task[i].stream[FL_PART_WORK] == t->stream[FL_PART_WORK])
                continue;
            int32_t token = rows_token(o, o->task[i].op->name, t, 0);
            writer_gives(o, i, token, use, false);
            if (o->trace->block[t->block].repeat > 1)
                fl_take_all(o, token, task, FL_PART_WORK, 1);
            else
                fl_take_add(o, token, task, FL_PART_WORK, true)->count[0] = 1;
        }
}

static void read_from_before(struct fl_overlap *o, size_t task, const struct use *use)
{
    if (o->apart) {
        read_apart(o, task, use);
        return;
    }
    const struct fl_task *t = &o->task[task];
    bool loops = o->trace->block[t->block].repeat > 1;
    int32_t token = rows_token(o, tensor_name(o, use->tensor), t, o->held[use->tensor].units);
    int64_t units;
    if (!blocks_before(o, t->block, use, token, false, -1, &units)) {
        o->waits--;                     /* it comes from outside, and is there */
        return;
    }
    if (loops || units != o->held[use->tensor].units)
        fl_take_all(o, token, task, part_wanting(o, t, use), units);
    else
        wanted_take(o, token, task, use);
}

/* One token for each writer of what is read. */
static void read_from_beside(struct fl_overlap *o, size_t task, const struct use *use, size_t from, size_t end,
                             bool carried)
{
    int64_t units = o->held[use->tensor].units, before;
    for (size_t i = from; i < end; i++) {
        if (o->task[i].op->writes.tensor != use->tensor)
            continue;
        int32_t token = rows_token(o, o->task[i].op->name, &o->task[task], carried ? units : 0);
        fl_give_add(o, token, i, part_for(&o->task[i], use), units);
        wanted_take(o, token, task, use);
        int32_t stream = o->task[task].stream[FL_PART_WORK];
        before = 0;
        if (carried && (i > from || !blocks_before(o, o->task[task].block, use, token, true, stream, &before) ||
                        before == 0))
            o->wait[token].initial = units;
    }
}

/* ---- room ---- */

/* Gives back what no later piece of a reader reads. */
static void released_give(struct fl_overlap *o, int32_t token, size_t task, const struct use *use)
{
    const struct fl_task *t = &o->task[task];
    const struct fl_held *held = &o->held[use->tensor];
    int64_t *count = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *count), had = 0;
    for (int64_t p = 0; p < t->pieces; p++) {
        int64_t free = fl_grid_released(&held->grid, &t->grid, p, use->loaded);
        count[p] = fl_most(free - had, 0);
        had = fl_most(free, had);
    }
    fl_give_put(o, (struct fl_give){.token = token, .task = task, .part = part_reading(o, t, use->tensor),
                                    .count = count});
}

/* A writer takes room for each unit, or for all at once. */
static void room_take(struct fl_overlap *o, int32_t token, size_t writer, const struct use *use, int64_t units)
{
    const struct fl_task *t = &o->task[writer];
    enum fl_part part = part_for(t, use);
    struct fl_take *take = fl_take_add(o, token, writer, part, !issues(t, part));
    for (int64_t p = 0; p < t->pieces; p++)
        take->count[p] = t->pieces == units ? 1 : p == 0 ? units : 0;
}

/* What a writer overwrites, a reader of its block has read. */
static void room_from_beside(struct fl_overlap *o, size_t reader, const struct use *use)
{
    const struct fl_task *t = &o->task[reader];
    const struct fl_held *held = &o->held[use->tensor];
    const struct fl_tensor *tensor = &o->trace->tensor[use->tensor];
    bool loops = o->trace->block[t->block].repeat > 1;
    for (size_t w = o->first[t->block]; w < o->first[t->block + 1]; w++) {
        bool anew = !tensor->layered || (tensor->kind == FL_TENSOR_PARAMETER && reader < w);   /* in this layer */
        if (o->task[w].op->writes.tensor != use->tensor || !anew || w == reader)
            continue;
        int64_t room = writers_in(o, t->block, use->tensor) > 1 ? held->units : held->room;
        int64_t spare = room - held->units + (reader > w ? held->units : 0);
        if (!loops && spare >= held->units)
            continue;
        const char *name = fl_arena_format(o->arena, "room for %s, which %s reads", tensor_name(o, use->tensor),
                                           t->op->name);
        int32_t token = fl_wait_add(o, name, spare, spare);
        released_give(o, token, reader, use);
        room_take(o, token, w, use, held->units);
    }
}

/* And readers of blocks before. */
static void room_from_before(struct fl_overlap *o, size_t reader, const struct use *use)
{
    const struct fl_task *t = &o->task[reader];
    const struct fl_tensor *tensor = &o->trace->tensor[use->tensor];
    bool anew = !tensor->layered ||     /* copies of layers have their places; engines apart do layers in their order */
                (tensor->kind == FL_TENSOR_PARAMETER && !o->apart);
    for (size_t b = t->block + 1; b < o->trace->blocks && anew; b++)
        for (size_t w = o->first[b]; w < o->first[b + 1]; w++) {
            if (o->task[w].op->writes.tensor != use->tensor)
                continue;
            const char *name = fl_arena_format(o->arena, "room for %s, which %s has read", tensor_name(o, use->tensor),
                                               t->op->name);
            int32_t token = fl_wait_add(o, name, 0, 1), from = token;
            fl_take_all(o, token, w, part_for(&o->task[w], use), 1);
            if (o->apart && o->trace->block[t->block].repeat > 1) {
                fl_relay_add(o, (struct fl_relay){t->block, -1, token, 1, t->stream[FL_PART_WORK]});
                continue;
            }
            if (o->trace->block[t->block].repeat > 1) {
                from = fl_wait_add(o, name, 0, 0);
                fl_relay_add(o, (struct fl_relay){t->block, from, token, 1, 0});
            }
            int64_t *count = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *count);
            count[t->pieces - 1] = 1;
            fl_give_put(o, (struct fl_give){.token = from, .task = reader, .part = part_reading(o, t, use->tensor),
                                            .count = count});
        }
}

/* ---- parts of one task ---- */

/* A part of a task of one piece begins with the one before it, and ends behind it: what it moves passes by and by. */
static void parts_beside(struct fl_overlap *o, size_t task, enum fl_part from, enum fl_part to, const char *moved)
{
    const struct fl_task *t = &o->task[task];
    bool light = to == FL_PART_WORK && t->stages;
    int32_t begun = fl_wait_add(o, fl_arena_format(o->arena, "the first of %s %s", moved, t->op->name), 0, 0);
    int32_t done = fl_wait_add(o, fl_arena_format(o->arena, "all of %s %s", moved, t->op->name), 0, 0);
    fl_give_add(o, begun, task, from, 1);
    o->give[o->gives - 1].early = true;
    fl_give_add(o, done, task, from, 1);
    fl_take_add(o, begun, task, to, !light)->count[0] = 1;
    struct fl_take *last = fl_take_add(o, done, task, to, !light);
    last->count[0] = 1;
    last->late = true;
}

/* Pieces of the next part follow those of the one before, which is two ahead at most. */
static void parts_in_turn(struct fl_overlap *o, size_t task, enum fl_part from, enum fl_part to, const char *moved)
{
    const struct fl_task *t = &o->task[task];
    enum { AHEAD = 2 };
    int32_t there = fl_wait_add(o, fl_arena_format(o->arena, "%s %s", moved, t->op->name), 0, 0);
    int32_t room = fl_wait_add(o, fl_arena_format(o->arena, "room for %s %s", moved, t->op->name), AHEAD, AHEAD);
    fl_give_add(o, there, task, from, t->pieces);
    fl_give_add(o, room, task, to, t->pieces);
    int64_t *taken = fl_take_add(o, there, task, to, true)->count;
    int64_t *back = fl_take_add(o, room, task, from, !issues(t, from))->count;
    for (int64_t p = 0; p < t->pieces; p++)
        taken[p] = back[p] = 1;
}

static void parts_join(struct fl_overlap *o, size_t task, enum fl_part from, enum fl_part to)
{
    const struct fl_task *t = &o->task[task];
    const char *moved = to == FL_PART_WORK ? "what is fetched for" : "results of";
    if (t->stream[from] < 0 || t->stream[to] < 0)
        return;
    (t->pieces == 1 ? parts_beside : parts_in_turn)(o, task, from, to, moved);
}

/* Weights that stay are written anew once all that update them have stored their parts. */
static void anew_join(struct fl_overlap *o, size_t task, enum fl_part part)
{
    const struct fl_task *t = &o->task[task];
    for (size_t w = o->first[t->block]; w <= task && t->stream[part] >= 0; w++) {
        if (o->task[w].op->writes.tensor != t->op->writes.tensor)
            continue;
        int32_t there = fl_wait_add(o, fl_arena_format(o->arena, "%s, to be written anew", o->task[w].op->name), 0, 0);
        fl_give_add(o, there, w, part_writing(&o->task[w]), 1);
        fl_take_add(o, there, task, part, true)->count[0] = 1;
    }
}

/* ---- all ---- */

/* The tensors that a task reads and somebody writes, each once. */
static size_t uses_of(const struct fl_overlap *o, const struct fl_task *t, struct use *use)
{
    const struct fl_op *op = t->op;
    size_t uses = 0;
    for (size_t r = 0; r < op->operands; r++) {
        const struct fl_tensor_use *read = &op->reads[r];
        size_t u = 0;
        if (o->held[read->tensor].units == 0)
            continue;
        while (u < uses && (use[u].tensor != read->tensor || use[u].layer != read->layer))
            u++;
        if (u == uses)
            use[uses++] = (struct use){.tensor = read->tensor, .layer = read->layer, .held = -1};
        use[u].streamed |= r == 0;
        use[u].loaded |= fl_op_is_product(op) && r > 0;
        bool weights = fl_op_has_weights(op) && r == op->operands - 1;
        use[u].brought |= weights && t->brings;
        if (weights && t->mapping.in_place)
            use[u].held = t->stream[FL_PART_WORK];
    }
    return uses;
}

/* Of engines apart, the one stream on which a tensor is written, and written or read; 0: there is none, or several. */
struct alone { int32_t *written, *used; };
enum { NOBODY = -1, SEVERAL = 0 };

static void alone_note(int32_t *stream, int32_t own)
{
    *stream = *stream == NOBODY || *stream == own ? own : SEVERAL;
}

static struct alone alone_find(struct fl_overlap *o)
{
    struct alone alone = {fl_arena_array(o->arena, o->trace->tensors + 1, sizeof *alone.written),
                          fl_arena_array(o->arena, o->trace->tensors + 1, sizeof *alone.used)};
    for (size_t t = 0; t < o->trace->tensors; t++)
        alone.written[t] = alone.used[t] = o->apart ? NOBODY : SEVERAL;
    for (size_t i = 0; i < o->tasks && o->apart; i++) {
        const struct fl_task *t = &o->task[i];
        alone_note(&alone.written[t->op->writes.tensor], t->stream[FL_PART_WORK]);
        alone_note(&alone.used[t->op->writes.tensor], t->stream[FL_PART_WORK]);
        for (size_t r = 0; r < t->op->operands; r++)
            alone_note(&alone.used[t->op->reads[r].tensor], t->stream[FL_PART_WORK]);
    }
    return alone;
}

void fl_flow_find(struct fl_overlap *o)
{
    struct use use[8];
    const struct alone alone = alone_find(o);
    for (size_t i = 0; i < o->tasks; i++) {
        size_t uses = uses_of(o, &o->task[i], use), from, end;
        bool carried;
        parts_join(o, i, FL_PART_FETCH, FL_PART_WORK);
        parts_join(o, i, FL_PART_WORK, FL_PART_WRITE);
        anew_join(o, i, FL_PART_ANEW);
        anew_join(o, i, FL_PART_TURNED);
        for (size_t u = 0; u < uses; u++) {
            int32_t own = o->task[i].stream[FL_PART_WORK], tensor = use[u].tensor;
            if (own > 0 && alone.used[tensor] == own)
                continue;               /* an engine does one after another */
            if (own == 0 || alone.written[tensor] != own)
                (writers_beside(o, i, &use[u], &from, &end, &carried)
                     ? read_from_beside(o, i, &use[u], from, end, carried)
                     : read_from_before(o, i, &use[u]));
            room_from_beside(o, i, &use[u]);
            room_from_before(o, i, &use[u]);
        }
    }
    fl_links_find(o);
}
