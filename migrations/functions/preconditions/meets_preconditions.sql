-- Guarantees: says whether the resource with this body meets the preconditions of the request (RFC
-- 9110 section 13.2.2): If-Match or, without it, If-Unmodified-Since; then If-None-Match. Without
-- preconditions it is true. The result holds only while the caller has the lock of the resource.
-- Tags are compared character by character, so `W/"…"` never equals a strong tag. The time of the
-- last change is updated_at, or created_at when there is no updated_at.
create or replace function bank_internal.meets_preconditions(p_preconditions jsonb, p_body text)
  returns boolean
  language plpgsql stable
as $$
declare
  v_tags constant text[] := array['*', bank_internal.etag(p_body)];
begin
  return case
      when p_preconditions ? 'if_match' then p_preconditions -> 'if_match' ?| v_tags
      when p_preconditions ? 'if_unmodified_since' then
        coalesce(p_body::jsonb ->> 'updated_at', p_body::jsonb ->> 'created_at')::timestamptz
          <= (p_preconditions ->> 'if_unmodified_since')::timestamptz
      else true
    end and not coalesce(p_preconditions -> 'if_none_match' ?| v_tags, false);
end
$$;
