/* grid.c - an operator in pieces: blocks of its rows, and of attention parts of its heads.
 *
 * A piece is an operator like any other, smaller: its tokens stand further along under the same mask. Pieces of an
 * operator do its work, each MAC in one of them.
 */
#include "mapping/nest.h"
#include "mapping/overlap.h"

static int64_t block_of(const struct fl_grid *grid, int64_t piece)
{
    return grid->by_head ? piece % grid->blocks : piece / grid->heads;
}

static int64_t head_of(const struct fl_grid *grid, int64_t piece)
{
    return grid->by_head ? piece / grid->blocks : piece % grid->heads;
}

bool fl_grid_fits(const struct fl_op *op, int64_t sequences, int64_t tokens)
{
    int64_t rows;
    if (op->more || op->first > 0 || sequences < 1 || tokens < 1 || !fl_times(sequences, tokens, &rows))
        return false;
    if (fl_op_is_product(op) && op->operands > 0 && op->reads[0].transposed)
        return false;                   /* its rows are columns of what it reads, and want all rows of that */
    if (fl_map_is_attention(op))
        return op->groups % sequences == 0 && op->m % tokens == 0 && op->m / tokens == fl_most(op->share, 1);
    if (op->type->form == FL_ROWS)
        return op->groups == 1 && op->m % rows == 0 && !op->type->reads_k &&
               (op->mask == FL_DENSE || (op->share == op->m / tokens && op->share % sequences == 0));
    return op->groups == 1 && op->m == rows &&
           (op->type == &fl_op_linear || fl_op_is_move(op));
}

struct fl_grid fl_grid_make(int64_t sequences, int64_t tokens, int64_t rows)
{
    struct fl_grid grid = {.sequences = sequences, .tokens = tokens, .block_sequences = 1, .heads = 1};
    int64_t parts = fl_most(tokens / rows, 1);      /* of a sequence */
    grid.block_tokens = fl_ceil_div(tokens, parts);
    if (parts == 1)
        grid.block_sequences = fl_least(fl_most(rows / tokens, 1), sequences);
    grid.blocks = parts == 1 ? fl_ceil_div(sequences, grid.block_sequences)
                             : sequences * fl_ceil_div(tokens, grid.block_tokens);
    return grid;
}

bool fl_grid_alike(const struct fl_grid *a, const struct fl_grid *b)
{
    return a->tokens > 0 && a->sequences == b->sequences && a->tokens == b->tokens && a->blocks == b->blocks;
}

static int64_t blocks_of_sequence(const struct fl_grid *grid)
{
    return grid->tokens > 0 ? fl_ceil_div(grid->tokens, grid->block_tokens) : 1;
}

bool fl_grid_continues(const struct fl_grid *grid, int64_t piece)
{
    return block_of(grid, piece) % blocks_of_sequence(grid) > 0;
}

/* Blocks up to the last of the sequence that a block belongs to. */
static int64_t sequence_end(const struct fl_grid *grid, int64_t block)
{
    int64_t each = blocks_of_sequence(grid);
    return each == 1 ? block + 1 : (block / each + 1) * each;
}

/* Pieces that come before the one behind block `block`, part `head`. */
static int64_t through(const struct fl_grid *grid, int64_t block, int64_t head)
{
    return grid->by_head ? head * grid->blocks + block + 1 : block * grid->heads + head + 1;
}

int64_t fl_grid_wanted(const struct fl_grid *made, const struct fl_grid *by, int64_t piece, bool whole)
{
    if (!fl_grid_alike(made, by))
        return fl_grid_pieces(made);
    int64_t block = block_of(by, piece), head = head_of(by, piece);
    if (made->heads == 1 && by->by_head && head > 0)
        return made->blocks;
    int64_t last = whole ? sequence_end(by, block) - 1 : block;
    return through(made, last, made->heads == by->heads ? head : made->heads - 1);
}

int64_t fl_grid_released(const struct fl_grid *made, const struct fl_grid *by, int64_t piece, bool again)
{
    if (piece == fl_grid_pieces(by) - 1)
        return fl_grid_pieces(made);
    if (!fl_grid_alike(made, by))
        return 0;
    int64_t block = block_of(by, piece), head = head_of(by, piece);
    if (made->heads == by->heads && !again)
        return piece + 1;
    if (head < by->heads - 1)
        block = by->by_head ? -1 : block - 1;
    if (again && block >= 0 && block + 1 < sequence_end(by, block))
        block = block / blocks_of_sequence(by) * blocks_of_sequence(by) - 1;
    return block < 0 || (made->heads > 1 && made->by_head) ? 0 : (block + 1) * made->heads;
}

int64_t fl_grid_groups(const struct fl_op *op, int64_t sequences, int64_t tokens)
{
    if (fl_map_is_attention(op))
        return op->groups / sequences;
    return fl_map_has_heads(op) ? op->m / sequences / tokens : 1;
}

/* What a block has of sequences and tokens. */
struct cell { int64_t sequences, first, tokens; };

static struct cell cell_of(const struct fl_grid *grid, int64_t block)
{
    int64_t each = blocks_of_sequence(grid), at = block % each;
    int64_t before = block / each * grid->block_sequences;
    return (struct cell){
        .sequences = fl_least(grid->block_sequences, grid->sequences - before), .first = at * grid->block_tokens,
        .tokens = fl_least(grid->block_tokens, grid->tokens - at * grid->block_tokens)};
}

/* Under a mask the last token sees no position behind its own. */
static int64_t seen(const struct fl_op *op, const struct cell *cell, int64_t positions)
{
    return op->mask == FL_DENSE ? positions : fl_least(positions, op->band.past + cell->first + cell->tokens);
}

struct fl_op fl_grid_piece(const struct fl_op *op, const struct fl_grid *grid, int64_t piece)
{
    struct fl_op part = *op;
    if (fl_grid_pieces(grid) == 1)
        return part;
    const struct cell cell = cell_of(grid, block_of(grid, piece));
    if (fl_map_is_attention(op)) {
        part.groups = op->groups / grid->sequences / grid->heads * cell.sequences;
        part.m = cell.tokens * fl_most(op->share, 1);
        *(op->mask == FL_CAUSAL_IN ? &part.k : &part.n) =
            seen(op, &cell, op->mask == FL_CAUSAL_IN ? op->k : op->n);
    } else {
        part.m = op->m / grid->sequences / grid->tokens * cell.sequences * cell.tokens / grid->heads;
        part.share = op->mask == FL_DENSE ? op->share : part.m / cell.tokens;
        part.n = seen(op, &cell, op->n);
    }
    part.band.past += op->mask == FL_DENSE ? 0 : cell.first;
    bool counted = fl_op_macs(&part, &part.macs);
    fl_assert(counted);                 /* it is less than the operator's */
    return part;
}
