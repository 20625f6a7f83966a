/* curve.h - how what a part costs grows with its bits, its clock or its size.
 *
 * A data sheet gives one point; these laws carry it to other widths, so that a design is swept over bits without being
 * retyped. Lightening-Transformer's simulator (commit 7c3d4ad8) takes power ~ f 2^b / b for DACs and ~ f b for ADCs;
 * SimPhony's (commit 0bdc10df) 2^b / (b + 1) for DACs.
 */
#ifndef FL_CURVE_H
#define FL_CURVE_H

enum fl_curve { FL_CURVE_FIXED, FL_CURVE_BITS, FL_CURVE_LEVELS, FL_CURVE_LEVELS_PER_BIT, FL_CURVE_LEVELS_PER_BIT_MORE };
/* "fixed", "bits", "levels", "levels/bits", "levels/(bits+1)"; ends with NULL. */
extern const char *const fl_curve_names[];
/* What `bits` costs over what `at` bits cost; 1 if `at` is 0. */
double fl_curve_ratio(enum fl_curve curve, double bits, double at);

/* Over a clock or a size: a power of it. */
enum fl_power_law { FL_POWER_FIXED, FL_POWER_ROOT, FL_POWER_LINEAR, FL_POWER_SQUARE, FL_POWER_INVERSE, FL_POWER_LAWS };
extern const char *const fl_power_law_names[];  /* "fixed", "root", "linear", "square", "inverse"; ends with NULL */
/* What `number` costs over what `at` costs; 1 if `at` is 0. */
double fl_power_law_ratio(enum fl_power_law law, double number, double at);

#endif
