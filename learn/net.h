/* net.h - a trained network in a file: small, checked, and with the recipe that made it.
 *
 *     fanlight-net 1
 *     task characters                if it is another one
 *     text wordnet
 *     width 64                       and the other sizes of learn/transformer.h; of layers: widths 144 64 64 26
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
#include "learn/layered.h"
#include "learn/transformer.h"

/* What networks are for: to continue text (a Transformer); to class the nodes of a graph, and letters (layers), and
 * digits by their patches (a Transformer). */
enum fl_task { FL_TASK_CHARACTERS, FL_TASK_GRAPH, FL_TASK_LETTERS, FL_TASK_DIGITS };
/* "characters", "graph", "letters", "digits"; NULL at the end. */
extern const char *const fl_task_names[];

struct fl_net {
    const char *name;                   /* of the file, without folder and suffix */
    enum fl_task task;
    const char *text;                   /* what it was trained on: learn/text.h; NULL: the task says it */
    const char *recipe;                 /* a command that makes it again; NULL: unknown */
    const char *config;                 /* of a published model: its config.json; then `text` is NULL */
    struct fl_transformer shape;        /* of a Transformer, or else */
    struct fl_layered layered;          /* its links are those of the data */
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

/* Is it a Transformer? Does it continue text, which has a perplexity, or class rows, of which a share is told
 * rightly? */
bool fl_net_is_transformer(const struct fl_net *net);
bool fl_net_is_of_text(const struct fl_net *net);
/* Width: of a Transformer, or of the first hidden layer. */
int fl_net_width(const struct fl_net *net);
/* The products of a network are its sites: how many, and what a site's operator is called in a trace. */
int fl_net_sites(const struct fl_net *net);
const char *fl_net_site_name(const struct fl_net *net, int site);

#endif
