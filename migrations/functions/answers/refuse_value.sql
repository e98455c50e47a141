-- Guarantees: ends the call because of an invalid value, and names the member of the request that
-- is wrong.
-- Raises: validation_failed.
create or replace function bank_internal.refuse_value(p_path text, p_message text) returns void
  language sql volatile
as $$
  select bank_internal.refuse('validation_failed', jsonb_build_object(
    'errors', jsonb_build_array(jsonb_build_object('path', p_path, 'message', p_message))))
$$;
