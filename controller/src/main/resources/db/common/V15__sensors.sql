-- Frames of a node's own sensors as inputs of jobs, and when a device had the input and the outcome.
alter table node add column sensors varchar(2048) default '' not null;
alter table job add column sensor varchar(64);
alter table job add column frame_number bigint;
alter table job add column frame_sha256 varchar(80);
alter table job add column taken_at_micros bigint;
alter table job add column done_at_micros bigint;
alter table split add column frame_number bigint;
alter table split add column frame_sha256 varchar(80);
alter table split add column taken_at_micros bigint;
alter table split add column done_at_micros bigint;
