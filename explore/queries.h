/* queries.h - parts of queries that pictures and pages share. */
#ifndef FL_QUERIES_H
#define FL_QUERIES_H

/* Points of `fanlight accuracy`: row a of accuracy_summary, of the task of the newest such run up to ?1. The design's
 * row alone; figures of classes in percent. */
#define ACCURACY_TASK "(select task from accuracy where run <= ?1 order by run desc limit 1)"
#define ACCURACY_ROWS "from accuracy_summary a where a.arithmetic = 'optical' and a.task = " ACCURACY_TASK " "
#define ACCURACY_VALUE "coalesce(a.perplexity, 100 * a.accuracy)"
#define ACCURACY_SIGMA "iif(a.accuracy is null, a.sigma, 100 * a.sigma)"
#define ACCURACY_WORDS \
    "iif((select max(accuracy) from accuracy where task = " ACCURACY_TASK ") is null, 'perplexity', 'accuracy (%)')"
/* ", X" if points differ in that column. */
#define ACCURACY_DIFFERS(column) \
    "iif((select count(distinct coalesce(b." column ", '')) from accuracy_summary b where b.arithmetic = 'optical' " \
    "and b.task = a.task) > 1, coalesce(', ' || a." column ", ''), '')"
/* What tells points apart, but for their light and what was varied. */
#define ACCURACY_SERIES \
    "a.net || " ACCURACY_DIFFERS("design") " || " ACCURACY_DIFFERS("variant") " || " ACCURACY_DIFFERS("encoding") \
    " || " ACCURACY_DIFFERS("budget")
#define ACCURACY_SETTINGS "coalesce(', ' || a.settings, '')"

/* The workload of row j of sweep_job, named no longer than needed to tell the workloads of its sweep apart. */
#define JOB_NAME \
    "j.model || iif((select count(distinct phase) from sweep_job k where k.sweep = j.sweep) > 1, ' ' || j.phase, '')" \
    " || iif((select count(distinct context) from sweep_job k where k.sweep = j.sweep and k.model = j.model" \
    " and k.phase = j.phase) > 1, ', context ' || j.context, '')" \
    " || iif((select count(distinct batch) from sweep_job k where k.sweep = j.sweep and k.model = j.model" \
    " and k.phase = j.phase) > 1, ', batch ' || j.batch, '')"
/* Operators of a run that multiply, all layers together, against what they read from and write to DRAM: the time is
 * their part of the latency. part: name, placed, macs, s, bytes. roof: peak,
 * MAC/s; bandwidth, B/s. far: x, ten times right of all others, where those stand that need no DRAM; least, a tenth of
 * the least. ?1: the run. */
#define OPERATOR_TRAFFIC \
    "with traffic as (select t.operator, sum(t.count) / 8.0 as bytes from run q join tally t on t.run = " \
    "coalesce(q.tallies_of, q.run) join unit u on u.run = t.run and u.unit = t.unit " \
    "where q.run = ?1 and u.kind = 'dram' and t.action = 'io_bits' group by t.operator), " \
    "part as (select o.name, o.placed, sum(o.macs) as macs, sum(o.critical_ps) / 1e12 as s, sum(b.bytes) as bytes " \
    "from run q join operator o on o.run = coalesce(q.tallies_of, q.run) left join traffic b using (operator) " \
    "where q.run = ?1 group by o.name, o.placed having sum(o.macs) > 0 and s > 0), " \
    "roof as (select (select peak_macs_per_s from run where run = ?1) as peak, (select sum(u.lanes * u.copies) / " \
    "u.lane_ps * 1e12 / 8 from run q join unit u on u.run = coalesce(q.tallies_of, q.run) where q.run = ?1 and " \
    "u.lane_action = 'io_bits' and u.kind = 'dram') as bandwidth), " \
    "far as (select 10 * max(coalesce((select max(macs / bytes) from part), 1), coalesce(peak / bandwidth, 1)) as x, " \
    "min(coalesce((select min(macs / bytes) from part), peak / bandwidth, 1), coalesce(peak / bandwidth, 1)) / 10 " \
    "as least from roof) "

#endif
