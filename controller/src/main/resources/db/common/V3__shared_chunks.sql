-- Chunks are found by their parts now. Pieces from before keep their name and their columns, which the previous release reads.
create table artifact_part (
    id varchar(512) primary key,
    artifact varchar(512) not null,
    place integer not null,
    begins_at bigint not null,
    ends_at bigint not null,
    chunk varchar(512) not null
);
insert into artifact_part (id, artifact, place, begins_at, ends_at, chunk)
    select id, digest, chunk, chunk * 262144, chunk * 262144 + octet_length(content), id from artifact_chunk;
create index part_by_artifact on artifact_part (artifact);
create index part_by_chunk on artifact_part (chunk);
alter table artifact_chunk alter column digest drop not null;
alter table artifact_chunk alter column chunk drop not null;
alter table artifact add column stored_bytes bigint default 0 not null;
update artifact set stored_bytes = bytes;
alter table variant add column stored_bytes bigint default 0 not null;
update variant set stored_bytes = bytes;
alter table variant add column delta_base varchar(512);
alter table variant add column delta_bytes bigint;
create index variant_by_delta_base on variant (delta_base);
alter table slot add column previous_digest varchar(512);
create index slot_by_previous on slot (previous_digest);
