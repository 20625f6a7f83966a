-- sweeps.sql - the answers to sweeps: their points with figures, which of them nothing beats, what each axis does.

-- Points of sweeps that were simulated, with their figures. `meets` is 0 for those whose results are against a constraint.
create view sweep_result (
    sweep,
    point,
    run,
    job,                -- the workload: points are compared within one
    model,
    phase,
    context,
    tokens,
    batch,
    settings,           -- where the point lies: `slm=512 share=4`
    latency_s,
    energy_j,
    edp_js,             -- energy x latency, in joule seconds
    area_mm2,
    peak_w,
    meets
) as
select p.sweep, p.point, p.run, p.job, j.model, j.phase, j.context, j.tokens, j.batch,
       (select group_concat(setting, ' ')
        from (select a.name || '=' || v.value as setting from sweep_value v join sweep_axis a using (sweep, axis)
              where v.sweep = p.sweep and v.point = p.point order by v.axis)),
       p.latency_ps / 1e12, p.e, p.e * p.latency_ps / 1e12, p.a, p.w, p.meets
from (select q.*, coalesce(t.energy_j, (select energy_j from run_total_missing m where m.run = q.run)) as e,
             coalesce(t.area_mm2, (select area_mm2 from run_total_missing m where m.run = q.run)) as a,
             coalesce(t.peak_w, (select peak_w from run_total_missing m where m.run = q.run)) as w
      from sweep_point q left join run_total t on t.run = q.run
      where q.state = 'done') p
join sweep_job j on j.sweep = p.sweep and j.job = p.job;

-- The points that no other beats: for the same workload of a sweep none is as good in latency, energy and area and better
-- in one of them. Points that constraints exclude do not count.
--
-- The pivots, which beat everything in a sample of points, beat most of the others too; only what they leave is compared
-- with each other. That makes 100,000 points quick, and changes nothing: who is beaten is beaten by a point that is left.
-- (`limit -1` keeps SQLite from computing a table again wherever it is used.)
create view pareto (
    sweep,
    job,
    model,
    phase,
    context,
    batch,
    point,
    run,
    settings,
    latency_s,
    energy_j,
    area_mm2,
    peak_w
) as
with done as (
    select p.sweep, p.job, p.point, p.run, p.latency_ps as l,
           coalesce(t.energy_j, (select energy_j from run_total_missing m where m.run = p.run)) as e,
           coalesce(nullif(coalesce(t.area_mm2, (select area_mm2 from run_total_missing m where m.run = p.run)), 0), 9e999) as a,
           coalesce(t.peak_w, (select peak_w from run_total_missing m where m.run = p.run)) as w
    from sweep_point p left join run_total t on t.run = p.run
    where p.state = 'done' and p.meets = 1
    limit -1),
sample as (
    select * from done
    where (point * 2654435761 >> 8) % (1 + (select count(*) from sweep_point) / 2000) = 0
    order by l * e * a limit -1),
pivot as (
    select * from sample f
    where not exists (select 1 from sample b where b.sweep = f.sweep and b.job = f.job and b.l <= f.l and b.e <= f.e
                      and b.a <= f.a and (b.l < f.l or b.e < f.e or b.a < f.a))
    limit -1),
left_over as (
    select * from done f
    where not exists (select 1 from pivot b where b.sweep = f.sweep and b.job = f.job and b.l <= f.l and b.e <= f.e
                      and b.a <= f.a and (b.l < f.l or b.e < f.e or b.a < f.a))
    order by l * e * a limit -1)
select f.sweep, f.job, j.model, j.phase, j.context, j.batch, f.point, f.run,
       (select group_concat(setting, ' ')
        from (select a.name || '=' || v.value as setting from sweep_value v join sweep_axis a using (sweep, axis)
              where v.sweep = f.sweep and v.point = f.point order by v.axis)),
       f.l / 1e12, f.e, iif(f.a < 9e999, f.a, 0.0), f.w
from left_over f
join sweep_job j on j.sweep = f.sweep and j.job = f.job
where not exists (select 1 from left_over b where b.sweep = f.sweep and b.job = f.job and b.l <= f.l and b.e <= f.e
                  and b.a <= f.a and (b.l < f.l or b.e < f.e or b.a < f.a));

-- What each axis does. Its values are compared by their means over everything else; of more than ten numbers, ten groups
-- of equal size are, and what ten groups explain by chance alone is taken off their share (epsilon squared: Kelley, PNAS
-- 21:554, 1935). Where points failed or were excluded, axes are no longer independent, and shares may sum to more than 1.
create view sensitivity (
    sweep,
    job,
    model,
    phase,
    axis,
    groups,             -- values or groups of values
    latency_share,      -- the part of the variance of the latency that the axis explains alone
    latency_ratio,      -- largest mean / smallest
    latency_best,       -- the value, or the range of values, with the smallest mean
    energy_share,
    energy_ratio,
    energy_best
) as
with place as (
    select p.sweep, p.job, v.axis, v.value, v.number, p.latency_ps / 1e12 as l,
           coalesce(t.energy_j, (select energy_j from run_total_missing m where m.run = p.run)) as e
    from sweep_point p
    join sweep_value v on v.sweep = p.sweep and v.point = p.point
    left join run_total t on t.run = p.run
    where p.state = 'done'),
many as (
    select sweep, job, axis from place group by 1, 2, 3 having count(distinct number) > 10),
grouped as (
    select q.sweep, q.job, q.axis, q.l, q.e, q.value, q.number,
           iif(m.axis is null, q.value, ntile(10) over (partition by q.sweep, q.job, q.axis order by q.number)) as part
    from place q left join many m using (sweep, job, axis)),
part as (
    select sweep, job, axis, part, count(*) as n, avg(l) as l, avg(e) as e, min(number), value as first
    from grouped group by sweep, job, axis, part),
top as (
    select sweep, job, axis, part, max(number), value as last from grouped group by sweep, job, axis, part),
named as (
    select sweep, job, axis, l, e, first || iif(first = last, '', ' to ' || last) as name
    from part join top using (sweep, job, axis, part)),
spread as (
    select sweep, job, axis, avg(l) as l, avg(e) as e, avg(l * l) - avg(l) * avg(l) as ll,
           avg(e * e) - avg(e) * avg(e) as ee, count(*) as n
    from place group by sweep, job, axis),
whole as (
    select b.sweep, b.job, b.axis, count(*) as groups,
           sum(b.n * (b.l - s.l) * (b.l - s.l)) / s.n / nullif(s.ll, 0) as latency_share,
           max(b.l) / nullif(min(b.l), 0) as latency_ratio,
           sum(b.n * (b.e - s.e) * (b.e - s.e)) / s.n / nullif(s.ee, 0) as energy_share,
           max(b.e) / nullif(min(b.e), 0) as energy_ratio,
           iif(m.axis is null, 1.0, (s.n - 1.0) / (s.n - count(*))) as rest    -- of what is left, if chance took its part
    from part b join spread s using (sweep, job, axis) left join many m using (sweep, job, axis)
    group by b.sweep, b.job, b.axis)
select w.sweep, w.job, j.model, j.phase, a.name, w.groups, min(1.0, max(0.0, 1 - (1 - w.latency_share) * w.rest)), w.latency_ratio,
       (select name from named b where b.sweep = w.sweep and b.job = w.job and b.axis = w.axis order by b.l, name limit 1),
       min(1.0, max(0.0, 1 - (1 - w.energy_share) * w.rest)), w.energy_ratio,
       (select name from named b where b.sweep = w.sweep and b.job = w.job and b.axis = w.axis order by b.e, name limit 1)
from whole w
join sweep_axis a on a.sweep = w.sweep and a.axis = w.axis
join sweep_job j on j.sweep = w.sweep and j.job = w.job;

-- The best design of each sweep for each workload, by three measures; of equals the smallest, then the one better by
-- the other measure, then the first.
create view best_per_model (
    sweep,
    job,
    model,
    phase,
    context,
    batch,
    by,                 -- `latency`, `energy` or `edp` (their product)
    point,
    run,
    settings,
    latency_s,
    energy_j,
    area_mm2,
    peak_w
) as
with ranked as (
    select *, row_number() over (partition by sweep, job order by latency_s, area_mm2, energy_j, point) as of_latency,
           row_number() over (partition by sweep, job order by energy_j, area_mm2, latency_s, point) as of_energy,
           row_number() over (partition by sweep, job order by edp_js, area_mm2, latency_s, point) as of_edp
    from sweep_result where meets = 1)
select sweep, job, model, phase, context, batch, 'latency', point, run, settings, latency_s, energy_j, area_mm2, peak_w
from ranked where of_latency = 1
union all
select sweep, job, model, phase, context, batch, 'energy', point, run, settings, latency_s, energy_j, area_mm2, peak_w
from ranked where of_energy = 1
union all
select sweep, job, model, phase, context, batch, 'edp', point, run, settings, latency_s, energy_j, area_mm2, peak_w
from ranked where of_edp = 1;
