-- views.sql - the answers: joules, shares and rates, computed from counts and prices whenever they are asked for.
--
-- Tallies are of one copy of a unit, so energies multiply by unit.copies; times do not. Counts are summed as integers
-- and priced afterwards, so that sums are exact until the last step. A run with tallies_of reads the units, operators
-- and tallies of that run, at its own prices. With run.inferences = K, energies include 1/K of the setup energy.
-- $digital_fj stands for FL_DIGITAL_FJ of stats/stats.h.

-- Every priced count: the joules of one action of one unit, and where the price came from.
create view energy_by_action (
    run,
    unit,
    path,               -- of the unit
    action,
    component,
    class,              -- `dynamic`, `static` or `setup`
    count,              -- over all operators, of one copy
    fj,                 -- price of one count
    energy_j,           -- of all copies; of setup, the part that this run is charged
    setup_j,            -- the whole of the setup energy; 0 for other classes
    source,             -- citation; null: assumed
    file,
    line,
    key,                -- the design's key that sets the price; null: several keys together
    low_fj,             -- the range that the design gives; null: none
    high_fj
) as
select run, unit, path, action, component, class, count, fj,
       count * fj * copies / 1e15 * charged,
       iif(class = 'setup', count * fj * copies / 1e15, 0.0), source, file, line, key, low_fj, high_fj
from (select r.run as run, u.unit as unit, u.path as path, u.copies as copies,
             p.action as action, p.component as component, p.class as class, p.fj as fj,
             p.source as source, p.file as file, p.line as line,
             p.key as key, p.low_fj as low_fj, p.high_fj as high_fj,
             case when p.class <> 'setup' then 1.0
                  when r.inferences > 0 then 1.0 / r.inferences
                  else 0.0 end as charged,
             coalesce((select sum(t.count) from tally t
                       where t.run = u.run and t.unit = u.unit and t.action = p.action), 0) as count
      from run r
      join price p on p.run = r.run
      join unit u on u.run = coalesce(r.tallies_of, r.run) and u.unit = p.unit);

-- What each price of a run decides: energy is linear in it. Counts of several units at one key are summed.
create view energy_by_price (
    run,
    price,              -- the design's key, `core[0].adc.energy`; unit and action where several keys are one price
    component,
    class,
    fj,                 -- of one count
    energy_j,
    share,              -- of the run's energy
    low_fj,             -- the range that the design gives; null: none
    high_fj,
    source              -- citation; null: assumed
) as
select e.run, e.price, e.component, e.class, e.fj, e.energy_j, e.energy_j / nullif(t.energy_j, 0), e.low_fj, e.high_fj,
       e.source
from (select run, coalesce(key, path || '.' || action) as price, component, iif(class = 'setup', 'dynamic', class) as class,
             max(fj) as fj, sum(energy_j) as energy_j, max(low_fj) as low_fj, max(high_fj) as high_fj,
             max(source) as source
      from energy_by_action
      group by run, coalesce(key, path || '.' || action), component, iif(class = 'setup', 'dynamic', class)) e
join (select run, sum(energy_j) as energy_j from energy_by_action group by run) t on t.run = e.run
where e.energy_j > 0;

-- Where the joules go, by kind of device.
create view energy_by_component (
    run,
    component,          -- laser, modulator, slm, detector, dac, adc, sram, dram, link, digital or control
    dynamic_j,          -- counts x price, and this run's part of the setup
    static_j,           -- power x time in state
    total_j,
    share,              -- of the run's energy
    setup_j             -- this run's part of the setup, which dynamic_j includes
) as
select c.run, c.component, c.dynamic_j, c.static_j, c.dynamic_j + c.static_j,
       (c.dynamic_j + c.static_j) / nullif(r.energy_j, 0), c.setup_j
from (select run, component,
             sum(iif(class = 'static', 0.0, energy_j)) as dynamic_j,
             sum(iif(class = 'static', energy_j, 0.0)) as static_j,
             sum(iif(class = 'setup', energy_j, 0.0)) as setup_j
      from energy_by_action group by run, component) c
join (select run, sum(energy_j) as energy_j from energy_by_action group by run) r on r.run = c.run;

-- Where the joules go, operator by operator. What no single operator causes has rows of its own, so that parts sum.
create view energy_by_operator (
    run,
    operator,           -- 0: no operator's own
    layer,              -- null: not part of a layer
    name,               -- of no operator's own: `(static)`; `(setup)`, the part charged; `(shared)`, counts no operator's, or by run
    kind,
    energy_j
) as
select r.run, o.operator, o.layer, o.name, o.kind,
       coalesce((select sum(t.count * p.fj * u.copies / 1e15)
                 from tally t
                 join price p on p.run = r.run and p.unit = t.unit and p.action = t.action
                 join unit u on u.run = t.run and u.unit = t.unit
                 where t.run = o.run and t.operator = o.operator), 0.0)
from run r join operator o on o.run = coalesce(r.tallies_of, r.run)
union all
select r.run, 0, null,
       case p.class when 'static' then '(static)' when 'setup' then '(setup)' else '(shared)' end, null,
       sum(t.count * p.fj * u.copies / 1e15) / iif(p.class = 'setup', r.inferences, 1)
from run r
join tally t on t.run = coalesce(r.tallies_of, r.run) and t.operator = 0
join price p on p.run = r.run and p.unit = t.unit and p.action = t.action
join unit u on u.run = t.run and u.unit = t.unit
where p.class <> 'setup' or r.inferences > 0
group by r.run, p.class;

-- Where the joules go by where the work ran: what operators cause, digital ones apart from those in light.
create view energy_by_placement (
    run,
    placed,             -- `optical`, `digital`, `dma`, `gpu` or `link`
    component,
    energy_j
) as
select r.run, o.placed, p.component, sum(t.count * p.fj * u.copies / 1e15)
from run r
join operator o on o.run = coalesce(r.tallies_of, r.run)
join tally t on t.run = o.run and t.operator = o.operator
join price p on p.run = r.run and p.unit = t.unit and p.action = t.action
join unit u on u.run = t.run and u.unit = t.unit
group by r.run, o.placed, p.component;

-- When each operator ran, and what held it up.
create view latency_by_operator (
    run,
    operator,
    layer,
    name,
    kind,
    start_s,
    end_s,
    critical_s,         -- its part of the run's latency: these sum to latency_s
    bound_by            -- the unit with the largest busy share (but for light that only passes it), or `latency` if none exceeds half
) as
select r.run, o.operator, o.layer, o.name, o.kind, o.start_ps / 1e12, o.end_ps / 1e12, o.critical_ps / 1e12, o.bound_by
from run r join operator o on o.run = coalesce(r.tallies_of, r.run);

-- Ways to lay out the same work on the same machine, operator by operator: of each mapper the newest run that has
-- design, workload and objective of `run`.
create view tilings (
    run,                -- of any mapper
    other,              -- the run of `mapper`
    mapper,
    name,               -- of the operators, all layers together; `(static)`: joules that are no operator's own
    operator,           -- the first of the name; 0: none
    kind,               -- `linear`, `matmul`, `softmax` ...
    latency_s,          -- their part of the latency
    energy_j
) as
with same as (
    select r.run as run, o.mapper as mapper, max(o.run) as other
    from run r
    join run o on o.design = r.design and o.model is r.model and o.phase is r.phase and o.objective is r.objective and
                  o.design_text is r.design_text and o.workload_text is r.workload_text and o.error is null
    group by r.run, o.mapper)
select s.run, s.other, s.mapper, e.name, min(e.operator), e.kind, coalesce(sum(o.critical_ps), 0) / 1e12, sum(e.energy_j)
from same s
join energy_by_operator e on e.run = s.other
join run t on t.run = s.other
left join operator o on o.run = coalesce(t.tallies_of, t.run) and o.operator = e.operator
group by s.run, s.other, s.mapper, e.name;

-- How each unit spent the run: every picosecond is busy, blocked or idle.
create view utilization (
    run,
    unit,
    path,
    busy_s,             -- its issue slot was taken; of several chips the mean over their stages
    blocked_s,          -- it held work it could start, but lacked room, credit or a shared resource
    idle_s,             -- the rest
    utilization,        -- busy share of the run
    lane_utilization    -- lanes busy, of all its lanes over the run; null: not a device of lanes
) as
select run, unit, path, busy_ps / 1e12 / beside, blocked_ps / 1e12 / beside,
       (latency_ps - (busy_ps + blocked_ps) * 1.0 / beside) / 1e12, busy_ps / nullif(latency_ps * 1.0 * beside, 0),
       lane_count * lane_ps / nullif(lanes * 1.0 * latency_ps, 0)
from (select r.run as run, r.latency_ps as latency_ps, u.unit as unit, u.path as path, u.lanes as lanes,
             u.lane_ps as lane_ps, u.beside as beside,
             coalesce((select sum(count) from tally
                       where run = u.run and unit = u.unit and action = 'busy_ps'), 0) as busy_ps,
             coalesce((select sum(count) from tally
                       where run = u.run and unit = u.unit and action = 'blocked_ps'), 0) as blocked_ps,
             coalesce((select sum(count) from tally
                       where run = u.run and unit = u.unit and action = u.lane_action), 0) as lane_count
      from run r join unit u on u.run = coalesce(r.tallies_of, r.run)
      group by r.run, u.unit);

-- Cells that can be rewritten a number of times: how many such runs they last, if all wear alike.
create view wear (
    run,
    path,
    cells,              -- of all cores
    rewritten,          -- times that each was, on the average
    endurance,          -- times that each can be
    runs                -- that it lasts; null: nothing was rewritten
) as
select run, path, cells, 1.0 * rewritten / cells, endurance, endurance * cells / nullif(rewritten, 0)
from (select u.run as run, u.path as path, u.cells as cells, u.endurance as endurance,
             coalesce((select sum(t.count) from tally t
                       where t.run = coalesce(r.tallies_of, r.run) and t.unit = u.unit and t.action = 'loaded'), 0)
             as rewritten
      from run r join unit u on u.run = coalesce(r.tallies_of, r.run) where u.cells > 0);

-- The sums of the runs that the table run_total does not hold, computed from counts and prices.
create view run_total_missing (
    run,
    energy_j,           -- with this run's part of the setup
    spent_j,            -- without it
    setup_j,            -- the whole of the setup
    assumed_j,          -- what of energy_j rests on prices without a source
    macs,
    optical_macs,
    area_mm2,
    peak_w
) as
select run, spent_j + charged * setup_j, spent_j, setup_j, assumed_j + charged * assumed_setup_j, macs, optical_macs,
       area_mm2, peak_w
from (select r.run as run, iif(r.inferences > 0, 1.0 / r.inferences, 0.0) as charged,
             coalesce((select sum(energy_j) from energy_by_action
                       where run = r.run and class <> 'setup'), 0.0) as spent_j,
             coalesce((select sum(setup_j) from energy_by_action
                       where run = r.run and class = 'setup'), 0.0) as setup_j,
             coalesce((select sum(energy_j) from energy_by_action
                       where run = r.run and class <> 'setup' and source is null), 0.0) as assumed_j,
             coalesce((select sum(setup_j) from energy_by_action
                       where run = r.run and class = 'setup' and source is null), 0.0) as assumed_setup_j,
             coalesce((select sum(macs) from operator where run = coalesce(r.tallies_of, r.run)), 0) as macs,
             coalesce((select sum(macs) from operator
                       where run = coalesce(r.tallies_of, r.run) and placed = 'optical'), 0) as optical_macs,
             coalesce((select sum(copies * area_um2) / 1e6 from unit
                       where run = coalesce(r.tallies_of, r.run)), 0.0) as area_mm2,
             coalesce((select sum(copies * peak_w) from unit
                       where run = coalesce(r.tallies_of, r.run)), 0.0) as peak_w
      from run r
      where r.run not in (select run from run_total)
      group by r.run);

-- One line a run: what one asks first.
create view run_summary (
    run,
    label,
    design,
    model,
    phase,
    mapper,
    latency_s,
    energy_j,           -- with --inferences, this run's part of the setup included
    setup_s,            -- loading what stays, once; not part of latency_s
    setup_j,            -- the whole energy of that
    macs,               -- multiply-accumulates, digital ones too, that are not masked
    j_per_mac,
    macs_per_s,
    peak_macs_per_s,    -- of the optical cores, in logical MACs at the design's encoding and slices
    mac_utilization,    -- optical MACs / (peak x latency)
    tokens_per_s,       -- prefill: prompt tokens; decode: tokens made; of all sequences; null: a trace that tells of none
    j_per_token,
    mean_w,             -- joules spent during the run / latency_s: the setup is not among them
    area_mm2,
    peak_w,             -- every unit at once and at full rate: a bound on power
    assumed_share,      -- the part of energy_j that rests on prices without a source
    bound_s,            -- no run of the plan takes less
    worst_error,        -- rms error over spread of the least exact optical operator's outputs; null: no product is optical
    worst_operator,
    worst_limit,        -- the largest term of that error
    error_limit,        -- what the design allows of it; 1: noise
    status,             -- of the machine: product, demonstrated, projected or assumed; null: untold
    projected_macs,     -- products of projections by fixed random matrices, which are not among `macs`
    error,              -- why there are no results; null: all is well
    notes               -- said with every report
) as
select r.run, r.label, r.design, r.model, r.phase, r.mapper, r.latency_s, t.energy_j, r.setup_ps / 1e12,
       t.setup_j, t.macs, t.energy_j / nullif(t.macs, 0), t.macs / nullif(r.latency_s, 0),
       r.peak_macs_per_s, t.optical_macs / nullif(r.peak_macs_per_s * r.latency_s, 0),
       r.made / nullif(r.latency_s, 0), t.energy_j / nullif(r.made, 0),
       t.spent_j / nullif(r.latency_s, 0), t.area_mm2, t.peak_w, coalesce(t.assumed_j / nullif(t.energy_j, 0), 0.0),
       r.bound_s, r.worst_error, r.worst_operator, r.worst_limit, r.error_limit, r.status,
       r.projected_macs, r.error, r.notes
from (select *, latency_ps / 1e12 as latency_s,
             nullif(case phase when 'prefill' then context when 'decode' then tokens end, 0) * batch as made from run) r
join (select * from run_total union all select * from run_total_missing) t on t.run = r.run;

-- What figures of merit depend on: each run by the size of its model.
create view run_scale (
    run,
    label,
    design,
    model,
    width,              -- shortest operand of a linear operator: d of a Transformer
    parameters,         -- static weights
    j_per_mac,
    optical_j_per_mac,  -- the electrical energy of the light alone: laser and local oscillator
    optical_share,      -- of the run's energy
    advantage           -- over a digital processor of $digital_fj fJ a MAC (arXiv:2302.10360)
) as
select run, label, design, model, width, parameters, j_per_mac, optical_j / nullif(macs, 0),
       optical_j / nullif(energy_j, 0), $digital_fj / 1e15 / nullif(j_per_mac, 0)
from (select s.*, r.width as width, r.parameters as parameters,
             coalesce((select sum(energy_j) from energy_by_action where run = r.run and component = 'laser'), 0.0)
                 as optical_j       -- of this run alone: a join would price every run of the database
      from run r join run_summary s on s.run = r.run);

-- Figure data: energy per MAC against width. Of this and the next three views: the runs that the table figure lists for
-- them, or all runs, by design, if it lists none.
create view energy_against_width (
    series,
    run,
    model,
    width,
    j_per_mac
) as
select coalesce(f.series, s.design), s.run, s.model, s.width, s.j_per_mac
from run_scale s left join figure f on f.run = s.run and f.figure = 'energy-width'
where s.width is not null and (f.run is not null or not exists (select 1 from figure where figure = 'energy-width'));

-- Figure data: the energy of light per MAC against width.
create view light_against_width (
    series,
    run,
    model,
    width,
    optical_j_per_mac
) as
select coalesce(f.series, s.design), s.run, s.model, s.width, s.optical_j_per_mac
from run_scale s left join figure f on f.run = s.run and f.figure = 'light-width'
where s.width is not null and (f.run is not null or not exists (select 1 from figure where figure = 'light-width'));

-- Figure data: where the joules of a MAC go, model by model.
create view breakdown_per_model (
    series,
    run,
    model,
    component,
    j_per_mac
) as
select coalesce(f.series, s.design), s.run, s.model, c.component, c.total_j / nullif(s.macs, 0)
from run_summary s
join energy_by_component c on c.run = s.run and c.total_j > 0
left join figure f on f.run = s.run and f.figure = 'breakdown-models'
where f.run is not null or not exists (select 1 from figure where figure = 'breakdown-models');

-- Figure data: the advantage over $digital_fj fJ a MAC against parameters.
create view advantage_against_parameters (
    series,
    run,
    model,
    parameters,
    advantage
) as
select coalesce(f.series, s.design), s.run, s.model, s.parameters, s.advantage
from run_scale s left join figure f on f.run = s.run and f.figure = 'advantage-parameters'
where s.parameters is not null and
      (f.run is not null or not exists (select 1 from figure where figure = 'advantage-parameters'));


-- What networks reach on machines, next to what that takes: each row of `accuracy` with the joules of its run.
create view accuracy_summary (
    run,
    label,
    design,
    arithmetic,
    net,
    task,
    tested_on,
    variant,
    training_seed,
    width,
    encoding,
    budget,
    input_bits,
    weight_bits,
    output_bits,
    settings,           -- what was varied: `core[0].adc.range=4`, one after the other; null: nothing
    photons_per_mac,    -- detected
    perplexity,         -- null: the task has classes
    accuracy,           -- null: the task is text
    sigma,              -- standard deviation of either over seeds; null: one seed
    seeds,
    over_exact,
    over_noiseless,     -- perplexity or accuracy over that of the same design without noise
    j_per_token,        -- of the design, as are the next two; null: another arithmetic
    j_per_mac,
    optical_share
) as
select a.run, s.label, s.design, a.arithmetic, a.net, a.task, a.tested_on, a.variant, a.training_seed, a.width, a.encoding,
       a.budget, a.input_bits, a.weight_bits, a.output_bits,
       (select group_concat(name || '=' || value, ' ') from (select name, value from accuracy_setting v
                                                             where v.run = a.run order by name)),
       a.photons_per_mac, a.perplexity, a.accuracy, a.sigma, a.seeds, a.over_exact,
       coalesce(a.perplexity, a.accuracy) /
           (select nullif(coalesce(q.perplexity, q.accuracy), 0) from accuracy q
            where q.run = a.run and q.arithmetic = 'noiseless'),
       iif(a.arithmetic = 'optical', s.j_per_token, null), iif(a.arithmetic = 'optical', s.j_per_mac, null), a.optical_share
from accuracy a join run_summary s on s.run = a.run;
