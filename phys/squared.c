/* squared.c - moments of squares of sums. */
#include "phys/squared.h"

#include <math.h>

/* Of one operand: mean square of what elements have to themselves, and second and fourth moments of what they share. */
struct parts { double own, second, fourth; };

static struct parts parts_of(const struct fl_operand *v)
{
    double mean = v->mean * v->mean, common = fmax(0, v->shared - mean);
    return (struct parts){v->square - v->shared, v->shared, mean * mean + 6 * mean * common + 3 * common * common};
}

double fl_squared_mean(const struct fl_operand *x, const struct fl_operand *w, double length)
{
    return length * x->square * w->square + length * (length - 1) * x->shared * w->shared;
}

double fl_squared_square(const struct fl_operand *x, const struct fl_operand *w, double length)
{
    struct parts a = parts_of(x), b = parts_of(w);
    double d = length, own = a.own * b.own;
    double means = a.fourth * b.fourth;
    double mixed = a.fourth * b.second * b.own + a.own * a.second * b.fourth + own * a.second * b.second;
    double owns = a.fourth * b.own * b.own + a.own * a.own * b.fourth + own * own
                  + 2 * own * (a.second * b.second + a.second * b.own + a.own * b.second);
    return d * d * (d * d * means + 6 * d * mixed + 3 * owns);
}

double fl_squared_variance(const struct fl_operand *x, const struct fl_operand *w, double length)
{
    double mean = fl_squared_mean(x, w, length);
    return fl_squared_square(x, w, length) - mean * mean;
}

double fl_squared_shared(const struct fl_operand *x, const struct fl_operand *w, double length)
{
    struct parts a = parts_of(x), b = parts_of(w);
    double d = length, slope = d * d * b.second + d * b.own, rest = d * a.own * w->square;
    return slope * slope * a.fourth + 2 * slope * rest * a.second + rest * rest;    /* E[(slope a^2 + rest)^2] */
}

double fl_squared_error(const struct fl_operand *x, const struct fl_operand *w, double length, double error)
{
    struct parts a = parts_of(x), b = parts_of(w);
    double d = length, own = a.own * b.own, moved = d * error * x->square;
    /* E[S^2 (a^2 + own of x)] */
    double mean = d * d * b.second * (a.fourth + a.second * a.own)
                  + d * (a.fourth * b.own + a.second * own + a.own * a.second * b.second + a.own * a.own * b.second
                         + own * a.second + own * a.own);
    return 4 * d * error * mean + 3 * moved * moved;
}

double fl_squared_clipping(double top)
{
    double z = sqrt(fmax(0, top));                              /* of S over its own deviation */
    double density = exp(-top / 2) / sqrt(2 * acos(-1)), tail = erfc(z / sqrt(2)) / 2;
    return 2 * (density * z * (3 - top) + tail * (3 - 2 * top + top * top));    /* E[(s^2 - z^2)^2 beyond it] */
}
