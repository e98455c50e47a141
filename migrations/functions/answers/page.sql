-- Guarantees: the answer of a list from one row more than its page holds: the first p_limit items, and the position
-- to go on from when there was a row more. p_facts stand beside the items. p_scanned_to is how far a search came that
-- stopped at its bound before the page was full: such a page is short, or empty, and still has a next one.
create or replace function bank_internal.page(
  p_positions text[], p_items json[], p_limit integer, p_facts jsonb default '{}', p_scanned_to text default null
) returns bank.answer
  language sql immutable
as $$
  select row(null,
    format('{"data":%s%s', coalesce(array_to_json(p_items[:p_limit])::text, '[]'),
           case p_facts when '{}' then '}' else ',' || substr(p_facts::text, 2) end),
    false, '{}'::text[],
    case when cardinality(p_positions) > p_limit then p_positions[p_limit] else p_scanned_to end, null, null
  )::bank.answer
$$;
