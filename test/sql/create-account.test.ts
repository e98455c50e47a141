import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { money_max, sharedBank } from "../harness/bank.ts";
import { setCustomerStatus } from "./operations.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

async function create(customer_id: string, named: Record<string, unknown> = {}) {
  const p_actor = await bank.admin();
  return bank.call("create_account", {
    p_actor,
    p_customer_id: customer_id,
    p_currency: "USD",
    p_name: "Rent",
    ...named,
  });
}

test("a new account is empty, active and whole", async () => {
  const ada = await bank.createCustomer();
  const { body, changed } = await create(ada.customer_id, { p_overdraft_limit: 50 });
  expect(body).toMatchObject({
    customer_id: ada.customer_id,
    kind: "customer",
    name: "Rent",
    currency: "USD",
    balance: 0,
    held: 0,
    available: 50,
    overdraft_limit: 50,
    status: "active",
    version: 0,
    head_hash: null,
  });
  expect(changed).toContain(`accounts:${ada.customer_id}`);
  expect(await bank.auditEvents(body.id, "account.create")).toMatchObject([{ outcome: "success" }]);
});

test("the settlement account of a currency stands beside its first account", async () => {
  const ada = await bank.createCustomer();
  await create(ada.customer_id, { p_currency: "ISK" });
  expect(
    await bank.sql("select status from bank.accounts where kind = 'internal' and currency = 'ISK'"),
  ).toHaveLength(1);
});

test("an account of a frozen customer is frozen with it from the start", async () => {
  const ada = await bank.createCustomer();
  await setCustomerStatus(bank, ada.customer_id, "frozen");
  const { body } = await create(ada.customer_id, { p_overdraft_limit: 50 });
  const to = await bank.createAccount(await bank.createCustomer());
  expect((await bank.transfer(ada, { from: body.id, to, amount: 1 })).code).toBe("customer_frozen");
  expect(await bank.verify()).toEqual([]);
});

test("an account needs a customer", async () => {
  expect(await refusal(create(randomUUID()))).toEqual({ code: "not_found" });
});

test("customers may not create accounts", async () => {
  const ada = await bank.createCustomer();
  expect(await refusal(create(ada.customer_id, { p_actor: ada }))).toEqual({ code: "forbidden" });
  expect(
    await bank.sql("select from bank.accounts where customer_id = $1", [ada.customer_id]),
  ).toEqual([]);
});

test("the largest overdraft limit is taken", async () => {
  const ada = await bank.createCustomer();
  expect((await create(ada.customer_id, { p_overdraft_limit: money_max })).body.available).toBe(
    money_max,
  );
});

test.each([
  ["a negative limit", { p_overdraft_limit: -1 }, "23514"],
  ["a limit of 2^53", { p_overdraft_limit: "9007199254740992" }, "23514"],
  ["a currency in lower case", { p_currency: "usd" }, "23514"],
  ["a currency of four letters", { p_currency: "USDT" }, "23514"],
  ["no currency", { p_currency: null }, "23502"],
  ["an empty name", { p_name: "" }, "23514"],
])("an account with %s is refused", async (_what, named, state) => {
  const ada = await bank.createCustomer();
  expect(await sqlState(create(ada.customer_id, named))).toBe(state);
  expect(
    await bank.sql("select from bank.accounts where customer_id = $1", [ada.customer_id]),
  ).toEqual([]);
});
