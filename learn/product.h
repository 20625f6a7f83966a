/* product.h - one product of a network, and who multiplies it.
 *
 * The one idea: a network does not know whether a processor or light multiplies. It says which product it needs, of
 * which operator, for which rows, and hands it to a multiplier; everything else it does itself, digitally.
 */
#ifndef FL_PRODUCT_H
#define FL_PRODUCT_H

#include <stdint.h>

#include "learn/gemm.h"

/* Which products count and matter: all; outputs up to the row's own place (scores); inputs up to it (context). */
enum fl_product_mask { FL_PRODUCT_DENSE, FL_PRODUCT_OUTPUTS, FL_PRODUCT_INPUTS };

struct fl_product {
    struct fl_gemm gemm;
    int site;                           /* the operator and its layer: learn/optics.h */
    int64_t first;                      /* number of its first row in the whole task, so that noise has a place */
    enum fl_product_mask mask;             /* of square products, row and column the same token */
    bool non_negative;                  /* A is never below zero */
    bool computed;                      /* B is no weights but computed, too */
};

struct fl_multiplier {
    void (*multiply)(void *context, const struct fl_product *work);
    void *context;
};
/* Exact products. */
extern const struct fl_multiplier fl_exact;

/* Multiply-accumulates of a product that are not masked. */
int64_t fl_product_macs(const struct fl_product *work);

#endif
