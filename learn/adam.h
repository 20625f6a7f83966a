/* adam.h - the step that turns a gradient into better parameters: D. P. Kingma, J. Ba, ICLR 2015.
 *
 * With decoupled weight decay (I. Loshchilov, F. Hutter, ICLR 2019), the gradient's length held to a bound, and a rate
 * that rises linearly and then falls as a half cosine.
 */
#ifndef FL_ADAM_H
#define FL_ADAM_H

#include <stddef.h>

struct fl_adam {
    double rate, beta1, beta2;
    double decay;                       /* of the parameters, per step, times the rate */
    const unsigned char *decays;        /* which of them: count bytes, 0 or 1; NULL: all */
    double longest;                     /* of the whole gradient; 0: any */
    int warmup, steps;                  /* the rate rises over so many of all steps; steps 0: constant */
    int step;                           /* done so far */
    float *mean, *square;               /* count floats each, zero at the start */
};
/* One step; the gradient is used up and set to zero. */
void fl_adam_step(struct fl_adam *adam, size_t count, float *gradient, float *parameters);

#endif
