/* columns.h - every column of the database, declared here and nowhere else.
 *
 * A line is a column. The member of a row's C record (stats/stats.h), the table itself, what writes, reads, copies,
 * merges and sends rows (stats/tables.c, record.c, rows.c), and docs/schema.md are all made from it, in this order:
 *
 *     X(kind, name, constraint, given, meaning)
 *
 *     kind        what the record holds, and so the type in SQL: TEXT a const char * (text; NULL is null), WHOLE an
 *                 int64_t (integer), INDEX a uint32_t (integer), REAL a double (real; NAN is null), CLASS an enum
 *                 fl_class (text, its name). No member: KEY (integer), a number that the writer of a row gives beside
 *                 the record; SUM_WHOLE and SUM_REAL, which SQL computes
 *     name        of the column and of the member
 *     constraint  in SQL, behind the type
 *     given       ALWAYS, or ABOVE(member, floor): null unless that member of the record is above `floor`
 *     meaning     for people
 */
#ifndef FL_COLUMNS_H
#define FL_COLUMNS_H

#include "sim/leap.h"

#define FL_LEVEL_SAID(number, constant, name) "; " #number ": " name
#define FL_OF_RUN "not null references run (run) on delete cascade"
#define FL_OF_SWEEP "not null references sweep (sweep) on delete cascade"

/* What a row's record is made of: `struct fl_unit_row { FL_UNIT_COLUMNS(FL_MEMBER) };` */
#define FL_MEMBER(kind, name, constraint, given, meaning) FL_MEMBER_##kind(name)
#define FL_MEMBER_TEXT(name) const char *name;
#define FL_MEMBER_WHOLE(name) int64_t name;
#define FL_MEMBER_INDEX(name) uint32_t name;
#define FL_MEMBER_REAL(name) double name;
#define FL_MEMBER_CLASS(name) enum fl_class name;
#define FL_MEMBER_KEY(name)
#define FL_MEMBER_SUM_WHOLE(name)
#define FL_MEMBER_SUM_REAL(name)

#define FL_RUN_COLUMNS(X) \
    X(WHOLE, run, "primary key", ABOVE(run, 0), "number, from 1") \
    X(TEXT, label, "", ALWAYS, "given with --label") \
    X(TEXT, design, "not null", ALWAYS, "name of the machine") \
    X(TEXT, model, "", ALWAYS, "name of the workload") \
    X(TEXT, phase, "", ALWAYS, "`prefill`, `decode` or `train`") \
    X(TEXT, mapper, "", ALWAYS, "how work was laid over the machine") \
    X(TEXT, objective, "", ALWAYS, "`latency`, `energy` or `edp`") \
    X(WHOLE, context, "", ALWAYS, "prefill: tokens of the prompt; decode: tokens in the cache at the start") \
    X(WHOLE, tokens, "", ALWAYS, "decode: steps") \
    X(WHOLE, batch, "", ALWAYS, "sequences side by side") \
    X(TEXT, start_utc, "", ALWAYS, "when the simulation began") \
    X(REAL, wall_s, "", ALWAYS, "how long it took on the host, in seconds") \
    X(TEXT, version, "", ALWAYS, "of fanlight") \
    X(TEXT, command, "", ALWAYS, "the command line") \
    X(WHOLE, latency_ps, "not null check (latency_ps >= 0)", ALWAYS, "simulated time, in ps") \
    X(WHOLE, setup_ps, "not null default 0 check (setup_ps >= 0)", ALWAYS, \
      "loading what stays, once, before time starts") \
    X(WHOLE, inferences, "not null default 0 check (inferences >= 0)", ALWAYS, \
      "that share the setup energy; 0: left out") \
    X(REAL, leapt_share, "", ALWAYS, "part of the events that were leapt over") \
    X(WHOLE, tallies_of, "references run (run)", ABOVE(tallies_of, 0), \
      "its units, operators and tallies are this run's too; null: own") \
    X(TEXT, error, "", ALWAYS, "why there are no results; null: all is well") \
    X(TEXT, notes, "", ALWAYS, "said with every report: `ideal memory`") \
    X(REAL, peak_macs_per_s, "", ABOVE(peak_macs_per_s, 0), \
      "of all optical cores, at the design's encoding and slices") \
    X(WHOLE, projected_macs, "not null default 0", ALWAYS, "products of projections by fixed random matrices") \
    X(REAL, bound_s, "", ABOVE(bound_s, 0), "no run of its plan takes less") \
    X(REAL, worst_error, "", ABOVE(worst_error, 0), \
      "rms error over spread of the outputs of its least exact optical operator, as `fanlight precision` predicts it") \
    X(TEXT, worst_operator, "", ALWAYS, "that operator") \
    X(TEXT, worst_limit, "", ALWAYS, "what limits it: the largest term of its error") \
    X(REAL, error_limit, "", ABOVE(error_limit, 0), \
      "the error over spread that the design's outputs may have (`machine.error_limit`); 1: noise") \
    X(TEXT, status, "", ALWAYS, \
      "of the machine: `product`, `demonstrated`, `projected` or `assumed` (`machine.status`); null: untold") \
    X(WHOLE, width, "", ABOVE(width, 0), \
      "shortest operand of a linear operator: a Transformer's d; null: no such operator") \
    X(WHOLE, parameters, "", ABOVE(parameters, 0), \
      "static weights of the linear operators that ran, each layer's once") \
    X(TEXT, design_text, "", ALWAYS, "the whole machine description, base designs and overrides merged") \
    X(TEXT, workload_text, "", ALWAYS, "the operator trace; `fanlight run --trace` reads it back")

#define FL_UNIT_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(KEY, unit, "not null", ALWAYS, "number within the run, from 0") \
    X(TEXT, path, "not null", ALWAYS, "where it sits: `core[1].adc`") \
    X(TEXT, kind, "not null", ALWAYS, "device type: `adc`") \
    X(WHOLE, copies, "not null default 1 check (copies >= 0)", ALWAYS, "equal devices that this row stands for") \
    X(WHOLE, beside, "not null default 1 check (beside >= 0)", ALWAYS, \
      "stages of several chips, whose times it has the sum of: how long it is busy, how long blocked") \
    X(REAL, area_um2, "not null default 0", ALWAYS, "of one copy, in square micrometres") \
    X(REAL, peak_w, "not null default 0", ALWAYS, "of one copy, all it does at once and at full rate") \
    X(WHOLE, lanes, "", ABOVE(lanes, 0), "converters, detectors ... of one copy, side by side; null: none") \
    X(TEXT, lane_action, "", ABOVE(lanes, 0), "the tally that counts one lane being busy for lane_ps") \
    X(REAL, lane_ps, "", ABOVE(lanes, 0), "in ps") \
    X(WHOLE, cells, "", ABOVE(cells, 0), "of all cores, that are rewritten and wear out; null: none") \
    X(REAL, endurance, "", ABOVE(cells, 0), "times that each can be rewritten") \
    X(REAL, resolution, "", ABOVE(resolution, 0), \
      "levels that rings tell apart by CrossLight's rule, 1 over what one takes of others' light at most; null: none")

#define FL_OPERATOR_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(KEY, operator, "not null check (operator > 0)", ALWAYS, "in order of execution, from 1") \
    X(WHOLE, layer, "", ABOVE(layer, -1), "null: not part of a layer") \
    X(TEXT, name, "not null", ALWAYS, "the same in every layer: `ffn_up`") \
    X(TEXT, kind, "not null", ALWAYS, "`linear`, `matmul`, `softmax` ...") \
    X(WHOLE, macs, "not null default 0", ALWAYS, "multiply-accumulates that are not masked") \
    X(TEXT, placed, "", ALWAYS, "where it ran: `optical`, `digital`, `dma`, `gpu` or `link`") \
    X(TEXT, engine, "", ALWAYS, "what worked on it: `core[0]`, `vector`, `dma`, as in paths of units") \
    X(WHOLE, start_ps, "not null", ALWAYS, "") \
    X(WHOLE, end_ps, "not null", ALWAYS, "") \
    X(WHOLE, critical_ps, "not null", ALWAYS, "its part of the latency; the parts of a run sum to latency_ps") \
    X(TEXT, bound_by, "", ALWAYS, \
      "the unit with the largest busy share (but for light that only passes it), or `latency` if none exceeds half")

#define FL_TALLY_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(INDEX, unit, "not null", ALWAYS, "") \
    X(INDEX, operator, "not null", ALWAYS, "0: not one operator's (static power, setup)") \
    X(TEXT, action, "not null", ALWAYS, "`converted`, `busy_ps`, `run_ps`, `setup_written` ...") \
    X(WHOLE, count, "not null check (count >= 0)", ALWAYS, "of one copy of the unit")

#define FL_PRICE_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(INDEX, unit, "not null", ALWAYS, "") \
    X(TEXT, action, "not null", ALWAYS, "") \
    X(TEXT, component, "not null", ALWAYS, \
      "`laser`, `modulator`, `slm`, `detector`, `dac`, `adc`, `sram`, `dram` ...") \
    X(CLASS, class, "not null check (class in ('dynamic', 'static', 'setup'))", ALWAYS, "") \
    X(REAL, fj, "not null", ALWAYS, "fJ per count; for counts of ps this is mW") \
    X(TEXT, source, "", ALWAYS, "citation; null: assumed") \
    X(TEXT, file, "", ALWAYS, "where the price was set ...") \
    X(WHOLE, line, "", ABOVE(line, 0), "... and its line") \
    X(TEXT, key, "", ALWAYS, "the design's key: `core[0].adc.energy`; null: several keys together") \
    X(REAL, low_fj, "", ABOVE(high_fj, 0), "with every key that has a range at its cheap end; null: none has") \
    X(REAL, high_fj, "", ABOVE(high_fj, 0), "... at its dear end")

#define FL_RANGE_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(INDEX, unit, "not null", ALWAYS, "") \
    X(TEXT, action, "not null", ALWAYS, "") \
    X(TEXT, component, "not null", ALWAYS, "") \
    X(CLASS, class, "not null", ALWAYS, "") \
    X(TEXT, key, "not null", ALWAYS, "the design's key: `dram.vdd`") \
    X(TEXT, source, "", ALWAYS, "of its figures; null: assumed") \
    X(REAL, low_fj, "not null", ALWAYS, "the price with the key at its `low`: of an efficiency, the dearer") \
    X(REAL, high_fj, "not null", ALWAYS, "the price with the key at its `high`")

#define FL_LEAP_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(WHOLE, level, "not null", ALWAYS, "of the loop, from the inside" FL_EACH_LEVEL(FL_LEVEL_SAID)) \
    X(WHOLE, represented, "not null", ALWAYS, "events leapt over by loops of this level") \
    X(WHOLE, simulated, "not null", ALWAYS, "events simulated one by one between its rounds") \
    X(WHOLE, transient, "", ALWAYS, "rounds before its first leap; all of them if there was none") \
    X(WHOLE, period, "", ALWAYS, "of its last leap, ps; 0: there was none") \
    X(TEXT, breaker, "", ALWAYS, "the state that most often kept two rounds from matching")

#define FL_TOTAL_COLUMNS(X) \
    X(KEY, run, "primary key references run (run) on delete cascade", ALWAYS, "") \
    X(SUM_REAL, energy_j, "", ALWAYS, "with this run's part of the setup") \
    X(SUM_REAL, spent_j, "", ALWAYS, "without it") \
    X(SUM_REAL, setup_j, "", ALWAYS, "the whole of the setup") \
    X(SUM_REAL, assumed_j, "", ALWAYS, "what of energy_j rests on prices without a source") \
    X(SUM_WHOLE, macs, "", ALWAYS, "") \
    X(SUM_WHOLE, optical_macs, "", ALWAYS, "") \
    X(SUM_REAL, area_mm2, "", ALWAYS, "") \
    X(SUM_REAL, peak_w, "", ALWAYS, "")

#define FL_SWEEP_COLUMNS(X) \
    X(WHOLE, sweep, "primary key", ABOVE(sweep, 0), "number, from 1") \
    X(TEXT, name, "not null", ALWAYS, "") \
    X(TEXT, file, "", ALWAYS, "the sweep file's name ...") \
    X(TEXT, text, "not null", ALWAYS, "... and its content") \
    X(TEXT, identity, "not null unique", ALWAYS, \
      "hash of all that the rows depend on: file, designs, traces, version") \
    X(WHOLE, points, "not null", ALWAYS, "of the whole sweep, simulated or not") \
    X(WHOLE, first_run, "not null", ALWAYS, "point p is run first_run + p: these numbers are kept free for it") \
    X(TEXT, start_utc, "", ALWAYS, "") \
    X(TEXT, version, "", ALWAYS, "of fanlight") \
    X(TEXT, command, "", ALWAYS, "the command line")

#define FL_AXIS_COLUMNS(X) \
    X(KEY, sweep, FL_OF_SWEEP, ALWAYS, "") \
    X(KEY, axis, "not null", ALWAYS, "from 0, the slowest") \
    X(TEXT, name, "not null", ALWAYS, "`core.slm.rows`; `design` and `mapper` are axes too")

#define FL_JOB_COLUMNS(X) \
    X(KEY, sweep, FL_OF_SWEEP, ALWAYS, "") \
    X(KEY, job, "not null", ALWAYS, "from 0") \
    X(TEXT, model, "", ALWAYS, "") \
    X(TEXT, phase, "", ALWAYS, "") \
    X(WHOLE, context, "", ALWAYS, "") \
    X(WHOLE, tokens, "", ALWAYS, "") \
    X(WHOLE, batch, "", ALWAYS, "")

#define FL_POINT_COLUMNS(X) \
    X(KEY, sweep, FL_OF_SWEEP, ALWAYS, "") \
    X(KEY, point, "not null", ALWAYS, "from 0") \
    X(WHOLE, run, "references run (run) on delete cascade", ABOVE(run, 0), "its results; null: excluded") \
    X(WHOLE, job, "not null", ALWAYS, "") \
    X(TEXT, state, "not null check (state in ('done', 'failed', 'excluded'))", ALWAYS, \
      "excluded: against a constraint") \
    X(WHOLE, meets, "not null default 1", ALWAYS, "1: the results meet the constraints") \
    X(WHOLE, latency_ps, "", ABOVE(run, 0), "of the run") \
    X(TEXT, work, "", ALWAYS, "hash of design, trace and mapper: points of equal work share tallies")

#define FL_VALUE_COLUMNS(X) \
    X(KEY, sweep, FL_OF_SWEEP, ALWAYS, "") \
    X(KEY, point, "not null", ALWAYS, "") \
    X(KEY, axis, "not null", ALWAYS, "") \
    X(TEXT, value, "not null", ALWAYS, "as set: `512`, `1 MiB`") \
    X(REAL, number, "", ALWAYS, "in the parameter's own measure; null: not a number")

#define FL_FIGURE_COLUMNS(X) \
    X(TEXT, figure, "not null", ALWAYS, "kind of plot: `energy-width`") \
    X(TEXT, series, "not null", ALWAYS, "its line, or group of bars") \
    X(WHOLE, run, FL_OF_RUN, ALWAYS, "")

#define FL_ACCURACY_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "the design at work on what the network computes: its joules are this row's") \
    X(TEXT, arithmetic, "not null", ALWAYS, \
      "`optical`: the design; `noiseless`: its bits and ranges alone; `8 bits`: digital; `exact`: float32") \
    X(TEXT, net, "not null", ALWAYS, "name of the network") \
    X(TEXT, task, "not null", ALWAYS, "what it does: `characters`, `graph` or `letters`") \
    X(TEXT, tested_on, "", ALWAYS, "name or file of the text, if the task has one") \
    X(TEXT, variant, "", ALWAYS, "how it was trained: the method, `, noise` if through a design's optics") \
    X(WHOLE, training_seed, "", ABOVE(training_seed, -1), "null: its file does not tell") \
    X(TEXT, recipe, "", ALWAYS, "the command that makes the network again") \
    X(WHOLE, width, "", ABOVE(width, 0), "of the network") \
    X(TEXT, encoding, "", ALWAYS, "of the optical cores that are used, as is `budget`; null: none is") \
    X(TEXT, budget, "", ALWAYS, "what sets the light: `full_scale` or `signal`") \
    X(WHOLE, input_bits, "", ABOVE(input_bits, 0), "of the first optical product, or of digital ones") \
    X(WHOLE, weight_bits, "", ABOVE(weight_bits, 0), "") \
    X(WHOLE, output_bits, "", ABOVE(output_bits, 0), "") \
    X(REAL, asked_photons_per_mac, "", ABOVE(asked_photons_per_mac, 0), "null: as the design has it") \
    X(REAL, photons_per_mac, "", ALWAYS, "detected, mean over the optical products; null: not the optical row") \
    X(REAL, optical_share, "", ALWAYS, "of the MACs; null: not the optical row") \
    X(REAL, systematic, "", ABOVE(systematic, 0), "error of each output's devices over the spread of outputs") \
    X(REAL, inside, "", ABOVE(inside, 0), "share of inputs that full level holds") \
    X(REAL, perplexity, "", ALWAYS, "mean over seeds; null: the task has classes") \
    X(REAL, accuracy, "", ALWAYS, "mean share of rows told rightly; null: the task is text") \
    X(REAL, sigma, "", ALWAYS, "standard deviation of either over seeds; null: one seed") \
    X(REAL, over_exact, "", ALWAYS, "perplexity or accuracy over that of `exact`") \
    X(WHOLE, seeds, "not null", ALWAYS, "machines and noises that were averaged") \
    X(WHOLE, symbols, "not null", ALWAYS, "symbols of text, or rows with classes, that were tested on")

#define FL_SETTING_COLUMNS(X) \
    X(KEY, run, FL_OF_RUN, ALWAYS, "") \
    X(TEXT, name, "not null", ALWAYS, "the key, as given with --vary: `core[0].adc.range`") \
    X(TEXT, value, "not null", ALWAYS, "as set") \
    X(REAL, number, "", ALWAYS, "in the parameter's own measure; null: not a number")

/* The figures of a run, X(name): the columns of the view run_summary that are numbers, and the members of
 * struct fl_summary (api/fanlight.h). */
#define FL_EACH_FIGURE(X) \
    X(latency_s) X(energy_j) X(setup_s) X(setup_j) X(macs) X(j_per_mac) X(macs_per_s) X(peak_macs_per_s) \
    X(mac_utilization) X(tokens_per_s) X(j_per_token) X(mean_w) X(area_mm2) X(peak_w) X(assumed_share) \
    X(bound_s) X(worst_error) X(error_limit)
#define FL_FIGURE_SQL(name) #name ", "
#define FL_FIGURE_ONE(name) + 1
/* In that order, and the run's number behind them; to be followed by a WHERE. */
#define FL_FIGURES_SQL "select " FL_EACH_FIGURE(FL_FIGURE_SQL) "run from run_summary"
enum { FL_FIGURES = 0 FL_EACH_FIGURE(FL_FIGURE_ONE) };

#endif
