/* plot_kinds.c - the kinds of plots, one row each. */
#include "explore/plot.h"

#include <string.h>

#define RUN_TITLE \
    "select printf('%s %s on %s, mapped by %s (run %d)', model, phase, design, mapper, run) from run_summary " \
    "where run = ?1"
#define SWEEP_TITLE \
    "select printf('sweep %s: %d of %d points', name, (select count(*) from sweep_point p where p.sweep = s.sweep " \
    "and state = 'done' and meets = 1), points) from sweep s where sweep = ?1"
/* Of a figure of many runs: whose they are. */
#define RUNS_TITLE(figure) \
    "select iif((select count(*) from figure where figure = '" figure "') > 0, 'runs of fanlight reproduce', " \
    "'all ' || (select count(*) from run) || ' runs, by design')"
/* The workload of row j of sweep_job, named no longer than needed to tell the workloads of its sweep apart. */
#define JOB_NAME \
    "j.model || iif((select count(distinct phase) from sweep_job k where k.sweep = j.sweep) > 1, ' ' || j.phase, '')" \
    " || iif((select count(distinct context) from sweep_job k where k.sweep = j.sweep and k.model = j.model" \
    " and k.phase = j.phase) > 1, ', context ' || j.context, '')" \
    " || iif((select count(distinct batch) from sweep_job k where k.sweep = j.sweep and k.model = j.model" \
    " and k.phase = j.phase) > 1, ', batch ' || j.batch, '')"
/* The axis that is asked for, else the first one of numbers. */
#define NUMBER_AXIS \
    "coalesce(?2, (select name from sweep_axis b where b.sweep = ?1 and exists (select 1 from sweep_value w " \
    "where w.sweep = b.sweep and w.axis = b.axis and w.number is not null) order by axis limit 1))"
/* Has a value a unit after a plain number (not a ratio, as in "4/3 GHz")? Then it is what follows the first blank. */
#define UNIT_OF(value) "iif(" value " glob '*/* *', '', substr(" value ", instr(" value " || ' ', ' ') + 1))"
/* What all values of that axis are written in; empty: a plain number, or not all in the same. */
#define AXIS_UNIT \
    "(select iif(min(unit) = max(unit), unit, '') from (select " UNIT_OF("u.value") " as unit from sweep_value u " \
    "join sweep_axis c using (sweep, axis) where u.sweep = ?1 and u.number is not null and c.name = " NUMBER_AXIS "))"

const struct fl_plot_kind fl_plot_kinds[] = {
    {.name = "pareto", .summary = "energy over latency of a sweep's points; those that none beats stand out",
     .of = FL_PLOT_OF_SWEEP, .style = FL_PLOT_POINTS,
     .query = "select " JOB_NAME ", r.latency_s, r.energy_j from sweep_result r join sweep_job j using (sweep, job) "
              "where r.sweep = ?1 and r.meets = 1 order by r.job, r.point",
     .best = "select " JOB_NAME ", r.latency_s, r.energy_j from pareto r join sweep_job j using (sweep, job) "
             "where r.sweep = ?1 order by r.job, r.point",
     .heading = "Energy over latency; large: no other is as good in latency, energy and area",
     .title = SWEEP_TITLE, .x = "latency", .y = "energy", .x_unit = "s", .y_unit = "J", .x_log = true, .y_log = true},
    {.name = "breakdown", .summary = "where the joules of a run go, by component",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_BARS,
     .query = "select class, component, j from ("
              "select 1 as n, 'each action' as class, component, dynamic_j as j, total_j from energy_by_component "
              "where run = ?1 union all "
              "select 2, 'standing power', component, static_j, total_j from energy_by_component where run = ?1) "
              "where total_j > 0 order by total_j desc, component, n",
     .heading = "Where the energy goes", .title = RUN_TITLE, .x = "", .y = "energy", .y_unit = "J"},
    {.name = "utilization", .summary = "how the units of a run spent their time",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_BARS,
     .query = "select state, path, 100 * s / nullif(busy_s + blocked_s + idle_s, 0) from ("
              "select *, 1 as n, 'busy' as state, busy_s as s from utilization union all "
              "select *, 2, 'blocked', blocked_s from utilization union all "
              "select *, 3, 'idle', idle_s from utilization) where run = ?1 order by unit, n",
     .heading = "What the units do", .title = RUN_TITLE, .x = "", .y = "share of the run", .y_unit = "%"},
    {.name = "tilings", .summary = "where the time goes under each tiling that `fanlight compare` ran",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_BARS,
     .query = "with t as (select * from tilings where run = ?1), "
              "total as (select other, sum(latency_s) as s from t group by other) "
              "select iif(kind in ('linear', 'matmul'), name, 'other work') as part, mapper, sum(latency_s) "
              "from t join total using (other) "
              "where s <= 4 * (select min(s) from total) and operator > 0 "
              "group by other, part order by s desc, other, part = 'other work', operator",
     .heading = "Time under each tiling; those of more than four times the best are left out",
     .title = "select printf('%s %s on %s', model, phase, design) from run_summary where run = ?1",
     .x = "", .y = "latency", .y_unit = "s"},
    {.name = "scaling", .summary = "the best throughput at each value of an axis of a sweep",
     .of = FL_PLOT_OF_SWEEP, .style = FL_PLOT_LINES,
     .query = "select " JOB_NAME ", iif(" AXIS_UNIT " = '', v.number, cast(v.value as real)), max(s.macs_per_s), "
              "iif(length(v.value) > 9 and " AXIS_UNIT " <> '', printf('%.3g %s', v.value, " AXIS_UNIT "), v.value) "
              "from sweep_result r join sweep_job j using (sweep, job) join sweep_value v using (sweep, point) "
              "join sweep_axis a using (sweep, axis) join run_summary s using (run) "
              "where r.sweep = ?1 and r.meets = 1 and v.number is not null and a.name = " NUMBER_AXIS
              " group by r.job, v.number order by r.job, v.number",
     .heading = "The best throughput at each value of an axis", .title = SWEEP_TITLE,
     .x = "select " NUMBER_AXIS " || iif(" AXIS_UNIT " = '', '', ' (' || " AXIS_UNIT " || ')')",
     .y = "throughput", .x_unit = "", .y_unit = "MAC/s", .x_log = true, .y_log = true},
    {.name = "energy-width", .summary = "energy per MAC against the width of the model, of many runs",
     .of = FL_PLOT_OF_ALL, .style = FL_PLOT_LINES,
     .query = "select series, width, j_per_mac from energy_against_width order by series, width, run",
     .heading = "Energy per MAC against width", .title = RUNS_TITLE("energy-width"),
     .x = "width of the model", .y = "energy per MAC", .x_unit = "", .y_unit = "J", .x_log = true, .y_log = true},
    {.name = "light-width", .summary = "energy of light per MAC against the width of the model, of many runs",
     .of = FL_PLOT_OF_ALL, .style = FL_PLOT_LINES,
     .query = "select series, width, optical_j_per_mac from light_against_width order by series, width, run",
     .heading = "Electrical energy of light, per MAC, against width", .title = RUNS_TITLE("light-width"),
     .x = "width of the model, or length of the operand", .y = "energy of light per MAC", .x_unit = "", .y_unit = "J",
     .x_log = true, .y_log = true},
    {.name = "breakdown-models", .summary = "where the joules of a MAC go, by component, model by model",
     .of = FL_PLOT_OF_ALL, .style = FL_PLOT_BARS,
     .query = "select component, series || iif((select count(*) from figure where figure = 'breakdown-models') > 0, "
              "'', ' ' || coalesce(model, run)) || case when all_j >= 1e-12 then printf(', %.3g pJ', all_j * 1e12) "
              "when all_j >= 1e-15 then printf(', %.3g fJ', all_j * 1e15) else printf(', %.3g aJ', all_j * 1e18) end, "
              "100 * j_per_mac / all_j from breakdown_per_model "
              "join (select run, sum(j_per_mac) as all_j from breakdown_per_model group by run) using (run) "
              "join (select component, sum(j_per_mac) as j from breakdown_per_model group by component) "
              "using (component) order by run, j desc, component",
     .heading = "Where the energy of a MAC goes", .title = RUNS_TITLE("breakdown-models"), .x = "",
     .y = "share of the energy", .y_unit = "%"},
    {.name = "advantage-parameters", .summary = "advantage over 300 fJ a MAC against parameters, of many runs",
     .of = FL_PLOT_OF_ALL, .style = FL_PLOT_LINES,
     .query = "select series, parameters, advantage from advantage_against_parameters order by series, parameters, run",
     .heading = "Advantage over a digital processor of 300 fJ a MAC", .title = RUNS_TITLE("advantage-parameters"),
     .x = "parameters of the model", .y = "times less energy", .x_unit = "", .y_unit = "",
     .x_log = true, .y_log = true},
    {.name = NULL},
};

const struct fl_plot_kind *fl_plot_kind_find(const char *name)
{
    for (const struct fl_plot_kind *kind = fl_plot_kinds; kind->name != NULL; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
