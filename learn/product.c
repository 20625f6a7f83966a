/* product.c - the exact multiplier, and how much work a product is. */
#include "learn/product.h"

static void multiply(void *context, const struct fl_product *work)
{
    (void)context;
    fl_gemm(&work->gemm);
}

const struct fl_multiplier fl_exact = {multiply, NULL};

int64_t fl_product_macs(const struct fl_product *work)
{
    int64_t m = (int64_t)work->gemm.m, k = (int64_t)work->gemm.k, n = (int64_t)work->gemm.n;
    if (work->mask == FL_PRODUCT_DENSE)
        return m * k * n;
    return m * (m + 1) / 2 * (work->mask == FL_PRODUCT_OUTPUTS ? k : n);
}
