-- Attempts until an inference has failed, as its caller asked for; what every job has where that is absent.
alter table job add column attempts_max integer;
alter table graph add column attempts_max integer;
