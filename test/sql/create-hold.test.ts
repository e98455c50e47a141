import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { money_max, sharedBank, type AccountOptions } from "../harness/bank.ts";
import { expireHold } from "./holds.ts";
import { failureFacts, refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

async function createPair(debit: AccountOptions = { balance: 100 }, credit: AccountOptions = {}) {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, debit),
    to: await bank.createAccount(ada, credit),
  };
}

async function read(p_actor: object, p_account_id: string) {
  return (await bank.call("get_account", { p_actor, p_account_id })).body;
}

test("a hold reserves money without moving it", async () => {
  const { ada, from, to } = await createPair();
  const { body, changed } = await bank.createHold(
    ada,
    { from, to, amount: 30 },
    { p_description: "Hotel" },
  );
  expect(body).toMatchObject({
    debit_account_id: from,
    credit_account_id: to,
    amount: 30,
    captured_amount: 0,
    currency: "USD",
    status: "active",
    description: "Hotel",
    metadata: {},
    transfer_id: null,
  });
  expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(604_800_000);
  expect(changed).toContain(`account:${from}`);
  expect(await read(ada, from)).toMatchObject({
    balance: 100,
    held: 30,
    available: 70,
    version: 1,
  });
  expect(await bank.auditEvents(body.id, "hold.create")).toMatchObject([{ outcome: "success" }]);
  expect(await bank.verify()).toEqual([]);
});

test("the same key holds once, also when declined, and refuses another request", async () => {
  const { ada, from, to } = await createPair();
  for (const amount of [60, 200]) {
    const order = { from, to, amount, key: randomUUID() };
    const first = await bank.createHold(ada, order);
    expect(await bank.createHold(ada, order)).toMatchObject({
      replayed: true,
      code: first.code,
      text: first.text,
    });
    expect(await refusal(bank.createHold(ada, { ...order, amount: 1 }))).toEqual({
      code: "idempotency_key_reused",
    });
  }
  expect((await read(ada, from)).held).toBe(60);
});

test("an expired hold frees its money at that instant, for reads and for decisions", async () => {
  const { ada, from, to } = await createPair();
  const { body } = await bank.createHold(ada, { from, to, amount: 100 });
  expect((await bank.transfer(ada, { from, to, amount: 1 })).code).toBe("insufficient_funds");
  await expireHold(bank, body.id);
  expect(await read(ada, from)).toMatchObject({ held: 0, available: 100 });
  expect((await bank.call("get_hold", { p_actor: ada, p_hold_id: body.id })).body.status).toBe(
    "expired",
  );
  expect((await bank.transfer(ada, { from, to, amount: 100 })).code).toBeNull();
  expect(await bank.auditEvents(body.id, "hold.expire")).toEqual([]);
  expect(await bank.verify()).toEqual([]);
});

test("a hold on another customer's account is refused like one on an account that does not exist", async () => {
  const [{ ada, from }, other] = [await createPair(), await createPair()];
  const missing = await failureFacts(
    bank.createHold(ada, { from: randomUUID(), to: from, amount: 1 }),
  );
  expect(
    await failureFacts(bank.createHold(ada, { from: other.from, to: from, amount: 1 })),
  ).toEqual(missing);
  expect(missing).toMatchObject({ detail: '{"code": "not_found"}' });
});

test.each([
  ["0", { p_amount: 0 }],
  ["a negative amount", { p_amount: -1 }],
])("a hold of %s is refused", async (_what, named) => {
  const { ada, from, to } = await createPair({ overdraft_limit: money_max });
  expect(await sqlState(bank.createHold(ada, { from, to, amount: 1 }, named))).toBe("23514");
  expect((await read(ada, from)).held).toBe(0);
});
