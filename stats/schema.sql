-- schema.sql - what stands beside the tables of a results database, which come from stats/columns.h: indexes, and triggers
-- that drop the kept sums of a run (table run_total) when what they rest on changes.

create index sweep_point_by_run on sweep_point (run);
create index sweep_point_by_work on sweep_point (sweep, work, point);
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
