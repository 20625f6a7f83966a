/* optics.h - what a product meets on a pool of cores: light, encoding, bits, noise, K-tiles. */
#ifndef FL_MACHINE_OPTICS_H
#define FL_MACHINE_OPTICS_H

#include "machine/engine.h"
#include "machine/pool.h"
#include "phys/precision.h"

/* The chain of a product of `length` inputs of the given sign, done in tiles of `tile` inputs, for predictions of its
 * error (phys/precision.h) and for networks run through the same light. */
struct fl_precision_ask fl_pool_optics(const struct fl_pool *pool, bool non_negative, int64_t length, int64_t tile);
/* The error of a product over the spread of its outputs, on cores of the machine: what its engine says it meets
 * (fl_engine_type.optics). */
double fl_product_error(const struct fl_engine_type *engine, const struct fl_machine *machine, int32_t number,
                        bool non_negative, int64_t length, int64_t tile);
/* Wavelengths of a bank, and how wide a ring's line is. */
struct fl_channels fl_pool_channels(const struct fl_pool *pool);
/* What the source's own key for the light is set to: photons go as 4^bits, as 1 / error^2. */
double fl_pool_light_knob(const struct fl_pool *pool);

#endif
