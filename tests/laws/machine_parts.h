/* machine_parts.h - what the files share that draw random machines. */
#ifndef FL_LAW_MACHINE_PARTS_H
#define FL_LAW_MACHINE_PARTS_H

#include "tests/laws/machine.h"

/* Slots of a core. */
enum { LAW_DAC, LAW_SOURCE, LAW_FANOUT, LAW_SLM, LAW_WEIGHT_DAC, LAW_DETECTOR, LAW_ADC, LAW_ACCUMULATOR,
       LAW_WEIGHT_SOURCE, LAW_INTEGRATOR, LAW_BUFFER };

/* A number from `least` to `most`; true once in so many; one of those given. */
int64_t law_between(struct law_machine *m, int64_t least, int64_t most);
bool law_chance(struct law_machine *m, int64_t one_in);
int64_t law_pick(struct law_machine *m, const int64_t *of, size_t n);
#define PICK(m, ...) law_pick(m, (const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / 8)
/* A unit of that kind on one of the clocks, what it requires set to 1; its parameters; its ports. */
struct unit *law_unit(struct law_machine *m, const struct law_twist *twist, const char *kind, const char *path,
                      const struct fl_pool *pool);
void law_set(struct unit *u, const char *name, int64_t value);
void law_join(struct law_machine *m, struct unit *from, const char *out, struct unit *to, const char *in);
void law_join_memory(struct law_machine *m, struct unit *from, const char *ask, struct unit *to, const char *answer);

/* Cores: their pool, their units, their wires. */
void law_pool_draw(struct law_machine *m, int index);
void law_core_build(struct law_machine *m, int index, const struct law_twist *twist);
void law_core_join(struct law_machine *m, int index);

/* A step of a kind, in slot 0 of the first stream. An instruction more. */
void law_step_draw(struct law_machine *m, enum fl_step_kind kind, struct fl_step *s);
void law_emit(struct law_machine *m, int32_t code, int64_t arg, int64_t count);
/* The program: one stream of operators that stand alone, or, if the twist says so, streams side by side. */
void law_program_draw(struct law_machine *m, const struct law_twist *twist);
void law_streams_draw(struct law_machine *m, bool stocks);

#endif
