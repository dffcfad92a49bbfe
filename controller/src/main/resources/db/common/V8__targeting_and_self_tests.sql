create table device_group (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    name varchar(512) not null,
    query varchar(8000) not null,
    made_by varchar(512) not null,
    changed_at bigint not null
);
create index device_group_by_tenant on device_group (tenant);
alter table variant add column golden varchar(512);
alter table release_artifact add column golden varchar(512);
alter table release_artifact add column memory_bytes bigint default 0 not null;
alter table rollout add column looked_at bigint default 0 not null;
alter table rollout add column joined_at bigint default 0 not null;
