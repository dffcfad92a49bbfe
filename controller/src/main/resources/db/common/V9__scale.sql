-- What devices learned is read by ranges of devices, and nodes are found by what they wait for.
create index cost_by_device on cost (device_id);
alter table node add column behind boolean default false not null;
update node set behind = applied_version < desired_version;
create index node_by_presence on node (status, last_seen_at);
create index node_by_answer on node (behind, status, id);
