/* machine.h - a design as the multiplier of a network: its chains, calibrated, with the light asked for. */
#ifndef FL_MACHINE_H
#define FL_MACHINE_H

#include "api/fanlight.h"
#include "learn/data.h"
#include "learn/optics.h"

/* What the design does not say. */
struct fl_machine_ask {
    double photons_per_mac;             /* detected, mean over all optical products; 0: as the design has it */
    double systematic, inside;          /* learn/optics.h */
};
/* A key of the design that sets the light of some cores. */
struct fl_light_knob {
    const char *key;
    double value;
    bool signal;                        /* photons go as 1 / value^2, else as 4^value */
};
struct fl_light_machine {
    struct fl_request request;          /* with the network as workload, and the light as a setting */
    struct fl_optics optics;
    struct fl_chain *chain;             /* of each site, as the design has it */
    const struct fl_net *net;           /* whose sites those are */
    struct fl_light_knob knob[FL_SITE_KINDS];   /* of the cores that operators are on */
    int knobs;
    const char *encoding, *budget;      /* of the cores that are used, "a, b" where they differ; NULL: none is */
    struct fl_machine_ask ask;
    struct fl_arena arena;
};
/* Reads the chains of the network's operators on the request's design (no workload in it), calibrates on the data, and
 * turns the design's own knobs until the light is what was asked for. Freed by fl_light_machine_free, after failure,
 * too. */
bool fl_light_machine_make(struct fl_light_machine *machine, const struct fl_request *design,
                           const struct fl_machine_ask *ask, const struct fl_net *net, const struct fl_data *data,
                           struct fl_err *err);
void fl_light_machine_free(struct fl_light_machine *machine);

/* Whole numbers of eight bits: what digital units compute in where a mapping leaves a product to them. */
struct fl_chain fl_digital_chain(void);
enum { FL_CALIBRATION_WINDOWS = 16 };

#endif
