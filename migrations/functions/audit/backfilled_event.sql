-- Guarantees: returns the audit event of a transfer with everything that the ledger knows, marked
-- as backfilled. What only the request knew is missing: its id, its address, and whether a reversal
-- was forced.
create or replace function bank_internal.backfilled_event(p_transfer bank.transfers) returns jsonb
  language sql stable
as $$
  select jsonb_build_object(
    'id', p_transfer.id, 'created_at', bank_internal.timestamp_text(p_transfer.created_at),
    'actor_id', p_transfer.created_by,
    'actor_role', (select role from bank.users where id = p_transfer.created_by), 'action', action,
    'outcome', case when p_transfer.code is null then 'success' else 'failure' end,
    'code', p_transfer.code,
    'target_type', split_part(action, '.', 1), 'target_id', coalesce(target_id, p_transfer.id),
    'request_id', null, 'ip', null,
    'detail', jsonb_build_object('backfilled', true)
              || case when target_id is null then '{}'
                      else jsonb_build_object('transfer_id', p_transfer.id) end)
    from (values
      ('transfer', 'transfer.create', null::uuid),
      ('credit', 'account.credit', p_transfer.credit_account_id),
      ('debit', 'account.debit', p_transfer.debit_account_id),
      ('capture', 'hold.capture', p_transfer.hold_id),
      ('reversal', 'transfer.reverse', p_transfer.reverses_transfer_id)
    ) as described (kind, action, target_id)
   where kind = p_transfer.kind
$$;
