import type { Pool } from "pg";

const chunk_transfers = 500;

/**
 * Accounts pay each other in pairs, many transfers for each pair, by the functions that post a
 * batch.
 */
const fill = `
do $$
declare
  v_ids constant uuid[] := array(select id from bank.accounts where kind = 'customer' order by id);
  v_orders bank_internal.transfer_order[];
  v_decided record;
begin
  for v_pair in 1 .. cardinality(v_ids) / 2 loop
    v_orders := array(
      select row(
               'ACTOR'::bank.actor, gen_random_uuid()::text, 0, sha256(''),
               v_ids[2 * v_pair - 1], v_ids[2 * v_pair], 1, 'USD', null, '{}', true
             )::bank_internal.transfer_order
        from generate_series(1, ${String(chunk_transfers)}));
    select * into v_decided from bank_internal.decide_transfers(v_orders);
    perform bank_internal.store_transfers(v_decided.o_transfers, v_decided.o_accounts);
    perform bank_internal.audit_transfers(
      array(select actor from unnest(v_orders)), v_decided.o_transfers);
  end loop;
end
$$`;

/**
 * Fills the ledger up to at least this number of entries, two for each transfer, with their audit
 * events. Returns how many entries there are then.
 */
export async function fillLedger(pool: Pool, actor: string, entries: number): Promise<number> {
  const count = async (): Promise<number> => {
    const { rows } = await pool.query<{ count: string }>(
      "select 2 * count(*) as count from bank.transfers",
    );
    return Number(rows[0]?.count);
  };
  const { rows } = await pool.query<{ accounts: number }>(
    "select count(*)::int as accounts from bank.accounts where kind = 'customer'",
  );
  const entries_a_loop = (rows[0]?.accounts ?? 2) * chunk_transfers;
  for (let made = await count(); made < entries; made += entries_a_loop) {
    await pool.query(fill.replace("ACTOR", actor));
  }
  await pool.query("vacuum analyze");
  return count();
}
