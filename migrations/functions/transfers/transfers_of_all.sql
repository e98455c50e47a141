-- Guarantees: returns the newest p_limit transfers of the bank before p_position that pass the
-- filters, highest id first. It looks at no more than 10,000. If it finds fewer than p_limit among
-- them, scanned_to is where the search stopped. The status declined has its own index.
create or replace function bank_internal.transfers_of_all(
  p_account_id uuid, p_status text, p_idempotency_key text, p_from timestamptz, p_to timestamptz,
  p_position text, p_limit integer, out ids uuid[], out scanned_to uuid
)
  language plpgsql stable
as $$
declare
  v_least constant uuid := bank_internal.position_from(p_from);
  v_before constant uuid := bank_internal.position_before(p_position, p_to);
  v_driver constant text := case p_status when 'declined' then 'code is not null' else 'true' end;
begin
  -- Planned for each call, so that the planner sees which filters are null before it chooses an
  -- index.
  execute format(
    $query$
      select array(
        select id
          from (select * from bank.transfers
                 where %s and id >= $1 and id < $2 order by id desc limit 10000) as newest
         where ($3 is null or $3 in (debit_account_id, credit_account_id))
           and ($4 is null or status = $4)
           and ($5 is null or idempotency_key = $5)
           and ($6 is null or created_at >= $6) and ($7 is null or created_at < $7)
         order by id desc limit $8)
    $query$, v_driver)
    into ids
    using v_least, v_before, p_account_id, p_status, p_idempotency_key, p_from, p_to, p_limit;
  if cardinality(ids) < p_limit then
    execute format(
      'select id from bank.transfers where %s and id >= $1 and id < $2
        order by id desc offset 9999 limit 1', v_driver)
      into scanned_to using v_least, v_before;
  end if;
end
$$;
