/* search_part.c - a product on a part of the machine: searched once, tried once, asked for often. */
#include "mapping/search_part.h"

#include <math.h>
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"

enum { GUESSED = 6 };                   /* tried where the goal has no honest bound */

/* ---- which product ---- */

static int32_t bits_of(const struct fl_op *op) { return op->stored != NULL ? op->stored->bits : 0; }

bool fl_shape_alike(const struct fl_op *a, const struct fl_op *b)
{
    return a->type == b->type && a->sign == b->sign && a->mask == b->mask && a->placed == b->placed &&
           fl_op_stored(a) == fl_op_stored(b) && fl_op_may_stay(a) == fl_op_may_stay(b) && bits_of(a) == bits_of(b) &&
           fl_op_is_trained(a) == fl_op_is_trained(b) &&
           a->stage == b->stage && a->groups == b->groups && a->m == b->m && a->k == b->k && a->n == b->n &&
           a->share == b->share && memcmp(&a->band, &b->band, sizeof a->band) == 0;
}

size_t fl_shape_find(struct fl_trace_search *s, const struct fl_op *op, const struct fl_weight *weight,
                     const struct fl_spill *spill)
{
    size_t like = s->shapes;
    for (size_t i = 0; i < s->shapes; i++) {
        if (!fl_shape_alike(s->shape[i].op, op) || memcmp(&s->shape[i].spill, spill, sizeof *spill) != 0)
            continue;
        if (s->shape[i].weight == weight)
            return i;
        like = s->shape[i].like;
    }
    s->shape[s->shapes] = (struct fl_shape_search){.op = op, .weight = weight, .spill = *spill, .like = like};
    return s->shapes++;
}

/* ---- on a part of the machine ---- */

/* Notes what the first of those found takes, by its bound. */
static void bound_note(const struct fl_parts *parts, struct fl_part *part)
{
    const struct fl_found *found = &part->search.found[0];
    const struct fl_prices *prices = parts->trace->goal.prices;
    part->ps = found->mapping.bound_ps;
    if (prices != NULL)
        part->joules = fl_cost_j(prices, parts->machine, part->search.op, &found->mapping, &found->effort, part->ps);
}

static void search(struct fl_parts *parts, struct fl_part *part)
{
    struct fl_trace_search *s = parts->trace;
    int32_t home = s->weights->pool;
    for (int32_t i = 0; i < part->machine.pools; i++) {
        part->machine.pool[i].fit = false;
        if (i == home)
            part->machine.pool[i].cores = part->cores;
        else if (part->stay == FL_STAY_ONLY)
            part->machine.pool[i].cores = 0;
    }
    part->search = (struct fl_search){.op = s->shape[part->shape].op, .machine = &part->machine, .goal = s->goal,
                                      .stay = part->stay, .spill = s->shape[part->shape].spill, .wanted = s->wanted,
                                      .named = s->named};
    part->found = fl_search_op(&part->search, parts->why);
    s->weighed += part->search.weighed;
    s->pruned += part->search.pruned;
    if (part->found)
        bound_note(parts, part);
}

struct fl_part *fl_part_find(struct fl_parts *parts, size_t shape, enum fl_stay stay, int64_t cores)
{
    const struct fl_goal *goal = &parts->trace->goal;
    shape = parts->trace->shape[shape].like;
    for (struct fl_part *p = parts->first[shape]; p != NULL; p = p->next)
        if (p->stay == stay && p->cores == cores && p->goal.objective == goal->objective &&
            p->goal.watts == goal->watts)
            return p;
    struct fl_part *p = fl_arena_alloc(&parts->trace->arena, sizeof *p);
    *p = (struct fl_part){.next = parts->first[shape], .shape = shape, .stay = stay, .cores = cores, .goal = *goal,
                          .machine = *parts->machine};
    parts->first[shape] = p;
    search(parts, p);
    return p;
}

bool fl_part_try(struct fl_parts *parts, struct fl_part *part)
{
    const struct fl_trace_search *s = parts->trace;
    struct { double ps, joules; } tried[FL_FINALISTS];
    bool honest = s->goal.objective == FL_LATENCY;
    size_t most = honest || part->search.founds < GUESSED ? part->search.founds : GUESSED, done = 0;
    double least = INFINITY, joules = INFINITY, tie = honest ? FL_TIE : 0, most_cost = INFINITY;
    if (part->tried || s->trial == NULL || !part->found || (parts->fixed && part->search.founds == 1))
        return true;
    if (honest && parts->fixed && s->named)
        most_cost = fl_goal_cost(&s->goal, s->trial->least(s->trial->context, &s->shape[part->shape]), 0);
    for (; done < most && !(honest && part->search.found[done].cost > fmin(least, most_cost) * (1 + tie)); done++) {
        if (!s->trial->run(s->trial->context, &s->shape[part->shape], &part->search.found[done].mapping,
                           &tried[done].ps, &tried[done].joules, parts->fault))
            return parts->broken = true, false;
        least = fmin(least, fl_goal_cost(&s->goal, tried[done].ps, tried[done].joules));
    }
    for (size_t i = 0; i < done; i++) {
        if (tried[i].joules >= joules || fl_goal_cost(&s->goal, tried[i].ps, tried[i].joules) > least * (1 + tie))
            continue;
        joules = tried[i].joules;
        part->chosen = i;
        part->ps = tried[i].ps;
        part->joules = joules;
    }
    return part->tried = true;
}
