import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { bank, createCustomer } from "../harness/api.ts";
import {
  balanceOf,
  createPayer,
  createPayers,
  holdAccount,
  newKeys,
  pay,
  startWorkerWithTellers,
  storedUnder,
  waitingTellers,
} from "./tellers.ts";

const { url } = await startWorkerWithTellers();
const hot = await createPayer(0);

test("64 transfers to one account at once are each posted once, in fewer transactions", async () => {
  const before = await balanceOf(hot.account_id);
  const payers = await createPayers(8);
  const keys = newKeys(64);
  const payments = keys.map((key, index) => ({
    payer: payers[index % 8] ?? hot,
    to: hot.account_id,
    amount: 7,
    key,
  }));
  const answers = await Promise.all(payments.map((payment) => pay(url, payment)));
  expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 201));
  // Each caller is answered with its own transfer.
  expect(answers.map(({ body }) => [body.idempotency_key, body.debit_account_id])).toEqual(
    payments.map(({ key, payer }) => [key, payer.account_id]),
  );
  expect(answers.every(({ headers }) => headers.get("Idempotency-Replayed") === null)).toBe(true);
  const stored = await storedUnder(keys);
  expect(stored).toMatchObject({ posted: 64, declined: 0 });
  expect(stored.transactions).toBeLessThan(32);
  expect(await balanceOf(hot.account_id)).toBe(before + 64 * 7);
  expect(await Promise.all(payers.map(({ account_id }) => balanceOf(account_id)))).toEqual(
    payers.map(() => 1_000_000 - 8 * 7),
  );
  expect(await bank.verify()).toEqual([]);
});

test("each response has the position of its write, alone, gathered and replayed", async () => {
  const payers = await createPayers(4);
  const keys = newKeys(16);
  const payAll = (some: readonly string[]) =>
    Promise.all(
      some.map((key, index) =>
        pay(url, { payer: payers[index % 4] ?? hot, to: hot.account_id, key }),
      ),
    );
  for (const answers of [
    await payAll(keys.slice(0, 1)),
    await payAll(keys),
    await payAll(keys.slice(0, 1)),
  ]) {
    const ids = answers.map(({ body }) => body.id);
    const rows = await bank.sql<{ id: string; written_by: string }>(
      "select id, xmin::text as written_by from bank.transfers where id = any($1)",
      [ids],
    );
    const written_by = new Map(rows.map((row) => [row.id, BigInt(row.written_by)]));
    for (const { body, headers } of answers) {
      const position = BigInt(`0x${headers.get("Bank-Position") ?? ""}`);
      expect(position).toBeGreaterThan(written_by.get(body.id) ?? 0n);
    }
  }
});

test("without the binding of the tellers each transfer is a transaction of its own", async () => {
  const payer = await createPayer();
  const keys = newKeys(16);
  await Promise.all(
    keys.map((key) => pay(inject("worker_url"), { payer, to: hot.account_id, key })),
  );
  expect(await storedUnder(keys)).toEqual({ posted: 16, declined: 0, transactions: 16 });
});

test("concurrent transfers with one key make one transfer, and all get its outcome", async () => {
  const payer = await createPayer(1_000);
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => pay(url, { payer, to: hot.account_id, amount: 10, key })),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  const first = answers.filter(({ headers }) => headers.get("Idempotency-Replayed") === null);
  expect(first).toHaveLength(1);
  expect(await storedUnder([key])).toMatchObject({ posted: 1 });
  expect(await balanceOf(payer.account_id)).toBe(990);
});

test("a key with another request is refused, also while the first one is under way", async () => {
  const payer = await createPayer(1_000);
  const key = randomUUID();
  const answers = await Promise.all(
    [1, 2, 3, 4].map((amount) => pay(url, { payer, to: hot.account_id, amount, key })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(refused.map(({ body }) => body.code)).toEqual(refused.map(() => "idempotency_key_reused"));
  expect(await storedUnder([key])).toMatchObject({ posted: 1, declined: 0 });
});

test("the same key of two customers makes two transfers", async () => {
  const [one, other] = [await createPayer(), await createPayer()];
  const key = randomUUID();
  const answers = await Promise.all(
    [one, other].map((payer) => pay(url, { payer, to: hot.account_id, key })),
  );
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(await storedUnder([key])).toMatchObject({ posted: 2 });
});

/**
 * Everything at once, behind a batch that waits for the hot account. Says whether good and bad
 * shared a batch.
 */
async function payTogether(): Promise<boolean> {
  const [payer, poor, stranger] = [await createPayer(), await createPayer(5), await createPayer()];
  const to = hot.account_id;
  const ghost = { ...payer, account_id: randomUUID() };
  const thief = { ...stranger, account_id: payer.account_id };
  const good_keys = newKeys(30);
  const [poor_key, ghost_key, thief_key] = [randomUUID(), randomUUID(), randomUUID()];
  const letGo = await holdAccount(to);
  const opening = pay(url, { payer, to });
  await expect.poll(waitingTellers).toHaveLength(1);
  const good = Promise.all(good_keys.map((key) => pay(url, { payer, to, key })));
  const bad = Promise.all([
    pay(url, { payer: poor, to, amount: 6, key: poor_key }),
    pay(url, { payer: ghost, to, key: ghost_key }),
    pay(url, { payer: thief, to, key: thief_key }),
    pay(url, { payer, to: payer.account_id }),
  ]);
  await letGo();
  expect((await opening).status).toBe(201);
  expect((await good).map(({ status }) => status)).toEqual(good_keys.map(() => 201));
  const [declined, unknown, foreign, same] = await bad;
  expect(declined).toMatchObject({ status: 422, body: { code: "insufficient_funds" } });
  expect(same).toMatchObject({ status: 422, body: { code: "same_account" } });
  expect(unknown).toMatchObject({ status: 404, body: { code: "not_found" } });
  // What is not the caller's reads exactly like what does not exist.
  expect({ ...foreign.body, request_id: null }).toEqual({ ...unknown.body, request_id: null });
  expect(await storedUnder([ghost_key, thief_key])).toMatchObject({ posted: 0, declined: 0 });
  expect(await balanceOf(poor.account_id)).toBe(5);
  const apart = await storedUnder(good_keys);
  const together = await storedUnder([...good_keys, poor_key]);
  expect(together).toMatchObject({ posted: 30, declined: 1 });
  return together.transactions === apart.transactions;
}

test("an item that is declined, foreign or unknown does not affect the others in its batch", async () => {
  let has_shared = false;
  for (let round = 0; round < 5 && !has_shared; round += 1) has_shared = await payTogether();
  expect(has_shared).toBe(true);
  expect(await bank.verify()).toEqual([]);
});

test("a replay through a teller is the same response and says so, for a posted and for a declined transfer", async () => {
  const payer = await createPayer(10);
  for (const [amount, status] of [
    [10, 201],
    [1, 422],
  ] as const) {
    const payment = { payer, to: hot.account_id, amount, key: randomUUID() };
    const first = await pay(url, payment);
    const again = await pay(url, payment);
    expect([first.status, again.status]).toEqual([status, status]);
    expect(first.headers.get("Idempotency-Replayed")).toBeNull();
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect({ ...again.body, request_id: null }).toEqual({ ...first.body, request_id: null });
  }
});

test("the key of a transfer made without tellers is replayed with them, and the other way round", async () => {
  const payer = await createPayer();
  const more = {
    description: "Ünïcode 💶",
    metadata: { b: 0.1, a: "x", c: null, d: 9_007_199_254_740_991 },
  };
  for (const [first_url, second_url] of [
    [url, inject("worker_url")],
    [inject("worker_url"), url],
  ] as const) {
    const payment = { payer, to: hot.account_id, key: randomUUID(), more };
    const first = await pay(first_url, payment);
    const again = await pay(second_url, payment);
    expect(first.status).toBe(201);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(again.text).toBe(first.text);
    expect(first.body).toMatchObject(more);
  }
});

test("the largest amount passes through a teller unchanged", async () => {
  const amount = Number.MAX_SAFE_INTEGER;
  const payer = await createPayer(amount);
  const to = await bank.createAccount(await createCustomer());
  const answer = await pay(url, { payer, to, amount });
  expect(answer.status).toBe(201);
  expect(answer.text).toContain(`"amount":9007199254740991`);
  expect(await balanceOf(to)).toBe(amount);
});

test("a disabled user is refused by a teller too", async () => {
  const payer = await createPayer();
  await bank.sql("update bank.users set disabled_at = now() where id = $1", [payer.user_id]);
  const key = randomUUID();
  expect(await pay(url, { payer, to: hot.account_id, key })).toMatchObject({ status: 401 });
  expect(await storedUnder([key])).toMatchObject({ posted: 0, declined: 0 });
});
