-- Which jobs wait is asked by their turn: sorting all of them at every step took longer the more of them waited.
drop index job_by_state;
create index job_by_turn on job (state, turn_micros);
