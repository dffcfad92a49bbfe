-- What tensors took from one node to another directly, by the sender's clock: sums of a fit of time over bytes.
create table way (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    samples bigint not null,
    weight double precision not null,
    sum_bytes double precision not null,
    sum_millis double precision not null,
    sum_bytes_squared double precision not null,
    sum_bytes_millis double precision not null,
    updated_at bigint not null
);
create index way_by_time on way (updated_at);
