import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { money_max, sharedBank, type AccountOptions } from "../harness/bank.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

async function update(account_id: string, named: Record<string, unknown>) {
  return bank.call("update_account", {
    p_actor: await bank.admin(),
    p_account_id: account_id,
    ...named,
  });
}

async function createWith(options: AccountOptions) {
  const ada = await bank.createCustomer();
  return { ada, id: await bank.createAccount(ada, options) };
}

test("only the given members are changed, and the audit event has old and new values", async () => {
  const { ada, id } = await createWith({ balance: 5, overdraft_limit: 10 });
  const { body, changed } = await update(id, { p_name: "Savings" });
  expect(body).toMatchObject({
    name: "Savings",
    overdraft_limit: 10,
    status: "active",
    balance: 5,
    available: 15,
  });
  expect([...changed].sort()).toEqual([`account:${id}`, `accounts:${ada.customer_id}`]);
  await update(id, { p_overdraft_limit: 20, p_status: "frozen" });
  expect((await bank.call("get_account", { p_actor: ada, p_account_id: id })).body).toMatchObject({
    name: "Savings",
    overdraft_limit: 20,
    status: "frozen",
  });
  expect(await bank.auditEvents(id, "account.update")).toMatchObject([
    {
      detail: {
        before: { name: "Checking" },
        after: { name: "Savings", overdraft_limit: 10, status: "active" },
      },
    },
    {
      detail: { before: { overdraft_limit: 10 }, after: { overdraft_limit: 20, status: "frozen" } },
    },
  ]);
});

describe("closing", () => {
  test.each([
    ["money on it", { balance: 1 }],
    ["an overdraft on it", { balance: -1, overdraft_limit: 1 }],
    ["a hold on it", { overdraft_limit: 1, held: 1 }],
  ])("with %s is refused", async (_what, options) => {
    const { id } = await createWith(options);
    expect((await update(id, { p_status: "closed" })).code).toBe("account_not_empty");
    expect(await bank.auditEvents(id, "account.update")).toMatchObject([
      { outcome: "failure", code: "account_not_empty" },
    ]);
    expect(await bank.value("select status from bank.accounts where id = $1", [id])).toBe("active");
  });

  test("is for ever: nothing changes it, and nothing arrives or leaves", async () => {
    const { ada, id } = await createWith({ overdraft_limit: 100 });
    const other = await bank.createAccount(ada, { balance: 5 });
    expect((await update(id, { p_status: "closed" })).body.status).toBe("closed");
    for (const named of [{ p_status: "active" }, { p_status: "closed" }, { p_name: "Again" }])
      expect((await update(id, named)).code).toBe("account_closed");
    expect((await bank.credit(id, 1)).code).toBe("account_closed");
    expect((await bank.debit(id, 1)).code).toBe("account_closed");
    expect((await bank.transfer(ada, { from: other, to: id, amount: 1 })).code).toBe(
      "account_closed",
    );
    expect((await bank.transfer(ada, { from: id, to: other, amount: 1 })).code).toBe(
      "account_closed",
    );
    expect(await bank.balances(id, other)).toEqual([0, 5]);
  });

  test("a frozen account may be closed", async () => {
    const { id } = await createWith({ status: "frozen" });
    expect((await update(id, { p_status: "closed" })).body.status).toBe("closed");
  });
});

describe("a limit", () => {
  test("lowered below what is overdrawn stands, and stops further debits only", async () => {
    const { id } = await createWith({ balance: -50, overdraft_limit: 50 });
    expect((await update(id, { p_overdraft_limit: 10 })).body).toMatchObject({
      balance: -50,
      available: -40,
    });
    expect((await bank.debit(id, 1)).code).toBe("insufficient_funds");
    expect((await bank.credit(id, 45)).code).toBeNull();
    expect((await bank.debit(id, 6)).code).toBe("insufficient_funds");
    expect((await bank.debit(id, 5)).code).toBeNull();
    expect(await bank.balances(id)).toEqual([-10]);
    expect(await bank.verify()).toEqual([]);
  });

  test("together with the balance stays within ±(2^53 − 1)", async () => {
    const { id } = await createWith({ balance: 10 });
    expect((await update(id, { p_overdraft_limit: money_max - 9 })).code).toBe(
      "balance_out_of_range",
    );
    expect((await update(id, { p_overdraft_limit: money_max - 10 })).body.available).toBe(
      money_max,
    );
  });

  test.each([-1, "9007199254740992"])("of %s is refused", async (p_overdraft_limit) => {
    const { id } = await createWith({ balance: -1, overdraft_limit: 1 });
    expect(await sqlState(update(id, { p_overdraft_limit }))).toBe("23514");
  });
});

test("an unknown status of an account is refused", async () => {
  const { id } = await createWith({});
  expect(await sqlState(update(id, { p_status: "dormant" }))).toBe("23514");
});

test("a customer may change none, not even its own", async () => {
  const { ada, id } = await createWith({});
  const call = update(id, { p_actor: ada, p_overdraft_limit: 1_000_000 });
  expect(await refusal(call)).toEqual({ code: "forbidden" });
  expect(
    await bank.sql("select overdraft_limit::int from bank.accounts where id = $1", [id]),
  ).toEqual([{ overdraft_limit: 0 }]);
});

test("an internal account, and one that does not exist, are not found", async () => {
  await createWith({});
  const internal = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  for (const id of [internal, randomUUID()])
    expect(await refusal(update(id, { p_status: "frozen" }))).toEqual({ code: "not_found" });
  expect(await bank.value("select status from bank.accounts where id = $1", [internal])).toBe(
    "active",
  );
});
