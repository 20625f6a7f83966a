/* detect_kernel.h - levels and detections for one width of vectors; detect.c includes it once for each.
 *
 * Wants FL_WIDTH, doubles of a vector; FL_TARGET, the attribute that lets the compiler use such vectors; FL_NAME(x),
 * the name of x at this width; FL_ROOT(x), the roots of its elements. What is rare (counts below 16, drawn by
 * inversion) is done one by one.
 */

typedef double FL_NAME(reals) __attribute__((vector_size(FL_WIDTH * sizeof(double))));
typedef uint64_t FL_NAME(words) __attribute__((vector_size(FL_WIDTH * sizeof(uint64_t))));
typedef float FL_NAME(floats) __attribute__((vector_size(FL_WIDTH * sizeof(float))));
#define REALS FL_NAME(reals)
#define WORDS FL_NAME(words)
#define INLINE FL_TARGET static inline __attribute__((always_inline))
/* `a` where the mask holds, else `b`. */
#define PICK(mask, a, b) ((REALS)(((WORDS)(mask) & (WORDS)(a)) | (~(WORDS)(mask) & (WORDS)(b))))

/* fl_floor; what is too large for that trick is whole already. */
INLINE void FL_NAME(whole)(REALS *x)
{
    REALS whole = (*x + 0x1.8p52) - 0x1.8p52, one = *x - *x + 1.0;
    WORDS below = (WORDS)(whole > *x), small = (WORDS)((*x < 0x1p51) & (*x > -0x1p51));
    whole -= (REALS)(below & (WORDS)one);
    *x = PICK(small, whole, *x);
}

/* fl_draw_uniform of places from `place` on: splitmix64, then 53 bits as a real, by halves, each exact. */
INLINE void FL_NAME(uniform)(uint64_t key, uint64_t place, REALS *share)
{
    WORDS z, one = (WORDS)((REALS){0} + 0x1p52);
    for (int i = 0; i < FL_WIDTH; i++)
        z[i] = (uint64_t)i * FL_SPLITMIX_STRIDE;
    z += key + (place + 1) * FL_SPLITMIX_STRIDE;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z = (z ^ (z >> 31)) >> 11;
    REALS high = (REALS)(z >> 26 | one) - 0x1p52, low = (REALS)((z & 0x3FFFFFFu) | one) - 0x1p52;
    *share = (high * 0x1p26 + low + 0.5) * 0x1p-53;
}

/* fl_curve_log. */
INLINE void FL_NAME(log)(const REALS *x, REALS *log)
{
    WORDS bits = (WORDS)*x, one = (WORDS)((REALS){0} + 0x1p52);
    REALS n = ((REALS)(bits >> 52 | one) - 0x1p52) - 1022.0;
    REALS m = (REALS)((bits & 0xFFFFFFFFFFFFFu) | (uint64_t)1022 << 52);
    WORDS low = (WORDS)(m < 0.70710678118654752);
    m = PICK(low, m * 2.0, m);
    n = PICK(low, n - 1.0, n);
    REALS s = (m - 1.0) / (m + 1.0), square = s * s, sum = square - square;
    for (int i = 0; i < FL_CURVE_ODDS; i++)
        sum = sum * square + fl_curve_odd[i];
    *log = 2.0 * s * sum + n * 0.69314718055994531;
}

/* fl_normal_quantile, but for shares within e^-25 of an end, which *far counts. */
INLINE void FL_NAME(quantile)(const REALS *share, REALS *z, bool *far)
{
    REALS q = *share - 0.5, r = 0.180625 - q * q;
    *z = q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
         (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0);
    WORDS outside = (WORDS)((q > 0.425) | (q < -0.425)), any = outside;
    uint64_t some = 0;
    for (int i = 0; i < FL_WIDTH; i++)
        some |= any[i];
    if (some == 0)
        return;
    REALS tail = PICK(q < 0.0, *share, 1.0 - *share), log;
    FL_NAME(log)(&tail, &log);
    r = FL_ROOT(-log);
    for (int i = 0; i < FL_WIDTH; i++)
        *far |= r[i] > 5;
    r -= 1.6;
    REALS end = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
                ((0.12021132975 * r + 0.73700164250) * r + 1.0);
    *z = PICK(outside, PICK(q < 0.0, -end, end), *z);
}

/* fl_adc_read_by. */
INLINE void FL_NAME(read)(const struct fl_adc *adc, REALS *value)
{
    if (!(adc->step > 0)) {
        for (int i = 0; i < FL_WIDTH; i++)
            (*value)[i] = fl_held((*value)[i], adc->low, adc->high);
        return;
    }
    REALS code = (*value - adc->low) / adc->step, none = {0}, last = none + adc->last;
    FL_NAME(whole)(&code);
    code = PICK(code > 0.0, code, none);
    code = PICK(code < last, code, last);
    *value = adc->low + (code + 0.5) * adc->step;
}

/* fl_draw_counts where the counts are many; false: they are not all, and nothing is said. */
INLINE bool FL_NAME(count)(const struct fl_detector *d, uint64_t place, const REALS *lit, REALS *net)
{
    REALS none = {0}, plus = (*lit + *net) / 2.0, minus = none, share, z;
    bool far = false;
    plus = PICK(plus > 0.0, plus, none) + d->dark;
    if (d->pair) {
        minus = (*lit - *net) / 2.0;
        minus = PICK(minus > 0.0, minus, none) + d->dark;
    }
    REALS variance = plus + minus, mean = plus - minus;
    for (int i = 0; i < FL_WIDTH; i++)
        if (!(variance[i] >= 16))
            return false;
    FL_NAME(uniform)(d->photons, place, &share);
    FL_NAME(quantile)(&share, &z, &far);
    if (far)
        return false;
    *net = mean + FL_ROOT(variance) * z + mean / variance * (z * z - 1.0) / 6.0 + 0.5;
    FL_NAME(whole)(net);
    if (!d->pair)
        *net -= d->dark;
    return true;
}

FL_TARGET static double FL_NAME(row)(const struct fl_detector *d, const struct fl_detect_row *row)
{
    double detected = 0;
    size_t j = 0;
    for (; j + FL_WIDTH <= row->count && !(d->sigma_e > 0 && !d->quiet); j += FL_WIDTH) {
        FL_NAME(floats) light, difference;
        REALS sum;
        memcpy(&light, row->light + j, sizeof light);
        memcpy(&difference, row->difference + j, sizeof difference);
        memcpy(&sum, row->sum + j, sizeof sum);
        REALS lit = row->level * __builtin_convertvector(light, REALS);
        REALS net = row->level * __builtin_convertvector(difference, REALS), got = net;
        for (int i = 0; i < FL_WIDTH; i++)
            detected += lit[i];
        if (d->quiet || FL_NAME(count)(d, row->place + j, &lit, &got))
            FL_NAME(read)(&d->adc, &got);
        else
            for (int i = 0; i < FL_WIDTH; i++)
                got[i] = fl_detect(d, &d->adc, row->place + j + (size_t)i, lit[i], net[i]);
        sum += row->worth * got;
        memcpy(row->sum + j, &sum, sizeof sum);
    }
    for (; j < row->count; j++) {
        double lit = row->level * (double)row->light[j], net = row->level * (double)row->difference[j];
        detected += lit;
        row->sum[j] += row->worth * fl_detect(d, &d->adc, row->place + j, lit, net);
    }
    return detected;
}
/* fl_held. */
INLINE void FL_NAME(hold)(double least, double most, REALS *x)
{
    REALS none = {0}, low = none + least, high = none + most;
    *x = PICK(*x > low, *x, low);
    *x = PICK(*x < high, *x, high);
}

FL_TARGET static void FL_NAME(levels)(const struct fl_leveling *l)
{
    size_t j = 0;
    for (; j + FL_WIDTH <= l->count; j += FL_WIDTH) {
        FL_NAME(floats) value, range;
        memcpy(&value, l->value + j, sizeof value);
        REALS v = __builtin_convertvector(value, REALS), none = {0};
        if (l->range != NULL) {
            memcpy(&range, l->range + j, sizeof range);
            v /= __builtin_convertvector(range, REALS);
        } else {
            v /= l->full;
        }
        FL_NAME(hold)(-1, 1, &v);
        REALS level = l->offset ? (1.0 + v) / 2.0 : (REALS)((WORDS)v & ~((uint64_t)1 << 63));
        FL_NAME(hold)(0, 1, &level);
        if (l->top > 0) {
            level = level * l->top + 0.5;
            FL_NAME(whole)(&level);
            level /= l->top;
        }
        if (!l->offset)
            level = PICK(v < none, -level, level);
        memcpy(l->level + j, &level, sizeof level);
    }
    for (; j < l->count; j++)
        l->level[j] = level_of(l, j);
}

FL_TARGET static void FL_NAME(rounded)(const struct fl_rounding *r)
{
    size_t j = 0;
    for (; j + FL_WIDTH <= r->count && r->top > 0; j += FL_WIDTH) {
        FL_NAME(floats) value, range;
        memcpy(&value, r->value + j, sizeof value);
        if (r->range != NULL)
            memcpy(&range, r->range + j, sizeof range);
        else
            range = value - value + r->full;
        REALS code = __builtin_convertvector(value / range, REALS) * r->top + 0.5;
        FL_NAME(whole)(&code);
        FL_NAME(hold)(-r->top, r->top, &code);
        value = __builtin_convertvector(code / r->top, FL_NAME(floats)) * range;
        memcpy(r->value + j, &value, sizeof value);
    }
    for (; j < r->count && r->top > 0; j++)
        r->value[j] = rounded(r, j);
}
#undef REALS
#undef WORDS
#undef INLINE
#undef PICK
