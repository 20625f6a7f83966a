/* detect.c - detections at the widths a processor may have; learn/detect_kernel.h is the loop itself. */
#include "learn/detect.h"

#include <math.h>
#include <string.h>

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>          /* its roots only: the compiler makes them of a loop for one element at a time */
#endif

#include "base/rng.h"
#include "learn/curve.h"
#include "learn/draw.h"

double fl_detect(const struct fl_detector *d, const struct fl_adc *adc, uint64_t place, double light,
                 double difference)
{
    if (d->quiet)
        return fl_adc_read_by(adc, difference);
    double plus = fl_held((light + difference) / 2, 0, INFINITY) + d->dark;
    double minus = d->pair ? fl_held((light - difference) / 2, 0, INFINITY) + d->dark : 0;
    double net = fl_draw_counts(d->photons, place, plus, minus) - (d->pair ? 0 : d->dark);
    if (d->sigma_e > 0)
        net += d->sigma_e * fl_draw_normal(d->read, place);
    return fl_adc_read_by(adc, net);
}

/* One value of a leveling, and of a rounding. */
static double level_of(const struct fl_leveling *l, size_t j)
{
    double value = fl_held((double)l->value[j] / (l->range != NULL ? (double)l->range[j] : l->full), -1, 1);
    double level = fl_bits_round_by(l->top, l->offset ? (1 + value) / 2 : fabs(value));
    return !l->offset && value < 0 ? -level : level;
}

static float rounded(const struct fl_rounding *r, size_t j)
{
    float range = r->range != NULL ? r->range[j] : r->full;
    double code = fl_floor((double)(r->value[j] / range) * r->top + 0.5);
    return (float)(fl_held(code, -r->top, r->top) / r->top) * range;
}

#define FL_WIDTH 2
#define FL_TARGET
#define FL_ROOT(x) ((REALS){sqrt((x)[0]), sqrt((x)[1])})
#define FL_NAME(x) x##_2
#include "learn/detect_kernel.h"
#undef FL_WIDTH
#undef FL_TARGET
#undef FL_ROOT
#undef FL_NAME

#if defined __x86_64__ && defined __GNUC__
#define FL_WIDTH 4
#define FL_TARGET __attribute__((target("avx2")))
#define FL_ROOT(x) ((REALS)_mm256_sqrt_pd((__m256d)(x)))
#define FL_NAME(x) x##_4
#include "learn/detect_kernel.h"
#undef FL_WIDTH
#undef FL_TARGET
#undef FL_ROOT
#undef FL_NAME

#define FL_WIDTH 8
#define FL_TARGET __attribute__((target("avx512f,avx512dq")))
#define FL_ROOT(x) ((REALS)_mm512_sqrt_pd((__m512d)(x)))
#define FL_NAME(x) x##_8
#include "learn/detect_kernel.h"

static bool has(enum fl_gemm_width width)
{
    return fl_gemm_has(width) && (width != FL_GEMM_16 || __builtin_cpu_supports("avx512dq"));
}

#define LOOPS {{row_2, levels_2, rounded_2}, {row_4, levels_4, rounded_4}, {row_8, levels_8, rounded_8}}
#else
static bool has(enum fl_gemm_width width)
{
    return width == FL_GEMM_4;
}

#define LOOPS {{row_2, levels_2, rounded_2}, {row_2, levels_2, rounded_2}, {row_2, levels_2, rounded_2}}
#endif

static const struct loops {
    double (*row)(const struct fl_detector *, const struct fl_detect_row *);
    void (*levels)(const struct fl_leveling *);
    void (*rounded)(const struct fl_rounding *);
} *loops_of(enum fl_gemm_width width)
{
    static const struct loops loops[FL_GEMM_WIDTHS] = LOOPS;
    while (!has(width))
        width = (enum fl_gemm_width)(width - 1);
    return &loops[width];
}

double fl_detect_row_by(enum fl_gemm_width width, const struct fl_detector *d, const struct fl_detect_row *row)
{
    return loops_of(width)->row(d, row);
}

void fl_levels_by(enum fl_gemm_width width, const struct fl_leveling *leveling)
{
    loops_of(width)->levels(leveling);
}

void fl_round_row_by(enum fl_gemm_width width, const struct fl_rounding *rounding)
{
    loops_of(width)->rounded(rounding);
}

double fl_detect_row(const struct fl_detector *d, const struct fl_detect_row *row)
{
    return fl_detect_row_by(FL_GEMM_16, d, row);
}

void fl_levels(const struct fl_leveling *leveling)
{
    fl_levels_by(FL_GEMM_16, leveling);
}

void fl_round_row(const struct fl_rounding *rounding)
{
    fl_round_row_by(FL_GEMM_16, rounding);
}
