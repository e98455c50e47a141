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
  ["the whole balance", { balance: 5 }, 5, null, 0],
  ["one more than the balance", { balance: 5 }, 6, "insufficient_funds", 5],
  ["balance and limit", { balance: 5, overdraft_limit: 5 }, 10, null, -5],
  [
    "one more than balance and limit",
    { balance: 5, overdraft_limit: 5 },
    11,
    "insufficient_funds",
    5,
  ],
  ["what is not held", { balance: 5, held: 2 }, 3, null, 2],
  ["what is held", { balance: 5, held: 2 }, 4, "insufficient_funds", 5],
  ["the whole range", { overdraft_limit: money_max }, money_max, null, -money_max],
  ["a frozen account", { balance: 5, status: "frozen" }, 5, "account_frozen", 5],
  ["a frozen account without money", { status: "frozen" }, 5, "account_frozen", 0],
  ["a closed account", { status: "closed" }, 5, "account_closed", 0],
];

describe("a debit", () => {
  test.each(rows.map((row) => [row[0], row[3] ?? "posted", row] as const))(
    "of %s: %s",
    async (_what, _outcome, row) => {
      const [, account, amount, code, balance] = row;
      const account_id = await bank.createAccount(await bank.createCustomer(), account);
      expect((await bank.debit(account_id, amount)).code).toBe(code);
      expect(await bank.balances(account_id)).toEqual([balance]);
    },
  );
});

test("a debit answers its transfer to the settlement account, and is audited", async () => {
  const ada = await bank.createCustomer();
  const account_id = await bank.createAccount(ada, { balance: 5 });
  const { body, changed } = await bank.debit(account_id, 5, { p_description: "Cash" });
  expect(body).toMatchObject({
    kind: "debit",
    status: "posted",
    debit_account_id: account_id,
    amount: 5,
    description: "Cash",
  });
  expect(
    await bank.sql("select kind from bank.accounts where id = $1", [body.credit_account_id]),
  ).toEqual([{ kind: "internal" }]);
  expect([...changed].sort()).toEqual([`account:${account_id}`, `accounts:${ada.customer_id}`]);
  expect(await bank.auditEvents(account_id, "account.debit")).toMatchObject([
    { outcome: "success", detail: { transfer_id: body.id } },
  ]);
});

test("customers may not debit accounts", async () => {
  const ada = await bank.createCustomer();
  const account_id = await bank.createAccount(ada, { balance: 5 });
  expect(await refusal(bank.debit(account_id, 5, { p_actor: ada }))).toEqual({ code: "forbidden" });
  expect(await bank.balances(account_id)).toEqual([5]);
});

test("an internal account, and one that does not exist, are not found", async () => {
  await bank.createAccount(await bank.createCustomer());
  const internal = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  for (const id of [internal, randomUUID()])
    expect(await refusal(bank.debit(id, 5))).toEqual({ code: "not_found" });
});

test.each([0, -1, "9007199254740992"])("an amount of %s is refused", async (p_amount) => {
  const account_id = await bank.createAccount(await bank.createCustomer(), { balance: 5 });
  expect(await sqlState(bank.debit(account_id, 5, { p_amount }))).toBe("23514");
  expect(await bank.balances(account_id)).toEqual([5]);
});
