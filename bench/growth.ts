/**
 * How long does each call take as the ledger grows? This times every read that has a filter, and a
 * transfer, on ledgers of several sizes, one after the other in one database.
 *
 *   npm run bench:growth [entries, comma-separated]
 */
import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { openAccounts, startBank } from "./bank.ts";
import { fillLedger } from "./fill.ts";

const sizes = (process.argv[2] ?? "200000,2000000").split(",").map(Number);
const accounts = 200;
const settled = 20_000;
const repetitions = 5;

type Call = readonly [name: string, sql: string];

/** $1 is the actor, $2 a busy account, $3 the settlement account. */
const calls: readonly Call[] = [
  ["get_account", "select bank.get_account($1, $2), $3"],
  ["get_account, settlement", "select bank.get_account($1, $3), $2"],
  [
    "get_balance, in the middle",
    "select bank.get_balance($1, $2, now() - interval '30 seconds'), $3",
  ],
  ["get_balance, settlement", "select bank.get_balance($1, $3, now() - interval '30 seconds'), $2"],
  ["list_entries", "select bank.list_entries($1, $2), $3"],
  ["list_entries, settlement", "select bank.list_entries($1, $3), $2"],
  ["list_transfers", "select bank.list_transfers($1), $2, $3"],
  ["list_transfers, to before all", "select bank.list_transfers($1, p_to => '2020-01-01'), $2, $3"],
  ["list_transfers, declined", "select bank.list_transfers($1, p_status => 'declined'), $2, $3"],
  ["list_transfers of an account", "select bank.list_transfers($1, $2), $3"],
  [
    "list_transfers of an account, to before all",
    "select bank.list_transfers($1, $2, p_to => '2020-01-01'), $3",
  ],
  ["list_transfers of an account, declined", "select bank.list_transfers($1, $2, 'declined'), $3"],
  ["list_audit_events", "select bank.list_audit_events($1), $2, $3"],
  [
    "list_audit_events, a rare action",
    "select bank.list_audit_events($1, p_action => 'login'), $2, $3",
  ],
  [
    "list_audit_events, failures",
    "select bank.list_audit_events($1, p_outcome => 'failure'), $2, $3",
  ],
  [
    "list_audit_events, to before all",
    "select bank.list_audit_events($1, p_to => '2020-01-01'), $2, $3",
  ],
  ["verify_ledger_part", "select bank.verify_ledger_part($1), $2, $3"],
];

async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const began_at = performance.now();
    await run();
    times.push(performance.now() - began_at);
  }
  return times.sort((a, b) => a - b)[Math.floor(repetitions / 2)] ?? Number.NaN;
}

async function settle(pool: Pool, actor: string, account_id: string): Promise<void> {
  await pool.query(
    "select count(bank.credit_account($1, 'settled-' || n, $2, 1)) " +
      "from generate_series(1, $3) as n",
    [actor, account_id, settled],
  );
  for (let call = 0; call < 10; call += 1)
    await pool.query("select bank.checkpoint_internal_balances()");
}

async function measure(
  pool: Pool,
  actor: string,
  account_ids: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string }>(
    "select id from bank.accounts where kind = 'internal'",
  );
  const [busy, other] = account_ids;
  const parameters = [actor, busy, rows[0]?.id];
  const results = new Map<string, number>();
  for (const [name, sql] of calls)
    results.set(name, await median(() => pool.query(sql, parameters)));
  const transfer = "select bank.create_transfer($1, $2, $3, $4, 1)";
  results.set(
    "create_transfer",
    await median(() => pool.query(transfer, [actor, randomUUID(), busy, other])),
  );
  return results;
}

const bank = await startBank();
try {
  const { actor, account_ids } = await openAccounts(bank.pool, accounts);
  await settle(bank.pool, actor, account_ids[0] ?? "");
  const columns: { readonly entries: number; readonly results: Map<string, number> }[] = [];
  for (const size of sizes) {
    const entries = await fillLedger(bank.pool, actor, size);
    columns.push({ entries, results: await measure(bank.pool, actor, account_ids) });
  }
  console.log(
    `| ms, median of ${String(repetitions)} | ` +
      `${columns.map(({ entries }) => `${String(entries)} entries`).join(" | ")} |`,
  );
  console.log(`| --- | ${columns.map(() => "---").join(" | ")} |`);
  for (const name of columns[0]?.results.keys() ?? []) {
    console.log(
      `| ${name} | ${columns.map(({ results }) => results.get(name)?.toFixed(1)).join(" | ")} |`,
    );
  }
} finally {
  await bank.stop();
}
