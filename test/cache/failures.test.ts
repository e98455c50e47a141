import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { connectToRedis } from "../../local/redis/redis-connection.ts";
import { startRedisServer } from "../../local/redis/start-redis.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import type { TestCustomer } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import {
  accountRead,
  accountsRead,
  cacheResult,
  customerRead,
  get,
  readUntilHit,
} from "./cached-reads.ts";
import { startFaultEndpoint, type Fault, type FaultEndpoint } from "./fault-endpoint.ts";
import { startWorkerAt } from "../harness/own-worker.ts";

const break_ms = 5_000;
/** The time limit of a command, 150 ms, and what Postgres and two busy cores need besides. */
const bounded_ms = 2_000;

const stops: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Bank {
  readonly worker: RunningWorker;
  readonly ada: TestCustomer;
  readonly account_id: string;
  readonly other_id: string;
  send(method: string, path: string, body?: object): Promise<ApiAnswer>;
  transfer(): Promise<ApiAnswer>;
  balance(): Promise<number>;
  readiness(): Promise<string>;
}

async function openBank(redis_url: string, redis_token?: string): Promise<Bank> {
  const ada = await createCustomer();
  const account_id = await bank.createAccount(ada, { balance: 1_000 });
  const other_id = await bank.createAccount(ada);
  const worker = await startWorkerAt(redis_url, redis_token);
  stops.push(() => worker.stop());
  const send = (method: string, path: string, body?: object): Promise<ApiAnswer> =>
    requestAt(worker.url, method, path, { token: ada.token, key: randomUUID(), body });
  const money = { debit_account_id: account_id, credit_account_id: other_id, amount: 1 };
  return {
    worker,
    ada,
    account_id,
    other_id,
    send,
    transfer: () => send("POST", "/v1/transfers", money),
    balance: async () => balanceOf(await send("GET", `/v1/accounts/${account_id}`)),
    readiness: async () => (await send("GET", "/readyz")).text,
  };
}

const balanceOf = ({ body }: ApiAnswer): number => (body as { balance: number }).balance;

async function primed({ ada, account_id, worker }: Bank): Promise<void> {
  for (const read of [customerRead(ada), accountsRead(ada), accountRead(ada, account_id)]) {
    await readUntilHit(() => get(read, worker.url));
  }
}

interface FaultyBank {
  readonly bank: Bank;
  readonly endpoint: FaultEndpoint;
}

async function openFaultyBank(): Promise<FaultyBank> {
  const endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  stops.push(() => endpoint.stop());
  const bank = await openBank(endpoint.url);
  await primed(bank);
  return { bank, endpoint };
}

/** Runs it and says how long it took. */
async function timed(
  task: () => Promise<ApiAnswer>,
): Promise<ApiAnswer & { readonly took_ms: number }> {
  const began_at = performance.now();
  return { ...(await task()), took_ms: performance.now() - began_at };
}

const faults: readonly Fault[] = [
  "refuse",
  "hang",
  "error",
  "garbage",
  "slow",
  "wrong_type",
  "full",
];
const banks: FaultyBank[] = [];

// The banks start one after another, because a start takes all of a core, and a Redis that has to
// wait for a core looks like a slow one.
beforeAll(async () => {
  for (let count = 0; count < faults.length + 1; count++) banks.push(await openFaultyBank());
}, 60_000);

function takeBank(): FaultyBank {
  const bank = banks.pop();
  if (bank === undefined) throw new Error("there are more tests than banks");
  return bank;
}

describe.concurrent("while Redis fails", () => {
  test.for(faults)(
    "(%s), reads and writes go on, and the cache recovers",
    { timeout: 40_000 },
    async (fault, { expect }) => {
      const { bank, endpoint } = takeBank();
      const { ada, account_id, worker } = bank;
      await primed(bank);

      const breaks_before = worker.logged("redis_break").length;
      await endpoint.setFault(fault);
      const began_at = performance.now();
      const reads = [customerRead(ada), accountsRead(ada), accountRead(ada, account_id)];
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => reads[index % 3]).flatMap((read) =>
          read === undefined ? [] : [timed(() => get(read, worker.url))],
        ),
      );
      for (let balance = 999; balance > 996; balance--) {
        const transfer = await timed(bank.transfer);
        answers.push(transfer, await timed(() => bank.send("GET", "/v1/accounts")));
        expect(transfer.status, transfer.text).toBe(201);
        expect(await bank.balance()).toBe(balance);
      }
      expect(answers.map(({ status }) => status).filter((status) => status >= 400)).toEqual([]);
      expect(Math.max(...answers.map(({ took_ms }) => took_ms))).toBeLessThan(bounded_ms);
      expect(JSON.parse(await bank.readiness())).toEqual({
        status: "degraded",
        dependencies: { postgres: "ok", redis: "unavailable" },
        missing_limits: [],
        is_read_only: false,
        late_jobs: [],
      });
      const breaks_max = 1 + Math.floor((performance.now() - began_at) / break_ms);
      const breaks = worker.logged("redis_break").length - breaks_before;
      expect(breaks).toBeGreaterThan(0);
      expect(breaks).toBeLessThanOrEqual(breaks_max);

      await endpoint.setFault("none");
      await expect
        .poll(bank.readiness, { timeout: 2 * break_ms, interval: 200 })
        .toContain('"status":"ok"');
      for (const read of reads) {
        const hit = await readUntilHit(() => get(read, worker.url));
        expect(hit.body).toEqual(await read.truth());
      }
      expect(worker.logged("error")).toEqual([]);
    },
  );

  test("what was written meanwhile is shown by other isolates too, within a second of the return of Redis", async ({
    expect,
  }) => {
    const { bank, endpoint } = takeBank();
    await primed(bank);
    const read = accountRead(bank.ada, bank.account_id);
    const elsewhere = async (): Promise<number> => balanceOf(await get(read));
    expect(cacheResult(await get(read))).toBe("hit");
    await endpoint.setFault("hang");
    await bank.transfer();
    expect(await elsewhere()).toBe(1_000);
    await endpoint.setFault("none");
    await expect.poll(elsewhere, { timeout: 1_500, interval: 50 }).toBe(999);
  });
});

const server = await startRedisServer();

describe.skipIf(server === undefined)("a redis-server", () => {
  test(
    "that is killed and comes back empty under load causes no 5xx and no stale read",
    { timeout: 60_000 },
    async ({ expect }) => {
      if (server === undefined) return;
      const backend = await connectToRedis(server.url);
      const endpoint = await startUpstashEndpoint(backend);
      let current = server;
      stops.push(async () => {
        await endpoint.stop();
        await backend.close();
        await current.stop();
      });
      const bank = await openBank(endpoint.url, endpoint.token);
      await primed(bank);

      const read = accountRead(bank.ada, bank.account_id);
      const results: Record<string, number> = {};
      let [acknowledged, older, is_over, pause_ms] = [1, 0, false, 20];
      const statuses = new Set<number>();
      const readers = Array.from({ length: 4 }, async () => {
        while (!is_over) {
          const known = acknowledged;
          const answer = await get(read, bank.worker.url);
          statuses.add(answer.status);
          results[cacheResult(answer)] = (results[cacheResult(answer)] ?? 0) + 1;
          if ((answer.body as { version: number }).version < known) older += 1;
        }
      });
      const writer = (async () => {
        while (!is_over) {
          statuses.add((await bank.transfer()).status);
          acknowledged += 1;
          await new Promise((resolve) => setTimeout(resolve, pause_ms));
        }
      })();
      await current.stop();
      await expect.poll(bank.readiness, { timeout: 10_000 }).toContain('"status":"degraded"');
      const again = await startRedisServer({ port: server.port, password: server.password });
      if (again === undefined) throw new Error("redis-server does not come back");
      current = again;
      await expect.poll(bank.readiness, { timeout: 15_000 }).toContain('"status":"ok"');
      // An account is not cached while it is written, so hits need moments in which it is not.
      pause_ms = 1_000;
      const hits_before = results["hit"] ?? 0;
      await expect
        .poll(() => results["hit"], { timeout: 15_000 })
        .toBeGreaterThan(hits_before + 20);
      is_over = true;
      await Promise.all([...readers, writer]);

      expect([...statuses].sort()).toEqual([200, 201]);
      expect(older).toBe(0);
      expect(results["bypass"]).toBeGreaterThan(0);
      expect(bank.worker.logged("redis_break").length).toBeLessThanOrEqual(3);
      expect((await readUntilHit(() => get(read, bank.worker.url))).body).toEqual(
        await read.truth(),
      );
    },
  );
});

test("the ledger is whole after all these failures", async () => {
  expect(await bank.verify()).toEqual([]);
  const { token } = await admin();
  expect((await request("GET", "/readyz", { token })).status).toBe(200);
});
