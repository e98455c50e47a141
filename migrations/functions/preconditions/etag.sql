-- Guarantees: the strong ETag of a body, the same to the character as `etagOf` of src/cache/envelope.ts makes of it.
create or replace function bank_internal.etag(p_body text) returns text
  language sql stable
as $$
  select concat(
    '"', substring(p_body from '"version" ?: ?([0-9]+)') || '-',
    left(translate(encode(sha256(convert_to(p_body, 'UTF8')), 'base64'), '+/', '-_'), 16), '"')
$$;
