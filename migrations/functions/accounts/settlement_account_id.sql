-- Guarantees: returns the internal account on the other side of every credit and debit in the
-- currency. It is created when the currency is first used.
create or replace function bank_internal.settlement_account_id(p_currency text) returns uuid
  language plpgsql volatile
as $$
declare
  v_account_id uuid;
begin
  select id into v_account_id from bank.accounts where kind = 'internal' and currency = p_currency;
  if v_account_id is null then
    insert into bank.accounts (id, kind, name, currency, created_at, updated_at)
    values (bank_internal.new_id(clock_timestamp()), 'internal', 'Settlement ' || p_currency,
            p_currency, clock_timestamp(), clock_timestamp())
    on conflict (currency) where kind = 'internal' do nothing;
    select id into strict v_account_id from bank.accounts
     where kind = 'internal' and currency = p_currency;
  end if;
  return v_account_id;
end
$$;
