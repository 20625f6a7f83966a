/* opu.c - optical processing units: projections, row by row. */
#include "machine/machine.h"

#include <math.h>
#include <stddef.h>

#include "traces/trace.h"

static const struct fl_slot slots[] = {
    {.name = "source", .does = FL_SLOT_LIGHTS, .type = "dmd", .meaning = "laser and mirrors that show binary patterns"},
    {.name = "camera", .does = FL_SLOT_SENSES, .type = "camera",
     .meaning = "what reads the light behind the scattering medium"},
    {.name = NULL},
};
static const struct fl_join joins[] = {
    {.from = {"sequencer", "project"}, .to = {"source", "project"},
     .answer = {"camera", "done"}, .back = {"sequencer", "done"}},
    {.from = {"source", "light_out"}, .to = {"camera", "light_in"},
     .answer = {"camera", "trigger"}, .back = {"source", "trigger"}},
    {.from = {NULL, NULL}},
};

int fl_projector_size(const struct fl_projector *opu, int64_t inputs, int64_t outputs)
{
    int i = 0;
    while (i < FL_OPU_SIZES && (inputs > opu->size[i].inputs || outputs > opu->size[i].outputs))
        i++;
    return i;
}

double fl_projector_pattern_ps(const struct fl_projector *opu, const struct fl_opu_step *step)
{
    double outputs = (double)step->outputs;
    double frame = fmax(opu->least_ps, fmax(outputs * opu->pixel_ps, opu->exposure_ps) + opu->overhead_ps);
    int size = fl_projector_size(opu, step->inputs, step->outputs);
    if (opu->size[0].inputs > 0 && size < FL_OPU_SIZES)
        frame = opu->size[size].ps;
    return fmax(frame * (double)opu->frames, outputs * opu->output_ps);
}

static bool takes(const struct fl_op *op, struct fl_err *why)
{
    if (op->type->form != FL_PROJECT)
        return fl_fail(why, op->name, "is no projection; an OPU multiplies by its own random matrix only: "
                       "give the machine cores, a digital unit or a GPU for it");
    return op->placed != 2 || fl_fail(why, op->name, "is placed on digital engines; an OPU may not do it: "
                                    "place it anywhere, or give the machine a GPU that holds the matrix");
}

static bool fits(const struct fl_machine *machine, int32_t number, const struct fl_op *op, struct fl_err *why)
{
    const struct fl_projector *opu = &machine->opu[number];
    bool good = true;
    if (op->k > opu->mirrors)
        good = fl_fail(why, op->name, "a projection of %lld inputs; the modulator of opu[%d] has %lld mirrors: "
                       "give source.mirrors as many, or a GPU that holds the matrix", (long long)op->k, (int)number,
                       (long long)opu->mirrors);
    if (op->n > opu->pixels)
        good = fl_fail(why, op->name, "a projection to %lld outputs; the camera of opu[%d] has %lld pixels: "
                       "give camera.pixels as many, points of feedback one projection (--feedback shared), or a GPU "
                       "that holds the matrix", (long long)op->n, (int)number, (long long)opu->pixels);
    if (good && opu->size[0].inputs > 0 && fl_projector_size(opu, op->k, op->n) == FL_OPU_SIZES)
        good = fl_fail(why, op->name, "a projection of %lld inputs to %lld outputs; no size of opu[%d].camera holds "
                       "both", (long long)op->k, (long long)op->n, (int)number);
    return good;
}

static void whole(const struct fl_machine *machine, int32_t number, const struct fl_whole *work, struct fl_step *step,
                  bool *overflow)
{
    int64_t patterns = work->patterns > 0 ? work->patterns : machine->opu[number].input_bits;
    (void)overflow;
    *step = (struct fl_step){.kind = FL_STEP_OPU, .engine = number, .load_from = FL_NOWHERE, .vectors = work->rows,
                             .cores = 1};
    *fl_opu_own(step) = (struct fl_opu_step){work->inputs, work->outputs / work->rows, patterns};
}

static void paces(const struct fl_machine *machine, const struct fl_step *step, struct fl_paces *paces)
{
    const struct fl_projector *opu = &machine->opu[step->engine];
    const struct fl_opu_step *own = fl_opu_of(step);
    double load = (double)own->inputs * opu->load_ps, pattern = fl_projector_pattern_ps(opu, own);
    *paces = (struct fl_paces){.vector_ps = {(double)own->patterns * load + opu->host_ps,
                                             (double)own->patterns * pattern + opu->host_ps}};
}

static const char *const resources[] = {"source", "camera", NULL};

const struct fl_engine_type fl_engine_opu = {
    .kind = "opu", .summary = "optical processing units", .place = "optical", .list = "opu", .most = FL_OPUS,
    .memory = true, .slots = slots, .joins = joins,
    .takes = takes, .fits = fits, .whole = whole, .paces = paces, .resources = resources,
};
