import { SingleBar } from "cli-progress";
import type { Client } from "pg";
import { reportFailure } from "../local/explained-error.ts";
import { ownerUrl, withOwner } from "./owner-connection.ts";

const part_rows = 50_000;

interface Part {
  readonly checked: Readonly<Record<string, number>>;
  readonly violations: readonly Readonly<Record<string, string | null>>[];
  readonly next_position: string | null;
}

/**
 * Verifies the whole ledger of DATABASE_URL part by part. A progress bar goes to standard error,
 * and each violation goes to standard output as a line of JSON. Returns the number of violations.
 */
async function verifyLedger(client: Client): Promise<number> {
  const bar = new SingleBar({
    format: "{bar} {percentage}% | {value} of about {total} rows | {duration_formatted}",
  });
  bar.start(await estimateRows(client), 0);
  let violations = 0;
  let position: string | null = null;
  do {
    const part = await verifyPart(client, position);
    for (const violation of part.violations) console.log(JSON.stringify(violation));
    violations += part.violations.length;
    bar.increment(Object.values(part.checked).reduce((sum, checked) => sum + checked, 0));
    position = part.next_position;
  } while (position !== null);
  bar.stop();
  return violations;
}

/** Asks as the owner of the database, who may read the tables and needs no user of the bank. */
async function verifyPart(client: Client, position: string | null): Promise<Part> {
  const { rows } = await client.query<Part>("select * from bank_internal.part_of_ledger($1, $2)", [
    position,
    part_rows,
  ]);
  const [part] = rows;
  if (part === undefined) throw new Error("bank_internal.part_of_ledger returned no part.");
  return part;
}

/** An estimate from the planner's statistics, because counting the rows would take long. */
async function estimateRows(client: Client): Promise<number> {
  const { rows } = await client.query<{ estimate: number }>(
    `select sum(greatest(reltuples, 0))::float8 as estimate from pg_class
      where oid in ('bank.accounts'::regclass, 'bank.transfers'::regclass, 'bank.holds'::regclass)`,
  );
  return rows[0]?.estimate ?? 0;
}

try {
  const database_url = ownerUrl("Set DATABASE_URL to the database of the bank.");
  const violations = await withOwner(
    { database_url, application_name: "edgebank-verify" },
    async (client) => {
      // Compiling the plan of a part takes longer than running it.
      await client.query("set jit = off");
      return verifyLedger(client);
    },
  );
  console.error(
    violations === 0 ? "The ledger has no violations." : `${String(violations)} violations.`,
  );
  process.exitCode = violations === 0 ? 0 : 2;
} catch (error) {
  process.exitCode = reportFailure(error);
}
