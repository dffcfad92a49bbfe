-- What radios of emulated links take for a byte, and what they took for tensors of jobs and streams.
alter table node add column link_send_nanojoules double precision;
alter table node add column link_receive_nanojoules double precision;
alter table split_part add column send_microjoules double precision;
alter table split_part add column receive_microjoules double precision;
alter table stream_plan add column planned_link_microjoules double precision;
alter table stream_window add column link_count bigint default 0 not null;
alter table stream_window add column link_microjoules double precision default 0 not null;
