alter table node add column labels varchar(8000) default '{}' not null;
alter table enrolment_token add column labels varchar(8000) default '{}' not null;
alter table enrolment_token add column uses integer default 0 not null;
alter table enrolment_token add column created_by varchar(512) default '' not null;
-- No scopes means all that the role may do, as before.
alter table api_token add column scopes varchar(8000) default '' not null;
alter table api_token add column created_by varchar(512) default '' not null;
-- Every key that a node has or had. When the certificates of old keys end is not known: they count until the year 9999.
create table node_key (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    node_id varchar(512) not null,
    issued_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);
insert into node_key (id, tenant, node_id, issued_at, expires_at)
    select tenant || '/' || key_sha256, tenant, id, created_at, 253402300799000 from node where key_sha256 <> '';
create index node_key_by_node on node_key (node_id);
create index node_key_by_revocation on node_key (revoked_at);
-- Rows from before the chain have no place in it.
alter table audit add column place bigint;
alter table audit add column hash varchar(512);
create unique index audit_by_place on audit (tenant, place);
create table audit_head (
    id varchar(512) primary key,
    place bigint not null,
    hash varchar(512) not null
);
create table webhook (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    url varchar(8000) not null,
    secret varchar(512) not null,
    events varchar(8000) not null,
    created_by varchar(512) not null,
    created_at bigint not null
);
create index webhook_by_tenant on webhook (tenant);
create table webhook_delivery (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    webhook_id varchar(512) not null,
    event varchar(512) not null,
    body varchar(8000) not null,
    state varchar(512) not null,
    tries integer not null,
    next_at bigint not null,
    created_at bigint not null,
    reason varchar(512)
);
create index webhook_delivery_by_time on webhook_delivery (state, next_at);
create index webhook_delivery_by_webhook on webhook_delivery (webhook_id);
create table kept_answer (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    body_digest varchar(512) not null,
    status integer not null,
    answer varchar(100000) not null,
    created_at bigint not null
);
create index kept_answer_by_time on kept_answer (tenant, created_at);
