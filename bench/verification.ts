/**
 * How long does a verification take, in one call and in parts?
 *
 *   node bench/verification.ts [entries]
 */
import type { Pool } from "pg";
import { openAccounts, startBank } from "./bank.ts";
import { fillLedger } from "./fill.ts";

const entries = Number(process.argv[2] ?? 1_000_000);
const accounts = 2_000;
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

async function verifyParts(pool: Pool, actor: string): Promise<void> {
  let position: string | null = null;
  do {
    const part = await verifyPart(pool, actor, position);
    if (!part.body.includes('"violations": []')) throw new Error("The ledger is broken.");
    position = part.next_position;
  } while (position !== null);
}

async function verifyPart(pool: Pool, actor: string, position: string | null): Promise<Part> {
  const { rows } = await pool.query<Part>(
    "select body, next_position from bank.verify_ledger_part($1, $2)",
    [actor, position],
  );
  const [part] = rows;
  if (part === undefined) throw new Error("bank.verify_ledger_part returned no answer.");
  return part;
}

const bank = await startBank();
try {
  const { actor } = await openAccounts(bank.pool, accounts);
  await timed("the entries are made", () => fillLedger(bank.pool, actor, entries));
  const { rows } = await timed("bank.verify_ledger()", () =>
    bank.pool.query<{ ok: boolean }>("select (bank.verify_ledger() ->> 'ok')::boolean as ok"),
  );
  if (rows[0]?.ok !== true) throw new Error("The ledger is broken.");
  await timed("in parts of 10,000 rows", () => verifyParts(bank.pool, actor));
} finally {
  await bank.stop();
}
