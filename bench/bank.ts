import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Pool } from "pg";
import { migrate } from "../scripts/migrate.ts";
import { startPostgres } from "../local/postgres/start-postgres.ts";

/**
 * A bank for one benchmark, deleted afterwards. PostgreSQL has its default settings unless others
 * are given.
 */
export interface Bank {
  readonly pool: Pool;
  /** The connection string of the owner. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export async function startBank(settings: Readonly<Record<string, string>> = {}): Promise<Bank> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
  const postgres = await startPostgres({ directory: path.join(directory, "postgres"), settings });
  await migrate(postgres.url);
  const pool = new Pool({ connectionString: postgres.url, max: 16 });
  // Stopping the server ends connections that the pool still has.
  pool.on("error", () => undefined);
  const stop = async (): Promise<void> => {
    await pool.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { pool, url: postgres.url, stop };
}

/**
 * Creates an admin, and accounts of one customer with a large overdraft limit, so that nothing is
 * declined.
 */
export async function openAccounts(
  pool: Pool,
  count: number,
): Promise<{ actor: string; account_ids: string[] }> {
  const { rows: admins } = await pool.query<{ id: string }>(
    "select bank_internal.create_admin('bench@edgebank.test', 'none') as id",
  );
  // A bank.actor in PostgreSQL's notation.
  const actor = `(${admins[0]?.id ?? ""},admin,,bench,)`;
  const { rows } = await pool.query<{ id: string }>(
    `with customer as materialized (
       select (body::json ->> 'id')::uuid as id
         from bank.create_customer($1, 'Bench', 'customer@edgebank.test', 'none'))
     select account.body::json ->> 'id' as id
       from customer cross join generate_series(1, $2)
      cross join lateral bank.create_account(
        $1, customer.id, 'USD', 'Account ' || generate_series, 1000000000000)
            as account`,
    [actor, count],
  );
  return { actor, account_ids: rows.map(({ id }) => id) };
}

/** The median, the smallest and the largest value, because the machine is shared. */
export function describeSpread(values: readonly number[], digits = 0): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): string => (sorted[Math.floor(index)] ?? Number.NaN).toFixed(digits);
  return `${at(sorted.length / 2)} (${at(0)} to ${at(sorted.length - 1)})`;
}
