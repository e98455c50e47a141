-- Guarantees: whether the resource with this body may be changed, by what the request says that it must be (RFC 9110
-- section 13.2.2): If-Match, or, without it, If-Unmodified-Since; then If-None-Match. True when the request says nothing.
-- Only who holds the lock of the resource may believe it. Tags are compared by character, so `W/"…"` is no strong tag.
-- A resource was changed when its updated_at says; without one, when it was created.
create or replace function bank_internal.meets_preconditions(p_preconditions jsonb, p_body text) returns boolean
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
