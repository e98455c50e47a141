import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { bank, createCustomer, type TestCustomer } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { accountRead, cacheResult, get, readUntilHit, redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { isMark, isRemoval } from "./writers-command.ts";
import { runOwnWorker } from "../harness/own-worker.ts";

/** Longer than Postgres takes on a busy machine. */
const write_limit_ms = 4_000;

let endpoint: FaultEndpoint;
let worker: RunningWorker;
let ada: TestCustomer;
let account_id: string;
let other_id: string;

beforeAll(async () => {
  endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  worker = await runOwnWorker({
    redis_url: endpoint.url,
    vars: { REDIS_WRITE_TIMEOUT_MS: String(write_limit_ms) },
  });
  ada = await createCustomer();
  account_id = await bank.createAccount(ada, { balance: 1_000 });
  other_id = await bank.createAccount(ada);
});
afterAll(async () => {
  await worker.stop();
  await endpoint.stop();
});

const transfer = (): Promise<ApiAnswer> =>
  requestAt(worker.url, "POST", "/v1/transfers", {
    token: ada.token,
    key: randomUUID(),
    body: { debit_account_id: account_id, credit_account_id: other_id, amount: 1 },
  });

/** The client hangs up when the signal is aborted. */
const transferUntil = (signal: AbortSignal): Promise<Response> =>
  fetch(new URL("/v1/transfers", worker.url), {
    method: "POST",
    signal,
    headers: {
      Authorization: `Bearer ${ada.token}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    },
    body: JSON.stringify({ debit_account_id: account_id, credit_account_id: other_id, amount: 1 }),
  });

test("a write answers after its marker was acknowledged, and does not wait for the removal", async () => {
  const read = accountRead(ada, account_id);
  await readUntilHit(() => get(read, worker.url));
  const marked_ms = 300;
  const removed_ms = 1_500;
  endpoint.delay = (command) =>
    isMark(command)
      ? { before_ms: marked_ms }
      : isRemoval(command)
        ? { before_ms: removed_ms }
        : {};
  const began_at = performance.now();
  const { status } = await transfer();
  const took_ms = performance.now() - began_at;
  const held = await redis("GET", read.key);
  const during = await get(read, worker.url);
  endpoint.delay = () => ({});
  expect(status).toBe(201);
  expect(took_ms).toBeGreaterThanOrEqual(marked_ms);
  expect(took_ms).toBeLessThan(removed_ms);
  expect(held).toMatch(/^marks:/);
  expect([during.body.balance, cacheResult(during)]).toEqual([999, "miss"]);
  // Nobody filled it while it was marked; afterwards it is filled again.
  await expect.poll(() => redis("GET", read.key), { timeout: 5_000 }).toBeNull();
  expect((await readUntilHit(() => get(read, worker.url))).body).toMatchObject({ balance: 999 });
});

test("Postgres works while the marker is under way", async () => {
  const read = accountRead(ada, account_id);
  const versionOf = async (): Promise<number> =>
    ((await read.truth()) as { version: number }).version;
  const before = await versionOf();
  endpoint.delay = (command) => (isMark(command) ? { before_ms: write_limit_ms / 2 } : {});
  let is_answered = false;
  const answered = transfer().finally(() => (is_answered = true));
  await expect.poll(versionOf, { timeout: write_limit_ms / 2, interval: 10 }).toBe(before + 1);
  expect(is_answered).toBe(false);
  expect((await answered).status).toBe(201);
  endpoint.delay = () => ({});
});

test("reads that come together share commands, also when clients have gone whose reads send them", async () => {
  const read = accountRead(ada, account_id);
  await readUntilHit(() => get(read, worker.url));
  const readers = 12;
  const rounds_max = 100;
  let rounds = 0;
  let commands = readers;
  let left = 0;
  let timings: (string | null)[] = [];
  // On a busy machine, the reads of a round may come one after the other.
  for (; (commands >= readers || left === 0) && rounds < rounds_max; rounds++) {
    commands = 0;
    timings = [];
    const clients = Array.from({ length: readers }, () => new AbortController());
    endpoint.delay = ([name]) => {
      if (name !== "MGET") return {};
      commands += 1;
      if (commands === 4) for (const client of clients.slice(0, 6)) client.abort();
      // Long enough to notice that the clients have gone, and short enough to be waited for.
      return { after_ms: 7 };
    };
    const answers = await Promise.allSettled(
      clients.map(({ signal }) =>
        fetch(new URL(`/v1/accounts/${account_id}`, worker.url), {
          signal,
          headers: { Authorization: `Bearer ${ada.token}` },
        }),
      ),
    );
    left += answers.filter(({ status }) => status === "rejected").length;
    for (const answer of answers.slice(6)) {
      if (answer.status === "rejected") throw answer.reason;
      expect(await answer.value.json()).toMatchObject({ id: account_id });
      timings.push(answer.value.headers.get("Server-Timing"));
    }
  }
  expect(commands).toBeLessThan(readers);
  expect(left).toBeGreaterThan(0);
  // Those who shared a command had its answer.
  expect(timings).toContainEqual(expect.stringContaining("cache;desc=hit"));
  endpoint.delay = () => ({});
});

test("writes that come together share a command for their markers, also when the client has gone whose write sends it", async () => {
  const read = accountRead(ada, account_id);
  const { balance } = (await read.truth()) as { balance: number };
  const writers = 8;
  const rounds_max = 100;
  let rounds = 0;
  let commands = writers;
  let left = 0;
  // On a busy machine, the writes of a round may come one after the other.
  for (; commands >= writers && rounds < rounds_max; rounds++) {
    commands = 0;
    const clients = Array.from({ length: writers }, () => new AbortController());
    endpoint.delay = (command) => {
      if (!isMark(command)) return {};
      commands += 1;
      if (commands === 1) clients[0]?.abort();
      return {};
    };
    const answers = await Promise.allSettled(clients.map(({ signal }) => transferUntil(signal)));
    const statuses = answers.map((answer) =>
      answer.status === "fulfilled" ? answer.value.status : "left",
    );
    left += statuses.filter((status) => status === "left").length;
    expect(new Set(statuses.slice(1))).toEqual(new Set([201]));
  }
  endpoint.delay = () => ({});
  expect(commands).toBeLessThan(writers);
  expect(left).toBeGreaterThan(0);
  const truth = (): unknown => read.truth();
  await expect.poll(truth).toMatchObject({ balance: balance - rounds * writers });
  await expect.poll(() => redis("EXISTS", read.key), { timeout: 5_000 }).toBe(0);
  expect((await readUntilHit(() => get(read, worker.url))).body).toEqual(await read.truth());
});

test(
  "a write whose marker failed is still done, and its writer reads it",
  { timeout: 30_000 },
  async () => {
    const read = accountRead(ada, account_id);
    const { body } = await readUntilHit(() => get(read, worker.url));
    const { balance } = body as { balance: number };
    await endpoint.setFault("hang");
    const began_at = performance.now();
    expect((await transfer()).status).toBe(201);
    expect(performance.now() - began_at).toBeGreaterThanOrEqual(write_limit_ms);
    expect(String(await redis("GET", read.key))).toContain(`"balance" : ${String(balance)}`);
    expect((await get(read, worker.url)).body).toMatchObject({ balance: balance - 1 });
    await endpoint.setFault("none");
    // Until the circuit breaker closes and the cache is filled again, what Redis had kept is never
    // shown.
    const bodies: unknown[] = [];
    const cacheResult = async (): Promise<string | undefined> => {
      const answer = await get(read, worker.url);
      bodies.push(answer.body);
      return /desc=(\w+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1];
    };
    await expect.poll(cacheResult, { timeout: 15_000, interval: 100 }).toBe("hit");
    for (const shown of bodies) expect(shown).toMatchObject({ balance: balance - 1 });
  },
);

test(
  "during an outage of Redis only the first writer waits for the whole limit, until Redis answers again",
  { timeout: 60_000 },
  async () => {
    const waitedFor = async (): Promise<number> => {
      const { status, text, headers } = await transfer();
      expect(status, text).toBe(201);
      return Number(/cache;desc=bypass;dur=([\d.]+)/.exec(headers.get("Server-Timing") ?? "")?.[1]);
    };
    await waitedFor();
    await endpoint.setFault("hang");
    expect(await waitedFor()).toBeGreaterThan(write_limit_ms * 0.75);
    // As long as a read waits, 150 ms; the rest is what a busy machine adds.
    for (let round = 0; round < 3; round++)
      expect(await waitedFor()).toBeLessThan(write_limit_ms / 2);
    await endpoint.setFault("none");
    const read = accountRead(ada, account_id);
    const truth = await read.truth();
    // The deletions that failed are repeated: other isolates see the truth soon, whatever was
    // cached.
    await expect
      .poll(async () => (await get(read)).body, { timeout: 5_000, interval: 50 })
      .toEqual(truth);
    // The first marker that goes through ends the outage for this isolate: it waits for a slow
    // Redis again.
    await waitedFor();
    endpoint.delay = (command) => (isMark(command) ? { before_ms: write_limit_ms / 2 } : {});
    expect(await waitedFor()).toBeGreaterThan(write_limit_ms / 4);
    endpoint.delay = () => ({});
  },
);
