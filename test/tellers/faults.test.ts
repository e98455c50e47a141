import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { expectUnavailable } from "../faults/own-bank.ts";
import { startFaultProxy } from "../harness/fault-proxy.ts";
import { bank } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import {
  balanceOf,
  createPayer,
  holdAccount,
  newKeys,
  pay,
  startWorkerWithTellers,
  storedUnder,
  waitingTellers,
} from "./tellers.ts";

const { url, logged } = await startWorkerWithTellers();
const payer = await createPayer();

const payAll = (at: string, to: string, keys: readonly string[]): Promise<ApiAnswer[]> =>
  Promise.all(keys.map((key) => pay(at, { payer, to, key })));

const statusOf = ({ status }: ApiAnswer): number => status;
const isReplayed = ({ headers }: ApiAnswer): boolean =>
  headers.get("Idempotency-Replayed") === "true";

/** Kills the backend of the waiting batch, and returns once the batch no longer waits. */
async function killWaitingTeller(): Promise<void> {
  await expect.poll(waitingTellers, { timeout: 10_000 }).toHaveLength(1);
  const [pid] = await waitingTellers();
  await bank.sql("select pg_terminate_backend($1)", [pid]);
  await expect.poll(waitingTellers, { timeout: 10_000 }).not.toContain(pid);
}

test("when the backend of a batch is killed, the batch is 503, and the same keys get one outcome", async () => {
  const { account_id: to } = await createPayer(0);
  const letGo = await holdAccount(to);
  const keys = newKeys(41);
  const opening = payAll(url, to, keys.slice(0, 1));
  await expect.poll(waitingTellers).toHaveLength(1);
  const others = payAll(url, to, keys.slice(1));
  await killWaitingTeller();
  (await opening).forEach(expectUnavailable);
  // Those who waited meanwhile are the next batch, over a new connection.
  await killWaitingTeller();
  await letGo();
  const answers = await others;
  expect(answers.map(statusOf).filter((status) => status === 503).length).toBeGreaterThan(0);
  for (const answer of answers) if (answer.status !== 201) expectUnavailable(answer);

  const again = await payAll(url, to, keys);
  expect(again.map(statusOf)).toEqual(keys.map(() => 201));
  expect(await storedUnder(keys)).toMatchObject({ posted: keys.length });
  expect(await balanceOf(to)).toBe(keys.length);
  expect(await bank.verify()).toEqual([]);
});

test("a teller opens its connection again when it ends while nobody uses it", async () => {
  const { account_id: to } = await createPayer(0);
  const keys: string[] = [];
  // A transfer that arrives before the teller knows of the end may be refused with Retry-After.
  let is_noticed = false;
  for (let round = 0; round < 10 && !is_noticed; round += 1) {
    const [first = "", second = ""] = newKeys(2);
    keys.push(first, second);
    expect((await payAll(url, to, [first])).map(statusOf)).toEqual([201]);
    const idle = await bank.sql<{ pid: number }>(
      `select pid from pg_stat_activity
        where datname = current_database() and usename like 'bank\\_api%' and state = 'idle'`,
    );
    expect(idle.length).toBeGreaterThan(0);
    await bank.sql("select pg_terminate_backend(pid, 1000) from unnest($1::integer[]) as pid", [
      idle.map(({ pid }) => pid),
    ]);
    const [answer] = await payAll(url, to, [second]);
    is_noticed = answer?.status === 201;
    if (answer !== undefined && !is_noticed) expectUnavailable(answer);
  }
  expect(is_noticed).toBe(true);
  expect((await payAll(url, to, keys)).map(statusOf)).toEqual(keys.map(() => 201));
  expect(await storedUnder(keys)).toMatchObject({ posted: keys.length });
});

test("when the answer of a batch is lost, the batch is 503, and the same keys are replayed", async () => {
  const proxy = await startFaultProxy(Number(new URL(inject("bank_api_url")).port));
  try {
    const worker = await startWorkerWithTellers({ database_port: proxy.port });
    const { account_id: to } = await createPayer(0);
    const keys = newKeys(20);
    proxy.set("lose_answer");
    for (const answer of await payAll(worker.url, to, keys)) expectUnavailable(answer);
    proxy.set("pass");
    expect(await storedUnder(keys)).toMatchObject({ posted: keys.length });
    const again = await payAll(worker.url, to, keys);
    expect(again.map(statusOf)).toEqual(keys.map(() => 201));
    expect(again.every(isReplayed)).toBe(true);
    expect(await balanceOf(to)).toBe(keys.length);
  } finally {
    await proxy.stop();
  }
});

test("while the database is away, a teller answers 503 and posts nothing, and it works again afterwards", async () => {
  const proxy = await startFaultProxy(Number(new URL(inject("bank_api_url")).port));
  try {
    const worker = await startWorkerWithTellers({ database_port: proxy.port });
    const { account_id: to } = await createPayer(0);
    const keys = newKeys(10);
    for (const fault of ["refuse", "garbage"] as const) {
      proxy.set(fault);
      for (const answer of await payAll(worker.url, to, keys)) expectUnavailable(answer);
    }
    proxy.set("pass");
    expect((await payAll(worker.url, to, keys)).map(statusOf)).toEqual(keys.map(() => 201));
    expect(await storedUnder(keys)).toMatchObject({ posted: keys.length });
  } finally {
    await proxy.stop();
  }
});

test("a teller that ends in the middle of a batch loses nothing and doubles nothing", async () => {
  const { account_id: to } = await createPayer(0);
  const keys = newKeys(20);
  const worker = await startWorkerWithTellers();
  const letGo = await holdAccount(to);
  const lost = Promise.allSettled(keys.map((key) => pay(worker.url, { payer, to, key })));
  await expect.poll(waitingTellers).toHaveLength(1);
  await worker.stop();
  await letGo();
  const answered = (await lost).filter(
    (outcome) => outcome.status === "fulfilled" && outcome.value.status === 201,
  );
  expect(answered).toHaveLength(0);
  expect((await payAll(url, to, keys)).map(statusOf)).toEqual(keys.map(() => 201));
  expect(await storedUnder(keys)).toMatchObject({ posted: keys.length });
  expect(await balanceOf(to)).toBe(keys.length);
  expect(await bank.verify()).toEqual([]);
});

test("a transfer that has waited too long for its teller is refused with Retry-After, and nothing was done", async () => {
  const { account_id: to } = await createPayer(0);
  const letGo = await holdAccount(to);
  const key = randomUUID();
  // One key is never twice in a batch, and each batch waits for the lock timeout of 2 s.
  const answers = await payAll(url, to, [key, key, key, key]);
  await letGo();
  answers.forEach(expectUnavailable);
  expect(answers.filter(({ text }) => text.includes("nothing was done"))).toHaveLength(1);
  expect(await storedUnder([key])).toMatchObject({ posted: 0 });
  const [again] = await payAll(url, to, [key]);
  expect(again).toMatchObject({ status: 201 });
});

test("while the audit table is locked, the log has each audit event of a batch once", async () => {
  const { account_id: to } = await createPayer(0);
  const keys = newKeys(20);
  const client = await bank.session("superuser");
  await client.query("begin");
  await client.query("lock table bank.audit_events in access exclusive mode");
  const answers = await payAll(url, to, keys).finally(() => client.query("rollback"));
  expect(answers.map(statusOf)).toEqual(keys.map(() => 201));
  expect((await storedUnder(keys)).transactions).toBeLessThan(keys.length);
  const ids = answers.map(({ body }) => body.id as string);
  const unstored = logged("audit_events_unstored").flatMap(
    ({ audit_events }) => audit_events as { target_id: string }[],
  );
  const own = unstored.map(({ target_id }) => target_id).filter((id) => ids.includes(id));
  expect(own.toSorted()).toEqual(ids.toSorted());
});
