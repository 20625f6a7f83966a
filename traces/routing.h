/* routing.h - which share of all tokens' choices each expert has. */
#ifndef FL_TRACE_ROUTING_H
#define FL_TRACE_ROUTING_H

#include "base/whole.h"

#define FL_SHARE_MOST ((int64_t)1 << 32)

/* Reads "4,2,1,1", shares of 0 to FL_SHARE_MOST, as many of them as `most` into `shares` (NULL: none). Gives how many
 * there are; -1: it is no such list. */
int64_t fl_routing_read(const char *text, int64_t *shares, int64_t most);
/* The rows of each expert if each of so many tokens uses `used` of them, at most all: in proportion to shares (NULL:
 * all alike), and none more than there are tokens. */
void fl_routing_deal(int64_t *rows, int64_t experts, int64_t used, int64_t tokens, const int64_t *shares);

#endif
