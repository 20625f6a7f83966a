/* worst.c - the operator whose outputs come out least exact, by the prediction of phys/precision.h.
 *
 * A decode has an operator for each step; what meets the same chain is not predicted again.
 */
#include <math.h>

#include "api/result.h"
#include "machine/optics.h"

struct fl_precision_ask fl_plan_op_optics(const struct fl_machine *machine, const struct fl_plan_op *op)
{
    return op->mapping.engine->optics(machine, op->mapping.number, op->op->sign == FL_NON_NEGATIVE, op->op->k,
                                      op->mapping.tile_k);
}

static bool same_chain(const struct fl_plan_op *a, const struct fl_plan_op *b)
{
    return a->mapping.number == b->mapping.number && a->mapping.tile_k == b->mapping.tile_k && a->op->k == b->op->k &&
           a->op->sign == b->op->sign;
}

struct fl_worst fl_result_worst(const struct fl_result *result)
{
    enum { KNOWN = 32 };
    const struct fl_plan_op *known[KNOWN];
    struct fl_worst worst = {.error = NAN};
    size_t seen = 0;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *op = &result->plan.op[i];
        size_t at = 0, most = seen < KNOWN ? seen : KNOWN;
        while (at < most && fl_on_cores(&op->mapping) && !same_chain(known[at], op))
            at++;
        if (!fl_on_cores(&op->mapping) || at < most)
            continue;
        known[seen++ % KNOWN] = op;
        struct fl_precision_ask ask = fl_plan_op_optics(&result->machine, op);
        struct fl_precision answer = fl_precision_predict(&ask);
        if (!(answer.error <= worst.error))
            worst = (struct fl_worst){answer.error, op->op->name, fl_term_names[answer.limit]};
    }
    return worst;
}
