-- Who had which attempt at a job: a result of anybody else breaks a rule.
alter table job add column places varchar(4000) default '' not null;
