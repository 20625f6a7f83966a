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

__extension__ typedef __int128 wide;

/* Exponents are kept doubled, so that sqrt(Hz) has one. */
enum { KILOGRAM, METRE, SECOND, AMPERE, KELVIN, BIT, DECIBEL, DBM, DIMS };

struct measure {
    int dim[DIMS];
    int ten, two;
};

/* Prefixes a unit takes: none, powers of a thousand, or those and powers of 1024; and centi, for lengths. */
enum prefixes { NONE, SI, SI_CENTI, SI_BINARY };

static const struct symbol {
    const char *name;
    enum prefixes prefixes;
    struct measure is;
} symbols[] = {
    {"J", SI, {.dim = {[KILOGRAM] = 2, [METRE] = 4, [SECOND] = -4}}},
    {"W", SI, {.dim = {[KILOGRAM] = 2, [METRE] = 4, [SECOND] = -6}}},
    {"s", SI, {.dim = {[SECOND] = 2}}},
    {"Hz", SI, {.dim = {[SECOND] = -2}}},
    {"m", SI_CENTI, {.dim = {[METRE] = 2}}},
    {"V", SI, {.dim = {[KILOGRAM] = 2, [METRE] = 4, [SECOND] = -6, [AMPERE] = -2}}},
    {"A", SI, {.dim = {[AMPERE] = 2}}},
    {"F", SI, {.dim = {[KILOGRAM] = -2, [METRE] = -4, [SECOND] = 8, [AMPERE] = 4}}},
    {"ohm", SI, {.dim = {[KILOGRAM] = 2, [METRE] = 4, [SECOND] = -6, [AMPERE] = -4}}},
    {"C", SI, {.dim = {[SECOND] = 2, [AMPERE] = 2}}},
    {"K", SI, {.dim = {[KELVIN] = 2}}},
    {"bit", SI_BINARY, {.dim = {[BIT] = 2}}},
    {"bits", SI_BINARY, {.dim = {[BIT] = 2}}},
    {"b", SI_BINARY, {.dim = {[BIT] = 2}}},
    {"B", SI_BINARY, {.dim = {[BIT] = 2}, .two = 3}},
    {"byte", SI_BINARY, {.dim = {[BIT] = 2}, .two = 3}},
    {"bytes", SI_BINARY, {.dim = {[BIT] = 2}, .two = 3}},
    {"bps", SI_BINARY, {.dim = {[BIT] = 2, [SECOND] = -2}}},
    {"dB", NONE, {.dim = {[DECIBEL] = 2}}},
    {"dBm", NONE, {.dim = {[DBM] = 2}}},
    {"%", NONE, {.ten = -2}},
    {"S", SI, {.ten = 0}},
    {"MAC", NONE, {.ten = 0}},
    {"op", NONE, {.ten = 0}},
    {"sample", NONE, {.ten = 0}},
    {"conversion", NONE, {.ten = 0}},
    {"value", NONE, {.ten = 0}},
    {"pixel", NONE, {.ten = 0}},
    {"row", NONE, {.ten = 0}},
    {"access", NONE, {.ten = 0}},
    {"photon", NONE, {.ten = 0}},
    {"electron", NONE, {.ten = 0}},
};

static const struct prefix {
    const char *name;
    int ten, two;
} prefixes[] = {
    {"a", -18, 0}, {"f", -15, 0}, {"p", -12, 0}, {"n", -9, 0}, {"u", -6, 0}, {"\xc2\xb5", -6, 0}, {"\xce\xbc", -6, 0},
    {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},   {"G", 9, 0},  {"T", 12, 0}, {"P", 15, 0},        {"E", 18, 0},
    {"c", -2, 0},  {"Ki", 0, 10}, {"Mi", 0, 20}, {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50},
};

/* What a measure is of: the first entry of its dimension names it. */
static const struct kind {
    const char *measure, *of, *told;
} kinds[] = {
    {"", "a plain number", "a plain number"},
    {"fJ", "an energy", "an energy (fJ)"},
    {"pJ", "an energy", "an energy (pJ)"},
    {"mW", "a power", "a power (mW)"},
    {"W", "a power", "a power (W)"},
    {"ps", "a time", "a time (ps)"},
    {"ns", "a time", "a time (ns)"},
    {"Hz", "a frequency", "a frequency (Hz)"},
    {"GHz", "a frequency", "a frequency (GHz)"},
    {"bit", "an amount of data", "an amount of data (bit)"},
    {"bits", "an amount of data", "an amount of data (bits)"},
    {"byte", "an amount of data", "an amount of data (byte)"},
    {"bytes", "an amount of data", "an amount of data (bytes)"},
    {"bit/s", "a data rate", "a data rate (bit/s)"},
    {"m", "a length", "a length (m)"},
    {"nm", "a length", "a length (nm)"},
    {"um", "a length", "a length (um)"},
    {"mm", "a length", "a length (mm)"},
    {"um^2", "an area", "an area (um^2)"},
    {"mm^2", "an area", "an area (mm^2)"},
    {"dB", "a ratio in dB", "a ratio in dB"},
    {"dBm", "a power in dBm", "a power in dBm"},
    {"V", "a voltage", "a voltage (V)"},
    {"A", "a current", "a current (A)"},
    {"F", "a capacitance", "a capacitance (F)"},
    {"fF", "a capacitance", "a capacitance (fF)"},
    {"ohm", "a resistance", "a resistance (ohm)"},
    {"C", "a charge", "a charge (C)"},
    {"K", "a temperature", "a temperature (K)"},
    {"fJ/bit", "an energy per bit", "an energy per bit (fJ/bit)"},
    {"A/W", "a responsivity", "a responsivity (A/W)"},
    {"A/sqrt(Hz)", "a noise current density", "a noise current density (A/sqrt(Hz))"},
    {"dB/Hz", "a noise density in dB/Hz", "a noise density in dB/Hz"},
    {"ps/bit", "a time per bit", "a time per bit (ps/bit)"},
    {"dB/m", "a loss per length", "a loss per length (dB/m)"},
    {"um/V", "a length per volt", "a length per volt (um/V)"},
};

/* ---- units ---- */

static bool prefix_fits(const struct prefix *prefix, enum prefixes allowed)
{
    if (prefix->two != 0)
        return allowed == SI_BINARY;
    if (prefix->ten == -2)
        return allowed == SI_CENTI;
    return allowed != NONE;
}

static bool symbol_find(const char *name, size_t length, struct measure *is)
{
    for (size_t s = 0; s < sizeof symbols / sizeof *symbols; s++) {
        size_t own = strlen(symbols[s].name);
        if (own > length || memcmp(name + length - own, symbols[s].name, own) != 0)
            continue;
        *is = symbols[s].is;
        if (own == length)
            return true;
        for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
            if (strlen(prefixes[p].name) == length - own && memcmp(name, prefixes[p].name, length - own) == 0 &&
                prefix_fits(&prefixes[p], symbols[s].prefixes)) {
                is->ten += prefixes[p].ten;
                is->two += prefixes[p].two;
                return true;
            }
        }
    }
    return false;
}

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

static bool is_symbol_byte(char c)
{
    return isalpha((unsigned char)c) || c == '%' || (unsigned char)c >= 0x80;
}

/* One factor of a unit, "mm^2" or "sqrt(Hz)"; NULL if it is none. */
static const char *factor_read(const char *at, struct measure *factor)
{
    bool root = strncmp(at, "sqrt(", 5) == 0;
    if (root)
        at += 5;
    const char *end = at;
    while (is_symbol_byte(*end))
        end++;
    if (end == at || !symbol_find(at, (size_t)(end - at), factor))
        return NULL;
    int power = 2;
    if (root) {
        if (*end++ != ')' || factor->ten % 2 != 0 || factor->two % 2 != 0)
            return NULL;
        power = 1;
    } else if (end[0] == '^' && end[1] >= '1' && end[1] <= '4') {
        power = 2 * (end[1] - '0');
        end += 2;
    }
    for (int d = 0; d < DIMS; d++)
        factor->dim[d] = factor->dim[d] * power / 2;
    factor->ten = factor->ten * power / 2;
    factor->two = factor->two * power / 2;
    return end;
}

/* A whole unit, up to the end of the text: factors joined by '/' or '*', "1/s" too; empty is a plain number. */
static bool measure_read(const char *text, struct measure *measure)
{
    memset(measure, 0, sizeof *measure);
    const char *at = skip_space(text);
    if (at[0] == '1' && at[1] == '/')
        at++;
    int sign = *at == '/' ? -1 : 1;
    if (sign < 0 && *++at == '\0')
        return false;
    while (*at != '\0') {
        struct measure factor;
        at = factor_read(at, &factor);
        if (at == NULL)
            return false;
        for (int d = 0; d < DIMS; d++)
            measure->dim[d] += sign * factor.dim[d];
        measure->ten += sign * factor.ten;
        measure->two += sign * factor.two;
        at = skip_space(at);
        if (*at != '/' && *at != '*')
            break;
        sign = *at == '/' ? -1 : 1;
        at = skip_space(at + 1);
        if (*at == '\0')
            return false;
    }
    return *at == '\0';
}

static bool same_dims(const struct measure *a, const struct measure *b)
{
    return memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

static const char *kind_of(const struct measure *measure)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct measure other;
        if (measure_read(kinds[k].measure, &other) && same_dims(measure, &other))
            return kinds[k].of;
    }
    return "a quantity of another kind";
}

const char *fl_quantity_of(const char *measure)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(kinds[k].measure, measure) == 0)
            return kinds[k].told;
    struct measure is;
    return measure_read(measure, &is) ? kind_of(&is) : measure;
}

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
    const char *digit = skip_space(at + 1);
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
    const char *at = skip_space(text);
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
    number->unit = skip_space(at);
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
    if (measure_read(number->unit, unit))
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
    return fl_fail(err, where, "\"%s\" is %s; %s is wanted", text, kind_of(unit), fl_quantity_of(measure));
}

/* Powers are told in dBm as well: 0 dBm is 1 mW. */
static bool is_power(const struct measure *measure)
{
    struct measure watt;
    return measure_read("W", &watt) && same_dims(measure, &watt);
}

bool fl_quantity_read(const char *text, const char *measure, double *value, const char *where, struct fl_err *err)
{
    struct number number;
    struct measure unit, wanted;
    fl_assert(measure_read(measure, &wanted));
    if (!parts_read(text, measure, &number, &unit, where, err))
        return false;
    if (unit.dim[DBM] == 2 && is_power(&wanted)) {
        double milliwatts = pow(10, number_value(&number, -1, 0));
        *value = milliwatts * pow(10, -3 - wanted.ten);
    } else if (same_dims(&unit, &wanted)) {
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
    fl_assert(measure_read(measure, &wanted));
    if (!parts_read(text, measure, &number, &unit, where, err))
        return false;
    bool bare_bits = number.unit[0] == '\0' && wanted.dim[BIT] == 2 && wanted.two == 0;
    if (!same_dims(&unit, &wanted) && !bare_bits)
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
    fl_assert(measure_read("s", &second) && measure_read("Hz", &hertz));
    if (!number_read(text, &number) || !measure_read(number.unit, &unit))
        return fl_fail(err, where, "\"%s\" is no frequency or period; write \"5 GHz\", \"4/3 GHz\" or \"0.63 ns\"",
                       text);
    bool period = same_dims(&unit, &second);
    if (!period && !same_dims(&unit, &hertz))
        return fl_fail(err, where, "\"%s\" is %s; a frequency (GHz) or a period (ns) is wanted", text,
                       number.unit[0] != '\0' ? kind_of(&unit) : "a plain number");
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
