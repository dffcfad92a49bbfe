-- The list that a node refuses, and why, by its own word.
alter table node add column refused_version bigint default 0 not null;
alter table node add column refused_reason varchar(512);
