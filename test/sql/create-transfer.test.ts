import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { money_max, sharedBank } from "../harness/bank.ts";
import { failureFacts, refusal, sqlState } from "./refusals.ts";
import { createScene, rule_breaks, type Setup } from "./rules.ts";

const bank = sharedBank();

/**
 * Asks for the transfer in fresh accounts, with 100 on the debited one unless the setup says
 * otherwise.
 */
async function transferIn(setup: Setup) {
  const { debtor, from, to, amount, currency } = await createScene(bank, setup);
  const before = await bank.balances(from, to);
  const order = { from, to, amount, key: randomUUID() };
  const answer = await bank.transfer(debtor, order, { p_currency: currency });
  return { answer, order, before, after: await bank.balances(from, to), debtor };
}

async function expectDecline(setup: Setup, code: string): Promise<void> {
  const { answer, order, before, after } = await transferIn(setup);
  expect(answer.code).toBe(code);
  expect(after).toEqual(before);
  const stored = await bank.sql(
    `select transfer.id, status, code,
            (select count(*)::int from bank.entries where transfer_id = transfer.id) as entries
       from bank.transfers as transfer where idempotency_key = $1`,
    [order.key],
  );
  expect(answer.body).toEqual({ transfer_id: stored[0]?.["id"] });
  expect(stored).toEqual([{ id: answer.body.transfer_id, status: "declined", code, entries: 0 }]);
}

describe("a transfer is declined by the first rule that it breaks", () => {
  test.each([...rule_breaks])("%s", async (_name, code, setup) => {
    await expectDecline(setup, code);
  });
});

describe("a transfer is declined when it is just beyond a rule:", () => {
  const declines: readonly (readonly [guarantee: string, setup: Setup, code: string])[] = [
    ["one more than the balance", { amount: 101 }, "insufficient_funds"],
    [
      "one more than balance and overdraft",
      { debit: { overdraft_limit: 50 }, amount: 151 },
      "insufficient_funds",
    ],
    ["one more than what is not held", { debit: { held: 30 }, amount: 71 }, "insufficient_funds"],
    [
      "one more than balance, overdraft and hold leave",
      { debit: { overdraft_limit: 50, held: 30 }, amount: 121 },
      "insufficient_funds",
    ],
    [
      "any debit of an account at its limit",
      { debit: { balance: -50, overdraft_limit: 50 }, amount: 1 },
      "insufficient_funds",
    ],
    [
      "one more than the largest balance",
      { credit: { balance: money_max - 9 } },
      "balance_out_of_range",
    ],
    [
      "one more than the largest balance beside an overdraft limit",
      { credit: { balance: money_max - 59, overdraft_limit: 50 } },
      "balance_out_of_range",
    ],
    [
      "accounts of two currencies, whatever the order says",
      { credit: { currency: "EUR" } },
      "currency_mismatch",
    ],
    [
      "accounts of two currencies, the credited one's named",
      { credit: { currency: "EUR" }, currency: "EUR" },
      "currency_mismatch",
    ],
    ["a closed debited account", { debit: { status: "closed" } }, "account_closed"],
    [
      "an account to itself, whatever it holds",
      { is_same_account: true, amount: 1 },
      "same_account",
    ],
  ];
  test.each([...declines])("%s", async (_guarantee, setup, code) => {
    await expectDecline(setup, code);
  });
});

describe("a transfer is posted when it just keeps a rule:", () => {
  const posts: readonly (readonly [
    guarantee: string,
    setup: Setup,
    balances: readonly [number, number],
  ])[] = [
    ["the whole balance", { amount: 100 }, [0, 100]],
    ["the smallest amount", { amount: 1 }, [99, 1]],
    [
      "balance and overdraft to the last unit",
      { debit: { overdraft_limit: 50 }, amount: 150 },
      [-50, 150],
    ],
    ["all that is not held", { debit: { held: 30 }, amount: 70 }, [30, 70]],
    [
      "all that balance, overdraft and hold leave",
      { debit: { overdraft_limit: 50, held: 30 }, amount: 120 },
      [-20, 120],
    ],
    ["up to the largest balance", { credit: { balance: money_max - 10 } }, [90, money_max]],
    [
      "up to the largest balance beside an overdraft limit",
      { credit: { balance: money_max - 60, overdraft_limit: 50 } },
      [90, money_max - 50],
    ],
    ["the largest amount", { debit: { balance: money_max }, amount: money_max }, [0, money_max]],
    [
      "the largest overdraft",
      { debit: { balance: 0, overdraft_limit: money_max }, amount: money_max },
      [-money_max, money_max],
    ],
    ["the currency named", { currency: "USD" }, [90, 10]],
    ["credits of a frozen account", { credit: { status: "frozen" } }, [90, 10]],
    ["credits of a frozen customer", { is_credit_customer_frozen: true }, [90, 10]],
  ];
  test.each([...posts])("%s", async (_guarantee, setup, balances) => {
    const { answer, after } = await transferIn(setup);
    expect({ code: answer.code, status: answer.body.status, after }).toEqual({
      code: null,
      status: "posted",
      after: balances,
    });
  });
});

describe("a posted transfer", () => {
  test("answers all its members, stores them, and names the cache keys of both sides", async () => {
    const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
    const [from, to] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(bob),
    ];
    const order = { from, to, amount: 25, key: randomUUID() };
    const answer = await bank.transfer(ada, order, {
      p_description: "Rent",
      p_metadata: { invoice: 7 },
    });
    expect(answer).toMatchObject({
      code: null,
      replayed: false,
      next_position: null,
      unstored_audit_events: null,
    });
    expect(answer.body).toMatchObject({
      id: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      kind: "transfer",
      status: "posted",
      code: null,
      debit_account_id: from,
      credit_account_id: to,
      amount: 25,
      currency: "USD",
      description: "Rent",
      metadata: { invoice: 7 },
      idempotency_key: order.key,
      hold_id: null,
      reverses_transfer_id: null,
      created_by: ada.user_id,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
    expect([...answer.changed].sort()).toEqual(
      [
        `account:${from}`,
        `account:${to}`,
        `accounts:${ada.customer_id}`,
        `accounts:${bob.customer_id}`,
      ].sort(),
    );
    expect(
      (await bank.call("get_transfer", { p_actor: ada, p_transfer_id: answer.body.id })).body,
    ).toEqual(answer.body);
  });

  test("a posted and a declined transfer each leave one audit event, of the actor and with the code", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada),
    ];
    const posted = await bank.transfer(ada, { from, to, amount: 100 });
    const declined = await bank.transfer(ada, { from, to, amount: 1 });
    const common = {
      actor_id: ada.user_id,
      actor_role: "customer",
      target_type: "transfer",
      request_id: "test",
      ip: "192.0.2.1",
    };
    const events = async (id: string) => bank.auditEvents(id, "transfer.create");
    expect(await events(posted.body.id)).toMatchObject([
      { ...common, outcome: "success", code: null },
    ]);
    expect(await events(declined.body.transfer_id)).toMatchObject([
      { ...common, outcome: "failure", code: "insufficient_funds" },
    ]);
  });

  test("an admin moves a customer's money, and stands in created_by", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 5 }),
      await bank.createAccount(ada),
    ];
    const admin = await bank.admin();
    const { body } = await bank.transfer(admin, { from, to, amount: 5 });
    expect(body).toMatchObject({ status: "posted", created_by: admin.user_id });
  });
});

describe("who may name which account", () => {
  test("a debit of another customer's account is refused byte for byte like one of an account that does not exist", async () => {
    const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
    const [own, foreign] = [
      await bank.createAccount(ada),
      await bank.createAccount(bob, { balance: 100 }),
    ];
    const missing = await failureFacts(
      bank.transfer(ada, { from: randomUUID(), to: own, amount: 1 }),
    );
    expect(await failureFacts(bank.transfer(ada, { from: foreign, to: own, amount: 1 }))).toEqual(
      missing,
    );
    expect(missing).toMatchObject({ code: "EBANK", detail: '{"code": "not_found"}' });
    expect(await bank.balances(own, foreign)).toEqual([0, 100]);
  });

  test.each(["older", "younger"])(
    "whoever may not debit an account locks nothing: the payee's account, %s than it, may be locked meanwhile",
    async (age) => {
      const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
      const first = await bank.createAccount(bob, { balance: 5 });
      const second = await bank.createAccount(bob, { balance: 5 });
      const [from, to] = age === "older" ? [second, first] : [first, second];
      const holder = await bank.session("superuser");
      await holder.query("begin");
      await holder.query("select from bank.accounts where id = $1 for update", [to]);
      expect(await refusal(bank.transfer(ada, { from, to, amount: 1 }))).toEqual({
        code: "not_found",
      });
      await holder.query("rollback");
    },
  );

  test("a missing credited account is not found", async () => {
    const ada = await bank.createCustomer();
    const from = await bank.createAccount(ada, { balance: 1 });
    expect(await refusal(bank.transfer(ada, { from, to: randomUUID(), amount: 1 }))).toEqual({
      code: "not_found",
    });
  });

  test.each(["customer", "admin"] as const)(
    "no %s may name an internal account on either side",
    async (role) => {
      const ada = await bank.createCustomer();
      const own = await bank.createAccount(ada, { balance: 100 });
      const settlement = await bank.value<string>(
        "select id from bank.accounts where kind = 'internal' and currency = 'USD'",
      );
      const actor = role === "admin" ? await bank.admin() : ada;
      for (const [from, to] of [
        [own, settlement],
        [settlement, own],
      ] as const)
        expect(await refusal(bank.transfer(actor, { from, to, amount: 1 }))).toEqual({
          code: "not_found",
        });
      expect(await bank.balances(own)).toEqual([100]);
    },
  );

  test.each([
    ["nobody", {}],
    ["no role", { user_id: randomUUID() }],
    ["an unknown role", { user_id: randomUUID(), role: "auditor" }],
    ["no user", { user_id: null, role: "admin", customer_id: null }],
    [
      "a customer without a customer",
      { user_id: randomUUID(), role: "customer", customer_id: null },
    ],
    [
      "a customer that does not exist",
      { user_id: randomUUID(), role: "customer", customer_id: randomUUID() },
    ],
    [
      "an admin with a customer",
      { user_id: randomUUID(), role: "admin", customer_id: randomUUID() },
    ],
    ["an admin who does not exist", { user_id: randomUUID(), role: "admin", customer_id: null }],
  ])("%s is not authenticated", async (_who, actor) => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 1 }),
      await bank.createAccount(ada),
    ];
    const key = randomUUID();
    const call = bank.transfer(ada, { from, to, amount: 1, key }, { p_actor: actor });
    expect(await refusal(call)).toEqual({ code: "unauthenticated" });
    expect(await bank.countTransfers(key)).toBe(0);
  });
});

describe("the database also refuses what the Worker should have refused, and writes nothing:", () => {
  const check_violation = "23514";
  const too_long = "k".repeat(256);
  test.each([
    ["amount 0", { p_amount: 0 }, check_violation],
    ["a negative amount", { p_amount: -1 }, check_violation],
    ["an amount of 2^53", { p_amount: "9007199254740992" }, check_violation],
    ["an amount beyond bigint", { p_amount: "9223372036854775808" }, "22003"],
    ["a fraction", { p_amount: "1.5" }, "22P02"],
    ["no amount", { p_amount: null }, "23502"],
    ["no key", { p_idempotency_key: null }, "23502"],
    ["an empty key", { p_idempotency_key: "" }, check_violation],
    ["a key of 256 characters", { p_idempotency_key: too_long }, check_violation],
    ["a key with a space", { p_idempotency_key: "a key" }, check_violation],
    ["a key with a newline at its end", { p_idempotency_key: "key\n" }, check_violation],
    ["a key that is not ASCII", { p_idempotency_key: "schlüssel" }, check_violation],
    ["metadata that is no object", { p_metadata: [1] }, check_violation],
    ["metadata with a NUL", { p_metadata: { text: "\u0000" } }, "22P05"],
    ["a description with a NUL", { p_description: "\u0000" }, "22021"],
    ["an id that is no UUID", { p_credit_account_id: "1" }, "22P02"],
  ])("%s", async (_what, named, state) => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada),
    ];
    expect(await sqlState(bank.transfer(ada, { from, to, amount: 1 }, named))).toBe(state);
    expect(await bank.balances(from, to)).toEqual([100, 0]);
    const scope = [ada.customer_id];
    expect(await bank.sql("select from bank.idempotency_keys where scope = $1", scope)).toEqual([]);
    expect(
      await bank.sql("select from bank.transfers where idempotency_scope = $1", scope),
    ).toEqual([]);
  });
});
