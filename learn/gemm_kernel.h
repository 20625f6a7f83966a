/* gemm_kernel.h - the product for one width of vectors; gemm.c includes it once for each.
 *
 * Wants FL_WIDTH, floats of a vector; FL_TARGET, the attribute that lets the compiler use such vectors; FL_NAME(x), the
 * name of x at this width. A tile is ROWS rows by two vectors of C, held in registers while k runs.
 */

typedef float FL_NAME(vector) __attribute__((vector_size(FL_WIDTH * sizeof(float))));

/* ROWS rows of C, two vectors wide. A row past the last one repeats it and is not stored. */
FL_TARGET static void FL_NAME(tile)(const struct fl_gemm *gemm, const float *panel, size_t row, struct fl_panel part)
{
    enum { PAIR = 2 * FL_WIDTH };
    const float *a[ROWS];
    FL_NAME(vector) sum[ROWS][2];
    size_t rows = gemm->m - row < ROWS ? gemm->m - row : ROWS;
    bool whole = part.columns == PAIR;
    float edge[PAIR] = {0};
    for (size_t i = 0; i < ROWS; i++) {
        size_t from = row + (i < rows ? i : rows - 1);
        const float *c = gemm->c + from * gemm->c_row + part.column;
        a[i] = gemm->a.at + from * gemm->a.row + part.k * gemm->a.column;
        if (part.add && !whole)
            memcpy(edge, c, part.columns * sizeof(float));
        memset(sum[i], 0, sizeof sum[i]);
        if (part.add)
            memcpy(sum[i], whole ? c : edge, sizeof sum[i]);
    }
    for (size_t k = 0; k < part.depth; k++) {
        FL_NAME(vector) b[2];
        memcpy(b, panel + k * PAIR, sizeof b);
        FL_UNROLL
        for (size_t i = 0; i < ROWS; i++) {
            float x = a[i][k * gemm->a.column];
            sum[i][0] += x * b[0];
            sum[i][1] += x * b[1];
        }
    }
    for (size_t i = 0; i < rows; i++)
        memcpy(gemm->c + (row + i) * gemm->c_row + part.column, sum[i], part.columns * sizeof(float));
}

/* Columns and depth of B go by panels that fit the nearest cache; a later panel goes on from what C holds. */
FL_TARGET static void FL_NAME(gemm)(const struct fl_gemm *gemm)
{
    enum { PAIR = 2 * FL_WIDTH };
    _Alignas(64) float panel[DEPTH * PAIR];
    for (size_t column = 0; column < gemm->n; column += PAIR) {
        struct fl_panel part = {.column = column, .columns = least(PAIR, gemm->n - column), .add = gemm->add};
        for (part.k = 0; part.k < gemm->k; part.k += DEPTH) {
            part.depth = least(DEPTH, gemm->k - part.k);
            pack(&gemm->b, &part, PAIR, panel);
            for (size_t row = 0; row < gemm->m; row += ROWS)
                FL_NAME(tile)(gemm, panel, row, part);
            part.add = true;
        }
    }
}
