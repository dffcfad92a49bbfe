-- What later results are compared with, and which device is like which by what both have run.
alter table cost add column digest varchar(512) default '' not null;
alter table cost add column reference_micros double precision default 0 not null;
alter table cost add column reference_spread double precision default 0 not null;
alter table cost add column reference_from bigint default 0 not null;
alter table cost add column drift_slower double precision default 0 not null;
alter table cost add column drift_faster double precision default 0 not null;
alter table cost add column drifted_at bigint;
alter table cost add column drift_ratio double precision;
update cost set digest = substring(id from position('#' in id) + 1);
create index cost_by_digest on cost (tenant, digest);
