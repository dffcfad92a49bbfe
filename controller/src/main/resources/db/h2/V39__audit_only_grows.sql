-- Entries of the audit log are added and never changed. Whoever may drop a trigger can still do both; the chain of hashes shows it.
create trigger audit_only_grows before update, delete on audit for each row
    call 'io.fleetwright.controller.audit.OnlyGrows';
