import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank, type Bank, type CustomerActor } from "../harness/bank.ts";
import { captureHold } from "./holds.ts";
import {
  codesOf,
  createTransfers,
  readAccount,
  reverseTransfer,
  updateAccount,
} from "./operations.ts";
import { refusal } from "./refusals.ts";
import { createScene, rule_breaks } from "./rules.ts";

const bank = sharedBank();

describe("a hold is declined by the first rule that a transfer would break", () => {
  test.each([...rule_breaks])("%s", async (_name, code, setup) => {
    const { debtor, from, to, amount, currency } = await createScene(bank, setup);
    const before = await readAccount(bank, from);
    const key = randomUUID();
    const answer = await bank.createHold(
      debtor,
      { from, to, amount, key },
      { p_currency: currency },
    );
    expect({ code: answer.code, body: answer.body }).toEqual({ code, body: {} });
    expect(await readAccount(bank, from)).toEqual(before);
    expect(
      await bank.value("select count(*)::int from bank.holds where debit_account_id = $1", [from]),
    ).toBe(before.held > 0 ? 1 : 0);
    expect(await bank.countTransfers(key)).toBe(0);
    const events = await bank.sql(
      "select outcome, code, target_id from bank.audit_events where action = 'hold.create' " +
        "and detail ->> 'debit_account_id' = $1 and code is not null",
      [from],
    );
    expect(events).toEqual([{ outcome: "failure", code, target_id: null }]);
  });
});

interface Held {
  readonly bank: Bank;
  readonly ada: CustomerActor;
  readonly from: string;
  readonly to: string;
  /** The credit that brought the 100. */
  readonly funding_id: string;
}

/** 100 on an account, 60 of it held. */
async function createHeld(): Promise<Held> {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada), await bank.createAccount(ada)];
  const { body: funding } = await bank.credit(from, 100);
  await bank.createHold(ada, { from, to, amount: 60 });
  return { bank, ada, from, to, funding_id: funding.id };
}

const takers: readonly (readonly [
  name: string,
  take: (held: Held, amount: number) => Promise<string | null>,
])[] = [
  [
    "a transfer",
    async ({ ada, from, to }, amount) => (await bank.transfer(ada, { from, to, amount })).code,
  ],
  ["a debit", async ({ from }, amount) => (await bank.debit(from, amount)).code],
  [
    "another hold",
    async ({ ada, from, to }, amount) => (await bank.createHold(ada, { from, to, amount })).code,
  ],
  [
    "an item of a batch",
    async ({ ada, from, to }, amount) =>
      codesOf(await createTransfers(bank, ada, [{ from, to, amount }]))[0] ?? null,
  ],
  [
    "the items of a batch together",
    async ({ ada, from, to }, amount) =>
      codesOf(
        await createTransfers(bank, ada, [
          { from, to, amount: amount - 1 },
          { from, to, amount: 1 },
        ]),
      )[1] ?? null,
  ],
  [
    "the reversal of a credit",
    async ({ funding_id }, amount) =>
      (await reverseTransfer(bank, funding_id, { p_amount: amount })).code,
  ],
];

describe("money that is held cannot be spent by", () => {
  test.each([...takers])("%s", async (_name, take) => {
    const [too_much, enough] = [await createHeld(), await createHeld()];
    expect(await take(too_much, 41)).toBe("insufficient_funds");
    expect(await take(enough, 40)).toBeNull();
    expect(await readAccount(bank, enough.from)).toMatchObject({ available: 0 });
  });

  test("closing the account, although its balance is 0", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { overdraft_limit: 10 }),
      await bank.createAccount(ada),
    ];
    await bank.createHold(ada, { from, to, amount: 10 });
    expect((await updateAccount(bank, from, { p_status: "closed" })).code).toBe(
      "account_not_empty",
    );
    expect((await readAccount(bank, from)).status).toBe("active");
  });
});

test("many holds together never exceed what is available", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 20, overdraft_limit: 10 }),
    await bank.createAccount(ada),
  ];
  const codes = [];
  for (let count = 0; count < 7; count += 1)
    codes.push((await bank.createHold(ada, { from, to, amount: 5 })).code);
  expect(codes).toEqual([null, null, null, null, null, null, "insufficient_funds"]);
  expect(await readAccount(bank, from)).toMatchObject({
    balance: 20,
    held: 30,
    available: 0,
    version: 1,
  });
  expect(await bank.verify()).toEqual([]);
});

test("money that is held for an account cannot be spent from it yet", async () => {
  const { ada, to } = await createHeld();
  expect(await readAccount(bank, to)).toMatchObject({ balance: 0, held: 0, available: 0 });
  expect(
    (await bank.transfer(ada, { from: to, to: await bank.createAccount(ada), amount: 1 })).code,
  ).toBe("insufficient_funds");
});

test("an admin holds and captures for a customer, under keys of its own", async () => {
  const { ada, from, to } = await createHeld();
  const [admin, key] = [await bank.admin(), randomUUID()];
  await bank.transfer(ada, { from, to, amount: 1, key });
  const { body } = await bank.createHold(admin, { from, to, amount: 39, key });
  expect(body).toMatchObject({ status: "active", amount: 39, created_by: admin.user_id });
  expect((await captureHold(bank, admin, body.id)).code).toBeNull();
  expect(await bank.balances(from, to)).toEqual([60, 40]);
});

test("a hold on or for an internal account is not found", async () => {
  const { from } = await createHeld();
  const admin = await bank.admin();
  const internal = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  for (const order of [
    { from: internal, to: from, amount: 1 },
    { from, to: internal, amount: 1 },
  ])
    expect(await refusal(bank.createHold(admin, order))).toEqual({ code: "not_found" });
});
