import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { schema_lock } from "./migration-lock.ts";
import { ownerUrl, withOwner } from "./owner-connection.ts";

const pause_ms = 20;
/** A call of the Worker's role runs for 5 seconds at most. */
const wait_ms_max = 30_000;

interface Call {
  readonly pid: number;
  readonly virtualxid: string;
}

/**
 * Stops all changes of the ledger, or allows them again. After it has stopped them, it waits until
 * the last earlier call has ended. From then on nothing changes.
 *
 * @throws {ExplainedError} when earlier calls still run after half a minute. The bank is read-only
 * then.
 */
export async function setReadOnly(client: Client, is_on: boolean): Promise<void> {
  await client.query("begin");
  try {
    // The lock keeps two of these runs apart, and keeps out migrations, which grant functions
    // again.
    await client.query("select pg_advisory_xact_lock($1)", [schema_lock]);
    await client.query("set local role bank_owner");
    await client.query("select bank_internal.set_read_only($1)", [is_on]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
  if (is_on) await waitForCalls(client);
}

/**
 * Transactions that begin from now on may not write, so only those that are open now have to end.
 */
async function waitForCalls(client: Client): Promise<void> {
  const earlier = await callsUnderWay(client);
  const give_up_at = Date.now() + wait_ms_max;
  for (;;) {
    const now = await callsUnderWay(client);
    const left = earlier.filter(({ virtualxid }) =>
      now.some((call) => call.virtualxid === virtualxid),
    );
    if (left.length === 0) return;
    if (Date.now() > give_up_at) {
      const pids = left.map(({ pid }) => pid).join(", ");
      throw new ExplainedError(`The bank is read-only, but earlier calls still run: pid ${pids}.`);
    }
    await delay(pause_ms);
  }
}

/**
 * Finds the transactions of the Worker's roles. Every transaction holds a lock on its own virtual
 * id.
 */
async function callsUnderWay(client: Client): Promise<readonly Call[]> {
  const { rows } = await client.query<Call>(
    `select pid, virtualtransaction as virtualxid
       from pg_catalog.pg_locks join pg_catalog.pg_stat_activity using (pid)
      where locktype = 'virtualxid' and virtualxid = virtualtransaction
        and datname = current_database()
        and (usesysid = 'bank_api'::regrole
             or usesysid in (
               select member from pg_catalog.pg_auth_members where roleid = 'bank_api'::regrole))
        and pid <> pg_backend_pid()`,
  );
  return rows;
}

async function describeState(client: Client): Promise<string> {
  const { rows } = await client.query<{ since: Date }>("select since from bank.read_only");
  const [row] = rows;
  return row === undefined
    ? "The bank takes changes."
    : `The bank has been read-only since ${row.since.toISOString()}: nothing changes the ledger.`;
}

const usage =
  "Say on or off, and for which bank: DATABASE_URL=postgresql://… npm run read-only -- on. " +
  "Without on or off it prints the present state.";

async function main(): Promise<void> {
  const [wanted, ...others] = process.argv.slice(2);
  const is_known = wanted === undefined || wanted === "on" || wanted === "off";
  if (!is_known || others.length > 0) throw new ExplainedError(usage);
  const owner = { database_url: ownerUrl(usage), application_name: "edgebank-read-only" };
  await withOwner(owner, async (client) => {
    if (wanted !== undefined) await setReadOnly(client, wanted === "on");
    process.stdout.write(`${await describeState(client)}\n`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    process.exitCode = reportFailure(error);
  });
}
