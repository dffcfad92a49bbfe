-- Attempts that up to four devices share: a row for each part.
create table split_part (
    id varchar(512) primary key,
    job_id varchar(512) not null,
    tenant varchar(512) not null,
    epoch bigint not null,
    place integer not null,
    node_id varchar(512) not null,
    device varchar(512) not null,
    from_operator integer not null,
    to_operator integer not null,
    input_bytes bigint not null,
    bits integer,
    link_bytes bigint,
    link_micros bigint,
    planned_micros bigint not null,
    sent_at bigint not null,
    answer_by bigint not null,
    took_micros bigint,
    sent_bytes bigint,
    microjoules double precision,
    energy_method varchar(512),
    energy_uncertainty double precision
);
create index split_part_by_node on split_part (node_id, answer_by);
create index split_part_by_job on split_part (job_id);
create index split_part_by_time on split_part (sent_at);
alter table split add column lost varchar(512);
-- Attempts of two devices that are under way or done; what each part was planned to take was not kept.
insert into split_part (id, job_id, tenant, epoch, place, node_id, device, from_operator, to_operator, input_bytes, bits, link_bytes,
        link_micros, planned_micros, sent_at, answer_by, took_micros, microjoules, energy_method, energy_uncertainty)
    select s.id || '.0', s.id, s.tenant, s.epoch, 0, j.node_id, j.device, 0, s.boundary, j.input_bytes, s.bits, s.link_bytes,
        s.link_micros, 0, s.sent_at, s.answer_by, s.front_micros, s.front_microjoules, s.front_energy_method, s.front_energy_uncertainty
    from split s join job j on j.id = s.id
    where j.split = true and j.epoch = s.epoch and j.node_id is not null and j.device is not null;
insert into split_part (id, job_id, tenant, epoch, place, node_id, device, from_operator, to_operator, input_bytes, bits, link_bytes,
        link_micros, planned_micros, sent_at, answer_by, took_micros, microjoules, energy_method, energy_uncertainty)
    select s.id || '.1', s.id, s.tenant, s.epoch, 1, s.node_id, s.device, s.boundary, s.operators, s.tensor_bytes, null, null,
        null, 0, s.sent_at, s.answer_by, s.back_micros, s.back_microjoules, s.back_energy_method, s.back_energy_uncertainty
    from split s join job j on j.id = s.id
    where j.split = true and j.epoch = s.epoch and j.node_id is not null and j.device is not null;
-- Kept for a controller of the version before, which still reads and writes them.
alter table split alter column node_id drop not null;
alter table split alter column device drop not null;
alter table split alter column boundary drop not null;
alter table split alter column bits drop not null;
alter table split alter column tensor_bytes drop not null;
alter table split alter column link_bytes drop not null;
