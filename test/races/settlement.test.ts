import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { expectHealthyLedger, raceInSessions, repeat } from "./race.ts";

const bank = sharedBank();

test("20 admins who credit and debit at once, with their transactions still open, do not wait for each other", async () => {
  const customers = await Promise.all(repeat(20, () => bank.createCustomer()));
  const account_ids = await Promise.all(
    customers.map((customer) => bank.createAccount(customer, { balance: 5 })),
  );
  const admins = await Promise.all(repeat(20, () => bank.createAdmin()));
  const sessions = await Promise.all(repeat(20, () => bank.session()));
  const answers = await Promise.all(
    sessions.map(async (session, index) => {
      await session.query("begin");
      // No transaction ends before all have answered, so one that waited for another would reach
      // this limit.
      await session.query("set local lock_timeout = '1s'");
      return bank.call(
        index % 2 === 0 ? "credit_account" : "debit_account",
        {
          p_actor: admins[index],
          p_idempotency_key: randomUUID(),
          p_account_id: account_ids[index],
          p_amount: 3,
        },
        session,
      );
    }),
  );
  await Promise.all(sessions.map((session) => session.query("commit")));
  expect(answers.map(({ code }) => code)).toEqual(repeat(20, () => null));
  expect(await bank.balances(...account_ids)).toEqual(
    repeat(20, (index) => (index % 2 === 0 ? 8 : 2)),
  );
  await expectHealthyLedger(bank);
});

test("200 credits and debits of 5 accounts from 20 connections add up", async () => {
  const ada = await bank.createCustomer();
  const account_ids = await Promise.all(
    repeat(5, () => bank.createAccount(ada, { balance: 1000 })),
  );
  const p_actor = await bank.admin();
  await raceInSessions(
    bank,
    repeat(20, (index) => async (session) => {
      for (let count = 0; count < 10; count += 1) {
        const name = count % 2 === 0 ? "credit_account" : "debit_account";
        const p_account_id = account_ids[(index + count) % 5];
        await bank.call(
          name,
          { p_actor, p_idempotency_key: randomUUID(), p_account_id, p_amount: 7 },
          session,
        );
      }
    }),
  );
  expect((await bank.balances(...account_ids)).reduce((sum, balance) => sum + balance, 0)).toBe(
    5000,
  );
  await expectHealthyLedger(bank);
});
