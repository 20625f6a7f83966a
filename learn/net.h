/* net.h - a trained network in a file: small, checked, and with the recipe that made it.
 *
 *     fanlight-net 1
 *     text wordnet
 *     width 64                       and the other sizes of learn/transformer.h
 *     recipe fanlight learn --task characters --width 64 --steps 1500 --seed 1
 *     hash 0123456789abcdef          FNV-1a of the bytes behind `data`
 *     data
 *
 * Behind `data` stand the parameters in blocks of 256: a float for the largest magnitude, then whole numbers of 16 bits
 * in 1 / 32767 of it, all with the low byte first.
 */
#ifndef FL_NET_H
#define FL_NET_H

#include <stdio.h>

#include "base/arena.h"
#include "learn/transformer.h"

struct fl_net {
    const char *name;                   /* of the file, without folder and suffix */
    const char *text;                   /* what it was trained on: learn/text.h */
    const char *recipe;                 /* a command that makes it again */
    struct fl_transformer shape;
    float *parameters;
    size_t count;
    struct fl_arena arena;
};

/* A shipped name, or the path of a file (with a dot or a slash in it). Shipped ones are in FL_NETS, else where they are
 * installed, else in the sources. Faults tell file and line. Freed by fl_net_free. */
bool fl_net_read(struct fl_net *net, const char *name, struct fl_err *err);
/* Writes it to a stream. What a file holds is rounded: fl_net_round does that to a network at hand. */
bool fl_net_write(const struct fl_net *net, FILE *out, struct fl_err *err);
void fl_net_round(struct fl_net *net);
void fl_net_free(struct fl_net *net);
/* Names of shipped networks, ended by NULL. */
const char *const *fl_net_names(struct fl_arena *arena);
/* Is this a network that can be run: sizes within bounds, heads that divide the width? */
bool fl_net_shape_check(const struct fl_transformer *shape, const char *where, struct fl_err *err);

/* The operator trace of so many sequences of full length side by side, logits for every token (docs/trace.md). */
const char *fl_net_trace(const struct fl_net *net, int sequences, struct fl_arena *arena);

#endif
