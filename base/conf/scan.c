/* scan.c - what libconfig 1.5 keeps to itself, found in the text of the file.
 *
 * Its scanner hands integers without an L to 32 bits and cuts off the rest in silence
 * (5000000000 reads 705032704). So numbers are looked at here, in the same words that
 * the scanner knows: comments, strings, names, numbers.
 */
#include "base/conf/conf.h"
#include "base/quantity.h"

#include <ctype.h>
#include <string.h>

struct scan {
    const char *at, *file;
    int line;
    bool includes;
    struct fl_err *err;
};

static void fail(struct scan *scan, const char *what, const char *token, size_t length)
{
    struct fl_arena arena = {0};
    fl_fail(scan->err, fl_arena_format(&arena, "%s:%d", scan->file, scan->line), "%.*s %s", (int)length, token, what);
    fl_arena_free(&arena);
}

static void skip_until(struct scan *scan, const char *end)
{
    while (*scan->at != '\0' && strncmp(scan->at, end, strlen(end)) != 0) {
        if (*scan->at == '\\' && *end == '"' && scan->at[1] != '\0')
            scan->at++;
        scan->line += *scan->at++ == '\n';
    }
    if (*scan->at != '\0' && *end != '\n')
        scan->at += strlen(end);
}

static size_t float_length(const char *at)
{
    size_t n = strspn(at, "+-");
    bool real = false;
    n += strspn(at + n, "0123456789");
    if (at[n] == '.') {
        real = true;
        n += 1 + strspn(at + n + 1, "0123456789");
    }
    if (at[n] == 'e' || at[n] == 'E') {
        size_t sign = strspn(at + n + 1, "+-"), digits = strspn(at + n + 1 + sign, "0123456789");
        if (sign <= 1 && digits > 0) {
            real = true;
            n += 1 + sign + digits;
        }
    }
    return real ? n : 0;
}

/* The magnitude of `digits` in `base`, or UINT64_MAX when it is larger. */
static uint64_t magnitude(const char *digit, size_t digits, unsigned base)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = (char)tolower((unsigned char)digit[i]);
        unsigned next = (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
        if (value > (UINT64_MAX - next) / base)
            return UINT64_MAX;
        value = value * base + next;
    }
    return value;
}

static void integer(struct scan *scan)
{
    const char *begin = scan->at;
    size_t sign = strspn(begin, "+-") > 0;
    bool hex = begin[sign] == '0' && (begin[sign + 1] == 'x' || begin[sign + 1] == 'X');
    const char *digit = begin + sign + (hex ? 2 : 0);
    size_t digits = strspn(digit, hex ? "0123456789abcdefABCDEF" : "0123456789");
    const char *end = digit + digits;
    bool wide = *end == 'L';
    end += wide ? strspn(end, "L") : 0;
    uint64_t value = magnitude(digit, digits, hex ? 16 : 10), most = wide ? INT64_MAX : INT32_MAX;
    if (begin[0] == '-' && value == most + 1)
        value = most;
    if (value > INT64_MAX)
        fail(scan, "does not fit 64 bits", begin, (size_t)(end - begin));
    else if (value > most)
        fail(scan, "does not fit the 32 bits it would be read in; write it with an L at its end", begin,
             (size_t)(end - begin));
    else if (!hex && digits > 1 && *digit == '0')
        fail(scan, "begins with a zero: octal to some readers, decimal to others; leave it out", begin,
             (size_t)(end - begin));
    scan->at = end > begin ? end : begin + 1;
}

static void number(struct scan *scan)
{
    size_t length = float_length(scan->at);
    if (length == 0) {
        integer(scan);
        return;
    }
    double value;
    struct fl_arena arena = {0};
    if (!fl_quantity_read(fl_arena_slice(&arena, scan->at, length), "", &value, NULL, NULL))
        fail(scan, "does not fit a double", scan->at, length);
    fl_arena_free(&arena);
    scan->at += length;
}

static void name(struct scan *scan)
{
    while (isalnum((unsigned char)*scan->at) || (*scan->at != '\0' && strchr("-_*", *scan->at)))
        scan->at++;
}

bool fl_scan_check(const char *text, const char *file, struct fl_err *err)
{
    struct scan scan = {.at = text, .file = file, .line = 1, .err = err};
    while (*scan.at != '\0') {
        char c = *scan.at;
        if (c == '#' || strncmp(scan.at, "//", 2) == 0) {
            skip_until(&scan, "\n");
        } else if (strncmp(scan.at, "/*", 2) == 0) {
            scan.at += 2;
            skip_until(&scan, "*/");
        } else if (c == '"') {
            scan.at++;
            skip_until(&scan, "\"");
        } else if (isalpha((unsigned char)c) || c == '*') {
            name(&scan);
        } else if (isdigit((unsigned char)c) || (strchr("+-.", c) && isdigit((unsigned char)scan.at[1]))) {
            number(&scan);
        } else {
            scan.includes = scan.includes || c == '@';
            if (c == '@')
                fail(&scan, "is not read here; build on another design with base = \"...\"", scan.at,
                     1 + strspn(scan.at + 1, "abcdefghijklmnopqrstuvwxyz"));
            scan.line += c == '\n';
            scan.at++;
        }
    }
    return !scan.includes;
}
