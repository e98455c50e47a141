-- Guarantees: returns the strong ETag of a body, identical to the result of `etagOf` in
-- src/cache/envelope.ts.
create or replace function bank_internal.etag(p_body text) returns text
  language sql stable
as $$
  select concat(
    '"', substring(p_body from '"version" ?: ?([0-9]+)') || '-',
    left(translate(encode(sha256(convert_to(p_body, 'UTF8')), 'base64'), '+/', '-_'), 16), '"')
$$;
