/* gemm.c - the product at the widths a processor may have; learn/gemm_kernel.h is the product itself. */
#include "learn/gemm.h"

#include <string.h>

#include "base/err.h"

enum { ROWS = 8, DEPTH = 256, COLUMNS = 64, CLOSED = 32 };
/* of a tile; of a block of B: deep, wide; rows of a transposed A that are closed up at a time */

/* A block of B: which of its rows and columns, and whether C already holds the sum so far. */
struct fl_panel {
    size_t column, columns, k, depth;
    bool add;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Columns of A, a transpose whose steps along k would each touch another line of the cache, closed up by tiles. */
static void gather(const struct fl_view *a, size_t rows, size_t depth, float *closed)
{
    for (size_t k = 0; k < depth; k++) {
        const float *from = a->at + k * a->column;
        float *to = closed + k * ROWS;
        size_t i = 0;
        for (; i + ROWS <= rows; i += ROWS)
            memcpy(to + i * depth, from + i, ROWS * sizeof *to);
        for (; i < rows; i++)
            to[i / ROWS * ROWS * depth + i % ROWS] = from[i];
    }
}

/* A tile's sums stay in registers only if the loop over its rows is written out. */
#if defined __clang__
#define FL_UNROLL _Pragma("clang loop unroll(full)")
#elif defined __GNUC__
#define FL_UNROLL _Pragma("GCC unroll 8")
#else
#define FL_UNROLL
#endif

#define FL_WIDTH 4
#define FL_TARGET
#define FL_NAME(x) x##_4
#include "learn/gemm_kernel.h"
#undef FL_WIDTH
#undef FL_TARGET
#undef FL_NAME

#if defined __x86_64__ && defined __GNUC__
#define FL_WIDTH 8
#define FL_TARGET __attribute__((target("avx2")))
#define FL_NAME(x) x##_8
#include "learn/gemm_kernel.h"
#undef FL_WIDTH
#undef FL_TARGET
#undef FL_NAME

#define FL_WIDTH 16
#define FL_TARGET __attribute__((target("avx512f")))
#define FL_NAME(x) x##_16
#include "learn/gemm_kernel.h"

bool fl_gemm_has(enum fl_gemm_width width)
{
    return width == FL_GEMM_4 || (width == FL_GEMM_8 && __builtin_cpu_supports("avx2")) ||
           (width == FL_GEMM_16 && __builtin_cpu_supports("avx512f"));
}

static void (*const by_width[FL_GEMM_WIDTHS])(const struct fl_gemm *) = {gemm_4, gemm_8, gemm_16};
#else
bool fl_gemm_has(enum fl_gemm_width width)
{
    return width == FL_GEMM_4;
}

static void (*const by_width[FL_GEMM_WIDTHS])(const struct fl_gemm *) = {gemm_4, gemm_4, gemm_4};
#endif

void fl_gemm_by(enum fl_gemm_width width, const struct fl_gemm *gemm)
{
    fl_assert(fl_gemm_has(width));
    by_width[width](gemm);
}

void fl_gemm(const struct fl_gemm *gemm)
{
    enum fl_gemm_width width = FL_GEMM_16;
    while (!fl_gemm_has(width))
        width = (enum fl_gemm_width)(width - 1);
    by_width[width](gemm);
}
