/* dram_trace.c - address traces as text, line by line. */
#include <string.h>

#include "units/dram_replay.h"

/* `<hex address> <R|W>`; false if the line is anything else. */
static bool line_read(const char *at, uint64_t *address, bool *write)
{
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        at += 2;
    uint64_t value = 0;
    int digits = 0;
    for (;; at++, digits++) {
        int digit;
        if (*at >= '0' && *at <= '9')
            digit = *at - '0';
        else if ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'f')
            digit = (*at | 0x20) - 'a' + 10;
        else
            break;
        if (value >> 60 != 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    if (digits == 0 || (*at != ' ' && *at != '\t'))
        return false;
    while (*at == ' ' || *at == '\t')
        at++;
    if (*at != 'R' && *at != 'W')
        return false;
    *write = *at++ == 'W';
    *address = value;
    return at[strspn(at, " \t\r\n")] == '\0';
}

bool fl_dram_replay_trace(struct fl_dram_replay *replay, FILE *trace, const char *name, struct fl_err *err)
{
    enum { TOLD = 20, LONGEST = 256 };
    char line[LONGEST];
    int faults = 0;
    for (int64_t number = 1; faults < TOLD && fgets(line, sizeof line, trace) != NULL; number++) {
        char where[LONGEST];
        uint64_t address;
        bool write;
        if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
            continue;
        bool good = line_read(line, &address, &write);
        if (good && fl_dram_replay_ask(replay, address, write))
            continue;
        faults++;
        snprintf(where, sizeof where, "%s:%lld", name, (long long)number);
        line[strcspn(line, "\r\n")] = '\0';
        if (good)
            fl_fail(err, where, "address 0x%llx is beyond the device, which holds %llu bytes",
                    (unsigned long long)address, (unsigned long long)fl_dram_replay_bytes(replay));
        else
            fl_fail(err, where, "\"%s\" is no request; a line is a hexadecimal address and R or W, as in \"1f40 R\"",
                    line);
    }
    if (faults == TOLD)
        fl_fail(err, name, "and perhaps more: only the first %d faults are told", TOLD);
    if (ferror(trace))
        return fl_fail(err, name, "cannot be read to its end");
    return faults == 0;
}
