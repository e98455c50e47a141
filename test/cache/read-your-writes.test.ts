import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createAccount, createCustomer, requestAt, type ApiAnswer, type TestCustomer } from "../harness.ts";
import type { BankWorker } from "./bank-worker.ts";
import { accountRead, get, readUntilHit, redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { startWorkerAt } from "./worker-of-test.ts";

let endpoint: FaultEndpoint;
let worker: BankWorker;
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

test("a write answers after its deletion was acknowledged", async () => {
  const read = accountRead(ada, account_id);
  await readUntilHit(() => get(read, worker.url));
  endpoint.delay = ([name]) => (name === "DEL" ? { before_ms: 100 } : {});
  const before = endpoint.arrived.get("DEL") ?? 0;
  const began_at = performance.now();
  const { status } = await transfer();
  const held_ms = await redis("EXISTS", read.key);
  endpoint.delay = () => ({});
  expect(status).toBe(201);
  expect(endpoint.arrived.get("DEL")).toBe(before + 1);
  expect(held_ms).toBe(0);
  expect(performance.now() - began_at).toBeGreaterThanOrEqual(100);
  expect((await get(read, worker.url)).body).toMatchObject({ balance: 999 });
});

test("or after it has failed, and then its writer reads it all the same", { timeout: 30_000 }, async () => {
  const read = accountRead(ada, account_id);
  await readUntilHit(() => get(read, worker.url));
  await endpoint.setFault("hang");
  const began_at = performance.now();
  expect((await transfer()).status).toBe(201);
  expect(performance.now() - began_at).toBeGreaterThanOrEqual(150);
  expect(await redis("EXISTS", read.key)).toBe(1);
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
