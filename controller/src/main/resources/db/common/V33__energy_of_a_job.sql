-- What an inference may take, computing and sending, as its caller asked for.
alter table job add column energy_budget_microjoules double precision;
