import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { money_max, sharedBank, type AccountOptions } from "../harness/bank.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

const rows: readonly (readonly [
  what: string,
  account: AccountOptions,
  amount: number,
  code: string | null,
  balance: number,
])[] = [
  ["an active account", {}, 5, null, 5],
  ["an overdrawn account", { balance: -5, overdraft_limit: 5 }, 10, null, 5],
  ["a frozen account", { status: "frozen" }, 5, null, 5],
  ["an account, up to the largest balance", { balance: 1 }, money_max - 1, null, money_max],
  [
    "an account, beyond the largest balance",
    { balance: 2 },
    money_max - 1,
    "balance_out_of_range",
    2,
  ],
  [
    "an account with a limit, up to the largest sum of both",
    { overdraft_limit: 5 },
    money_max - 5,
    null,
    money_max - 5,
  ],
  [
    "an account with a limit, beyond the largest sum of both",
    { overdraft_limit: 5 },
    money_max - 4,
    "balance_out_of_range",
    0,
  ],
  ["a closed account", { status: "closed" }, 5, "account_closed", 0],
  [
    "a closed account beyond the range",
    { status: "closed", overdraft_limit: 1 },
    money_max,
    "account_closed",
    0,
  ],
];

describe("a credit", () => {
  test.each(rows.map((row) => [row[0], row[3] ?? "posted", row] as const))(
    "of %s: %s",
    async (_what, _outcome, row) => {
      const [, account, amount, code, balance] = row;
      const account_id = await bank.createAccount(await bank.createCustomer(), account);
      expect((await bank.credit(account_id, amount)).code).toBe(code);
      expect(await bank.balances(account_id)).toEqual([balance]);
    },
  );
});

test("a credit answers its transfer from the settlement account, and names the account's cache keys", async () => {
  const ada = await bank.createCustomer();
  const account_id = await bank.createAccount(ada);
  const admin = await bank.admin();
  const { body, changed } = await bank.credit(account_id, 5, { p_description: "Wages" });
  expect(body).toMatchObject({
    kind: "credit",
    status: "posted",
    credit_account_id: account_id,
    amount: 5,
    currency: "USD",
    description: "Wages",
    created_by: admin.user_id,
  });
  expect(
    await bank.sql("select kind, currency from bank.accounts where id = $1", [
      body.debit_account_id,
    ]),
  ).toEqual([{ kind: "internal", currency: "USD" }]);
  expect([...changed].sort()).toEqual([`account:${account_id}`, `accounts:${ada.customer_id}`]);
  expect(await bank.auditEvents(account_id, "account.credit")).toMatchObject([
    {
      outcome: "success",
      actor_id: admin.user_id,
      target_type: "account",
      detail: { transfer_id: body.id },
    },
  ]);
});

test("a declined credit is stored and audited", async () => {
  const account_id = await bank.createAccount(await bank.createCustomer(), { status: "closed" });
  const { body } = await bank.credit(account_id, 5);
  expect(
    await bank.sql("select status, code from bank.transfers where id = $1", [body.transfer_id]),
  ).toEqual([{ status: "declined", code: "account_closed" }]);
  expect(await bank.auditEvents(account_id, "account.credit")).toMatchObject([
    { outcome: "failure", code: "account_closed" },
  ]);
});

test("a customer may credit nobody, and learns nothing of the account", async () => {
  const ada = await bank.createCustomer();
  const account_id = await bank.createAccount(ada);
  for (const id of [account_id, randomUUID()])
    expect(await refusal(bank.credit(id, 5, { p_actor: ada }))).toEqual({ code: "forbidden" });
  expect(await bank.balances(account_id)).toEqual([0]);
});

test("an internal account, and one that does not exist, are not found", async () => {
  await bank.createAccount(await bank.createCustomer());
  const internal = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  for (const id of [internal, randomUUID()])
    expect(await refusal(bank.credit(id, 5))).toEqual({ code: "not_found" });
});

test.each([
  ["0", 0, "23514"],
  ["-1", -1, "23514"],
  ["2^53", "9007199254740992", "23514"],
  ["null", null, "23502"],
])("an amount of %s is refused", async (_what, p_amount, state) => {
  const account_id = await bank.createAccount(await bank.createCustomer(), { balance: 5 });
  expect(await sqlState(bank.credit(account_id, 5, { p_amount }))).toBe(state);
  expect(await bank.balances(account_id)).toEqual([5]);
});
