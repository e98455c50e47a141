import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { admin, bank, createCustomer } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { cacheResult, redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import {
  checkForStaleReads,
  type CacheResult,
  type Figures,
  type Variant,
} from "./stale-read-check.ts";
import { openVariants, type Ledger } from "./variants.ts";
import { startWorkerAt } from "../harness/own-worker.ts";

/** Reads over HTTP; those of the cache alone are five times as many. CI asks for more. */
const reads = Number(process.env["STALE_READ_CHECK_READS"] ?? 800);
const time_limit_ms = Math.max(60_000, reads * 20);
/** Below the time limit of a command. */
const fill_delay_max_ms = 60;

/** A read that misses costs a connection to Postgres, which Hyperdrive would have kept. */
const calm = { readers: 6, writers: 2, reads_per_write: 12, reads_per_eviction: 24 };
const busy = { readers: 8, writers: 3, reads_per_write: 8, reads_per_eviction: 8 };

interface HotAccount {
  readonly id: string;
  readonly token: string;
  readonly version: number;
}

/** Few accounts and of different customers, so that no limit of one user is met. */
async function createHotAccounts(count: number): Promise<HotAccount[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const customer = await createCustomer();
      return {
        id: await bank.createAccount(customer, { balance: 1 }),
        token: customer.token,
        version: 1,
      };
    }),
  );
}

/** A run with few misses or few hits shows nothing. */
function expectCounted({ hits, misses, writes, evictions }: Figures): void {
  const answered = hits + misses;
  expect(answered).toBeGreaterThan(100);
  expect(misses / answered).toBeGreaterThan(0.05);
  expect(hits / answered).toBeGreaterThan(0.2);
  expect(Math.min(writes, evictions)).toBeGreaterThan(10);
}

const report = (name: string, figures: Figures): void => {
  process.stdout.write(`stale read check, ${name}: ${JSON.stringify(figures)}\n`);
};

describe("the Worker", () => {
  let endpoint: FaultEndpoint;
  let worker: RunningWorker;

  beforeAll(async () => {
    endpoint = await startFaultEndpoint(inject("redis_rest_url"));
    worker = await startWorkerAt(endpoint.url);
  });
  afterAll(async () => {
    await worker.stop();
    await endpoint.stop();
  });

  test("never shows a stale account", { timeout: time_limit_ms + 30_000 }, async () => {
    // Fills have four arguments. They are delayed, because a slow reader looks like that.
    endpoint.delay = (command) =>
      command.length === 8 && Math.random() < 0.5
        ? { before_ms: Math.random() * fill_delay_max_ms }
        : {};
    const accounts = await createHotAccounts(2);
    const tokens = new Map(accounts.map(({ id, token }) => [id, token]));
    const { token: admin_token } = await admin();
    const over_http: Variant = {
      read: async (id) => {
        const answer = await requestAt(worker.url, "GET", `/v1/accounts/${id}`, {
          token: tokens.get(id),
        });
        if (answer.status !== 200) throw new Error(answer.text);
        return {
          version: (answer.body as { version: number }).version,
          result: cacheResult(answer) as CacheResult,
        };
      },
      write: async (id) => {
        const credit = { token: admin_token, key: randomUUID(), body: { amount: 1 } };
        const { status, text } = await requestAt(
          worker.url,
          "POST",
          `/v1/accounts/${id}/credit`,
          credit,
        );
        if (status !== 201) throw new Error(text);
      },
      evict: async (id) => {
        await redis("DEL", `account:${id}`);
      },
    };
    // The first answers of a fresh isolate are slow enough to look like a slow Redis.
    for (const { id } of accounts) await over_http.read(id);
    const figures = await checkForStaleReads(over_http, {
      ...calm,
      accounts,
      reads,
      time_limit_ms,
    });
    report("over HTTP", figures);
    expect(figures.older_reads).toBe(0);
    expectCounted(figures);
  });
});

describe("the cache by itself", () => {
  const ledger: Ledger = {
    load: async (p_account_id) => {
      const { text } = await bank.call("get_account", { p_actor: await admin(), p_account_id });
      return text ?? "";
    },
    credit: async (p_account_id) => {
      await bank.credit(p_account_id, 1);
    },
  };
  const variants = openVariants(
    { url: inject("redis_rest_url"), token: inject("redis_rest_token") },
    ledger,
  );

  test("never shows a stale value", { timeout: time_limit_ms + 30_000 }, async () => {
    const accounts = await createHotAccounts(4);
    const figures = await checkForStaleReads(variants.leases, {
      ...busy,
      accounts,
      reads: reads * 5,
      time_limit_ms,
    });
    report("leases", figures);
    expect(figures.older_reads).toBe(0);
    expectCounted(figures);
  });

  test.each(["delete_then_set", "compare_version"] as const)(
    "fails this test with %s",
    { timeout: 90_000 },
    async (name) => {
      const accounts = await createHotAccounts(4);
      const options = {
        ...busy,
        accounts,
        reads: 200_000,
        older_reads_max: 1,
        time_limit_ms: 60_000,
      };
      const figures = await checkForStaleReads(variants[name], options);
      report(name, figures);
      expect(figures.older_reads).toBeGreaterThan(0);
    },
  );
});
