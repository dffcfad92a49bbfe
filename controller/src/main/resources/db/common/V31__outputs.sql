-- Outputs that are too large for a message: nodes put them here, and results name them.
create table job_output (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    epoch bigint not null,
    digest varchar(512) not null,
    bytes bigint not null,
    made boolean not null,
    puts integer not null,
    created_at bigint not null
);
create index output_by_tenant on job_output (tenant, created_at);
create index output_by_digest on job_output (digest);
create index output_by_time on job_output (created_at);
alter table job add column output_digest varchar(512);
alter table job add column output_bytes bigint;
