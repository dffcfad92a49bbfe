-- Stretches of networks as tasks, and inputs that were uploaded or come from sensors.
alter table job add column wanted_variant varchar(512);
alter table job add column segment_from integer default 0 not null;
alter table job add column segment_to integer default 0 not null;
alter table job add column work_share double precision default 1 not null;
alter table graph_task add column variant varchar(512);
alter table graph_task add column segment_from integer default 0 not null;
alter table graph_task add column segment_to integer default 0 not null;
alter table graph_task add column work_share double precision default 1 not null;
alter table graph_task add column parts varchar(2000) default '' not null;
alter table graph_task add column source varchar(512);
alter table graph_task add column sensor varchar(64);
create table upload (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    digest varchar(512) not null,
    bytes bigint not null,
    created_at bigint not null
);
create index upload_by_tenant on upload (tenant);
create index upload_by_digest on upload (digest);
-- Inferences that the controller asks for itself, to learn what a device takes.
alter table job add column probe boolean default false not null;
create index job_by_probe on job (probe, pinned_device);
alter table cost add column probed_by varchar(512);
-- Which jobs of several tasks have something to do: those whose time has come, and those of which an inference has ended.
alter table graph add column due_at bigint default 0 not null;
create index graph_by_due on graph (due_at);
alter table job add column graph_due boolean default false not null;
create index job_by_graph_due on job (graph_due);
