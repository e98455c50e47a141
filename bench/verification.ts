/**
 * How long does a verification take, whole and in parts? The ledger is made by the functions that post transfers,
 * without the audit log and the keys, which no rule of the ledger reads.
 *
 *   node bench/verification.ts [entries]
 */
import type { Pool } from "pg";
import { openAccounts, startBank } from "./bank.ts";

const entries = Number(process.argv[2] ?? 1_000_000);
const accounts = 2_000;
const chunk_transfers = 1_000;

const fill = `
do $$
declare
  v_ids constant uuid[] := array(select id from bank.accounts where kind = 'customer' order by id);
  v_order bank.transfers;
  v_transfers bank.transfers[];
  v_entries bank.entries[];
  v_debit bank.accounts;
  v_credit bank.accounts;
begin
  v_order.kind := 'transfer'; v_order.status := 'posted'; v_order.amount := 1; v_order.currency := 'USD';
  v_order.metadata := '{}'; v_order.batch_index := 0; v_order.created_by := v_ids[1];
  v_order.idempotency_scope := v_ids[1];
  for v_pair in 1 .. cardinality(v_ids) / 2 loop
    select * into v_debit from bank.accounts where id = v_ids[2 * v_pair - 1];
    select * into v_credit from bank.accounts where id = v_ids[2 * v_pair];
    v_order.debit_account_id := v_debit.id; v_order.credit_account_id := v_credit.id;
    v_transfers := '{}'; v_entries := '{}';
    for v_index in 1 .. CHUNK loop
      v_order.id := bank_internal.new_id();
      v_order.idempotency_key := v_order.id;
      v_order.created_at := greatest(clock_timestamp(), v_debit.last_entry_at, v_credit.last_entry_at);
      v_transfers := v_transfers || v_order;
      v_entries := v_entries || bank_internal.next_entry(v_debit, v_order, -1);
      v_debit := bank_internal.account_after(v_debit, v_entries[2 * v_index - 1]);
      v_entries := v_entries || bank_internal.next_entry(v_credit, v_order, 1);
      v_credit := bank_internal.account_after(v_credit, v_entries[2 * v_index]);
    end loop;
    insert into bank.transfers select * from unnest(v_transfers);
    perform bank_internal.post_entries(v_entries);
  end loop;
end
$$`;

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const began_at = performance.now();
  const result = await run();
  console.log(`${what}: ${((performance.now() - began_at) / 1_000).toFixed(1)} s`);
  return result;
}

interface Part {
  readonly body: string;
  readonly next_position: string | null;
}

async function verifyParts(pool: Pool, actor: object): Promise<void> {
  let position: string | null = null;
  do {
    const part = await verifyPart(pool, actor, position);
    if (!part.body.includes('"violations": []')) throw new Error("The ledger is broken.");
    position = part.next_position;
  } while (position !== null);
}

async function verifyPart(pool: Pool, actor: object, position: string | null): Promise<Part> {
  const { rows } = await pool.query<Part>("select body, next_position from bank.verify_ledger_part($1, $2)", [
    actor,
    position,
  ]);
  const [part] = rows;
  if (part === undefined) throw new Error("bank.verify_ledger_part returned no answer.");
  return part;
}

const bank = await startBank();
try {
  const { actor } = await openAccounts(bank.pool, accounts);
  const loops = Math.ceil(entries / (accounts * chunk_transfers));
  await timed(`${String(loops * accounts * chunk_transfers)} entries made`, async () => {
    for (let loop = 0; loop < loops; loop += 1) {
      await bank.pool.query(fill.replace("CHUNK", String(chunk_transfers)));
    }
  });
  await bank.pool.query("vacuum analyze");
  const { rows } = await timed("bank.verify_ledger()", () =>
    bank.pool.query<{ ok: boolean }>("select (bank.verify_ledger() ->> 'ok')::boolean as ok"),
  );
  if (rows[0]?.ok !== true) throw new Error("The ledger is broken.");
  await timed("in parts of 20,000 rows", () => verifyParts(bank.pool, actor));
} finally {
  await bank.stop();
}
