import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { mark_script, remove_script } from "../../src/cache/scripts.ts";
import { admin, createAccount, createCustomer, type TestCustomer } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { accountRead, cacheResult, get, readUntilHit, redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { startWorkerAt } from "../harness/own-worker.ts";

let endpoint: FaultEndpoint;
let worker: RunningWorker;
let ada: TestCustomer;
let account_id: string;
let other_id: string;

beforeAll(async () => {
  endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  worker = await startWorkerAt(endpoint.url);
  ada = await createCustomer();
  account_id = await createAccount(ada, { balance: 1_000 });
  other_id = await createAccount(ada);
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

/** What the Worker sends for a write: a mark while Postgres works, its removal afterwards. */
const isMark = ([name, script]: readonly string[]): boolean => name === "EVAL" && script === mark_script;
const isRemoval = ([name, script]: readonly string[]): boolean => name === "EVAL" && script === remove_script;

test("a write answers after its mark was acknowledged, and does not wait for the removal", async () => {
  const read = accountRead(ada, account_id);
  await readUntilHit(() => get(read, worker.url));
  const marked_ms = 300;
  const removed_ms = 1_500;
  endpoint.delay = (command) =>
    isMark(command) ? { before_ms: marked_ms } : isRemoval(command) ? { before_ms: removed_ms } : {};
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

test("the mark hides behind the database: a write costs no time of Redis' own", async () => {
  endpoint.delay = (command) =>
    isMark(command) ? { before_ms: 20 } : isRemoval(command) ? { before_ms: 400 } : {};
  const timings: string[] = [];
  for (let index = 0; index < 3; index++) {
    const { headers } = await requestAt(worker.url, "POST", `/v1/accounts/${account_id}/credit`, {
      token: (await admin()).token,
      key: randomUUID(),
      body: { amount: 1 },
    });
    timings.push(headers.get("Server-Timing") ?? "");
  }
  endpoint.delay = () => ({});
  for (const timing of timings) expect(timing).toMatch(/cache;desc=bypass;dur=0\.0$/);
  await requestAt(worker.url, "POST", `/v1/accounts/${account_id}/debit`, {
    token: (await admin()).token,
    key: randomUUID(),
    body: { amount: 3 },
  });
});

test("or after it has failed, and then its writer reads it all the same", { timeout: 30_000 }, async () => {
  const read = accountRead(ada, account_id);
  await readUntilHit(() => get(read, worker.url));
  await endpoint.setFault("hang");
  const began_at = performance.now();
  expect((await transfer()).status).toBe(201);
  expect(performance.now() - began_at).toBeGreaterThanOrEqual(1_000);
  expect(String(await redis("GET", read.key))).toContain('"balance" : 999');
  expect((await get(read, worker.url)).body).toMatchObject({ balance: 998 });
  await endpoint.setFault("none");
  // Through the break and beyond it, what Redis had kept is never shown.
  const give_up_at = Date.now() + 15_000;
  for (let result = ""; result !== "hit" && Date.now() < give_up_at;) {
    const answer = await get(read, worker.url);
    expect(answer.body).toMatchObject({ balance: 998 });
    result = /desc=(\w+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1] ?? "";
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
