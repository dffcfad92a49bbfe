-- Each enrolment counts the nodes of its tenant.
create index node_by_tenant on node (tenant);

-- When the newest list of a node was made: it gets time to answer before it is sent again.
alter table node add column desired_at bigint default 0 not null;
