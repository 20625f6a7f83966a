/* plot_kinds.c - the kinds of plots, one row each. */
#include "explore/plot.h"
#include "explore/queries.h"

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

/* Series of points: their workload; where colours tell the values of an axis, those too. */
#define CHOSEN_SERIES \
    "iif($series = '', " JOB_NAME ", iif((select count(*) from sweep_job k where k.sweep = j.sweep) > 1, " JOB_NAME \
    " || ', ', '') || $series)"
#define CHOSEN_POINTS(view, order) \
    "select " CHOSEN_SERIES ", $x, $y, null, r.settings, $colour, r.job from " view " r " \
    "join sweep_job j using (sweep, job) join run_summary s using (run) where r.sweep = ?1 " order
/* Points over an axis of numbers, called by all their other settings. */
#define SCALING_ROWS(throughput) \
    "select " JOB_NAME ", iif(" AXIS_UNIT " = '', v.number, cast(v.value as real)), " throughput ", " \
    "iif(length(v.value) > 9 and " AXIS_UNIT " <> '', printf('%.3g %s', v.value, " AXIS_UNIT "), v.value), " \
    "(select coalesce(group_concat(b.name || '=' || w.value, ' '), '') from sweep_value w " \
    "join sweep_axis b using (sweep, axis) where w.sweep = r.sweep and w.point = r.point and w.axis <> v.axis) " \
    "from sweep_result r join sweep_job j using (sweep, job) join sweep_value v using (sweep, point) " \
    "join sweep_axis a using (sweep, axis) join run_summary s using (run) " \
    "where r.sweep = ?1 and r.meets = 1 and v.number is not null and a.name = " NUMBER_AXIS " "

#define ACCURACY_TITLE \
    "select printf('%s, %d points on %s', task, count(*), iif(min(design) = max(design), min(design), " \
    "count(distinct design) || ' designs')) " ACCURACY_ROWS
/* The key asked for, else the first one of numbers; the light asked for, where points differ in it. */
#define ACCURACY_AXIS \
    "coalesce(?2, (select w.name from accuracy_setting w join accuracy k using (run) where k.task = " ACCURACY_TASK \
    " and w.number is not null order by w.run desc, w.name limit 1))"
#define ACCURACY_ASKED \
    "iif((select count(distinct coalesce(b.asked_photons_per_mac, 0)) from accuracy b where b.arithmetic = 'optical' " \
    "and b.task = a.task) > 1, (select printf(', %g photons', b.asked_photons_per_mac) from accuracy b where " \
    "b.run = a.run and b.arithmetic = 'optical' and b.asked_photons_per_mac is not null), '')"

const struct fl_plot_kind fl_plot_kinds[] = {
    {.name = "pareto", .summary = "points of a sweep, two figures and a colour; those that none beats stand out",
     .of = FL_PLOT_OF_SWEEP, .style = FL_PLOT_POINTS,
     .query = CHOSEN_POINTS("sweep_result", "and r.meets = 1 order by r.job, r.point"),
     .best = CHOSEN_POINTS("pareto", "order by r.job, r.point"), .front = true,
     .heading = "Points of a sweep; large: no other is as good in latency, energy and area",
     .title = SWEEP_TITLE, .x = "", .y = "", .x_log = true, .y_log = true,
     .x_preset = "latency_s", .y_preset = "energy_j", .colour_preset = ""},
    {.name = "heatmap", .summary = "the best figure at each pair of values of two axes of a sweep",
     .of = FL_PLOT_OF_SWEEP, .style = FL_PLOT_CELLS,
     .query = "select xv.value, yv.value, $best($colour), min(xv.number), min(yv.number) from sweep_result r "
              "join run_summary s using (run) join sweep_value xv on xv.sweep = r.sweep and xv.point = r.point "
              "join sweep_axis xa on xa.sweep = r.sweep and xa.axis = xv.axis and xa.name = $xname "
              "join sweep_value yv on yv.sweep = r.sweep and yv.point = r.point "
              "join sweep_axis ya on ya.sweep = r.sweep and ya.axis = yv.axis and ya.name = $yname "
              "where r.sweep = ?1 and r.meets = 1 and r.job = $job and $colour is not null "
              "group by xv.value, yv.value order by min(r.point)",
     .heading = "The best at each pair of values, over all else that was varied",
     .title = "select 'sweep ' || w.name || ', ' || " JOB_NAME " from sweep w join sweep_job j using (sweep) "
              "where sweep = ?1 and j.job = $job",
     .x = "", .y = "", .x_preset = "", .y_preset = "", .colour_preset = "edp_js"},
    {.name = "roofline", .summary = "operators of a run: MAC/s over MACs per byte of DRAM, below what the machine "
        "allows",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_POINTS,
     .query = OPERATOR_TRAFFIC "select p.placed, coalesce(p.macs / nullif(p.bytes, 0), f.x), p.macs / p.s, "
              "iif(coalesce(p.bytes, 0) > 0, null, 'no DRAM traffic'), p.name from part p join far f order by p.macs "
              "/ p.s desc, p.name",
     .roofs = OPERATOR_TRAFFIC "select '', max(f.x * 2, 1), peak, null, null, null, 0 from roof, far f where peak > 0 "
              "union all select '', coalesce(peak / bandwidth, f.x / 1000), peak, null, null, null, 0 from roof, far f "
              "where peak > 0 union all select '', f.least, bandwidth * f.least, null, null, null, 0 from roof, far "
              "f where bandwidth > 0",
     .roof_title = "no operator can be faster",
     .heading = "How fast operators are, and could be", .title = RUN_TITLE, .x = "intensity", .y = "throughput",
     .x_unit = "MAC/B", .y_unit = "MAC/s", .x_log = true, .y_log = true},
    {.name = "tornado", .summary = "what each price with a range does to the energy of a run, as `fanlight "
        "uncertainty` tells",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_SPANS, .query = NULL,
     .heading = "Energy with one price at either end of its range",
     .title = RUN_TITLE, .x = "", .y = "energy; behind the bars: share of the variance", .y_unit = "J"},
    {.name = "breakdown", .summary = "where the joules of a run go, by component",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_BARS,
     .query = "select class, component, j from ("
              "select 1 as n, 'dynamic' as class, component, dynamic_j as j, total_j from energy_by_component "
              "where run = ?1 union all "
              "select 2, 'static', component, static_j, total_j from energy_by_component where run = ?1) "
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
    {.name = "scaling", .summary = "throughput over an axis of a sweep, and the best at each of its values",
     .of = FL_PLOT_OF_SWEEP, .style = FL_PLOT_LINES,
     .query = SCALING_ROWS("s.macs_per_s") "order by r.job, 5, v.number",
     .best = SCALING_ROWS("max(s.macs_per_s)") "group by r.job, v.number order by r.job, v.number",
     .heading = "Throughput over an axis; lines join what is alike but for it, large: the best at each value", .title
         = SWEEP_TITLE,
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
    {.name = "advantage-parameters",
     .summary = "advantage over " FL_DIGITAL_TEXT " fJ a MAC against parameters, of many runs",
     .of = FL_PLOT_OF_ALL, .style = FL_PLOT_LINES,
     .query = "select series, parameters, advantage, model from advantage_against_parameters "
              "order by series, parameters, run",
     .roofs = "with level(n, y) as (values (0, 1), (1, 100), (2, 8000), (3, 100000)) "
              "select '', min(parameters), y, null, null, null, n from advantage_against_parameters, level group by n "
              "union all select '', max(parameters), y, null, printf('%,dx', y), null, n "
              "from advantage_against_parameters, level group by n",
     .roof_title = "as much as a digital processor; what the paper claims",
     .heading = "Advantage over a digital processor of " FL_DIGITAL_TEXT " fJ a MAC",
     .title = RUNS_TITLE("advantage-parameters"), .x = "models by their parameters", .y = "times less energy",
     .x_unit = "", .y_unit = "", .tic_lines = 3,
     .x_log = true, .y_log = true},
    {.name = "accuracy-light", .summary = "what networks reach over the photons of a product, by `fanlight accuracy`",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_LINES,
     .query = "select " ACCURACY_SERIES " || " ACCURACY_SETTINGS ", a.photons_per_mac, " ACCURACY_VALUE
              ", null, null, null, null, " ACCURACY_SIGMA " " ACCURACY_ROWS "order by 1, 2, a.run",
     .heading = "What networks reach with light; bars: standard deviation over machines and noises",
     .title = ACCURACY_TITLE, .x = "photons detected for a product", .y = "select " ACCURACY_WORDS, .x_unit = "",
     .y_unit = "", .x_log = true, .y_log = true},
    {.name = "accuracy-energy", .summary = "the same over the joules of a token, all of the design's",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_LINES,
     .query = "select " ACCURACY_SERIES " || " ACCURACY_SETTINGS ", a.j_per_token, " ACCURACY_VALUE
              ", null, null, null, null, " ACCURACY_SIGMA " " ACCURACY_ROWS "order by 1, 2, a.run",
     .heading = "What networks reach with joules; bars: standard deviation over machines and noises",
     .title = ACCURACY_TITLE, .x = "energy per token", .y = "select " ACCURACY_WORDS, .x_unit = "J", .y_unit = "",
     .x_log = true, .y_log = true},
    {.name = "accuracy-key", .summary = "the same over a key that `fanlight accuracy --vary` varied",
     .of = FL_PLOT_OF_RUN, .style = FL_PLOT_LINES,
     .query = "select " ACCURACY_SERIES " || coalesce(', ' || (select group_concat(o.name || '=' || o.value, ' ') "
              "from accuracy_setting o where o.run = a.run and o.name <> v.name), '') || " ACCURACY_ASKED
              ", v.number, " ACCURACY_VALUE ", null, null, null, null, " ACCURACY_SIGMA
              " from accuracy_summary a join accuracy_setting v using (run) where a.arithmetic = 'optical' and "
              "a.task = " ACCURACY_TASK " and v.name = " ACCURACY_AXIS " order by a.net, a.encoding, "
              "(select asked_photons_per_mac from accuracy b where b.run = a.run), 1, 2, a.run",
     .heading = "What networks reach; bars: standard deviation over machines and noises", .title = ACCURACY_TITLE,
     .x = "select " ACCURACY_AXIS, .y = "select " ACCURACY_WORDS, .x_unit = "", .y_unit = "",
     .y_log = true},
    {.name = NULL},
};

const struct fl_plot_kind *fl_plot_kind_find(const char *name)
{
    for (const struct fl_plot_kind *kind = fl_plot_kinds; kind->name != NULL; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
