-- Which of the streams that want a helper goes first, and whom one waits for that could have had a better plan.
alter table live_stream add column priority integer default 0 not null;
alter table live_stream add column yields_to varchar(512);
