/* classify.h - training a layered network on samples, by one of six methods, and how often it is right. */
#ifndef FL_CLASSIFY_H
#define FL_CLASSIFY_H

#include "learn/net.h"
#include "learn/samples.h"

struct fl_classify_ask {
    enum fl_method method;
    uint64_t seed;
    size_t hidden;                      /* width of the two hidden layers */
    size_t features;                    /* elm: how many */
    int epochs;                         /* steps over all rows at once */
    double rate;
    double noise;                       /* of the projection (learn/feedback.h); elm: of each feature, over its rms */
    struct fl_opu *opu;                 /* of the projection, made by fl_classify_opu; NULL */
    bool unlinked;                      /* leaves the graph out */
    struct fl_net *net;                 /* gets sizes and parameters, in its arena, rounded as a file holds them, and
                                           the result is that network's; not of elm. NULL: nobody */
};
struct fl_classified { double train, test; };       /* shares of rows told rightly */
struct fl_classified fl_classify(const struct fl_classify_ask *ask, const struct fl_samples *samples);

/* Adds the projections that a method of `ask` makes on such samples. */
bool fl_classify_opu(const struct fl_classify_ask *ask, const struct fl_samples *samples, struct fl_opu *opu,
                     struct fl_err *err);

/* Share of a part's rows whose class has the largest output. */
double fl_classified_share(const struct fl_samples *samples, const int *target, const float *outputs);

/* Extreme learning machine: features abs(x R)^2 with R complex normal and fixed (light through a scattering medium, or
 * a random mesh, on detectors: arXiv:2407.03218), then one least-squares solve with a ridge. x: gathered. */
struct fl_classified fl_classify_elm(const struct fl_classify_ask *ask, const struct fl_samples *samples,
                                     const float *x);

#endif
