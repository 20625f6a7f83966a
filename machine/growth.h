/* growth.h - a price that holds at one clock or size, carried to the one a design has: two keys beside the price.
 *
 * `energy_clock = "5 GHz"; energy_clock_law = "linear";` says that `energy` is that of 5 GHz, and grows with the clock;
 * so a design is swept over its clock, or the size of a memory, without being retyped. Over bits: phys/curve.h.
 */
#ifndef FL_GROWTH_H
#define FL_GROWTH_H

#include "phys/curve.h"
#include "sim/unit.h"

struct fl_growth { double at; int32_t law; };   /* enum fl_power_law; at 0: the price holds as it stands */

/* The two keys of a price or rate, whose struct fl_growth lies at `offset`. */
#define FL_GROWTH_KEYS(price, number, measure, most, offset) \
    { price "_" number, measure, FL_REAL, (offset) + offsetof(struct fl_growth, at), 0, most, 0, \
      number " at which `" price "` holds; 0: its own", NULL }, \
    { price "_" number "_law", "", FL_CHOICE, (offset) + offsetof(struct fl_growth, law), 0, FL_POWER_LAWS - 1, \
      FL_POWER_FIXED, "how `" price "` grows with its " number " from there", fl_power_law_names }

/* Carries a price or rate to `number` (0: there is no such part). A law without a point to start from, or that ends
 * beyond all that a key may say, is a fault of the design. */
static inline bool fl_growth_carry(const struct unit *u, const struct fl_growth *growth, const char *key, double number,
                                   double *price, struct fl_err *err)
{
    const char *law = fl_power_law_names[growth->law];
    if (growth->law != FL_POWER_FIXED && growth->at == 0)
        return fl_fail(err, u->path, "%s_law is \"%s\", and %s, from where on it holds, is not given; give it, or "
                       "leave the law out", key, law, key);
    if (number > 0)
        *price *= fl_power_law_ratio((enum fl_power_law)growth->law, number, growth->at);
    return *price <= 1e18 || fl_fail(err, u->path, "%s: the law \"%s\" makes %g of what it is about; give a point "
                                     "nearer to %g", key, law, *price, number);
}
#endif
