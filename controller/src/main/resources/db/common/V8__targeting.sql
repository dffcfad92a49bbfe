create table device_group (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    name varchar(512) not null,
    query varchar(8000) not null,
    made_by varchar(512) not null,
    changed_at bigint not null
);
create index device_group_by_tenant on device_group (tenant);
