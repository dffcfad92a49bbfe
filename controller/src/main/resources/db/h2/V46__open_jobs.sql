-- H2 keeps the plan that it made of a statement when the table was empty, and takes an index whose columns are all compared for better
-- than one that has more: which jobs of a tenant are open was answered by reading all that ever were.
create index job_by_state on job (state, tenant);
