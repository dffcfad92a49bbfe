-- Where a node takes tensors from others directly, and how long one took that way by the sender's clock.
alter table node add column peer varchar(264);
alter table split_part add column direct_micros bigint;
