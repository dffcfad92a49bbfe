-- What each operator of a variant takes on a device, as its agent has measured it: the newest report of each.
create table operator_times (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    device_id varchar(512) not null,
    digest varchar(512) not null,
    timing varchar(512) not null,
    total_nanos bigint not null,
    times ${bytes} not null,
    received_at bigint not null
);
create index operator_times_by_node on operator_times (node_id);
create index operator_times_by_device on operator_times (device_id);
create index operator_times_by_digest on operator_times (tenant, digest);
-- By what a node times operators, absent when it times none.
alter table node add column timing varchar(512);
-- Of the network's time on the helper of a stream, what the rest has; absent in plans of before operators were timed.
alter table stream_plan add column back_share double precision;
