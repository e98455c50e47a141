-- Guarantees: no balance of an internal account is summed over much more than 10,000 entries. A
-- checkpoint is taken when more than 1,000 entries have come after the last one. It is valid once
-- every transaction has ended that was running at that time. Two concurrent calls do the same work.
-- A call takes and settles at most 10 checkpoints of one account, and about 20 in all. It answers
-- the account to continue after, or null at the end. For the cron job.
create or replace function bank.checkpoint_internal_balances(p_position text default null)
  returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account_id uuid := coalesce(p_position::uuid, '00000000-0000-0000-0000-000000000000');
  v_steps integer := 0;
  v_taken integer := 0;
  v_settled integer := 0;
begin
  while v_steps < 20 loop
    select id into v_account_id from bank.accounts
     where kind = 'internal' and id > v_account_id order by id limit 1;
    exit when not found;
    for v_step in 1..10 loop
      exit when not bank_internal.settle_checkpoint(v_account_id);
      v_settled := v_settled + 1;
      v_steps := v_steps + 1;
    end loop;
    for v_step in 1..10 loop
      exit when not bank_internal.take_checkpoint(v_account_id);
      v_taken := v_taken + 1;
      v_steps := v_steps + 1;
    end loop;
  end loop;
  perform bank_internal.finish_job('checkpoint_internal_balances');
  return row(null, json_build_object('taken', v_taken, 'settled', v_settled)::text, false,
             '{}'::text[],
             v_account_id::text, null, null)::bank.answer;
end
$$;

grant execute on function bank.checkpoint_internal_balances to bank_api;
