-- Guarantees: whether a transfer is one that a list was asked for.
create or replace function bank_internal.matches(
  p_transfer bank.transfers, p_filters bank_internal.transfer_filters
) returns boolean
  language sql immutable
as $$
  select (p_filters.status is null or p_transfer.status = p_filters.status)
     and (p_filters.idempotency_scope is null or p_filters.idempotency_key is null
       or p_transfer.idempotency_scope = p_filters.idempotency_scope)
     and (p_filters.created_from is null or p_transfer.created_at >= p_filters.created_from)
     and (p_filters.created_to is null or p_transfer.created_at < p_filters.created_to)
$$;
