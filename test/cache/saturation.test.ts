import { randomUUID } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, inject, test } from "vitest";
import { startPostgresPool } from "../../local/pool/postgres-pool.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { fill_script } from "../../src/cache/scripts.ts";
import { bank, createCustomer } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import { runOwnWorker } from "../harness/own-worker.ts";
import { cacheResult } from "./cached-reads.ts";
import { startFaultEndpoint } from "./fault-endpoint.ts";
import { isRemoval } from "./writers-command.ts";
import {
  checkForStaleReads,
  type CacheResult,
  type Figures,
  type Variant,
} from "./stale-read-check.ts";

/**
 * More than two processes on two cores can answer, so that every step of a request waits somewhere.
 */
const load = { readers: 24, writers: 8, reads_per_write: 8, reads_per_eviction: 1_000 };
const reads = Number(process.env["STALE_READ_CHECK_READS"] ?? 800) * 2;
const time_limit_ms = 60_000;
const accounts_count = 4;
/** Longer than anything waits here, so that the circuit breaker stays closed. */
const vars = { REDIS_READ_TIMEOUT_MS: "3000", REDIS_WRITE_TIMEOUT_MS: "6000" };

/**
 * How long a command may be held back on its way to Redis: what a slow reader and a slow writer
 * look like.
 */
interface Lateness {
  readonly fill_max_ms: number;
  readonly removal_max_ms: number;
}
let lateness: Lateness = { fill_max_ms: 0, removal_max_ms: 0 };

const directory = await mkdtemp(path.join(tmpdir(), "edgebank-saturation-"));
// As Hyperdrive does, it keeps the connections: otherwise making them takes all of the machine.
const pool = await startPostgresPool(inject("bank_api_url"));
const endpoint = await startFaultEndpoint(inject("redis_rest_url"));
endpoint.delay = (command) => {
  if (Math.random() < 0.5) return {};
  if (isRemoval(command)) return { before_ms: Math.random() * lateness.removal_max_ms };
  return command[1] === fill_script ? { before_ms: Math.random() * lateness.fill_max_ms } : {};
};
afterAll(async () => {
  await endpoint.stop();
  await pool.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A copy of the bundle in which one line of a script is another. */
async function breakBundle(name: string, line: string, instead: string): Promise<string> {
  const broken = path.join(directory, name);
  await cp(inject("worker_bundle"), broken, { recursive: true });
  const script = (await readdir(broken)).find((file) => file.endsWith(".js")) ?? "";
  const parts = (await readFile(path.join(broken, script), "utf8")).split(line);
  expect(parts.length, `the bundle has the line once: ${line}`).toBe(2);
  await writeFile(path.join(broken, script), parts.join(instead));
  return broken;
}

/**
 * Two workerd processes with one PostgreSQL and one Redis; whoever reads or writes takes either.
 */
async function saturate(
  bundle: string,
  late: Lateness,
  ends: { readonly reads: number; readonly older_reads_max?: number },
): Promise<Figures> {
  lateness = late;
  const workers: RunningWorker[] = [];
  try {
    for (let count = 0; count < 2; count++) {
      workers.push(
        await runOwnWorker({ redis_url: endpoint.url, bundle, vars, database_url: pool.url }),
      );
    }
    const origin = (): string => workers[Math.floor(Math.random() * workers.length)]?.url ?? "";
    const ada = await createCustomer();
    const ids: string[] = [];
    while (ids.length < accounts_count)
      ids.push(await bank.createAccount(ada, { balance: 1_000_000 }));
    // None of them, so that each of their versions counts what was written to it, and nothing else.
    const credit_account_id = await bank.createAccount(ada);
    const over_http: Variant = {
      read: async (id) => {
        const answer = await requestAt(origin(), "GET", `/v1/accounts/${id}`, { token: ada.token });
        if (answer.status !== 200) throw new Error(answer.text);
        const { version } = answer.body as { version: number };
        return { version, result: cacheResult(answer) as CacheResult };
      },
      write: async (debit_account_id) => {
        const body = { debit_account_id, credit_account_id, amount: 1 };
        const options = { token: ada.token, key: randomUUID(), body };
        const { status, text } = await requestAt(origin(), "POST", "/v1/transfers", options);
        if (status !== 201) throw new Error(text);
      },
      evict: () => Promise.resolve(),
    };
    const accounts = ids.map((id) => ({ id, version: 1 }));
    return await checkForStaleReads(over_http, { ...load, ...ends, accounts, time_limit_ms });
  } finally {
    for (const worker of workers) await worker.stop();
  }
}

test("two saturated processes never show a stale account", async () => {
  const late = { fill_max_ms: 100, removal_max_ms: 100 };
  const figures = await saturate(inject("worker_bundle"), late, { reads });
  process.stdout.write(`two processes, saturated: ${JSON.stringify(figures)}\n`);
  expect(figures.older_reads).toBe(0);
  // A run without hits or without writes has shown nothing.
  expect(figures.hits).toBeGreaterThan(20);
  expect(figures.writes).toBeGreaterThan(20);
  expect(await bank.verify()).toEqual([]);
});

test("this test fails when markers do nothing", async () => {
  const broken = await breakBundle(
    "no-markers",
    "for argument = 3, #ARGV, 3 do",
    "for argument = 3, 0, 3 do",
  );
  const late = { fill_max_ms: 0, removal_max_ms: 800 };
  const figures = await saturate(broken, late, { reads: Infinity, older_reads_max: 1 });
  process.stdout.write(`markers do nothing: ${JSON.stringify(figures)}\n`);
  expect(figures.older_reads).toBeGreaterThan(0);
});
