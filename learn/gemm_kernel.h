/* gemm_kernel.h - the product for one width of vectors; gemm.c includes it once for each.
 *
 * Wants FL_WIDTH, floats of a vector; FL_TARGET, the attribute that lets the compiler use such vectors; FL_NAME(x), the
 * name of x at this width. A tile is ROWS rows by one vector of C, held in registers while k runs. One, so that each
 * element of A is used once when it is loaded: the multiplication then loads and spreads it itself, where an element
 * spread for two vectors takes a slot of the units that multiply (measured: 73 against 100 GFLOP/s).
 */

typedef float FL_NAME(vector) __attribute__((vector_size(FL_WIDTH * sizeof(float))));

/* A panel of the block, a vector wide: its rows one after the other, filled up with zeroes. Read as B lies. */
FL_TARGET static void FL_NAME(pack)(const struct fl_view *b, const struct fl_panel *part, float *panel)
{
    const float *from = b->at + part->k * b->row + part->column * b->column;
    if (b->column == 1 && part->columns == FL_WIDTH) {
        for (size_t k = 0; k < part->depth; k++)
            memcpy(panel + k * FL_WIDTH, from + k * b->row, FL_WIDTH * sizeof *panel);
        return;
    }
    for (size_t j = 0; j < FL_WIDTH; j++)
        for (size_t k = 0; k < part->depth; k++)
            panel[k * FL_WIDTH + j] = j < part->columns ? from[k * b->row + j * b->column] : 0;
}

/* What a tile starts from: a row of C, of which only `columns` are there. */
FL_TARGET static inline FL_NAME(vector) FL_NAME(start)(const float *c, size_t columns)
{
    FL_NAME(vector) sum = {0};
    if (columns == FL_WIDTH)
        memcpy(&sum, c, sizeof sum);
    else
        memcpy(&sum, c, columns * sizeof *c);
    return sum;
}

/* ROWS rows of C, a vector wide; `a` is A at the tile's first row and the block's first k. A row past the last one
 * repeats it and is not stored. */
FL_TARGET static void FL_NAME(tile)(const struct fl_gemm *gemm, struct fl_view a, const float *panel, size_t row,
                                    struct fl_panel part)
{
    const float *at[ROWS];
    FL_NAME(vector) sum[ROWS] = {{0}};
    size_t rows = least(ROWS, gemm->m - row);
    float *c = gemm->c + row * gemm->c_row + part.column;
    FL_UNROLL
    for (size_t i = 0; i < ROWS; i++) {
        size_t from = i < rows ? i : rows - 1;
        at[i] = a.at + from * a.row;
        if (part.add)
            sum[i] = FL_NAME(start)(c + from * gemm->c_row, part.columns);
    }
    for (size_t k = 0; k < part.depth; k++) {
        FL_NAME(vector) b;
        memcpy(&b, panel + k * FL_WIDTH, sizeof b);
        FL_UNROLL
        for (size_t i = 0; i < ROWS; i++)
            sum[i] += at[i][k * a.column] * b;
    }
    FL_UNROLL
    for (size_t i = 0; i < ROWS; i++) {
        if (i < rows && part.columns == FL_WIDTH)
            memcpy(c + i * gemm->c_row, &sum[i], sizeof sum[i]);
        else if (i < rows)
            memcpy(c + i * gemm->c_row, &sum[i], part.columns * sizeof *c);
    }
}

/* All rows by one block of B, whose panels lie one after the other. */
FL_TARGET static void FL_NAME(block)(const struct fl_gemm *gemm, const float *panels, struct fl_panel part)
{
    _Alignas(64) float closed[DEPTH * CLOSED];
    const struct fl_view *all = &gemm->a;
    size_t end = part.column + part.columns;
    bool transposed = all->row == 1 && all->column != 1;
    for (size_t row = 0; row < gemm->m; row += ROWS) {
        struct fl_view a = {all->at + row * all->row + part.k * all->column, all->row, all->column};
        if (transposed && row % CLOSED == 0)
            gather(&a, least(CLOSED, gemm->m - row), part.depth, closed);
        if (transposed)
            a = (struct fl_view){closed + row % CLOSED * part.depth, 1, ROWS};
        struct fl_panel one = part;
        for (const float *panel = panels; one.column < end; one.column += FL_WIDTH, panel += part.depth * FL_WIDTH) {
            one.columns = least(FL_WIDTH, end - one.column);
            FL_NAME(tile)(gemm, a, panel, row, one);
        }
    }
}

/* B goes by blocks that fit the second cache, their panels and the tiles of A the first; a block deeper down goes on
 * from what C holds. */
FL_TARGET static void FL_NAME(gemm)(const struct fl_gemm *gemm)
{
    _Alignas(64) float panels[DEPTH * COLUMNS];
    for (size_t column = 0; column < gemm->n; column += COLUMNS) {
        struct fl_panel part = {.column = column, .columns = least(COLUMNS, gemm->n - column), .add = gemm->add};
        for (part.k = 0; part.k < gemm->k; part.k += DEPTH) {
            part.depth = least(DEPTH, gemm->k - part.k);
            struct fl_panel one = part;
            for (size_t from = 0; from < part.columns; from += FL_WIDTH) {
                one.column = column + from;
                one.columns = least(FL_WIDTH, part.columns - from);
                FL_NAME(pack)(&gemm->b, &one, panels + from * part.depth);
            }
            FL_NAME(block)(gemm, panels, part);
            part.add = true;
        }
    }
}
