-- Guarantees: ends the call with SQLSTATE EBANK and its facts as JSON in the detail. Everything
-- that the call did is rolled back, including the claim of its idempotency key.
create or replace function bank_internal.refuse(p_code text, p_facts jsonb default '{}')
  returns void
  language plpgsql volatile
as $$
begin
  raise exception using errcode = 'EBANK', message = p_code,
    detail = (jsonb_build_object('code', p_code) || p_facts)::text;
end
$$;
