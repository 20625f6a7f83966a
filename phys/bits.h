/* bits.h - numbers on devices of few levels: rounding, slices, the range of an ADC.
 *
 * The one idea: a device of b bits sets 2^b equally spaced levels of a quantity in [0, 1], both
 * ends included, so its step is 1 / (2^b - 1); rounding to it adds step^2 / 12 of variance.
 * An ADC cuts its range into 2^b steps and answers with the middle of one.
 * A value of more bits than the device has is worked on digit by digit (slices).
 */
#ifndef FL_BITS_H
#define FL_BITS_H

#include <math.h>
#include <stdint.h>

/* floor(x), without a call and a branch that nobody can guess: adding and taking off 1.5 x 2^52 rounds to a whole
 * number. */
static inline double fl_floor(double x)
{
    if (!(fabs(x) < 0x1p51))
        return floor(x);
    double whole = (x + 0x1.8p52) - 0x1.8p52;
    return whole - (double)(whole > x);
}

/* `value`, or the end of the range that it lies beyond; what is no number is `least`. */
static inline double fl_held(double value, double least, double most)
{
    double from = value > least ? value : least;        /* as processors have a largest and a least: no branch */
    return from < most ? from : most;
}

/* Step of a device of `bits` bits over [0, 1]: 1 / (2^bits - 1). 0 bits: continuous, step 0. */
double fl_bits_step(int bits);
/* Variance that rounding adds, step^2 / 12, while the value moves over many steps
 * (W. R. Bennett, Bell Syst. Tech. J. 27, 446 (1948)). */
double fl_bits_rounding(int bits);
/* Levels above the lowest: 2^bits - 1; 0 bits: 0. */
double fl_bits_top(int bits);
/* The level nearest to a value in [0, 1]; values outside go to the ends. 0 bits: the value, held to [0, 1]. The second
 * is the first with fl_bits_top at hand, for many values. */
double fl_bits_round(double value, int bits);
static inline double fl_bits_round_by(double top, double value)
{
    value = fl_held(value, 0, 1);
    return top > 0 ? fl_floor(value * top + 0.5) / top : value;
}

/* Digits ("slices") a value of `bits` bits needs on a device of `device_bits`: ceil(bits / device_bits). */
int fl_slices_count(int bits, int device_bits);
/* Slice `index` (0: least significant) of the nearest level of `value` among 2^(device_bits x slices), as a device
 * level in [0, 1]. Sum over slices of weight x level gives that level again. */
double fl_slices_level(double value, int device_bits, int slices, int index);
/* Weight of slice `index` in the value: 2^(b index) (2^b - 1) / (2^(b slices) - 1); the weights sum to 1. */
double fl_slices_weight(int device_bits, int slices, int index);
/* Noise variance of the recombined value, each slice having the same variance: sum of weights squared. Slices cost
 * passes or columns, not precision: it is 1 for one slice and never above. */
double fl_slices_noise(int device_bits, int slices);

/* Range of an ADC. */
struct fl_adc_range {
    double low, span;
};
/* Reads a value: held to the range, then the middle of its step of span / 2^bits. 0 bits: only held. */
double fl_adc_read(struct fl_adc_range range, double bits, double value);
/* The same for many values. */
struct fl_adc {
    double low, high, step, last;       /* last: the highest code; step 0: values are only held */
};
struct fl_adc fl_adc_of(struct fl_adc_range range, double bits);
static inline double fl_adc_read_by(const struct fl_adc *adc, double value)
{
    if (!(adc->step > 0))
        return fl_held(value, adc->low, adc->high);
    double code = fl_held(fl_floor((value - adc->low) / adc->step), 0, adc->last);
    return adc->low + (code + 0.5) * adc->step;
}
/* Rounding variance (span / 2^bits)^2 / 12; 0 bits: none. */
double fl_adc_rounding(struct fl_adc_range range, double bits);
/* Mean square of what a range of +- k sigma cuts off a normal value, over sigma^2:
 * 2 [(1 + k^2) Q(k) - k phi(k)]. */
double fl_adc_clipping(double sigmas);

#endif
