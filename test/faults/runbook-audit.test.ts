import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startQueueApi } from "../harness/queue-api.ts";
import { startAuditBank, type AuditBank } from "./audit-bank.ts";
import { startOwnBank, type OwnBank } from "./own-bank.ts";
import { asWritten, makeCheckout, runLine } from "./runbook.ts";

// What docs/operations.md says about the audit queue, as it stands there.

let bank: OwnBank;
let audit: AuditBank;
let directory: string;

beforeAll(async () => {
  bank = await startOwnBank();
  audit = await startAuditBank(bank, path.join(bank.directory, "audit"));
  directory = await mkdtemp(path.join(bank.directory, "checkout-"));
  await makeCheckout(directory);
}, 180_000);

afterAll(async () => {
  await audit.stop();
  await bank.stop();
});

/**
 * Looks that are refused, each with an audit event that goes through the queue. Answers their
 * request ids.
 */
async function makeEvents(count: number): Promise<string[]> {
  const before = audit.queue.waiting.length;
  const request_ids = Array.from({ length: count }, () => randomUUID() as string);
  for (const request_id of request_ids) {
    const headers = { "X-Request-Id": request_id, Authorization: `Bearer ${bank.token}` };
    expect((await audit.request("GET", `/v1/accounts/${randomUUID()}`, headers)).status).toBe(404);
  }
  await expect.poll(() => audit.queue.waiting.length).toBe(before + count);
  return request_ids;
}

const countStored = async (request_ids: readonly string[]): Promise<number> =>
  (await bank.sql("select from bank.audit_events where request_id = any ($1)", [request_ids]))
    .length;

test("The audit queue grows: the query names the session that holds the table, and the queue empties once that session ends", async () => {
  const heading = "The audit queue grows, or has dead letters";
  const holder = await bank.connect();
  await holder.query("begin; lock table bank.audit_events in access exclusive mode");
  const [{ pid } = { pid: 0 }] = (
    await holder.query<{ pid: number }>("select pg_backend_pid() as pid")
  ).rows;
  const request_ids = await makeEvents(10);
  expect(await audit.deliver()).toBe(0);
  expect(audit.queue.waiting).toHaveLength(10);

  const locks = await bank.sql<{ pid: number; granted: boolean }>(
    asWritten(heading, "from pg_locks"),
  );
  expect(locks.filter(({ granted }) => granted).map((lock) => lock.pid)).toEqual([pid]);
  await bank.sql("select pg_terminate_backend($1)", [pid]);
  await bank.sql(asWritten(heading, "prepare_audit_partitions"));
  await expect
    .poll(async () => (await audit.deliver(), audit.queue.waiting.length), { timeout: 30_000 })
    .toBe(0);
  expect(await countStored(request_ids)).toBe(10);
});

test("Dead letters: the two commands store each event that the Worker has sent once, from the queue and from files", async () => {
  const heading = "Dead letters";
  const request_ids = await makeEvents(12);
  const bodies = audit.queue.waiting.splice(0).map(({ body }) => body);
  const api = await startQueueApi([...bodies.slice(0, 8), "not audit events"]);
  const url = { "DATABASE_URL=…": `DATABASE_URL='${bank.owner_url}'` };
  const from_queue = asWritten(heading, "DEAD_LETTER_QUEUE_ID=", {
    ...url,
    "CLOUDFLARE_API_TOKEN=…": "CLOUDFLARE_API_TOKEN=t1",
    "CLOUDFLARE_ACCOUNT_ID=…": "CLOUDFLARE_ACCOUNT_ID=a1",
    "DEAD_LETTER_QUEUE_ID=…": "DEAD_LETTER_QUEUE_ID=q1",
  });
  const pulled = await runLine(from_queue, {
    directory,
    environment: { CLOUDFLARE_API_BASE_URL: api.url },
  });
  expect(pulled.stdout).toContain("8 messages stored, 1 left.");
  expect([pulled.code, pulled.stderr]).toEqual([
    2,
    expect.stringContaining("it holds no audit events"),
  ]);
  expect([...api.messages.values()]).toEqual(["not audit events"]);

  await mkdir(path.join(directory, "messages"));
  for (const [index, body] of bodies.slice(6).entries())
    await writeFile(path.join(directory, "messages", String(index)), body);
  const saved = await runLine(asWritten(heading, "-- messages/", url), { directory });
  expect([saved.code, saved.stdout]).toEqual([
    0,
    expect.stringContaining("6 messages stored, 0 left."),
  ]);
  expect(await countStored(request_ids)).toBe(12);
});
