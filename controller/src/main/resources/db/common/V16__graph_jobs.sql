-- Jobs of several tasks; a task that runs a network is a job of its own. Which queued job goes first is one number.
alter table job add column graph_id varchar(512);
alter table job add column wanted_version varchar(512);
alter table job add column accuracy_floor double precision;
alter table job add column turn_micros bigint default 0 not null;
update job set turn_micros = created_at * 1000;
create table graph (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    name varchar(512) not null,
    state varchar(512) not null,
    reason varchar(512),
    created_at bigint not null,
    finished_at bigint,
    deadline_at bigint not null,
    priority integer not null,
    energy_budget_microjoules double precision,
    accuracy_floor double precision,
    outputs varchar(2000) not null,
    planned_micros bigint not null
);
create index graph_by_state on graph (state);
create index graph_by_tenant on graph (tenant, state);
create table graph_task (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    graph_id varchar(512) not null,
    task varchar(512) not null,
    place integer not null,
    kind varchar(512) not null,
    model varchar(512),
    version varchar(512),
    device varchar(512),
    transform varchar(2000),
    inputs varchar(2000) not null,
    type varchar(512) not null,
    shape varchar(512) not null,
    rank_micros bigint not null,
    planned_start_micros bigint not null,
    planned_micros bigint not null,
    state varchar(512) not null,
    reason varchar(512),
    job_id varchar(512),
    created_at bigint not null,
    started_at bigint,
    finished_at bigint
);
create index graph_task_by_graph on graph_task (graph_id);
create table graph_tensor (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    graph_id varchar(512) not null,
    type varchar(512) not null,
    shape varchar(512) not null,
    content ${bytes},
    digest varchar(512),
    created_at bigint not null
);
create index graph_tensor_by_digest on graph_tensor (digest);
