-- The checks at the end of a permutation.

-- How many transfers moved money out of the account, without the one of the setup.
create function isolation.paid_by(p_account text) returns bigint
  language sql stable
as $$
  select count(*) from bank.transfers
   where debit_account_id = isolation.id(p_account) and code is null and id <> isolation.id('paid')
$$;

create function isolation.with_key(p_key text) returns bigint
  language sql stable
as $$
  select count(*) from bank.transfers
   where idempotency_key = p_key and idempotency_scope in (isolation.id('ada'), isolation.id('eve'))
$$;

-- The verdict on a permutation: the invariants of the whole ledger, the total, and the
-- specification's own condition.
create function isolation.verdict(p_holds boolean default true) returns text
  language plpgsql volatile
as $$
declare
  v_report jsonb := bank.verify_ledger();
  v_total numeric := (select sum(balance) from bank.accounts
                       where customer_id in (isolation.id('ada'), isolation.id('eve')));
  v_brought numeric := (
    select coalesce(sum(case kind when 'credit' then amount else -amount end), 0)
      from bank.transfers
     where kind in ('credit', 'debit') and code is null
       and (debit_account_id in (select id from isolation.named)
         or credit_account_id in (select id from isolation.named)));
begin
  if not (v_report ->> 'ok')::boolean then
    return 'BROKEN ledger: ' || (v_report -> 'violations');
  elsif v_total <> v_brought then
    return format('BROKEN total: %s instead of %s', v_total, v_brought);
  elsif p_holds is not true then
    return 'BROKEN specification';
  end if;
  return 'whole';
end
$$;
