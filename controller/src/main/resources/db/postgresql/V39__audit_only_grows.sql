-- Entries of the audit log are added and never changed. Whoever may drop a trigger can still do both; the chain of hashes shows it.
create function audit_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log only grows: % is refused', tg_op;
end
$$;
create trigger audit_only_grows before update or delete or truncate on audit
    for each statement execute function audit_only_grows();
