-- schema.sql - the tables of a results database. docs/schema.md is made from the comments here and in views.sql.
--
-- The simulator counts whole numbers and stores them; joules, shares and utilization are views (views.sql), so that
-- changing a price changes every energy that rests on it, with no new simulation.

pragma application_id = 1179536468;         -- "FNLT": this file is fanlight's
pragma user_version = 2;                    -- of this schema

-- One simulation: what was asked, and how long the machine took.
create table run (
    run             integer primary key,    -- number, from 1
    label           text,                   -- given with --label
    design          text not null,          -- name of the machine
    model           text,                   -- name of the workload
    phase           text,                   -- `prefill` or `decode`
    mapper          text,                   -- how work was laid over the machine
    objective       text,                   -- `latency`, `energy` or `edp`
    context         integer,                -- prefill: tokens of the prompt; decode: tokens in the cache at the start
    tokens          integer,                -- decode: steps
    batch           integer,                -- sequences side by side
    start_utc       text,                   -- when the simulation began
    wall_s          real,                   -- how long it took on the host, in seconds
    version         text,                   -- of fanlight
    command         text,                   -- the command line
    latency_ps      integer not null check (latency_ps >= 0),           -- simulated time, in ps
    setup_ps        integer not null default 0 check (setup_ps >= 0),   -- loading what stays, once, before time starts
    inferences      integer not null default 0 check (inferences >= 0), -- that share the setup energy; 0: left out
    leapt_share     real,                   -- part of the events that were leapt over
    tallies_of      integer references run (run),   -- its units, operators and tallies are this run's too; null: own
    error           text,                   -- why there are no results; null: all is well
    notes           text,                   -- said with every report: `ideal memory`
    peak_macs_per_s real,                   -- of all optical cores, at the design's encoding and slices
    width           integer,                -- shortest operand of a linear operator: a Transformer's d; null: no such operator
    parameters      integer,                -- static weights of the linear operators that ran, each layer's once
    design_text     text,                   -- the whole machine description, base designs and overrides merged
    workload_text   text                    -- the operator trace; `fanlight run --trace` reads it back
);

-- The devices of a run's machine.
create table unit (
    run             integer not null references run (run) on delete cascade,
    unit            integer not null,       -- number within the run, from 0
    path            text not null,          -- where it sits: `core[1].adc`
    kind            text not null,          -- device type: `adc`
    copies          integer not null default 1 check (copies >= 0),     -- equal devices that this row stands for
    area_um2        real not null default 0,                            -- of one copy, in square micrometres
    peak_w          real not null default 0,                            -- of one copy, all it does at once and at full rate
    lanes           integer,                -- converters, detectors ... of one copy, side by side; null: none
    lane_action     text,                   -- the tally that counts one lane being busy for lane_ps
    lane_ps         real,                   -- in ps
    primary key (run, unit)
) without rowid;

-- The operators of a run's workload, layers unrolled.
create table operator (
    run             integer not null references run (run) on delete cascade,
    operator        integer not null check (operator > 0),              -- in order of execution, from 1
    layer           integer,                -- null: not part of a layer
    name            text not null,          -- the same in every layer: `ffn_up`
    kind            text not null,          -- `linear`, `matmul`, `softmax` ...
    macs            integer not null default 0,                         -- multiply-accumulates that are not masked
    placed          text,                   -- where it ran: `optical`, `digital` or `dma`
    start_ps        integer not null,
    end_ps          integer not null,
    critical_ps     integer not null,       -- its part of the latency; the parts of a run sum to latency_ps
    bound_by        text,                   -- the unit with the largest busy share (but for light that only passes it), or `latency` if none exceeds half
    primary key (run, operator)
) without rowid;

-- What each unit did for each operator: counts of actions, and picoseconds in each state. Zeros are left out.
create table tally (
    run             integer not null references run (run) on delete cascade,
    unit            integer not null,
    operator        integer not null,       -- 0: not one operator's (static power, setup)
    action          text not null,          -- `converted`, `busy_ps`, `run_ps`, `setup_written` ...
    count           integer not null check (count >= 0),                -- of one copy of the unit
    primary key (run, unit, action, operator)
) without rowid;

-- What each count costs, and who says so. An action may have several prices.
create table price (
    run             integer not null references run (run) on delete cascade,
    unit            integer not null,
    action          text not null,
    component       text not null,          -- `laser`, `modulator`, `slm`, `detector`, `dac`, `adc`, `sram`, `dram` ...
    class           text not null check (class in ('dynamic', 'static', 'setup')),
    fj              real not null,          -- fJ per count; for counts of ps this is mW
    source          text,                   -- citation; null: assumed
    file            text,                   -- where the price was set ...
    line            integer,                -- ... and its line
    key             text,                   -- the design's key: `core[0].adc.energy`; null: several keys together
    low_fj          real,                   -- with every key that has a range at its cheap end; null: none has
    high_fj         real,                   -- ... at its dear end
    primary key (run, unit, action, component, class)
) without rowid;

-- The ranges that a design gives, key by key: a price with one key at either end. A price may rest on several keys, and
-- a key (a current, a voltage, an efficiency) may decide several prices.
create table price_range (
    run             integer not null references run (run) on delete cascade,
    unit            integer not null,
    action          text not null,
    component       text not null,
    class           text not null,
    key             text not null,          -- the design's key: `dram.vdd`
    source          text,                   -- of its figures; null: assumed
    low_fj          real not null,          -- the price with the key at its `low`: of an efficiency, the dearer
    high_fj         real not null,          -- the price with the key at its `high`
    primary key (run, unit, action, component, class, key)
) without rowid;

-- What leaping saved: effort, not result. Runs that differ only here are identical.
create table leap (
    run             integer not null references run (run) on delete cascade,
    level           integer not null,       -- of the loop: 0 the innermost, 4 operators, 5 layers; 6: operators met again
    represented     integer not null,       -- events leapt over by loops of this level
    simulated       integer not null,       -- events simulated one by one between its rounds
    transient       integer,                -- rounds before its first leap; all of them if there was none
    period          integer,                -- of its last leap, ps; 0: there was none
    breaker         text,                   -- the state that most often kept two rounds from matching
    primary key (run, level)
) without rowid;

-- Sums over a run, kept so that a question to 100,000 runs is quick: a copy of the view `run_total_missing`, made
-- when the run is stored. Any later change of what it rests on drops the row, and views compute it again.
create table run_total (
    run             integer primary key references run (run) on delete cascade,
    energy_j        real,                   -- with this run's part of the setup
    spent_j         real,                   -- without it
    setup_j         real,                   -- the whole of the setup
    assumed_j       real,                   -- what of energy_j rests on prices without a source
    macs            integer,
    optical_macs    integer,
    area_mm2        real,
    peak_w          real
);

-- Many runs with one purpose: a machine and workloads, varied along axes.
create table sweep (
    sweep           integer primary key,    -- number, from 1
    name            text not null,
    file            text,                   -- the sweep file's name ...
    text            text not null,          -- ... and its content
    identity        text not null unique,   -- hash of all that the rows depend on: file, designs, traces, version
    points          integer not null,       -- of the whole sweep, simulated or not
    first_run       integer not null,       -- point p is run first_run + p: these numbers are kept free for it
    start_utc       text,
    version         text,                   -- of fanlight
    command         text                    -- the command line
);

-- What a sweep varies.
create table sweep_axis (
    sweep           integer not null references sweep (sweep) on delete cascade,
    axis            integer not null,       -- from 0, the slowest
    name            text not null,          -- `core.slm.rows`; `design` and `mapper` are axes too
    primary key (sweep, axis)
) without rowid;

-- The workloads of a sweep: points are compared within one of them.
create table sweep_job (
    sweep           integer not null references sweep (sweep) on delete cascade,
    job             integer not null,       -- from 0
    model           text,
    phase           text,
    context         integer,
    tokens          integer,
    batch           integer,
    primary key (sweep, job)
) without rowid;

-- One machine with one workload of a sweep.
create table sweep_point (
    sweep           integer not null references sweep (sweep) on delete cascade,
    point           integer not null,       -- from 0
    run             integer references run (run) on delete cascade,     -- its results; null: excluded
    job             integer not null,
    state           text not null check (state in ('done', 'failed', 'excluded')),  -- excluded: against a constraint
    meets           integer not null default 1,                         -- 1: the results meet the constraints
    latency_ps      integer,                -- of the run
    work            text,                   -- hash of design, trace and mapper: points of equal work share tallies
    primary key (sweep, point)
) without rowid;
create index sweep_point_by_run on sweep_point (run);
create index sweep_point_by_work on sweep_point (sweep, work, point);

-- Where a point lies: its place on each axis.
create table sweep_value (
    sweep           integer not null references sweep (sweep) on delete cascade,
    point           integer not null,
    axis            integer not null,
    value           text not null,          -- as set: `512`, `1 MiB`
    number          real,                   -- in the parameter's own measure; null: not a number
    primary key (sweep, point, axis)
) without rowid;

-- Runs that are drawn in one figure: those of the newest `fanlight reproduce`. Merging databases leaves them out.
create table figure (
    figure          text not null,          -- kind of plot: `energy-width`
    series          text not null,          -- its line, or group of bars
    run             integer not null references run (run) on delete cascade,
    primary key (figure, run)
) without rowid;
create index figure_by_run on figure (run);

create index run_by_tallies_of on run (tallies_of) where tallies_of is not null;

create trigger run_changed after update of inferences, tallies_of on run begin
    delete from run_total where run = new.run;
end;
create trigger unit_added after insert on unit begin
    delete from run_total where run in (select run from run where run = new.run or tallies_of = new.run);
end;
create trigger unit_changed after update on unit begin
    delete from run_total where run in (select run from run where run = old.run or tallies_of = old.run);
end;
create trigger unit_dropped after delete on unit begin
    delete from run_total where run in (select run from run where run = old.run or tallies_of = old.run);
end;
create trigger operator_added after insert on operator begin
    delete from run_total where run in (select run from run where run = new.run or tallies_of = new.run);
end;
create trigger operator_changed after update on operator begin
    delete from run_total where run in (select run from run where run = old.run or tallies_of = old.run);
end;
create trigger operator_dropped after delete on operator begin
    delete from run_total where run in (select run from run where run = old.run or tallies_of = old.run);
end;
create trigger tally_added after insert on tally begin
    delete from run_total where run in (select run from run where run = new.run or tallies_of = new.run);
end;
create trigger tally_changed after update on tally begin
    delete from run_total where run in (select run from run where run = old.run or tallies_of = old.run);
end;
create trigger tally_dropped after delete on tally begin
    delete from run_total where run in (select run from run where run = old.run or tallies_of = old.run);
end;
create trigger price_added after insert on price begin
    delete from run_total where run = new.run;
end;
create trigger price_changed after update on price begin
    delete from run_total where run = old.run;
end;
create trigger price_dropped after delete on price begin
    delete from run_total where run = old.run;
end;
