/* gemm.h - the matrix product that everything in learn/ rests on: the same bits everywhere.
 *
 * The one idea: an element of C is one chain of additions over k, from the first to the last, each product rounded
 * before it is added. Blocking, vector width, threads and compilers only decide which elements are worked on side by
 * side, so none of them can change a bit (the build forbids fused multiply-adds).
 *
 *     fl_gemm(&(struct fl_gemm){.m = 64, .k = 32, .n = 96, .a = {x, 32, 1}, .b = {w, 96, 1}, .c = y, .c_row = 96});
 */
#ifndef FL_GEMM_H
#define FL_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/* A matrix in memory: element (i, j) is at[i * row + j * column]. Swapped steps are the transpose. */
struct fl_view {
    const float *at;
    size_t row, column;
};

/* C[m][n] = A[m][k] B[k][n]; with `add`, C += A B, the chain starting from what C holds. C's rows lie c_row apart. */
struct fl_gemm {
    size_t m, k, n;
    struct fl_view a, b;
    float *c;
    size_t c_row;
    bool add;
};

/* By the widest vectors of this processor. */
void fl_gemm(const struct fl_gemm *gemm);

/* The same by vectors of 4, 8 or 16 floats, for tests: all give the same bits. */
enum fl_gemm_width { FL_GEMM_4, FL_GEMM_8, FL_GEMM_16, FL_GEMM_WIDTHS };
bool fl_gemm_has(enum fl_gemm_width width);
void fl_gemm_by(enum fl_gemm_width width, const struct fl_gemm *gemm);

#endif
