-- Guarantees: the answer of a list from one row more than its page holds: the first p_limit items, and the position
-- to go on from when there was a row more.
create or replace function bank_internal.page(p_positions text[], p_items json[], p_limit integer) returns bank.answer
  language sql immutable
as $$
  select row(null, coalesce(array_to_json(p_items[:p_limit])::text, '[]'), false, '{}'::text[],
    case when cardinality(p_positions) > p_limit then p_positions[p_limit] end, null, null)::bank.answer
$$;
