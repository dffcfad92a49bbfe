-- Targets in change for each value of a label.
alter table rollout_target add column label_value varchar(512) default '' not null;
create table rollout_label_value (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    rollout_id varchar(512) not null,
    label_value varchar(512) not null,
    changing bigint not null
);
create index label_value_by_rollout on rollout_label_value (rollout_id);
