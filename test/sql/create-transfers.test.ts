import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { readHistory, recomputeHistory } from "./entries.ts";
import { codesOf, createThree, createTransfers } from "./operations.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

test("each item is decided in the order given: an earlier one funds a later one, and not the other way", async () => {
  const { ada, a, b, c } = await createThree(bank);
  const items = [
    { from: b, to: c, amount: 50 },
    { from: a, to: b, amount: 100 },
    { from: b, to: c, amount: 50 },
    { from: a, to: c, amount: 1 },
    { from: a, to: a, amount: 1 },
  ];
  const { body, code } = await createTransfers(bank, ada, items);
  expect(code).toBeNull();
  const short = "insufficient_funds";
  expect(codesOf({ body })).toEqual([short, null, null, short, "same_account"]);
  expect(await bank.balances(a, b, c)).toEqual([0, 50, 50]);
  for (const { transfer } of body.outcomes) {
    expect(
      (await bank.call("get_transfer", { p_actor: ada, p_transfer_id: transfer.id })).body,
    ).toEqual(transfer);
    expect(await bank.auditEvents(transfer.id, "transfer.create")).toHaveLength(1);
  }
  for (const id of [a, b, c]) {
    const history = await readHistory(bank, id);
    expect(history).toEqual(recomputeHistory(history));
  }
  expect(await bank.verify()).toEqual([]);
});

describe("atomic", () => {
  test("with one declined transfer moves and stores nothing, and a retry gets the same answer", async () => {
    const { ada, a, b, c } = await createThree(bank);
    const key = randomUUID();
    const items = [
      { from: a, to: b, amount: 60 },
      { from: a, to: c, amount: 60 },
    ];
    const named = { p_idempotency_key: key, p_atomic: true };
    const first = await createTransfers(bank, ada, items, named);
    expect(first.code).toBe("batch_declined");
    expect(first.body.outcomes).toMatchObject([
      { status: "declined", transfer: null },
      { status: "declined", code: "insufficient_funds", transfer: null },
    ]);
    expect(await bank.balances(a, b, c)).toEqual([100, 0, 0]);
    expect(await bank.countTransfers(key)).toBe(0);
    await bank.credit(a, 100);
    expect(await createTransfers(bank, ada, items, named)).toMatchObject({
      replayed: true,
      code: "batch_declined",
      text: first.text,
    });
    expect(await bank.balances(a, b, c)).toEqual([200, 0, 0]);
  });

  test("in which no transfer is declined moves everything", async () => {
    const { ada, a, b, c } = await createThree(bank);
    const items = [
      { from: a, to: b, amount: 100 },
      { from: b, to: c, amount: 100 },
    ];
    expect((await createTransfers(bank, ada, items, { p_atomic: true })).code).toBeNull();
    expect(await bank.balances(a, b, c)).toEqual([0, 0, 100]);
  });
});

test("an account that the caller may not use declines its item with not_found and no transfer, as a missing one does", async () => {
  const [{ ada, a, b }, other] = [await createThree(bank), await createThree(bank)];
  const { body } = await createTransfers(bank, ada, [
    { from: other.a, to: a, amount: 1 },
    { from: randomUUID(), to: a, amount: 1 },
    { from: a, to: randomUUID(), amount: 1 },
    { from: a, to: b, amount: 1 },
  ]);
  const refused = { status: "declined", code: "not_found", transfer: null };
  expect(body.outcomes.slice(0, 3)).toEqual([refused, refused, refused]);
  expect(body.outcomes[3]).toMatchObject({ status: "posted", code: null });
  expect(await bank.balances(other.a, a, b)).toEqual([100, 99, 1]);
});

test("an item with an internal account on either side is not found, also for an admin", async () => {
  const { ada, a, b } = await createThree(bank);
  const settlement = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' and currency = 'USD'",
  );
  const items = [
    { from: settlement, to: a, amount: 5 },
    { from: a, to: settlement, amount: 5 },
    { from: a, to: b, amount: 5 },
  ];
  for (const actor of [ada, await bank.admin()]) {
    const { body } = await createTransfers(bank, actor, items);
    expect(codesOf({ body })).toEqual(["not_found", "not_found", null]);
  }
  expect(await bank.balances(a, b)).toEqual([90, 10]);
  expect(await bank.verify()).toEqual([]);
});

test("each item is later than the one before it, so that lists keep their order", async () => {
  const { ada, a, b } = await createThree(bank);
  const items = Array.from({ length: 10 }, () => ({ from: a, to: b, amount: 1 }));
  const { body } = await createTransfers(bank, ada, items);
  const times = (body.outcomes as { transfer: { created_at: string } }[]).map(
    ({ transfer }) => transfer.created_at,
  );
  expect(times).toEqual([...new Set(times)].sort());
});

test("the same key moves once, and refuses another batch, also the same in another order", async () => {
  const { ada, a, b, c } = await createThree(bank);
  const items = [
    { from: a, to: b, amount: 10 },
    { from: a, to: c, amount: 10 },
  ];
  const p_idempotency_key = randomUUID();
  const first = await createTransfers(bank, ada, items, { p_idempotency_key });
  expect(await createTransfers(bank, ada, items, { p_idempotency_key })).toMatchObject({
    replayed: true,
    text: first.text,
  });
  const reordered = createTransfers(bank, ada, [...items].reverse(), { p_idempotency_key });
  expect(await refusal(reordered)).toEqual({ code: "idempotency_key_reused" });
  expect(await bank.balances(a, b, c)).toEqual([80, 10, 10]);
});

test("500 transfers are one batch", async () => {
  const { ada, a, b } = await createThree(bank);
  const items = Array.from({ length: 500 }, (_, index) =>
    index % 2 === 0 ? { from: a, to: b, amount: 1 } : { from: b, to: a, amount: 1 },
  );
  const { body } = await createTransfers(bank, ada, items, { p_atomic: true });
  expect(body.outcomes).toHaveLength(500);
  expect(await bank.balances(a, b)).toEqual([100, 0]);
  const history = await readHistory(bank, a);
  expect(history).toEqual(recomputeHistory(history));
  expect(history).toHaveLength(501);
  expect(await bank.verify()).toEqual([]);
});

test("opposite batches at once never deadlock", async () => {
  const { ada, a, b, c } = await createThree(bank);
  const there = [
    { from: a, to: b, amount: 1 },
    { from: b, to: c, amount: 1 },
    { from: c, to: a, amount: 1 },
  ];
  const back = [...there].reverse().map(({ from, to, amount }) => ({ from: to, to: from, amount }));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      createTransfers(bank, ada, index % 2 === 0 ? there : back),
    ),
  );
  expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, () => null));
  expect((await bank.balances(a, b, c)).reduce((sum, balance) => sum + balance, 0)).toBe(100);
  expect(await bank.verify()).toEqual([]);
});

test.each([0, -1, "9007199254740992"])(
  "one amount of %s refuses the whole batch, and nothing is written",
  async (amount) => {
    const { ada, a, b } = await createThree(bank);
    const key = randomUUID();
    const items = [
      { from: a, to: b, amount: 1 },
      { from: a, to: b, amount: amount as number },
    ];
    expect(await sqlState(createTransfers(bank, ada, items, { p_idempotency_key: key }))).toBe(
      "23514",
    );
    expect(await bank.balances(a, b)).toEqual([100, 0]);
    expect(await bank.countTransfers(key)).toBe(0);
  },
);
