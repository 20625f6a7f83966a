/* squared.h - outputs that are squares: y = S^2 with S = sum of x w, as a detector sees of fields that meet on it.
 *
 * The one idea: S is a sum of many products, and so normal but for what all elements of a vector have in common. With
 * x = a + own and w = b + own, where a and b are common to the vectors and normal about their means, S is normal about
 * d a b with variance d (E[x^2] E[w^2] - a^2 b^2), squares taken for given a and b; moments of y are means over both.
 * What single products add to the fourth moment of their sum, of order 1 / d, is left out.
 */
#ifndef FL_SQUARED_H
#define FL_SQUARED_H

#include "phys/operand.h"

/* E[y], E[y^2] and the variance of y, over sums of `length` products. */
double fl_squared_mean(const struct fl_operand *x, const struct fl_operand *w, double length);
double fl_squared_square(const struct fl_operand *x, const struct fl_operand *w, double length);
double fl_squared_variance(const struct fl_operand *x, const struct fl_operand *w, double length);
/* E[y y'] of two outputs of the same x, whose w have nothing in common; w have no mean. */
double fl_squared_shared(const struct fl_operand *x, const struct fl_operand *w, double length);
/* Mean square error of y where every w is off by an error of its own, of mean square `error`: E[(2 S e + e^2)^2]. */
double fl_squared_error(const struct fl_operand *x, const struct fl_operand *w, double length, double error);
/* What a range cuts off that ends at `top` times the mean of y, S normal: mean square of it, over the mean's square. */
double fl_squared_clipping(double top);

#endif
