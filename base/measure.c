/* measure.c - units by name: prefixes, symbols, products and quotients of them. */
#include "base/measure.h"

#include <ctype.h>
#include <string.h>

#include "base/quantity.h"

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
    {"FLOP", SI, {.ten = 0}},
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
    {"FLOP/s", "a frequency", "a rate of operations (FLOP/s)"},
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

const char *fl_space_skipped(const char *at)
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
bool fl_measure_read(const char *text, struct measure *measure)
{
    memset(measure, 0, sizeof *measure);
    const char *at = fl_space_skipped(text);
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
        at = fl_space_skipped(at);
        if (*at != '/' && *at != '*')
            break;
        sign = *at == '/' ? -1 : 1;
        at = fl_space_skipped(at + 1);
        if (*at == '\0')
            return false;
    }
    return *at == '\0';
}

bool fl_measure_alike(const struct measure *a, const struct measure *b)
{
    return memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

const char *fl_measure_kind(const struct measure *measure)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct measure other;
        if (fl_measure_read(kinds[k].measure, &other) && fl_measure_alike(measure, &other))
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
    return fl_measure_read(measure, &is) ? fl_measure_kind(&is) : measure;
}
