/* machine.c - reading, calibrating and lighting a design. */
#include "learn/machine.h"

#include <math.h>
#include <string.h>

#include "api/chain.h"
#include "learn/evaluate.h"

/* What a MAC of digital units is priced for. */
enum { DIGITAL_BITS = 8 };

struct fl_chain fl_digital_chain(void)
{
    return (struct fl_chain){.kind = FL_CHAIN_DIGITAL, .inside = 1, .ask = {
        .input_bits = DIGITAL_BITS, .weight_bits = DIGITAL_BITS, .output_bits = DIGITAL_BITS}};
}

/* Each key once; its value may have been turned since. */
static void take_knob(struct fl_light_machine *machine, const struct fl_op_chain *told)
{
    int i = 0;
    while (i < machine->knobs && strcmp(machine->knob[i].key, told->light_key) != 0)
        i++;
    if (i == machine->knobs)
        machine->knob[machine->knobs++].key = fl_arena_text(&machine->arena, told->light_key);
    machine->knob[i].value = told->knob;
    machine->knob[i].signal = told->signal;
}

/* A name among those told so far. */
static const char *listed(struct fl_arena *arena, const char *all, const char *name)
{
    if (all == NULL)
        return fl_arena_text(arena, name);
    return strstr(all, name) != NULL ? all : fl_arena_format(arena, "%s, %s", all, name);
}

/* An operator's chain goes to all sites of its name: those of other layers. */
static void take_chain(void *context, const struct fl_op_chain *told)
{
    struct fl_light_machine *machine = context;
    bool ours = false;
    for (int i = 0; i < machine->optics.sites; i++) {
        if (strcmp(told->op->name, fl_net_site_name(machine->net, i)) != 0)
            continue;
        struct fl_chain *chain = &machine->chain[i];
        *chain = fl_digital_chain();
        ours = told->ask != NULL;
        if (!ours)
            continue;
        chain->kind = FL_CHAIN_OPTICAL;
        chain->ask = *told->ask;
        chain->systematic = hypot(machine->ask.systematic, told->ask->systematic);
        chain->inside = machine->ask.inside;
    }
    if (!ours)
        return;
    take_knob(machine, told);
    machine->encoding = listed(&machine->arena, machine->encoding, fl_sign_names[told->ask->coding.sign]);
    machine->budget = listed(&machine->arena, machine->budget, told->signal ? "signal" : "full_scale");
}

/* Reads the design's chains into the machine; ranges, if it has them, stay. */
static bool set_chains(struct fl_light_machine *machine, struct fl_err *err)
{
    if (!fl_chains(&machine->request, take_chain, machine, err))
        return false;
    for (int i = 0; i < machine->optics.sites; i++)
        machine->optics.site[i].chain = machine->chain[i];
    return true;
}

/* Turns all knobs by one factor of light, as further settings of the request. */
static bool turn_knobs(struct fl_light_machine *machine, double factor, struct fl_err *err)
{
    size_t count = (size_t)machine->request.sets, used = count;
    const char **set = fl_arena_array(&machine->arena, count + (size_t)machine->knobs + 1, sizeof *set);
    for (size_t i = 0; i < count; i++)
        set[i] = machine->request.set[i];
    for (int i = 0; i < machine->knobs; i++) {
        const struct fl_light_knob *knob = &machine->knob[i];
        double value = knob->signal ? knob->value / sqrt(factor) : knob->value + log2(factor) / 2;
        if (!knob->signal && value <= 0)
            return fl_fail(err, "--photons-per-mac", "%s would leave less than one photon for a full-scale output; the "
                           "least is %.3g photons a MAC", knob->key, machine->ask.photons_per_mac * exp2(-2 * value));
        set[used++] = fl_arena_format(&machine->arena, "%s=%.17g", knob->key, value);
    }
    machine->request.set = set;
    machine->request.sets = (int)used;
    return true;
}

bool fl_light_machine_make(struct fl_light_machine *machine, const struct fl_request *design,
                           const struct fl_machine_ask *ask, const struct fl_net *net, const struct fl_data *data,
                           struct fl_err *err)
{
    struct fl_chain any = fl_digital_chain();
    *machine = (struct fl_light_machine){.request = *design, .ask = *ask, .net = net};
    if (net->config != NULL) {          /* its operators have the names of our sites */
        machine->request.model = net->config;
        machine->request.work = (struct fl_work){.context = net->shape.context, .logits = "all"};
    } else {
        machine->request.trace_text = fl_data_trace(data, net, 1, &machine->arena);
    }
    fl_optics_make(&machine->optics, fl_net_sites(net), &any, 0);
    machine->chain = fl_arena_array(&machine->arena, (size_t)machine->optics.sites, sizeof *machine->chain);
    if (!set_chains(machine, err))
        return false;
    fl_calibrate(net, data, FL_CALIBRATION_WINDOWS, &machine->optics);
    double light = fl_light_of(&machine->optics);
    if (ask->photons_per_mac <= 0)
        return true;
    if (light <= 0)
        return fl_fail(err, "--photons-per-mac", "no product of %s is on optical cores of this design; `fanlight "
                       "explain` says why", net->name);
    return turn_knobs(machine, ask->photons_per_mac / light, err) && set_chains(machine, err);
}

void fl_light_machine_free(struct fl_light_machine *machine)
{
    fl_optics_free(&machine->optics);
    fl_arena_free(&machine->arena);
}
