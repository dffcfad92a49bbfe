-- How long what crosses a cut was on the way in 8 bits, by what the sending boards say.
create table cut (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    digest varchar(512) not null,
    boundary integer not null,
    mean_bytes double precision not null,
    updated_at bigint not null
);
create index cut_by_digest on cut (digest, tenant);
create index cut_by_time on cut (updated_at);
