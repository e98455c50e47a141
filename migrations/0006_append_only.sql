-- History is written once. These triggers stop mistakes of the owner. bank_api has no rights on the tables at all.

set local role bank_owner;

create function bank_internal.refuse_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '% on %.% is refused: the table only grows', tg_op, tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end
$$;

create trigger transfers_append_only before update or delete or truncate on bank.transfers
  for each statement execute function bank_internal.refuse_change();
create trigger audit_events_append_only before update or delete or truncate on bank.audit_events
  for each statement execute function bank_internal.refuse_change();
create trigger audit_events_other_append_only before update or delete or truncate on bank.audit_events_other
  for each statement execute function bank_internal.refuse_change();
create trigger accounts_keep before delete or truncate on bank.accounts
  for each statement execute function bank_internal.refuse_change();
create trigger idempotency_keys_keep before update or delete or truncate on bank.idempotency_keys
  for each statement execute function bank_internal.refuse_change();

reset role;
