-- What the cuts of a variant lose when values cross them in four bits, measured by the version's evaluation set.
create table cut_loss (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    model varchar(512) not null,
    version varchar(512) not null,
    variant varchar(512) not null,
    state varchar(512) not null,
    reason varchar(512),
    inputs integer not null,
    losses ${bytes},
    created_at bigint not null,
    measured_at bigint
);
create index cut_loss_by_state on cut_loss (state, created_at);
insert into cut_loss (id, tenant, model, version, variant, state, inputs, created_at)
    select v.id, v.tenant, v.model, v.version, v.variant, 'waiting', 0, v.created_at
    from variant v join model_version m on m.id = v.version_id
    where m.evaluation_digest is not null;
alter table job add column loss_max double precision;
alter table live_stream add column loss_max double precision;
