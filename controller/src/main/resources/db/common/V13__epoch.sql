-- Which controller writes: the one that has begun last.
create table controller_epoch (
    id varchar(512) primary key,
    epoch bigint not null
);
insert into controller_epoch (id, epoch) values ('controller', 0);
