alter table model_version add column source_digest varchar(512);
alter table model_version add column calibration_digest varchar(512);
alter table variant add column agreement_count integer default 0 not null;
alter table variant add column agreement_same integer default 0 not null;
alter table variant add column worst_class integer default 0 not null;
alter table variant add column worst_class_drop double precision default 0 not null;
alter table variant add column saturation double precision default 0 not null;
alter table variant add column robustness_count integer default 0 not null;
alter table variant add column robustness_same integer default 0 not null;
alter table variant add column scheme varchar(8000) default 'uploaded' not null;
alter table variant add column bits integer default 8 not null;
alter table variant add column weight_code_bytes bigint;
alter table variant add column package_digest varchar(512);
alter table variant add column package_bytes bigint default 0 not null;
alter table variant add column created_by varchar(512) default '' not null;
create table stage_change (
    id varchar(512) primary key,
    tenant varchar(512) not null,
    version_id varchar(512) not null,
    from_stage varchar(512) not null,
    to_stage varchar(512) not null,
    who varchar(512) not null,
    at_millis bigint not null
);
create index stage_change_by_version on stage_change (version_id);
create index variant_by_package on variant (package_digest);
create index version_by_source on model_version (source_digest);
create index version_by_calibration on model_version (calibration_digest);
create index version_by_evaluation on model_version (evaluation_digest);
create index slot_by_desired on slot (desired_digest);
create index slot_by_reported on slot (reported_digest);
