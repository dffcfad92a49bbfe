-- A pause does not count as time in which a target's node was away.
alter table rollout add column resumed_at bigint default 0 not null;
