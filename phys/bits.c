/* bits.c - rounding, slices and the range of an ADC. */
#include "phys/bits.h"

#include <math.h>

#include "base/err.h"
#include "base/whole.h"

static const double pi = 3.14159265358979323846;

double fl_bits_step(int bits)
{
    return bits > 0 ? 1 / (exp2(bits) - 1) : 0;
}

double fl_bits_rounding(int bits)
{
    double step = fl_bits_step(bits);
    return step * step / 12;
}

double fl_bits_top(int bits)
{
    return bits > 0 ? exp2(bits) - 1 : 0;
}

double fl_bits_round(double value, int bits)
{
    return fl_bits_round_by(fl_bits_top(bits), value);
}

int fl_slices_count(int bits, int device_bits)
{
    fl_assert(bits > 0 && device_bits > 0);
    return (bits + device_bits - 1) / device_bits;
}

double fl_slices_level(double value, int device_bits, int slices, int index)
{
    fl_assert(index >= 0 && index < slices);
    if (slices == 1)
        return fl_bits_round(value, device_bits);
    fl_assert(device_bits > 0 && device_bits * slices <= 52);
    uint64_t code = (uint64_t)fl_whole(fl_held(value, 0, 1) * (exp2(device_bits * slices) - 1) + 0.5, 0, INT64_MAX);
    uint64_t mask = ((uint64_t)1 << device_bits) - 1;
    return (double)(code >> (device_bits * index) & mask) / (double)mask;
}

double fl_slices_weight(int device_bits, int slices, int index)
{
    if (slices == 1)
        return 1;
    return exp2(device_bits * index) * (exp2(device_bits) - 1) / (exp2(device_bits * slices) - 1);
}

double fl_slices_noise(int device_bits, int slices)
{
    double sum = 0;
    for (int i = 0; i < slices; i++) {
        double weight = fl_slices_weight(device_bits, slices, i);
        sum += weight * weight;
    }
    return sum;
}

struct fl_adc fl_adc_of(struct fl_adc_range range, double bits)
{
    struct fl_adc adc = {.low = range.low, .high = range.low + range.span};
    if (bits > 0) {
        double steps = exp2(bits);
        adc.step = range.span / steps;
        adc.last = ceil(steps) - 1;
    }
    return adc;
}

double fl_adc_read(struct fl_adc_range range, double bits, double value)
{
    struct fl_adc adc = fl_adc_of(range, bits);
    return fl_adc_read_by(&adc, value);
}

double fl_adc_rounding(struct fl_adc_range range, double bits)
{
    double step = bits > 0 ? range.span * exp2(-bits) : 0;
    return step * step / 12;
}

double fl_adc_clipping(double sigmas)
{
    double tail = erfc(sigmas / sqrt(2)) / 2, density = exp(-sigmas * sigmas / 2) / sqrt(2 * pi);
    return 2 * ((1 + sigmas * sigmas) * tail - sigmas * density);
}
