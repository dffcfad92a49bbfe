-- Jobs whose input is on a device, and attempts that two devices share.
alter table job add column source varchar(512);
alter table job add column bits_min integer default 8 not null;
alter table job add column local_only boolean default false not null;
alter table job add column split boolean default false not null;
alter table node add column link_kbit double precision;
alter table node add column link_rtt_millis double precision;
alter table node add column link_loss double precision;
create table split (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    epoch bigint not null,
    node_id varchar(512) not null,
    device varchar(512) not null,
    boundary integer not null,
    operators integer not null,
    bits integer not null,
    tensor_bytes bigint not null,
    link_bytes bigint not null,
    planned_micros bigint not null,
    link_micros bigint not null,
    local_micros bigint not null,
    sent_at bigint not null,
    answer_by bigint not null,
    front_micros bigint,
    front_microjoules double precision,
    front_energy_method varchar(512),
    front_energy_uncertainty double precision,
    back_micros bigint,
    back_microjoules double precision,
    back_energy_method varchar(512),
    back_energy_uncertainty double precision,
    output ${bytes},
    observed_micros bigint
);
create index split_by_node on split (node_id);
create index split_by_answer on split (answer_by);
