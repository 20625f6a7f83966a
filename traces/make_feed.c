/* make_feed.c - from a normed stream to what a feed-forward, or a mixture of them, makes of it.
 *
 * Of experts every token goes to a few, by the largest scores of a router. All tokens'
 * choices together give each expert its rows: products of one operator in groups with rows
 * of their own (up, down), whose weights are one parameter. An expert without rows is not
 * loaded; one with rows is once.
 */
#include "traces/maker.h"
#include "traces/routing.h"

/* act(up), or act(gate) x up; then down. `name` of the products and the function between. */
struct feed { const char *up, *function, *down; int64_t width; };

static void make_down(struct fl_maker *k, const struct feed *f)
{
    const struct fl_model *m = k->model;
    fl_make_rows(k, &fl_op_activation, f->function, FL_READS(f->up, m->gated ? f->up : NULL), k->rows, f->width);
    const struct fl_op down = { .type = &fl_op_linear, .name = f->down, .m = k->rows, .k = f->width, .n = m->width,
                                .sign = m->activation->non_negative && !m->gated ? FL_NON_NEGATIVE : FL_SIGNED };
    fl_make_op(k, down, FL_READS(f->function, fl_maker_weights(k, &down)));
}

const char *fl_make_feed_forward(struct fl_maker *k, const char *read, const char *up)
{
    const struct fl_model *m = k->model;
    struct feed f = { .up = up, .function = m->activation->op, .down = "ffn_down", .width = m->ffn };
    if (up == NULL) {
        f.up = m->gated ? "gate_up" : "ffn_up";
        fl_make_linear(k, f.up, read, k->rows, m->width, m->gated ? fl_maker_times(k, 2, m->ffn) : m->ffn);
    }
    make_down(k, &f);
    return f.down;
}

/* ---- experts ---- */

/* Rows of each expert, of the choices of all tokens. */
static const int64_t *rows_of_experts(struct fl_maker *k)
{
    const struct fl_experts *e = &k->model->experts;
    int64_t *rows = fl_arena_array(&k->trace->arena, (size_t)e->count, sizeof *rows);
    if (fl_maker_times(k, k->rows, e->used) < INT64_MAX)        /* else it is refused at the end */
        fl_routing_deal(rows, e->count, e->used, k->rows, k->shares);
    else
        rows[0] = 1;
    return rows;
}

static void make_grouped(struct fl_maker *k, struct fl_op op, const char *read, const int64_t *rows)
{
    int64_t experts = k->model->experts.count;
    const char *weights = fl_arena_format(&k->trace->arena, "%s.w", op.name);
    fl_trace_tensor_add(&k->build, &(struct fl_tensor){ .name = weights, .kind = FL_TENSOR_PARAMETER, .layered = true,
                                                        .groups = experts, .rows = op.k, .width = op.n,
                                                        .bits = k->model->expert_bits });
    struct fl_tensor_use reads[3] = { { .tensor = fl_trace_tensor(&k->build, read) } };
    op.type = &fl_op_linear;
    op.share = 1;
    op.reads = reads;
    op.operands = 1;
    if (experts > 1)                    /* all rows go to the only one, whatever is chosen */
        reads[op.operands++].tensor = fl_trace_tensor(&k->build, "topk");
    reads[op.operands++].tensor = fl_trace_tensor(&k->build, weights);
    op.writes.tensor = fl_trace_tensor(&k->build, op.name);
    fl_trace_groups_put(&k->build, &op, rows, experts);
}

/* What all tokens go through beside their experts; gives the name of the sum of both. */
static const char *make_shared(struct fl_maker *k, const char *read, const char *routed)
{
    const struct fl_model *m = k->model;
    struct feed f = { .up = m->gated ? "shared_gate_up" : "shared_up", .down = "shared_down",
                      .function = fl_arena_format(&k->trace->arena, "shared_%s", m->activation->op),
                      .width = m->experts.shared };
    const char *made = f.down;
    fl_make_linear(k, f.up, read, k->rows, m->width, m->gated ? fl_maker_times(k, 2, f.width) : f.width);
    make_down(k, &f);
    if (m->family->experts->shared_weighed) {
        fl_make_linear(k, "shared_weight", read, k->rows, m->width, 1);
        fl_make_rows(k, &fl_op_activation, "shared_sigmoid", FL_READS("shared_weight"), k->rows, 1);
        fl_make_op(k, (struct fl_op){ .type = &fl_op_aggregate, .name = "shared_weighed", .m = k->rows, .k = 1,
                                      .n = m->width }, FL_READS(f.down, "shared_sigmoid"));
        made = "shared_weighed";
    }
    fl_make_rows(k, &fl_op_add, "shared_add", FL_READS(routed, made), k->rows, m->width);
    return "shared_add";
}

const char *fl_make_experts(struct fl_maker *k, const char *read)
{
    const struct fl_model *m = k->model;
    const struct fl_experts *e = &m->experts;
    int64_t choices = fl_maker_times(k, k->rows, e->used);
    const int64_t *rows = rows_of_experts(k);
    const char *weights = e->sigmoid ? "router_sigmoid" : "router_softmax", *up = "expert_up";
    const char *function = m->activation->op;
    k->bits = 0;                        /* routers are not quantized */
    fl_make_linear(k, "router", read, k->rows, m->width, e->count);
    fl_make_rows(k, e->sigmoid ? &fl_op_activation : &fl_op_softmax, weights, FL_READS("router"), k->rows, e->count);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_topk, .name = "topk", .m = k->rows, .k = e->used, .n = e->count },
               FL_READS(weights));
    if (m->gated)
        up = "expert_gate_up";
    make_grouped(k, (struct fl_op){ .name = up, .k = m->width, .n = m->gated ? fl_maker_times(k, 2, e->ffn) : e->ffn },
                 read, rows);
    fl_make_rows(k, &fl_op_activation, function, FL_READS(up, m->gated ? up : NULL), choices, e->ffn);
    make_grouped(k, (struct fl_op){ .name = "expert_down", .k = e->ffn, .n = m->width,
                                    .sign = m->activation->non_negative && !m->gated ? FL_NON_NEGATIVE : FL_SIGNED },
                 function, rows);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_aggregate, .name = "aggregate", .m = k->rows, .k = e->used,
                                  .n = m->width }, FL_READS("expert_down", "topk"));
    k->bits = m->weight_bits;
    return e->shared > 0 ? make_shared(k, read, "aggregate") : "aggregate";
}
