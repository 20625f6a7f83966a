/* quantity.c - numbers with units, read exactly.
 *
 * A unit is a vector of exponents over the base dimensions and a scale 10^ten 2^two,
 * so that a quantity is digits x 10^a x 2^b: the decimal exponent goes into the text
 * that strtod reads (no decimal point, hence no locale), the binary one into ldexp, and
 * the value is rounded once. Exact readings never leave the integers.
 */
#include "base/quantity.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/measure.h"

__extension__ typedef __int128 wide;

/* ---- numbers ---- */

enum { DIGITS = 40 };

/* sign digits x 10^ten / divisor, and where the unit begins. */
struct number {
    char digit[DIGITS + 1];             /* no leading zero; "0" for zero */
    int digits, ten;
    bool negative;
    int64_t divisor;
    const char *unit;
};

static bool digit_add(struct number *number, char digit)
{
    if (number->digits == 1 && number->digit[0] == '0')
        number->digits = 0;
    if (number->digits == DIGITS)
        return false;
    number->digit[number->digits++] = digit;
    number->digit[number->digits] = '\0';
    return true;
}

static const char *exponent_read(const char *at, int *ten)
{
    const char *digit = at + 1;
    bool negative = *digit == '-';
    if (*digit == '-' || *digit == '+')
        digit++;
    if (!isdigit((unsigned char)*digit))
        return at;
    int value = 0;
    while (isdigit((unsigned char)*digit)) {
        if (value < 100000)
            value = value * 10 + (*digit - '0');
        digit++;
    }
    *ten += negative ? -value : value;
    return digit;
}

/* The divisor of "4/3"; stays put if no digits follow the slash. */
static const char *divisor_read(const char *at, int64_t *divisor)
{
    const char *digit = fl_space_skipped(at + 1);
    if (!isdigit((unsigned char)*digit))
        return at;
    int64_t value = 0;
    while (isdigit((unsigned char)*digit) && value < 1000000000000)
        value = value * 10 + (*digit++ - '0');
    *divisor = value;
    return digit;
}

static bool number_read(const char *text, struct number *number)
{
    memset(number, 0, sizeof *number);
    number->divisor = 1;
    const char *at = fl_space_skipped(text);
    number->negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    bool point = false, any = false;
    for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        any = true;
        if (!digit_add(number, *at))
            return false;
        number->ten -= point;
    }
    if (!any)
        return false;
    while (number->digits > 1 && number->digit[number->digits - 1] == '0') {
        number->digit[--number->digits] = '\0';
        number->ten++;
    }
    if (*at == 'e' || *at == 'E')
        at = exponent_read(at, &number->ten);
    if (*at == '/')
        at = divisor_read(at, &number->divisor);
    number->unit = fl_space_skipped(at);
    return number->divisor > 0;
}

static double number_value(const struct number *number, int ten, int two)
{
    char text[DIGITS + 24];
    snprintf(text, sizeof text, "%s%se%d", number->negative ? "-" : "", number->digit, number->ten + ten);
    return ldexp(strtod(text, NULL), two) / (double)number->divisor;
}

/* ---- exact ratios ---- */

#define WIDE_MOST ((wide)1 << 120)

struct ratio {
    wide over, under;                   /* both positive or zero over */
};

static wide wide_gcd(wide a, wide b)
{
    while (b != 0) {
        wide rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* value *= base^power, in lowest terms; false past 2^120. */
static bool ratio_scale(struct ratio *value, int base, int power)
{
    wide *grows = power > 0 ? &value->over : &value->under;
    wide *shrinks = power > 0 ? &value->under : &value->over;
    for (int i = power > 0 ? power : -power; i > 0 && value->over != 0; i--) {
        wide common = wide_gcd(base, *shrinks);
        *shrinks /= common;
        if (*grows > WIDE_MOST / base)
            return false;
        *grows *= base / common;
    }
    return true;
}

static bool number_ratio(const struct number *number, int ten, int two, struct ratio *ratio)
{
    ratio->over = 0;
    ratio->under = number->divisor;
    for (int i = 0; i < number->digits; i++) {
        if (ratio->over > WIDE_MOST / 10)
            return false;
        ratio->over = ratio->over * 10 + (number->digit[i] - '0');
    }
    wide common = wide_gcd(ratio->over, ratio->under);
    ratio->over /= common;
    ratio->under /= common;
    return ratio_scale(ratio, 10, number->ten + ten) && ratio_scale(ratio, 2, two);
}

/* ---- reading ---- */

/* Splits a text into number and unit, and tells what is wrong with either. */
static bool parts_read(const char *text, const char *measure, struct number *number, struct measure *unit,
                       const char *where, struct fl_err *err)
{
    if (!number_read(text, number))
        return fl_fail(err, where, "\"%s\" is no number%s; %s is wanted", text,
                       measure[0] != '\0' ? " with a unit" : "", fl_quantity_of(measure));
    if (fl_measure_read(number->unit, unit))
        return true;
    const char *hint = "";
    if (number->unit[0] == 'K' && number->unit[1] != 'i')
        hint = " (kilo is k, 1024 is Ki)";
    return fl_fail(err, where, "\"%s\": no unit is called \"%s\"%s; %s is wanted", text, number->unit, hint,
                   fl_quantity_of(measure));
}

static bool wrong_kind(const char *text, const struct number *number, const struct measure *unit, const char *measure,
                       const char *where, struct fl_err *err)
{
    if (number->unit[0] == '\0')
        return fl_fail(err, where, "\"%s\" has no unit; %s is wanted, such as \"%s %s\"", text,
                       fl_quantity_of(measure), text, measure);
    return fl_fail(err, where, "\"%s\" is %s; %s is wanted", text, fl_measure_kind(unit), fl_quantity_of(measure));
}

/* Powers are told in dBm as well: 0 dBm is 1 mW. */
static bool is_power(const struct measure *measure)
{
    struct measure watt;
    return fl_measure_read("W", &watt) && fl_measure_alike(measure, &watt);
}

bool fl_quantity_read(const char *text, const char *measure, double *value, const char *where, struct fl_err *err)
{
    struct number number;
    struct measure unit, wanted;
    fl_assert(fl_measure_read(measure, &wanted));
    if (!parts_read(text, measure, &number, &unit, where, err))
        return false;
    if (unit.dim[DBM] == 2 && is_power(&wanted)) {
        double milliwatts = pow(10, number_value(&number, -1, 0));
        *value = milliwatts * pow(10, -3 - wanted.ten);
    } else if (fl_measure_alike(&unit, &wanted)) {
        *value = number_value(&number, unit.ten - wanted.ten, unit.two - wanted.two);
    } else {
        return wrong_kind(text, &number, &unit, measure, where, err);
    }
    if (!isfinite(*value))
        return fl_fail(err, where, "\"%s\" is too large", text);
    return true;
}

bool fl_quantity_count(const char *text, const char *measure, int64_t *value, const char *where, struct fl_err *err)
{
    struct number number;
    struct measure unit, wanted;
    fl_assert(fl_measure_read(measure, &wanted));
    if (!parts_read(text, measure, &number, &unit, where, err))
        return false;
    bool bare_bits = number.unit[0] == '\0' && wanted.dim[BIT] == 2 && wanted.two == 0;
    if (!fl_measure_alike(&unit, &wanted) && !bare_bits)
        return wrong_kind(text, &number, &unit, measure, where, err);
    struct ratio ratio;
    if (!number_ratio(&number, unit.ten - wanted.ten, unit.two - wanted.two, &ratio) || ratio.over > INT64_MAX)
        return fl_fail(err, where, "\"%s\" cannot be held exactly in 64 bits", text);
    if (ratio.under != 1)
        return fl_fail(err, where, "\"%s\" is not a whole number%s%s", text, measure[0] != '\0' ? " of " : "", measure);
    *value = number.negative ? -(int64_t)ratio.over : (int64_t)ratio.over;
    return true;
}

bool fl_quantity_period(const char *text, int64_t *p, int64_t *q, const char *where, struct fl_err *err)
{
    struct number number;
    struct measure unit, second, hertz;
    fl_assert(fl_measure_read("s", &second) && fl_measure_read("Hz", &hertz));
    if (!number_read(text, &number) || !fl_measure_read(number.unit, &unit))
        return fl_fail(err, where, "\"%s\" is no frequency or period; write \"5 GHz\", \"4/3 GHz\" or \"0.63 ns\"",
                       text);
    bool period = fl_measure_alike(&unit, &second);
    if (!period && !fl_measure_alike(&unit, &hertz))
        return fl_fail(err, where, "\"%s\" is %s; a frequency (GHz) or a period (ns) is wanted", text,
                       number.unit[0] != '\0' ? fl_measure_kind(&unit) : "a plain number");
    struct ratio ratio;
    if (number.negative || strcmp(number.digit, "0") == 0)
        return fl_fail(err, where, "\"%s\": a clock needs a frequency above 0", text);
    bool exact = number_ratio(&number, unit.ten, unit.two, &ratio);
    if (exact && !period)
        ratio = (struct ratio){ratio.under, ratio.over};
    if (!exact || !ratio_scale(&ratio, 10, 12) || ratio.over > INT64_MAX || ratio.under > INT64_MAX)
        return fl_fail(err, where, "\"%s\" cannot be held as a ratio of picoseconds", text);
    *p = (int64_t)ratio.over;
    *q = (int64_t)ratio.under;
    return true;
}

const char *fl_quantity_write(char buffer[FL_QUANTITY_BYTES], double value, const char *measure)
{
    if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(buffer, FL_QUANTITY_BYTES, "%.0f", value);
    } else {
        int digits = 0;
        do
            snprintf(buffer, FL_QUANTITY_BYTES, "%.*g", ++digits, value);
        while (digits < 17 && strtod(buffer, NULL) != value);
    }
    for (char *c = buffer; *c != '\0'; c++)     /* a locale's decimal point */
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '+')
            *c = '.';
    size_t used = strlen(buffer);
    if (measure[0] != '\0')
        snprintf(buffer + used, FL_QUANTITY_BYTES - used, " %s", measure);
    return buffer;
}
