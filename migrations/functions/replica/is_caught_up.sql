-- Guarantees: true on a standby whose snapshot shows every transaction with an id below p_position,
-- and that has replayed a transaction within the last p_lag_max_ms. It is part of the reading
-- statement, so both use one snapshot. Without a position, only the time counts. A server that is
-- not a standby is never caught up: if it was promoted while its old primary continues, it would
-- show stale data for ever. A position in the future is not reached. The lowest id of a running
-- transaction decides, because the snapshot of a standby does not list the others.
create or replace function bank.is_caught_up(p_position xid8, p_lag_max_ms integer) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select pg_is_in_recovery()
     and coalesce(pg_snapshot_xmin(pg_current_snapshot()) >= p_position, true)
     and coalesce(
       clock_timestamp() - pg_last_xact_replay_timestamp()
         <= make_interval(secs => p_lag_max_ms / 1000.0), false)
$$;

grant execute on function bank.is_caught_up to bank_api;
