-- A job is written when it is placed and when it ends. What only few jobs have, or only ended ones, has an index of those.
drop index job_by_end;
create index job_by_end on job (tenant, finished_at, state, split, energy_method, node_id, device, model, energy_microjoules, energy_uncertainty)
    where finished_at is not null;
drop index job_by_probe;
create index job_by_probe on job (pinned_device, probe) where pinned_device is not null;
-- A row with an input of a kilobyte and the reason for its place is a little over two: it fits a page as it is, and need not be packed each time.
alter table job set (toast_tuple_target = 4080);
