-- Parts of a network as variants of their own, for boards that cannot hold all of it.
alter table variant add column part_of varchar(64);
alter table variant add column part_from integer default 0 not null;
alter table variant add column part_to integer default 0 not null;
alter table variant add column part_operators integer default 0 not null;
alter table variant add column whole_macs bigint default 0 not null;
-- What a device runs of a shared attempt, where that is not the job's variant itself.
alter table split_part add column digest varchar(80);
create index split_part_by_tenant on split_part (tenant, answer_by);
