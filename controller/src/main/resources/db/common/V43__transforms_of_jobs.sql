-- What is done to a single job's frame and answer, what that took, and which transforms nodes run in single orders.
alter table node add column order_transforms varchar(1000) default '' not null;
alter table job add column frame varchar(512);
alter table job add column before_network varchar(1000) default '' not null;
alter table job add column after_network varchar(1000) default '' not null;
alter table job add column chain_micros double precision default 0 not null;
alter table job add column answer_form varchar(512);
alter table job add column before_micros bigint;
alter table job add column after_micros bigint;
-- The job is a sensor's frame, or what is made of it, without a network.
alter table job add column capture boolean default false not null;
alter table split add column before_micros bigint;
alter table split add column after_micros bigint;
