-- Guarantees: from now on only the audit log knows who this customer was. The name and the email
-- are erased from the customer, from its users and from the stored answers to the requests that
-- created or changed it. Its users are disabled. The ledger stays as it is. Returns the id of the
-- customer, or null when no customer has this email. For operators, when no duty to keep the name
-- is left: the Worker cannot call it.
-- Locks: the customer.
-- Raises: restrict_violation, while an account of the customer is not closed.
create or replace function bank_internal.erase_customer(p_email text) returns uuid
  language plpgsql volatile
as $$
declare
  v_customer bank.customers;
begin
  select * into v_customer from bank.customers where email = lower(p_email) for update;
  if not found then
    return null;
  end if;
  if exists (
    select from bank.accounts where customer_id = v_customer.id and status <> 'closed')
  then
    raise exception 'an account of the customer % is not closed', v_customer.id
      using errcode = 'restrict_violation';
  end if;
  update bank.customers
     set name = 'erased', email = 'erased-' || id || '@invalid', updated_at = clock_timestamp()
   where id = v_customer.id
  returning * into v_customer;
  update bank.users
     set email = 'erased-' || id || '@invalid',
         disabled_at = coalesce(disabled_at, clock_timestamp()),
         -- In the form of a hash, and no password has it.
         password_hash = 'scrypt$14$8$5$' || repeat('A', 22) || '$' || repeat('A', 43)
   where customer_id = v_customer.id;
  update bank.idempotency_keys set body = bank_internal.customer_json(v_customer)::text
   where operation in ('customer.create', 'customer.update')
     and body::json ->> 'id' = v_customer.id::text;
  return v_customer.id;
end
$$;
