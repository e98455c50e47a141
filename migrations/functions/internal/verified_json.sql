-- Guarantees: what a part of a verification checked and found, from the rows of a violations_of_ function.
create or replace function bank_internal.verified_json(p_what text, p_rows jsonb) returns jsonb
  language sql immutable
as $$
  select jsonb_build_object(
    'checked', jsonb_build_object(p_what, coalesce(sum((part ->> 'checked')::bigint), 0)),
    'violations', coalesce(jsonb_agg(jsonb_build_object(
      'rule', part ->> 'rule', 'subject', part ->> 'subject', 'id', part ->> 'id',
      'expected', part ->> 'expected', 'found', part ->> 'found')) filter (where part ->> 'rule' is not null), '[]'))
    from jsonb_array_elements(coalesce(p_rows, '[]')) as part
$$;
