-- What each version did on each device, and what the gates of each rollout make of it.
create table observed (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    device_id varchar(512) not null,
    slot varchar(512) not null,
    digest varchar(512) not null,
    modelled boolean not null,
    inferences bigint not null,
    latency varchar(8000) not null,
    energy_count bigint not null,
    energy_log_sum double precision not null,
    energy_method varchar(512) not null,
    labelled bigint not null,
    correct bigint not null,
    updated_at bigint not null
);
create table gate_policy (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    slot varchar(512) not null,
    policy varchar(8000) not null,
    open boolean not null
);
create table gate_test (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    rollout_id varchar(512) not null,
    metric varchar(512) not null,
    stratum varchar(512) not null,
    first_wave integer not null,
    threshold double precision not null,
    tolerated double precision not null,
    worse double precision not null,
    alpha double precision not null,
    beta double precision not null,
    samples_min bigint not null,
    samples bigint not null,
    total double precision not null,
    squares double precision not null,
    peak double precision not null,
    decision varchar(512) not null,
    detail varchar(512),
    updated_at bigint not null
);
create index observed_by_device on observed (device_id);
create index gate_policy_by_slot on gate_policy (tenant, slot);
create index gate_test_by_rollout on gate_test (rollout_id);
create index slot_by_name on slot (tenant, slot);
