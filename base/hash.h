/* hash.h - numbers of bytes for tables, and a 128-bit fingerprint of texts: two lanes of multiply and shift, mixed at
 * the end as splitmix64 does. It tells equal work from unequal; nobody is meant to forge it. */
#ifndef FL_HASH_H
#define FL_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* FNV-1a, 64 bits: what files tell of their bytes. */
static inline uint64_t fl_hash_file(const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    uint64_t hash = 0xcbf29ce484222325u;
    while (count-- > 0)
        hash = (hash ^ *at++) * 0x100000001b3u;
    return hash;
}

/* The same for tables in memory, whose low bits choose a place. */
static inline uint64_t fl_hash_bytes(const void *bytes, size_t count)
{
    uint64_t hash = fl_hash_file(bytes, count);
    return hash ^ hash >> 32;
}

struct fl_hash { uint64_t a, b; };
enum { FL_HASH_TEXT = 33 };

static inline struct fl_hash fl_hash_start(void)
{
    return (struct fl_hash){0xcbf29ce484222325u, 0x9E3779B97F4A7C15u};
}

/* Adds a text and its end; NULL is another than "". */
static inline void fl_hash_add(struct fl_hash *hash, const char *text)
{
    const unsigned char *at = (const unsigned char *)(text != NULL ? text : "\1null");
    do {
        hash->a = (hash->a ^ *at) * 0x100000001b3u;
        hash->b = (hash->b ^ *at) * 0xBF58476D1CE4E5B9u;
        hash->b ^= hash->b >> 29;
    } while (*at++ != '\0');
}

static inline uint64_t fl_hash_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline void fl_hash_write(const struct fl_hash *hash, char text[FL_HASH_TEXT])
{
    snprintf(text, FL_HASH_TEXT, "%016llx%016llx", (unsigned long long)fl_hash_mix(hash->a),
             (unsigned long long)fl_hash_mix(hash->b));
}

#endif
