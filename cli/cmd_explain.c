/* cmd_explain.c - fanlight explain: how a workload would be laid over a machine. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"

struct page {
    struct fl_table table;              /* one row an operator */
    struct fl_table detail;             /* text only: more about operators on cores */
    struct fl_arena *arena;
    enum fl_format format;
};

static const char *seconds(const struct page *page, double s)
{
    char text[FL_SI_BYTES];
    if (page->format != FL_TABLE)
        return fl_arena_format(page->arena, "%.15g", s);
    return fl_arena_text(page->arena, fl_si(text, s, "s"));
}

static const char *shape(const struct page *page, int64_t groups, int64_t m, int64_t k, int64_t n)
{
    const char *product = k > 0 ? fl_arena_format(page->arena, "%" PRId64 " x %" PRId64 " x %" PRId64, m, k, n)
                                : fl_arena_format(page->arena, "%" PRId64 " x %" PRId64, m, n);
    return groups > 1 ? fl_arena_format(page->arena, "%" PRId64 " of %s", groups, product) : product;
}

static const char *other(const struct page *page, const struct fl_alternative *one)
{
    return fl_arena_format(page->arena, "%s %s (%s)", one->strategy, seconds(page, one->bound_s), one->bound_by);
}

static const char *others(const struct page *page, const struct fl_explained_op *op)
{
    const char *text = "";
    for (size_t i = 0; i < op->others; i++)
        text = fl_arena_listed(page->arena, text, other(page, &op->other[i]));
    return text;
}

/* Does it move what it reads or writes between a chip and a memory of its own? */
static bool moves(const struct fl_explained_op *op) { return strstr(op->activations, "the chip's") != NULL; }

/* What is wanted below the table: a product's own lines, then one for each strategy. */
static void detail(struct page *page, const struct fl_explained_op *op)
{
    const char *name = op->name;
    if (op->loops != NULL) {
        fl_table_row(&page->detail, name, "loads", op->weights, NULL);
        fl_table_row(&page->detail, "", "sums", op->sums, NULL);
        fl_table_row(&page->detail, "", "activations", op->activations, NULL);
        name = "";
    } else if (moves(op)) {
        fl_table_row(&page->detail, name, "activations", op->activations, NULL);
        name = "";
    }
    for (size_t i = 0; i < op->others; i++)
        fl_table_row(&page->detail, i == 0 ? name : "", i == 0 ? "bounds" : "", other(page, &op->other[i]), NULL);
}

/* The pieces that it is done in, and loops over tiles within a piece; loops alone where all digits are wanted. */
static const char *loops(const struct page *page, const struct fl_explained_op *op)
{
    const char *text = op->loops != NULL ? op->loops : "";
    if (op->blocks * op->heads == 1 || page->format != FL_TABLE)
        return text;
    const char *parts = op->heads == 1 ? "" : fl_arena_format(page->arena, " of %" PRId64 " parts of heads", op->heads);
    return fl_arena_format(page->arena, "%" PRId64 " block%s%s%s%s", op->blocks, op->blocks == 1 ? "" : "s", parts,
                           text[0] != '\0' ? ": " : "", text);
}

static void tell(void *context, const struct fl_explained_op *op)
{
    struct page *page = context;
    bool optical = op->loops != NULL, all = page->format != FL_TABLE;
    const char *tile = optical ? fl_arena_format(page->arena, "%" PRId64 " x %" PRId64, op->tile_k, op->tile_n) : "";
    const char *cores = optical ? fl_arena_format(page->arena, "%" PRId64, op->cores) : "";
    const char *row[] = {
        op->name, op->kind, fl_arena_format(page->arena, "%" PRId64, op->times),
        shape(page, op->groups, op->m, op->k, op->n), op->place, op->strategy, tile, cores,
        loops(page, op), seconds(page, op->bound_s), op->bound_by,
        all && optical ? op->weights : "", all && optical ? op->sums : "", op->activations, others(page, op),
        fl_arena_format(page->arena, "%" PRId64, op->blocks * op->heads)};
    fl_table_cells(&page->table, row);
    if (!all && (op->others > 0 || moves(op)))
        detail(page, op);
}

/* "in units: scores and probabilities of a layer are 790 kB in whole, 30.8 kB in the smallest units; here 132 kB". */
static void chips_print(const struct fl_explained *e)
{
    const char *head = "chips";
    for (const char *line = e->chips; *line != '\0'; head = "") {
        int length = (int)strcspn(line, "\n");
        printf("%-11s%.*s\n", head, length, line);
        line += length + (line[length] == '\n');
    }
}

static void attention_print(const struct fl_explained *e)
{
    char whole[FL_SI_BYTES], held[FL_SI_BYTES], least[FL_SI_BYTES], moved[FL_SI_BYTES];
    if (e->attention == NULL)
        return;
    printf("attention  %s: scores and probabilities of a layer are %s in whole", e->attention,
           fl_si(whole, (double)e->attention_bits / 8, "B"));
    if (e->sram_capacity_bits > 0)
        printf(", %s in the smallest units%s; here %s of SRAM", fl_si(least, (double)e->attention_least_bits / 8, "B"),
               e->overlaps ? "" : " (--overlap block)", fl_si(held, (double)e->attention_held_bits / 8, "B"));
    if (e->attention_dram_bits > 0)
        printf(", %s pass DRAM", fl_si(moved, e->attention_dram_bits / 8, "B"));
    printf("\n");
}

static void summary_print(const struct fl_explained *e)
{
    char bound[FL_SI_BYTES], dram[FL_SI_BYTES], sram[FL_SI_BYTES], capacity[FL_SI_BYTES];
    if (e->status != NULL)
        printf("machine    %s: %s\n", e->status, fl_status_said(e->status));
    for (int32_t i = 0; i < e->pools; i++)
        printf("%-10s %" PRId64 " core%s of %" PRId64 " inputs and %" PRId64 " outputs\n", e->pool[i].name,
               e->pool[i].cores, e->pool[i].cores == 1 ? "" : "s", e->pool[i].columns, e->pool[i].outputs);
    fl_si(dram, (double)e->dram_bits / 8, "B");
    fl_si(sram, (double)e->sram_bits / 8, "B");
    if (e->sram_capacity_bits == 0)     /* engines have memories of their own */
        printf("memory     %s to be stored, %s for the largest operator\n", dram, sram);
    else
        printf("DRAM       %s to be stored\nSRAM       %s for the largest operator, of %s\n", dram, sram,
               fl_si(capacity, (double)e->sram_capacity_bits / 8, "B"));
    chips_print(e);
    attention_print(e);
    fl_si(bound, e->bound_s, "s");
    if (e->overlaps)
        printf("time       %s at least, by %s; operators run side by side, in the pieces below\n\n", bound,
               e->bound_by);
    else
        printf("time       %s at least, by the bounds below\n\n", bound);
}

static void page_print(const struct page *page, const struct fl_explained *summary)
{
    if (page->format != FL_TABLE) {
        cli_table_write(&page->table, page->format, stdout);
        return;
    }
    summary_print(summary);
    fl_table_print(&page->table, stdout);
    printf("\nTiles are inputs x outputs; loops stand outermost first. What cores hold, and what every strategy is "
           "bound by:\n\n");
    fl_table_print(&page->detail, stdout);
}

/* ---- what lives where ---- */

static const char *bytes_text(const struct page *page, double bytes)
{
    char text[FL_SI_BYTES];
    return page->format != FL_TABLE ? fl_arena_format(page->arena, "%.15g", bytes)
                                    : fl_arena_text(page->arena, fl_si(text, bytes, "B"));
}

static void tensor_tell(void *context, const struct fl_explained_tensor *t)
{
    struct page *page = context;
    double size = (double)t->bits / 8;
    fl_table_row(&page->table, t->name, t->kind,
                 bytes_text(page, size), fl_arena_format(page->arena, "%" PRId64, t->copies),
                 bytes_text(page, size * (double)t->copies),
                 t->where, t->from, t->until, NULL);
}

static enum cli_status tensors_run(struct cli *cli, struct page *page, const struct fl_request *ask)
{
    fl_table_head(&page->table, "tensor<", "kind<", "bytes>", "copies>", "all>", "where<", "from<", "until<", NULL);
    bool ok = fanlight_explain_tensors(ask, tensor_tell, page, &cli->err);
    if (ok)
        cli_table_write(&page->table, page->format, stdout);
    fl_table_free(&page->table);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "tensors", .meaning = "what lives where, from when to when: parameters, caches, values"},
    {0},
};

static enum cli_status explain_run(struct cli *cli)
{
    static const char *const heads[] = {
        "operator<", "kind<", "times>", "shape m x k x n<", "runs on<", "strategy<", "tile>", "cores>", "loops<",
        "bound>", "by<", "loads<", "sums<", "activations<", "bounds<", "pieces>"};
    struct page page = {.arena = &cli->arena, .format = cli_format(cli)};
    struct fl_request ask = cli_request(cli);
    struct fl_explained summary;
    if ((cli_text(cli, "model") != NULL) == (cli_text(cli, "trace") != NULL)) {
        fl_fail(&cli->err, "fanlight explain", "give a model (--model NAME) or a trace (--trace FILE)");
        return CLI_FAULT;
    }
    if (cli_flag(cli, "tensors"))
        return tensors_run(cli, &page, &ask);
    fl_table_heads(&page.table, heads, page.format == FL_TABLE ? 11 : sizeof heads / sizeof *heads);
    fl_table_head(&page.detail, "<", "<", "<", NULL);
    bool ok = fanlight_explain(&ask, tell, &page, &summary, &cli->err);
    if (ok)
        page_print(&page, &summary);
    fl_table_free(&page.table);
    fl_table_free(&page.detail);
    return ok ? CLI_OK : CLI_FAULT;
}

const struct cli_command cli_explain = {
    .name = "explain",
    .summary = "shows how a workload would be mapped, without simulating: tiles, loops, residency, placement, bounds",
    .usage = "--design NAME|FILE.cfg (--model NAME|config.json | --trace FILE) [options]",
    .details = "With --map auto or search this is the plan that bounds prefer; `fanlight run` also simulates its\n"
               "rivals and keeps the best.\n",
    .options = {cli_machine_options, cli_work_options, own, cli_output_options}, .run = explain_run,
};
