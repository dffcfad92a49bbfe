-- Temperature and battery of nodes, and what devices take for streams over what they are expected to; who is told of the answers.
alter table live_stream add column notify_node varchar(512);
alter table stream_plan add column front_share double precision default 0 not null;
create table node_strain (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    celsius double precision,
    celsius_at bigint not null,
    hot boolean not null,
    percent double precision,
    percent_at bigint not null,
    low boolean not null
);
create table stream_pace (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    expected_micros double precision not null,
    seen_ratio double precision not null,
    factor double precision not null,
    away integer not null,
    updated_at bigint not null
);
