import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { money_max, sharedBank } from "../harness/bank.ts";
import { captureHold } from "./holds.ts";
import {
  createTransfers,
  readAccount,
  reverseTransfer,
  setCustomerStatus,
  updateAccount,
} from "./operations.ts";
import { refusal } from "./refusals.ts";
import { pairsOf } from "./rules.ts";

const bank = sharedBank();

interface Setup {
  readonly target?: "a reversal" | "a declined transfer";
  readonly amount?: number;
  readonly is_receiver_closed?: boolean;
  readonly is_payer_frozen?: boolean;
  readonly is_payer_customer_frozen?: boolean;
  readonly is_spent?: boolean;
  readonly receiver_overdraft_limit?: number;
}

/** Each rule of a reversal in its order of precedence. Its payer is whom the original credited. */
const rules: readonly (readonly [code: string, broken_by: Setup])[] = [
  ["transfer_not_reversible", { target: "a declined transfer" }],
  ["reversal_exceeds_transfer", { amount: 101 }],
  ["account_closed", { is_receiver_closed: true }],
  ["account_frozen", { is_payer_frozen: true }],
  ["customer_frozen", { is_payer_customer_frozen: true }],
  ["insufficient_funds", { is_spent: true }],
  ["balance_out_of_range", { receiver_overdraft_limit: money_max }],
];

const cases = [
  ...rules.map(([code, setup]) => [code, code, setup] as const),
  ...pairsOf(rules).map(
    ([code, later_code, one, other]) =>
      [`${code} before ${later_code}`, code, { ...one, ...other }] as const,
  ),
  ["a reversal of a reversal", "transfer_not_reversible", { target: "a reversal" }] as const,
];

/** 100 moved from one customer to another; then what the setup says. */
async function createMoved(setup: Setup = {}) {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(bob),
  ];
  const { body: original } = await bank.transfer(ada, { from, to, amount: 100 });
  let id = original.id as string;
  if (setup.target === "a declined transfer")
    id = (await bank.transfer(ada, { from, to, amount: 100 })).body.transfer_id;
  if (setup.target === "a reversal") {
    id = (await reverseTransfer(bank, id)).body.id;
    await bank.transfer(ada, { from, to, amount: 100 });
  }
  if (setup.is_spent === true) await bank.debit(to, 100);
  if (setup.receiver_overdraft_limit !== undefined)
    await updateAccount(bank, from, { p_overdraft_limit: setup.receiver_overdraft_limit });
  if (setup.is_receiver_closed === true) await updateAccount(bank, from, { p_status: "closed" });
  if (setup.is_payer_frozen === true) await updateAccount(bank, to, { p_status: "frozen" });
  if (setup.is_payer_customer_frozen === true)
    await setCustomerStatus(bank, bob.customer_id, "frozen");
  return { ada, bob, from, to, id };
}

const reversedBy = async (p_transfer_id: string): Promise<string[]> =>
  (await bank.call("get_transfer", { p_actor: await bank.admin(), p_transfer_id })).body
    .reversed_by_transfer_ids;

describe("a reversal is declined by the first rule that it breaks, and is stored", () => {
  test.each(cases)("%s", async (_name, code, setup) => {
    const { from, to, id } = await createMoved(setup);
    const [before, key] = [
      [await readAccount(bank, from), await readAccount(bank, to)],
      randomUUID(),
    ];
    const answer = await reverseTransfer(bank, id, {
      p_idempotency_key: key,
      p_amount: setup.amount,
    });
    expect(answer.code).toBe(code);
    expect([await readAccount(bank, from), await readAccount(bank, to)]).toEqual(before);
    const stored = await bank.sql(
      "select id, kind, status, code, reverses_transfer_id from bank.transfers " +
        "where idempotency_key = $1",
      [key],
    );
    const declined = { kind: "reversal", status: "declined", code, reverses_transfer_id: id };
    expect(stored).toEqual([{ id: answer.body.transfer_id, ...declined }]);
    expect(await bank.auditEvents(id, "transfer.reverse")).toMatchObject(
      setup.target === "a reversal"
        ? [{ code }]
        : [{ outcome: "failure", code, detail: { force: false } }],
    );
    expect(await reversedBy(id)).toEqual([]);
  });
});

describe("force lets the debited account below its limit, and nothing else", () => {
  const others = rules.filter(([code]) => code !== "insufficient_funds");

  test.each([...others])("%s", async (code, setup) => {
    const { from, to, id } = await createMoved(setup);
    const before = await bank.balances(from, to);
    expect((await reverseTransfer(bank, id, { p_force: true, p_amount: setup.amount })).code).toBe(
      code,
    );
    expect(await bank.balances(from, to)).toEqual(before);
  });

  test("as low as it takes, which the verification permits, and no lower", async () => {
    const { bob, from, to, id } = await createMoved({ is_spent: true });
    expect((await reverseTransfer(bank, id, { p_amount: 1 })).code).toBe("insufficient_funds");
    const forced = await reverseTransfer(bank, id, { p_amount: 60, p_force: true });
    expect(forced.code).toBeNull();
    expect(await readAccount(bank, to)).toMatchObject({
      balance: -60,
      available: -60,
      overdraft_limit: 0,
    });
    expect(await bank.verify()).toEqual([]);
    expect((await bank.transfer(bob, { from: to, to: from, amount: 1 })).code).toBe(
      "insufficient_funds",
    );
    expect((await reverseTransfer(bank, id, { p_amount: 1 })).code).toBe("insufficient_funds");
    expect((await reverseTransfer(bank, id, { p_force: true })).body.amount).toBe(40);
    expect(await bank.balances(from, to)).toEqual([100, -100]);
    await bank.credit(to, 150);
    expect((await bank.transfer(bob, { from: to, to: from, amount: 51 })).code).toBe(
      "insufficient_funds",
    );
    expect((await bank.transfer(bob, { from: to, to: from, amount: 50 })).code).toBeNull();
    expect(await bank.verify()).toEqual([]);
    const events = await bank.auditEvents(id, "transfer.reverse");
    expect(events.map(({ code, detail }) => [code, detail.force])).toEqual([
      ["insufficient_funds", false],
      [null, true],
      ["insufficient_funds", false],
      [null, true],
    ]);
  });

  test("past money that is held: the hold stays, and can be captured", async () => {
    const { bob, from, to, id } = await createMoved();
    const { body: hold } = await bank.createHold(bob, { from: to, to: from, amount: 70 });
    expect((await reverseTransfer(bank, id, { p_amount: 31 })).code).toBe("insufficient_funds");
    expect((await reverseTransfer(bank, id, { p_force: true })).code).toBeNull();
    expect(await readAccount(bank, to)).toMatchObject({ balance: 0, held: 70, available: -70 });
    expect(await bank.verify()).toEqual([]);
    expect((await captureHold(bank, bob, hold.id)).code).toBeNull();
    expect(await bank.balances(from, to)).toEqual([170, -70]);
    expect(await bank.verify()).toEqual([]);
  });
});

describe("what was declined does not count, what was posted does", () => {
  test("to the last unit", async () => {
    const { from, to, id } = await createMoved();
    const codes = [];
    for (const p_amount of [101, 99, 2, 1, 1, undefined])
      codes.push((await reverseTransfer(bank, id, { p_amount })).code);
    const exceeds = "reversal_exceeds_transfer";
    expect(codes).toEqual([exceeds, null, exceeds, null, exceeds, exceeds]);
    expect(await bank.balances(from, to)).toEqual([100, 0]);
    expect(await reversedBy(id)).toHaveLength(2);
    expect(await bank.verify()).toEqual([]);
  });

  test("a reversal beside a transfer of the same way is no mistake: the second is money of its own", async () => {
    const { bob, from, to, id } = await createMoved();
    await bank.transfer(bob, { from: to, to: from, amount: 40 });
    expect((await reverseTransfer(bank, id, { p_amount: 61 })).code).toBe("insufficient_funds");
    expect((await reverseTransfer(bank, id, { p_amount: 60 })).code).toBeNull();
    expect(await bank.balances(from, to)).toEqual([100, 0]);
  });
});

describe("what can be reversed:", () => {
  /** Each makes a transfer of 30 from or to the account, which holds 100 before. */
  const originals: readonly (readonly [
    name: string,
    after: number,
    make: (account_id: string) => Promise<string>,
  ])[] = [
    ["a credit", 130, async (account_id) => (await bank.credit(account_id, 30)).body.id],
    ["a debit", 70, async (account_id) => (await bank.debit(account_id, 30)).body.id],
    [
      "the capture of a hold, in part",
      70,
      async (account_id) => {
        const [admin, to] = [
          await bank.admin(),
          await bank.createAccount(await bank.createCustomer()),
        ];
        const { body } = await bank.createHold(admin, { from: account_id, to, amount: 90 });
        return (await captureHold(bank, admin, body.id, { amount: 30 })).body.id;
      },
    ],
    [
      "a transfer of a batch",
      70,
      async (account_id) => {
        const to = await bank.createAccount(await bank.createCustomer());
        const order = { from: account_id, to, amount: 30 };
        const { body } = await createTransfers(bank, await bank.admin(), [
          order,
          { ...order, amount: 999 },
        ]);
        return body.outcomes[0].transfer.id;
      },
    ],
  ];

  test.each([...originals])("%s", async (_name, after, make) => {
    const account_id = await bank.createAccount(await bank.createCustomer(), { balance: 100 });
    const id = await make(account_id);
    const original = await bank.sql("select * from bank.transfers where id = $1", [id]);
    expect(await bank.balances(account_id)).toEqual([after]);
    const part = await reverseTransfer(bank, id, { p_amount: 10 });
    const rest = await reverseTransfer(bank, id);
    expect(
      [part, rest].map(({ body }) => [
        body.kind,
        body.status,
        body.amount,
        body.reverses_transfer_id,
      ]),
    ).toEqual([
      ["reversal", "posted", 10, id],
      ["reversal", "posted", 20, id],
    ]);
    expect(await bank.balances(account_id)).toEqual([100]);
    expect((await reverseTransfer(bank, id, { p_amount: 1, p_force: true })).code).toBe(
      "reversal_exceeds_transfer",
    );
    expect(await reversedBy(id)).toEqual([part.body.id, rest.body.id]);
    expect(await bank.sql("select * from bank.transfers where id = $1", [id])).toEqual(original);
    expect(await bank.verify()).toEqual([]);
  });
});

test("a customer may not reverse, not even what it received", async () => {
  const { ada, bob, from, to, id } = await createMoved();
  for (const p_actor of [ada, bob])
    expect(await refusal(reverseTransfer(bank, id, { p_actor }))).toEqual({ code: "forbidden" });
  expect(await bank.balances(from, to)).toEqual([0, 100]);
});

test("forced, an account owes all that can be owed, and not one unit more", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, to] = [
    await bank.createAccount(ada, { balance: money_max }),
    await bank.createAccount(bob),
  ];
  const { body: original } = await bank.transfer(ada, { from, to, amount: money_max });
  await bank.debit(to, money_max);
  await updateAccount(bank, to, { p_overdraft_limit: 1 });
  await bank.debit(to, 1);
  const force = { p_force: true };
  expect((await reverseTransfer(bank, original.id, force)).code).toBe("balance_out_of_range");
  expect(
    (await reverseTransfer(bank, original.id, { ...force, p_amount: money_max - 1 })).code,
  ).toBeNull();
  expect(await bank.balances(from, to)).toEqual([money_max - 1, -money_max]);
  expect(await bank.verify()).toEqual([]);
});
