/* bytes.h - numbers as bytes of a file, the low one first on every machine. */
#ifndef FL_BYTES_H
#define FL_BYTES_H

#include <stdint.h>

/* Writes the lowest `bytes` (1 to 4) bytes of a value; returns where the next goes. */
static inline unsigned char *fl_bytes_put(unsigned char *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *to++ = (unsigned char)(value >> (8 * i));
    return to;
}

/* Reads so many bytes as a value, and moves *from behind them. */
static inline uint32_t fl_bytes_get(const unsigned char **from, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint32_t)*(*from)++ << (8 * i);
    return value;
}

#endif
