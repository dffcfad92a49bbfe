-- What a stream's source does before and after its network, what that takes, and which transforms nodes run for streams.
alter table node add column transforms varchar(1000) default '' not null;
alter table live_stream add column frame varchar(512);
alter table live_stream add column before_network varchar(1000) default '' not null;
alter table live_stream add column after_network varchar(1000) default '' not null;
alter table live_stream add column before_micros double precision default 0 not null;
alter table live_stream add column after_micros double precision default 0 not null;
alter table live_stream add column before_seen_micros double precision default 0 not null;
alter table live_stream add column after_seen_micros double precision default 0 not null;
alter table live_stream add column transforms_away integer default 0 not null;
alter table stream_plan add column before_micros bigint default 0 not null;
alter table stream_plan add column after_micros bigint default 0 not null;
alter table stream_window add column before_latency varchar(8000) default '' not null;
alter table stream_window add column after_latency varchar(8000) default '' not null;
