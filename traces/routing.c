/* routing.c - how many of all tokens' choices fall to each expert: in proportion to shares, or evenly.
 *
 * What is left of a division goes to the largest remainders, the first of equal ones. A token
 * chooses an expert once, so none gets more rows than there are tokens; what it would have had
 * beyond is shared out among the others.
 */
#include "traces/routing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

int64_t fl_routing_read(const char *text, int64_t *shares, int64_t most)
{
    int64_t count = 0;
    for (;; text++) {
        char *end;
        errno = 0;
        long long share = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
        if (share < 0 || errno != 0 || share > FL_SHARE_MOST || (*end != ',' && *end != '\0'))
            return -1;
        if (shares != NULL && count < most)
            shares[count] = share;
        count++;
        text = end;
        if (*text == '\0')
            return count;
    }
}

struct deal {
    int64_t experts, tokens, left;      /* choices that are not dealt yet */
    const int64_t *shares;              /* NULL: all alike */
    int64_t *rows;
};

static int64_t share_of(const struct deal *d, int64_t expert)
{
    return d->shares == NULL ? 1 : d->shares[expert];
}

/* Shares of those that are not full. */
static int64_t total_of(const struct deal *d)
{
    int64_t total = 0;
    for (int64_t i = 0; i < d->experts; i++)
        total += d->rows[i] < d->tokens ? share_of(d, i) : 0;
    return total;
}

/* Fills those whose part of what is left is more than they can have; did any? */
static bool fill(struct deal *d, int64_t total)
{
    int64_t left = d->left;
    for (int64_t i = 0; i < d->experts; i++)
        if (d->rows[i] < d->tokens && (fl_wide)left * share_of(d, i) >= (fl_wide)d->tokens * total) {
            d->rows[i] = d->tokens;
            d->left -= d->tokens;
        }
    return d->left < left;
}

/* Deals what is left to those that are not full: whole parts, then one to each of the largest remainders. */
static void deal_parts(struct deal *d, int64_t total)
{
    int64_t left = d->left;
    for (int64_t i = 0; i < d->experts; i++)
        if (d->rows[i] < d->tokens) {
            d->rows[i] = (int64_t)((fl_wide)left * share_of(d, i) / total);
            d->left -= d->rows[i];
        }
    for (; d->left > 0; d->left--) {
        int64_t best = -1, most = -1;
        for (int64_t i = 0; i < d->experts; i++) {
            fl_wide part = (fl_wide)left * share_of(d, i);
            int64_t rest = (int64_t)(part % total);
            if (d->rows[i] < d->tokens && (fl_wide)d->rows[i] * total <= part && rest > most) {
                best = i;
                most = rest;
            }
        }
        d->rows[best]++;
    }
}

void fl_routing_deal(int64_t *rows, int64_t experts, int64_t used, int64_t tokens, const int64_t *shares)
{
    struct deal d = { .experts = experts, .tokens = tokens, .left = used * tokens, .shares = shares, .rows = rows };
    int64_t total;
    memset(rows, 0, (size_t)experts * sizeof *rows);
    while ((total = total_of(&d)) > 0 && fill(&d, total))
        ;
    if (total > 0)
        deal_parts(&d, total);
    for (int64_t i = 0; i < experts && d.left > 0; i++)         /* those with shares are full */
        if (rows[i] < tokens) {
            int64_t more = fl_least(tokens, d.left);
            rows[i] = more;
            d.left -= more;
        }
    fl_assert(d.left == 0);
}
