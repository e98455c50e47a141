-- Guarantees: builds the answer of a list. The caller passes one row more than a page holds. The
-- answer has the first p_limit items and, if there was one row more, the position of the next page.
-- p_facts are added beside the items. p_scanned_to is where a bounded search stopped before the
-- page was full: such a page is short or empty and still has a next one.
create or replace function bank_internal.page(
  p_positions text[], p_items json[], p_limit integer, p_facts jsonb default '{}',
  p_scanned_to text default null
) returns bank.answer
  language sql immutable
as $$
  select row(null,
    format('{"data":%s%s', coalesce(array_to_json(p_items[:p_limit])::text, '[]'),
           case p_facts when '{}' then '}' else ',' || substr(p_facts::text, 2) end),
    false, '{}'::text[],
    case when cardinality(p_positions) > p_limit then p_positions[p_limit] else p_scanned_to end,
    null, null
  )::bank.answer
$$;
