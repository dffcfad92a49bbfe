-- Who had which attempt at a job: a result of anybody else breaks a rule.
alter table job add column places varchar(4000) default '' not null;
-- The node that is told how a job ended.
alter table job add column notify_node varchar(64);
alter table graph add column notify_node varchar(64);
