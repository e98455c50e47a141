import { expect, test } from "vitest";
import { ownBanks } from "../harness/own-banks.ts";
import { expireHold } from "./holds.ts";

const createBank = ownBanks();

test("expired holds are marked and audited once, active ones kept, in steps of so many accounts", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const to = await bank.createAccount(ada);
  const holds: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const from = await bank.createAccount(ada, { balance: 10 });
    holds.push((await bank.createHold(ada, { from, to, amount: 5 })).body.id);
  }
  const [first = "", second = "", active = ""] = holds;
  await expireHold(bank, first);
  await expireHold(bank, second);
  const runs = [];
  for (let count = 0; count < 3; count += 1)
    runs.push((await bank.call("expire_holds", { p_limit: 1 })).body.expired);
  expect(runs).toEqual([1, 1, 0]);
  const statuses = await bank.sql("select status from bank.holds order by id");
  expect(statuses.map(({ status }) => status)).toEqual(["expired", "expired", "active"]);
  for (const id of [first, second])
    expect(await bank.auditEvents(id, "hold.expire")).toHaveLength(1);
  expect(await bank.auditEvents(active, "hold.expire")).toEqual([]);
  expect(await bank.verify()).toEqual([]);
});

test("of one account, only what has expired is marked", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 10 }),
    await bank.createAccount(ada),
  ];
  const { body: expired } = await bank.createHold(ada, { from, to, amount: 4 });
  const { body: active } = await bank.createHold(ada, { from, to, amount: 5 });
  await expireHold(bank, expired.id);
  expect((await bank.call("expire_holds", {})).body.expired).toBe(1);
  const left = await bank.sql("select id from bank.holds where status = 'active'");
  expect(left).toEqual([{ id: active.id }]);
  expect(await bank.verify()).toEqual([]);
});

test("an account that somebody holds is passed over", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 10 }),
    await bank.createAccount(ada),
  ];
  const { body: hold } = await bank.createHold(ada, { from, to, amount: 4 });
  await expireHold(bank, hold.id);
  const holder = await bank.session("superuser");
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for update", [from]);
  expect((await bank.call("expire_holds", {})).body.expired).toBe(0);
  await holder.query("rollback");
  expect((await bank.call("expire_holds", {})).body.expired).toBe(1);
});
