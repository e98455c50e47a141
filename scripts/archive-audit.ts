import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { ownerUrl, withOwner } from "./owner-connection.ts";

const page_rows = 10_000;
const first_id = "00000000-0000-0000-0000-000000000000";

/** A month of audit events to archive. */
export interface Archive {
  /** `YYYY-MM`, in UTC. It must be in the past. */
  readonly month: string;
  /** A new file. Each event becomes a line of JSON, the oldest first. */
  readonly file: string;
}

/**
 * Writes a month of audit events into a file, reads the file back, and drops the month's partition.
 * All of this is one transaction, which keeps late events out. They stay in the audit queue.
 * Returns the number of events in the file.
 *
 * @throws {ExplainedError} when the month has no partition or is not over, or when the file is not
 * complete. Then nothing is dropped.
 */
export async function archiveAudit(client: Client, archive: Archive): Promise<number> {
  const partition = await partitionOf(client, archive.month);
  await client.query("begin");
  try {
    await client.query(`lock table ${partition} in share mode`);
    const exported = await exportEvents(client, partition, archive.file);
    const [row] = (await client.query<{ count: string }>(`select count(*) from ${partition}`)).rows;
    const kept = await countLines(archive.file);
    if (kept !== exported || kept !== Number(row?.count)) {
      throw new ExplainedError(
        `${archive.file} has ${String(kept)} events, but the database has ${row?.count ?? "none"}.`,
      );
    }
    await client.query("select bank_internal.drop_audit_partition($1)", [startOf(archive.month)]);
    await client.query("commit");
    return kept;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

function startOf(month: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
    throw new ExplainedError(`A month is written like 2026-01, not like ${month}.`);
  }
  return `${month}-01`;
}

async function partitionOf(client: Client, month: string): Promise<string> {
  const { rows } = await client.query<{ name: string; is_there: boolean; is_past: boolean }>(
    `select 'bank.' || name as name, to_regclass('bank.' || name) is not null as is_there,
            ($1::date + interval '1 month') at time zone 'UTC' <= clock_timestamp() as is_past
       from bank_internal.audit_partition_name($1) as name`,
    [startOf(month)],
  );
  const [partition] = rows;
  if (partition?.is_there !== true)
    throw new ExplainedError(`The month ${month} has no partition.`);
  if (!partition.is_past) throw new ExplainedError(`The month ${month} is not past.`);
  return partition.name;
}

async function exportEvents(client: Client, partition: string, file: string): Promise<number> {
  const output = await open(file, "wx", 0o600);
  try {
    let exported = 0;
    let last_id: string | undefined = first_id;
    while (last_id !== undefined) {
      const { rows }: { rows: { id: string; line: string }[] } = await client.query(
        `select id, bank_internal.audit_event_json(event)::text as line from ${partition} as event
          where id > $1 order by id limit ${String(page_rows)}`,
        [last_id],
      );
      await writeLines(output, rows);
      exported += rows.length;
      last_id = rows.at(-1)?.id;
    }
    await output.sync();
    return exported;
  } finally {
    await output.close();
  }
}

async function writeLines(
  output: FileHandle,
  rows: readonly { readonly line: string }[],
): Promise<void> {
  if (rows.length > 0) await output.write(rows.map(({ line }) => `${line}\n`).join(""));
}

/** Counts the events in the file. Each is a line of JSON with an id. */
async function countLines(file: string): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const event: unknown = JSON.parse(line);
    if (typeof event === "object" && event !== null && "id" in event) count += 1;
  }
  return count;
}

const usage =
  "Say which month, and where to: DATABASE_URL=postgresql://… npm run archive:audit -- " +
  "2026-01 audit-2026-01.jsonl";

async function main(): Promise<void> {
  const [month, file, ...others] = process.argv.slice(2);
  if (month === undefined || file === undefined || others.length > 0)
    throw new ExplainedError(usage);
  const owner = { database_url: ownerUrl(usage), application_name: "edgebank-archive-audit" };
  const count = await withOwner(owner, (client) => archiveAudit(client, { month, file }));
  process.stdout.write(
    `${file} has the ${String(count)} audit events of ${month}. They are no longer in the ` +
      "database.\n",
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    process.exitCode = reportFailure(error);
  });
}
