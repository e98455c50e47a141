import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

/** 100 moved from one customer to another, who keeps it. */
async function createMoved() {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(bob),
  ];
  const { body } = await bank.transfer(ada, { from, to, amount: 100 });
  return { ada, from, to, id: body.id as string };
}

async function reverse(p_transfer_id: string, named: Record<string, unknown> = {}) {
  const p_actor = await bank.admin();
  return bank.call("reverse_transfer", {
    p_actor,
    p_idempotency_key: randomUUID(),
    p_transfer_id,
    ...named,
  });
}

test("a full reversal sends the money back, and the original names its reversal", async () => {
  const { from, to, id } = await createMoved();
  const { body } = await reverse(id, { p_description: "Mistake" });
  expect(body).toMatchObject({
    kind: "reversal",
    status: "posted",
    debit_account_id: to,
    credit_account_id: from,
    amount: 100,
    description: "Mistake",
    reverses_transfer_id: id,
  });
  expect(await bank.balances(from, to)).toEqual([100, 0]);
  expect(await bank.auditEvents(id, "transfer.reverse")).toMatchObject([{ outcome: "success" }]);
  expect(await bank.verify()).toEqual([]);
});

test("partial reversals never exceed the original, and a reversal without an amount takes the rest", async () => {
  const { from, to, id } = await createMoved();
  expect((await reverse(id, { p_amount: 60 })).code).toBeNull();
  expect((await reverse(id, { p_amount: 41 })).code).toBe("reversal_exceeds_transfer");
  expect((await reverse(id)).body.amount).toBe(40);
  expect((await reverse(id)).code).toBe("reversal_exceeds_transfer");
  expect((await reverse(id, { p_amount: 1 })).code).toBe("reversal_exceeds_transfer");
  expect(await bank.balances(from, to)).toEqual([100, 0]);
  expect(await bank.verify()).toEqual([]);
});

test("a credit and a debit can be reversed", async () => {
  const account_id = await bank.createAccount(await bank.createCustomer());
  const credit = await bank.credit(account_id, 70);
  const debit = await bank.debit(account_id, 20);
  expect((await reverse(debit.body.id)).code).toBeNull();
  expect((await reverse(credit.body.id)).code).toBeNull();
  expect(await bank.balances(account_id)).toEqual([0]);
  expect(await bank.verify()).toEqual([]);
});

describe("a reversal is declined, and nothing moves,", () => {
  test("when the money is spent, unless it is forced", async () => {
    const { from, to, id } = await createMoved();
    await bank.debit(to, 30);
    expect((await reverse(id)).code).toBe("insufficient_funds");
    expect(await bank.balances(from, to)).toEqual([0, 70]);
    expect((await reverse(id, { p_force: true })).code).toBeNull();
    expect(await bank.balances(from, to)).toEqual([100, -30]);
    expect(await bank.verify()).toEqual([]);
  });

  test("when it was declined, or is a reversal itself", async () => {
    const { ada, from, to, id } = await createMoved();
    const declined = await bank.transfer(ada, { from, to, amount: 1 });
    const reversal = await reverse(id, { p_amount: 1 });
    for (const other of [declined.body.transfer_id, reversal.body.id])
      expect((await reverse(other)).code).toBe("transfer_not_reversible");
    expect(await bank.balances(from, to)).toEqual([1, 99]);
  });

  test("when an account is closed, forced or not", async () => {
    const { from, id } = await createMoved();
    await bank.call("update_account", {
      p_actor: await bank.admin(),
      p_account_id: from,
      p_status: "closed",
    });
    for (const p_force of [false, true])
      expect((await reverse(id, { p_force })).code).toBe("account_closed");
  });
});

test("the same key reverses once, and refuses another request", async () => {
  const { from, to, id } = await createMoved();
  const p_idempotency_key = randomUUID();
  const first = await reverse(id, { p_idempotency_key, p_amount: 10 });
  expect(await reverse(id, { p_idempotency_key, p_amount: 10 })).toMatchObject({
    replayed: true,
    text: first.text,
  });
  const other = reverse(id, { p_idempotency_key, p_amount: 11 });
  expect(await refusal(other)).toEqual({ code: "idempotency_key_reused" });
  expect(await bank.balances(from, to)).toEqual([10, 90]);
});

test("twenty reversals at once never take back more than was moved", async () => {
  const { from, to, id } = await createMoved();
  await bank.credit(to, 1000);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => reverse(id, { p_amount: 30 })),
  );
  expect(answers.filter(({ code }) => code === null)).toHaveLength(3);
  expect(answers.filter(({ code }) => code === "reversal_exceeds_transfer")).toHaveLength(17);
  expect(await bank.balances(from, to)).toEqual([90, 1010]);
  expect(await bank.verify()).toEqual([]);
});

test("customers may not reverse a transfer, and an unknown transfer is not found", async () => {
  const { ada, id } = await createMoved();
  expect(await refusal(reverse(id, { p_actor: ada }))).toEqual({ code: "forbidden" });
  expect(await refusal(reverse(randomUUID()))).toEqual({ code: "not_found" });
  for (const p_amount of [0, -1]) expect(await sqlState(reverse(id, { p_amount }))).toBe("23514");
});
