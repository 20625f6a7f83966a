/* sram.c - the fit, made by tests/oracle/fit_sram.py from tests/oracle/cacti_sram.csv. */
#include "phys/sram.h"

#include <math.h>

enum { TERMS = 10 };

/* ln y = c0 + c1 s + c2 w + c3 n + c4 s^2 + c5 w^2 + c6 s w + c7 n^2 + c8 s n + c9 w n
 * with s = ln(capacity / 1 MiB), w = ln(port / 256 bits), n = ln(node / 32 nm). */
static const double read_pj[TERMS] = {
    4.6189, 0.5521, 0.7407, 1.6905, -0.0130, 0.0462, 0.0801, -0.0457, -0.0248, -0.0962};
static const double write_pj[TERMS] = {
    4.6139, 0.4781, 0.9802, 1.7389, 0.0107, 0.0740, -0.0041, 0.0265, -0.0424, -0.0630};
static const double access_ns[TERMS] = {
    0.3364, 0.4253, 0.0219, 0.7532, -0.0040, 0.0183, 0.0071, -0.0108, -0.0192, -0.0211};
static const double leak_mw[TERMS] = {
    5.6248, 0.9818, -0.0122, 2.7365, 0.0067, 0.0048, -0.0046, 2.2471, 0.0017, -0.0066};
static const double area_mm2[TERMS] = {
    0.6161, 0.9805, 0.1179, 1.9498, -0.0113, 0.0390, 0.0001, 0.0143, 0.0140, 0.0330};

static double evaluate(const double *c, double s, double w, double n)
{
    return exp(c[0] + c[1] * s + c[2] * w + c[3] * n + c[4] * s * s + c[5] * w * w + c[6] * s * w + c[7] * n * n +
               c[8] * s * n + c[9] * w * n);
}

bool fl_sram_model(struct fl_sram_bank *bank, double kib, double bits, double nm)
{
    double side_by_side = ceil(bits / FL_SRAM_BITS_MOST), part_kib = kib / side_by_side;
    double part_bits = fmax(bits / side_by_side, FL_SRAM_BITS_LEAST);
    if (!(nm >= FL_SRAM_NM_LEAST && nm <= FL_SRAM_NM_MOST && part_kib >= FL_SRAM_KIB_LEAST &&
          part_kib <= FL_SRAM_KIB_MOST))
        return false;
    double s = log(part_kib / 1024), w = log(part_bits / 256), n = log(nm / 32);
    *bank = (struct fl_sram_bank){
        .read_pj = side_by_side * evaluate(read_pj, s, w, n),
        .write_pj = side_by_side * evaluate(write_pj, s, w, n),
        .access_ns = evaluate(access_ns, s, w, n),
        .leak_mw = side_by_side * evaluate(leak_mw, s, w, n),
        .area_mm2 = side_by_side * evaluate(area_mm2, s, w, n),
    };
    return true;
}
