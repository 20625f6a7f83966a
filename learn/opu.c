/* opu.c - projections through a design's chain. */
#include "learn/opu.h"

#include <math.h>
#include <string.h>

#include "api/chain.h"
#include "base/guard.h"

struct wanted { struct fl_chain chain; bool found; };

static void take_chain(void *context, const struct fl_op_chain *told)
{
    struct wanted *wanted = context;
    wanted->found = told->ask != NULL;
    if (wanted->found)
        wanted->chain = (struct fl_chain){.kind = FL_CHAIN_OPTICAL, .ask = *told->ask, .inside = 1};
}

bool fl_opu_add(struct fl_opu *opu, size_t rows, size_t inputs, size_t outputs, struct fl_err *err)
{
    struct wanted wanted = {.found = false};
    struct fl_request request = *opu->design;
    static const char *const kind[] = {"project", "linear"};    /* of random weights, else of any */
    for (int i = 0; i < 2 && !wanted.found; i++) {
        request.trace_text = fl_arena_format(&opu->arena, "fanlight-trace %d\nmodel projection\ninput error\n%s "
                                             "project error -> projected m=%zu k=%zu n=%zu\n", 2 - i, kind[i], rows,
                                             inputs, outputs);
        if (!fl_chains(&request, take_chain, &wanted, i == 0 ? NULL : err) && i > 0)
            return false;
    }
    if (!wanted.found)
        return fl_fail(err, "--opu", "the projection is not on optical cores of this design; `fanlight explain` says "
                       "why");
    if (fl_signs[wanted.chain.ask.coding.sign].squares)
        return fl_fail(err, "--opu", "this design reads squares (encoding \"intensity\"), and an error is projected "
                       "with its sign; take a design that reads linear outputs");
    opu->optics = fl_grow(opu->optics, &opu->room, opu->projections, sizeof *opu->optics);
    fl_optics_make(&opu->optics[opu->projections++], 1, &wanted.chain, 0);
    return true;
}

void fl_opu_free(struct fl_opu *opu)
{
    for (size_t i = 0; i < opu->projections; i++)
        fl_optics_free(&opu->optics[i]);
    fl_free(opu->optics);
    fl_arena_free(&opu->arena);
    *opu = (struct fl_opu){.projections = 0};
}

/* The first rows: ranges, and the light that was asked for. */
static void expose_first(struct fl_opu *opu, struct fl_optics *optics, const struct fl_product *work)
{
    struct fl_optics_run run = {.optics = optics};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    struct fl_site_state *site = optics->site;
    by.multiply(by.context, work);
    fl_optics_ranged(optics);
    site->ranges.input = 1;
    by.multiply(by.context, work);
    fl_optics_counted(optics);
    double light = site->chain.ask.photons / site->chain.ask.length * site->light / (double)site->macs;
    if (opu->photons_per_mac > 0 && light > 0)
        site->chain.ask.photons *= opu->photons_per_mac / light;
}

void fl_opu_project(struct fl_opu *opu, size_t number, const struct fl_projected *work, uint64_t noise)
{
    fl_assert(number < opu->projections);
    struct fl_optics *optics = &opu->optics[number];
    size_t k = work->inputs, n = work->outputs;
    float *shown = fl_calloc(1, work->rows * (k + 1) * sizeof *shown), *size = shown + work->rows * k;
    for (size_t i = 0; i < work->rows; i++) {
        struct fl_view row = {work->error + i * k, k, 1};
        float peak = fl_optics_peak(row, 1, k);
        size[i] = peak;
        for (size_t j = 0; j < k; j++)
            shown[i * k + j] = peak > 0 ? work->error[i * k + j] / peak : 0;
    }
    const struct fl_product product = {.gemm = {.m = work->rows, .k = k, .n = n, .a = {shown, k, 1},
                                                .b = {work->matrix, n, 1}, .c = work->out, .c_row = n}};
    if (optics->phase != FL_OPTICS_RUN)
        expose_first(opu, optics, &product);
    struct fl_optics_run run = {.optics = optics, .noise = noise};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    by.multiply(by.context, &product);
    opu->detected += run.detected;
    opu->macs += (double)run.optical_macs;
    for (size_t i = 0; i < work->rows; i++)
        for (size_t j = 0; j < n; j++)
            work->out[i * n + j] *= size[i];
    fl_free(shown);
}
