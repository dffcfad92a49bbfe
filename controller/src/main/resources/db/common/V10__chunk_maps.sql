-- What nodes fetch chunk by chunk has the digest of its chunk map in its line.
alter table release_artifact add column chunks varchar(512);
