import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";

const bank = sharedBank();
const createBank = ownBanks();

test("credits and debits go on while somebody has locked the settlement account", async () => {
  const ada = await bank.createCustomer();
  const account_id = await bank.createAccount(ada, { balance: 10 });
  const [holder, caller] = [await bank.session("superuser"), await bank.session()];
  await holder.query("begin");
  await holder.query("select from bank.accounts where kind = 'internal' for update");
  await caller.query("set lock_timeout = '100ms'");
  const named = { p_actor: await bank.admin(), p_account_id: account_id, p_amount: 4 };
  const answers = [
    await bank.call("credit_account", { ...named, p_idempotency_key: "locked-credit" }, caller),
    await bank.call("debit_account", { ...named, p_idempotency_key: "locked-debit" }, caller),
  ];
  await holder.query("rollback");
  expect(answers.map((answer) => answer.body.status)).toEqual(["posted", "posted"]);
  expect(await bank.balances(account_id)).toEqual([10]);
});

test("a credit leaves no lock on the settlement account, and no new version of its row", async () => {
  const ada = await bank.createCustomer();
  const account_id = await bank.createAccount(ada);
  const session = await bank.session();
  const row =
    "select xmax::text, ctid::text from bank.accounts where kind = 'internal' and currency = 'USD'";
  const before = await bank.sql(row);
  await session.query("begin");
  const p_actor = await bank.admin();
  await bank.call(
    "credit_account",
    { p_actor, p_idempotency_key: `open-${account_id}`, p_account_id: account_id, p_amount: 1 },
    session,
  );
  expect(await bank.sql(row)).toEqual(before);
  expect(await bank.sql(`${row} for update nowait`)).toHaveLength(1);
  await session.query("commit");
});

test("the settlement account carries no balance, and answers the sum of its entries", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  const account_id = await own.createAccount(ada, { currency: "CHF", balance: 70 });
  await own.debit(account_id, 20);
  const [settlement] = await own.sql("select * from bank.accounts where kind = 'internal'");
  expect(settlement).toMatchObject({
    currency: "CHF",
    balance: null,
    version: null,
    head_hash: null,
    customer_id: null,
  });
  const { body } = await own.call("get_account", {
    p_actor: await own.admin(),
    p_account_id: settlement?.["id"],
  });
  expect(body).toMatchObject({
    kind: "internal",
    balance: -50,
    held: 0,
    available: -50,
    version: 0,
    head_hash: null,
  });
  const entries = await own.sql(
    "select amount::int, balance_after, account_version, hash from bank.entries " +
      "where account_id = $1 order by id",
    [settlement?.["id"]],
  );
  const none = { balance_after: null, account_version: null, hash: null };
  expect(entries).toEqual([
    { amount: -70, ...none },
    { amount: 20, ...none },
  ]);
  expect(await own.verify()).toEqual([]);
});

test("twenty first accounts of a currency at once make one settlement account", async () => {
  const own = await createBank();
  const customers = await Promise.all(Array.from({ length: 20 }, () => own.createCustomer()));
  const account_ids = await Promise.all(
    customers.map((customer) => own.createAccount(customer, { currency: "XOF", balance: 5 })),
  );
  expect(await own.sql("select currency from bank.accounts where kind = 'internal'")).toEqual([
    { currency: "XOF" },
  ]);
  expect(await own.balances(...account_ids)).toEqual(Array.from({ length: 20 }, () => 5));
  expect(await own.verify()).toEqual([]);
});

test("twenty first credits of a currency at once make one settlement account", async () => {
  const own = await createBank();
  const customers = await Promise.all(Array.from({ length: 20 }, () => own.createCustomer()));
  const account_ids = await Promise.all(
    customers.map((customer) => own.createAccount(customer, { currency: "XOF" })),
  );
  const session = await own.session("superuser");
  await session.query("set session_replication_role = replica");
  await session.query("delete from bank.accounts where kind = 'internal'");
  const answers = await Promise.all(account_ids.map((account_id) => own.credit(account_id, 5)));
  expect(answers.map((answer) => answer.code)).toEqual(Array.from({ length: 20 }, () => null));
  expect(await own.sql("select currency from bank.accounts where kind = 'internal'")).toEqual([
    { currency: "XOF" },
  ]);
  expect(await own.verify()).toEqual([]);
});
