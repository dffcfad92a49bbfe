-- What needs an operator's eyes is found among rows of which most do not.
create index slot_by_reported_state on slot (tenant, reported_state);
create index cost_by_drift on cost (tenant, drifted_at);
-- Energy of what ended in a stretch of time; every column that is asked for, so that no row is read.
create index job_by_end on job (tenant, finished_at, state, split, energy_method, node_id, device, model, energy_microjoules, energy_uncertainty);
create index stream_window_by_energy on stream_window
    (tenant, received_at, energy_method, stream_id, microjoules, energy_uncertainty, met, missed, energy_count, link_count, link_microjoules);
