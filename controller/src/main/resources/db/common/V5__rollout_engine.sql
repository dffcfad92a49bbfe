alter table rollout add column detail varchar(8000);
alter table rollout add column ending varchar(512);
alter table rollout add column reach varchar(512);
alter table rollout add column policy varchar(8000) default '' not null;
alter table rollout add column settled_at bigint default 0 not null;
alter table rollout add column approved_wave integer default -1 not null;
alter table rollout add column accepted_wave integer default -1 not null;
alter table rollout add column minute_began_at bigint default 0 not null;
alter table rollout add column minute_starts bigint default 0 not null;
alter table rollout add column revision bigint default 0 not null;
alter table rollout_target add column device_class varchar(512) default '' not null;
alter table rollout_target add column failure varchar(512);
alter table rollout_target add column deadline_at bigint default 0 not null;
alter table rollout_target add column answered boolean default false not null;
alter table rollout_target add column blocked_since bigint default 0 not null;
alter table rollout_target add column blocked_by varchar(512);
alter table rollout_target add column previous_version varchar(512);
alter table rollout_target add column previous_variant varchar(512);
alter table rollout_target add column previous_digest varchar(512);
alter table rollout_target add column previous_bytes bigint default 0 not null;
create table rollout_wave (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    rollout_id varchar(512) not null,
    wave integer not null,
    unfit bigint not null,
    pending bigint not null,
    running bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    cancelled bigint not null,
    skipped bigint not null,
    withdrawing bigint not null,
    withdrawn bigint not null
);
-- Targets of before: two minutes was the limit of each, and what was skipped had no variant.
update rollout_target set deadline_at = started_at + 120000 where state = 'running';
insert into rollout_wave (id, tenant, rollout_id, wave, unfit, pending, running, succeeded, failed, cancelled, skipped,
        withdrawing, withdrawn)
    select concat(rollout_id, concat('/', wave)), min(tenant), rollout_id, wave,
        sum(case when state = 'skipped' then 1 else 0 end), sum(case when state = 'pending' then 1 else 0 end),
        sum(case when state = 'running' then 1 else 0 end), sum(case when state = 'succeeded' then 1 else 0 end),
        sum(case when state = 'failed' then 1 else 0 end), 0, sum(case when state = 'skipped' then 1 else 0 end), 0, 0
    from rollout_target group by rollout_id, wave;
create index wave_by_rollout on rollout_wave (rollout_id);
drop index target_by_rollout;
create index target_by_state on rollout_target (rollout_id, state, wave, id);
create index target_by_node on rollout_target (node_id);
