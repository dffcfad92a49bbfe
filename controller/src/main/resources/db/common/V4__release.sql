create table release_artifact (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    line varchar(512) not null,
    digest varchar(512) not null,
    version varchar(512) not null,
    variant varchar(512) not null,
    bytes bigint not null,
    counter bigint not null
);
create index release_artifact_by_line on release_artifact (tenant, line);
create table release_document (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    kind varchar(512) not null,
    line varchar(512) not null,
    version bigint not null,
    root_version bigint not null,
    expires_at bigint not null,
    downgrade_to bigint not null,
    digest varchar(512) not null,
    content ${bytes} not null
);
create index release_document_by_kind on release_document (tenant, kind);
create index release_document_by_digest on release_document (tenant, digest);
