import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { money_max, sharedBank } from "../harness/bank.ts";
import { captureHold, expireHold, releaseHold } from "./holds.ts";
import { readAccount, setCustomerStatus, updateAccount } from "./operations.ts";
import { refusal } from "./refusals.ts";
import { pairsOf } from "./rules.ts";

const bank = sharedBank();

interface Setup {
  readonly is_released?: boolean;
  readonly is_expired?: boolean;
  readonly is_captured?: boolean;
  readonly amount?: number;
  readonly is_credit_closed?: boolean;
  readonly is_debit_frozen?: boolean;
  readonly is_debit_customer_frozen?: boolean;
  readonly credit_overdraft_limit?: number;
}

/** Each rule of a capture in its order of precedence, with what breaks it and no other. */
const rules: readonly (readonly [code: string, broken_by: Setup])[] = [
  ["hold_not_active", { is_released: true }],
  ["capture_exceeds_hold", { amount: 61 }],
  ["account_closed", { is_credit_closed: true }],
  ["account_frozen", { is_debit_frozen: true }],
  ["customer_frozen", { is_debit_customer_frozen: true }],
  ["balance_out_of_range", { credit_overdraft_limit: money_max }],
];

const ended: readonly (readonly [name: string, code: string, setup: Setup])[] = [
  ["an expired hold", "hold_not_active", { is_expired: true }],
  ["a captured hold", "hold_not_active", { is_captured: true }],
  [
    "an expired hold before an amount beyond it",
    "hold_not_active",
    { is_expired: true, amount: 61 },
  ],
  [
    "a captured hold before a frozen account",
    "hold_not_active",
    { is_captured: true, is_debit_frozen: true },
  ],
];

const cases = [
  ...rules.map(([code, setup]) => [code, code, setup] as const),
  ...pairsOf(rules).map(
    ([code, later_code, one, other]) =>
      [`${code} before ${later_code}`, code, { ...one, ...other }] as const,
  ),
  ...ended,
];

/** 100 on one customer's account, 60 of it held for another's, and then what the setup says. */
async function createHeld(setup: Setup) {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(bob),
  ];
  const { body } = await bank.createHold(ada, { from, to, amount: 60 });
  const id = body.id as string;
  if (setup.is_released === true) await releaseHold(bank, ada, id);
  if (setup.is_captured === true) await captureHold(bank, ada, id);
  if (setup.credit_overdraft_limit !== undefined)
    await updateAccount(bank, to, { p_overdraft_limit: setup.credit_overdraft_limit });
  if (setup.is_credit_closed === true) await updateAccount(bank, to, { p_status: "closed" });
  if (setup.is_debit_frozen === true) await updateAccount(bank, from, { p_status: "frozen" });
  if (setup.is_debit_customer_frozen === true)
    await setCustomerStatus(bank, ada.customer_id, "frozen");
  if (setup.is_expired === true) await expireHold(bank, id);
  return { ada, bob, from, to, id };
}

const readHold = async (p_hold_id: string) =>
  (await bank.call("get_hold", { p_actor: await bank.admin(), p_hold_id })).body;

describe("a capture is declined by the first rule that it breaks, and the hold is kept", () => {
  test.each(cases)("%s", async (_name, code, setup) => {
    const { ada, from, to, id } = await createHeld(setup);
    const before = [await readAccount(bank, from), await readAccount(bank, to), await readHold(id)];
    const key = randomUUID();
    const answer = await captureHold(bank, ada, id, {
      key,
      ...(setup.amount && { amount: setup.amount }),
    });
    expect(answer.code).toBe(code);
    const after = [await readAccount(bank, from), await readAccount(bank, to), await readHold(id)];
    expect(after).toEqual(before);
    const stored = await bank.sql(
      `select id, kind, status, code, hold_id, amount::int,
              (select count(*)::int from bank.entries
                where transfer_id = transfer.id) as entries
         from bank.transfers as transfer where idempotency_key = $1`,
      [key],
    );
    const amount = setup.amount ?? 60;
    const declined = { kind: "capture", status: "declined", code, hold_id: id, amount, entries: 0 };
    expect(stored).toEqual([{ id: answer.body.transfer_id, ...declined }]);
    expect(await bank.auditEvents(id, "hold.capture")).toContainEqual(
      expect.objectContaining({ outcome: "failure", code }),
    );
  });
});

test("declined for a freeze, the hold is captured after it, by a new key only", async () => {
  const { ada, from, to, id } = await createHeld({ is_debit_customer_frozen: true });
  const key = randomUUID();
  const first = await captureHold(bank, ada, id, { key });
  await setCustomerStatus(bank, ada.customer_id, "active");
  expect(await captureHold(bank, ada, id, { key })).toMatchObject({
    code: "customer_frozen",
    replayed: true,
    text: first.text,
  });
  expect((await captureHold(bank, ada, id)).code).toBeNull();
  expect(await bank.balances(from, to)).toEqual([40, 60]);
});

test("in part, the rest can be spent at once and the hold cannot be captured again", async () => {
  const { ada, from, to, id } = await createHeld({});
  expect((await captureHold(bank, ada, id, { amount: 20 })).code).toBeNull();
  expect(await readHold(id)).toMatchObject({ status: "captured", amount: 60, captured_amount: 20 });
  expect((await captureHold(bank, ada, id, { amount: 1 })).code).toBe("hold_not_active");
  expect((await bank.transfer(ada, { from, to, amount: 80 })).code).toBeNull();
  expect(await bank.balances(from, to)).toEqual([0, 100]);
  expect(await bank.verify()).toEqual([]);
});

test.each([
  ["in full", 60, -60],
  ["in part", 25, -25],
])("a limit lowered after the hold does not stop its capture %s", async (_how, amount, balance) => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { overdraft_limit: 60 }),
    await bank.createAccount(ada),
  ];
  const { body } = await bank.createHold(ada, { from, to, amount: 60 });
  await updateAccount(bank, from, { p_overdraft_limit: 0 });
  expect((await bank.transfer(ada, { from, to, amount: 1 })).code).toBe("insufficient_funds");
  expect((await captureHold(bank, ada, body.id, { amount })).code).toBeNull();
  expect(await bank.balances(from, to)).toEqual([balance, amount]);
  expect((await bank.transfer(ada, { from, to, amount: 1 })).code).toBe("insufficient_funds");
  expect(await bank.verify()).toEqual([]);
});

test("a hold of all that an account may ever owe is captured, because it counts once", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { overdraft_limit: money_max }),
    await bank.createAccount(ada),
  ];
  const { body } = await bank.createHold(ada, { from, to, amount: money_max });
  expect((await captureHold(bank, ada, body.id)).code).toBeNull();
  expect(await bank.balances(from, to)).toEqual([-money_max, money_max]);
  expect(await bank.verify()).toEqual([]);
});

test("a capture takes its own hold only: those beside it stay", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const { body: one } = await bank.createHold(ada, { from, to, amount: 60 });
  const { body: other } = await bank.createHold(ada, { from, to, amount: 40 });
  expect((await captureHold(bank, ada, one.id, { amount: 50 })).code).toBeNull();
  expect(await readAccount(bank, from)).toMatchObject({ balance: 50, held: 40, available: 10 });
  expect((await captureHold(bank, ada, other.id)).code).toBeNull();
  expect(await readAccount(bank, from)).toMatchObject({ balance: 10, held: 0, available: 10 });
  expect(await bank.verify()).toEqual([]);
});

test("whom the money is held for cannot take it, nor see the hold", async () => {
  const { bob, from, to, id } = await createHeld({});
  for (const call of [
    () => captureHold(bank, bob, id),
    () => releaseHold(bank, bob, id),
    () => bank.call("get_hold", { p_actor: bob, p_hold_id: id }),
  ])
    expect(await refusal(call())).toEqual({ code: "not_found" });
  expect(await bank.balances(from, to)).toEqual([100, 0]);
  expect((await readHold(id)).status).toBe("active");
});

test("the transfer of a capture carries what was said of the hold, and its entries the kind", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 9 }), await bank.createAccount(ada)];
  const said = { p_description: "Room 12", p_metadata: { night: 3 } };
  const { body: hold } = await bank.createHold(ada, { from, to, amount: 9 }, said);
  const { body } = await captureHold(bank, ada, hold.id);
  expect(body).toMatchObject({ description: "Room 12", metadata: { night: 3 }, currency: "USD" });
  const { body: entries } = await bank.call("list_entries", { p_actor: ada, p_account_id: to });
  expect(entries).toMatchObject([
    { kind: "capture", amount: 9, transfer_id: body.id, description: "Room 12" },
  ]);
});
