import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { expectHealthyLedger, raceForAccount, repeat } from "./race.ts";

const bank = sharedBank();

test("of 25 concurrent payments with money for 10, exactly 10 succeed, and the others say why not", async () => {
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 950, overdraft_limit: 50 });
  const payees = await Promise.all(
    repeat(25, async () => bank.createAccount(await bank.createCustomer())),
  );
  const answers = await raceForAccount(
    bank,
    from,
    payees.map((to) => (session) => bank.transfer(ada, { from, to, amount: 100, session })),
  );
  const posted = answers.filter(({ code }) => code === null);
  expect(posted).toHaveLength(10);
  expect(answers.filter(({ code }) => code === "insufficient_funds")).toHaveLength(15);
  expect(await bank.balances(from)).toEqual([-50]);
  expect((await bank.balances(...payees)).reduce((sum, balance) => sum + balance, 0)).toBe(1000);
  await expectHealthyLedger(bank);
});

test("concurrent transfers, debits by admins and a lowered limit never spend more than there is", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 1000, overdraft_limit: 500 }),
    await bank.createAccount(ada),
  ];
  const p_actor = await bank.admin();
  const lowered = (session: Client) =>
    bank.call("update_account", { p_actor, p_account_id: from, p_overdraft_limit: 0 }, session);
  const debit = (session: Client) =>
    bank.call(
      "debit_account",
      { p_actor, p_idempotency_key: randomUUID(), p_account_id: from, p_amount: 100 },
      session,
    );
  const answers = await raceForAccount(bank, from, [
    ...repeat(
      12,
      () => async (session: Client) => bank.transfer(ada, { from, to, amount: 100, session }),
    ),
    ...repeat(12, () => async (session: Client) => debit(session)),
    lowered,
  ]);
  const moved =
    100 * answers.filter(({ code, body }) => code === null && body.status === "posted").length;
  const [balance] = await bank.balances(from);
  expect(balance).toBe(1000 - moved);
  expect(moved).toBeGreaterThanOrEqual(1000);
  expect(moved).toBeLessThanOrEqual(1500);
  await expectHealthyLedger(bank);
});
