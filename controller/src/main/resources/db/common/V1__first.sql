-- ${bytes} is the vendor's type for up to 1 MB of bytes.
create table node (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node varchar(512) not null,
    status varchar(512) not null,
    key_sha256 varchar(512) not null,
    boot varchar(512),
    connection bigint not null,
    born_at bigint not null,
    last_seen_at bigint not null,
    agent_version varchar(512),
    kernels varchar(512),
    operators varchar(8000) not null,
    desired_version bigint not null,
    applied_version bigint not null,
    created_at bigint not null
);
create table device (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    node varchar(512) not null,
    device varchar(512) not null,
    device_class varchar(512) not null,
    driver varchar(512) not null,
    profile varchar(512),
    modelled boolean not null,
    memory_bytes bigint
);
create table slot (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    device_id varchar(512) not null,
    device varchar(512) not null,
    slot varchar(512) not null,
    desired_model varchar(512),
    desired_version varchar(512),
    desired_variant varchar(512),
    desired_digest varchar(512),
    desired_bytes bigint not null,
    desired_since bigint not null,
    reported_digest varchar(512),
    reported_state varchar(512) not null,
    reported_reason varchar(512),
    reported_boot varchar(512),
    reported_sequence bigint not null,
    reported_version bigint not null
);
create table metric (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    boot varchar(512) not null,
    alias integer not null,
    device varchar(512),
    metric varchar(512) not null,
    unit varchar(512) not null,
    modelled boolean not null,
    method varchar(512),
    born_at bigint not null
);
create sequence sample_ids start with 1 increment by 200;
create table sample (
    id bigint primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    device varchar(512) not null,
    metric varchar(512) not null,
    unit varchar(512) not null,
    at_millis bigint not null,
    amount double precision not null,
    uncertainty double precision,
    modelled boolean not null,
    method varchar(512)
);
create table stream (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    ranges varchar(8000) not null,
    updated_at bigint not null
);
create table model (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    model varchar(512) not null,
    created_at bigint not null
);
create table model_version (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    model varchar(512) not null,
    version varchar(512) not null,
    state varchar(512) not null,
    evaluation_digest varchar(512),
    created_at bigint not null
);
create table variant (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    model varchar(512) not null,
    version varchar(512) not null,
    version_id varchar(512) not null,
    variant varchar(512) not null,
    digest varchar(512) not null,
    bytes bigint not null,
    macs bigint not null,
    weight_bytes bigint not null,
    arena_bytes bigint not null,
    operators varchar(8000) not null,
    input_shape varchar(512) not null,
    input_name varchar(512) not null,
    input_scale double precision not null,
    input_zero_point integer not null,
    output_shape varchar(512) not null,
    output_name varchar(512) not null,
    output_scale double precision not null,
    output_zero_point integer not null,
    accuracy_count integer not null,
    accuracy_correct integer not null,
    accuracy_low95 double precision not null,
    accuracy_high95 double precision not null,
    created_at bigint not null
);
create table artifact (
    id varchar(512) primary key,
    bytes bigint not null,
    created_at bigint not null
);
create table artifact_chunk (
    id varchar(512) primary key,
    digest varchar(512) not null,
    chunk integer not null,
    content ${bytes} not null
);
create table rollout (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    model varchar(512) not null,
    version varchar(512) not null,
    selector varchar(8000) not null,
    state varchar(512) not null,
    reason varchar(512),
    waves varchar(8000) not null,
    wave integer not null,
    created_at bigint not null,
    finished_at bigint
);
create table rollout_target (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    rollout_id varchar(512) not null,
    node_id varchar(512) not null,
    device_id varchar(512) not null,
    node varchar(512) not null,
    device varchar(512) not null,
    wave integer not null,
    variant varchar(512),
    digest varchar(512),
    bytes bigint not null,
    state varchar(512) not null,
    reason varchar(512),
    started_at bigint not null,
    finished_at bigint
);
create table job (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    model varchar(512) not null,
    version varchar(512),
    state varchar(512) not null,
    reason varchar(512),
    created_at bigint not null,
    finished_at bigint,
    deadline_at bigint not null,
    pinned_device varchar(512),
    input ${bytes},
    input_digest varchar(512),
    input_bytes bigint not null,
    epoch bigint not null,
    node_id varchar(512),
    device varchar(512),
    variant varchar(512),
    digest varchar(512),
    sent_at bigint not null,
    output ${bytes},
    latency_micros bigint,
    modelled boolean not null,
    energy_microjoules double precision,
    energy_method varchar(512) not null,
    energy_uncertainty double precision,
    why varchar(8000)
);
create table cost (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    device_id varchar(512) not null,
    count bigint not null,
    mean_micros double precision not null,
    variance_micros double precision not null,
    mean_overhead_micros double precision not null,
    mean_microjoules double precision,
    energy_method varchar(512) not null,
    modelled boolean not null,
    updated_at bigint not null
);
create table api_token (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    name varchar(512) not null,
    role varchar(512) not null,
    created_at bigint not null,
    expires_at bigint not null
);
create table enrolment_token (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    uses_left integer not null,
    created_at bigint not null,
    expires_at bigint not null
);
create sequence audit_ids start with 1 increment by 200;
create table audit (
    id bigint primary key,
    tenant varchar(512) not null,
    at_millis bigint not null,
    who varchar(512) not null,
    action varchar(512) not null,
    what varchar(512) not null
);

create index device_by_node on device (node_id);
create index slot_by_node on slot (node_id);
create index slot_by_device on slot (device_id);
create index metric_by_node on metric (node_id);
create index sample_by_series on sample (node_id, device, metric, at_millis);
create index sample_by_time on sample (at_millis);
create index stream_by_node on stream (node_id);
create index version_by_model on model_version (tenant, model);
create index variant_by_version on variant (version_id);
create index variant_by_digest on variant (digest);
create index chunk_by_digest on artifact_chunk (digest);
create index rollout_by_state on rollout (state);
create index target_by_rollout on rollout_target (rollout_id);
create index job_by_state on job (state);
create index job_by_time on job (tenant, created_at);
create index audit_by_time on audit (tenant, at_millis);
