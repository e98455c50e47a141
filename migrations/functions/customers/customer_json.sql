-- Guarantees: returns a customer in its JSON form.
create or replace function bank_internal.customer_json(p_customer bank.customers) returns json
  language sql stable
as $$
  select json_build_object(
    'id', p_customer.id, 'name', p_customer.name, 'email', p_customer.email,
    'status', p_customer.status,
    'created_at', bank_internal.timestamp_text(p_customer.created_at),
    'updated_at', bank_internal.timestamp_text(p_customer.updated_at))
$$;
