import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { etagOf } from "../../src/cache/envelope.ts";
import { sharedBank } from "../harness/bank.ts";
import { expectHealthyLedger, raceForAccount, raceInSessions, repeat } from "./race.ts";

const bank = sharedBank();

/** What each of them was told, the winner first. */
const codesOf = (answers: readonly { code: string | null }[]): (string | null)[] =>
  answers.map(({ code }) => code).sort((a) => (a === null ? -1 : 1));

const one_of_twenty = [null, ...repeat(19, () => "precondition_failed")];

/** An account, and the condition that it is as an admin has seen it. */
async function createSeenAccount() {
  const p_account_id = await bank.createAccount(await bank.createCustomer(), { balance: 100 });
  const p_actor = await bank.admin();
  const { text } = await bank.call("get_account", { p_actor, p_account_id });
  return { p_actor, p_account_id, p_preconditions: { if_match: [etagOf(text ?? "")] } };
}

test("of 20 admins who change an account with the same ETag, exactly one succeeds", async () => {
  const { p_actor, p_account_id, p_preconditions } = await createSeenAccount();
  const answers = await raceForAccount(
    bank,
    p_account_id,
    repeat(20, (index) => (session) => {
      const named = { p_actor, p_account_id, p_preconditions, p_name: `Name ${String(index)}` };
      return bank.call("update_account", named, session);
    }),
  );
  expect(codesOf(answers)).toEqual(one_of_twenty);
  const winner = answers.find(({ code }) => code === null)?.text;
  expect((await bank.call("get_account", { p_actor, p_account_id })).text).toBe(winner);
});

test("of 20 admins who change a customer with the same ETag, exactly one succeeds", async () => {
  const { customer_id: p_customer_id } = await bank.createCustomer();
  const p_actor = await bank.admin();
  const { text } = await bank.call("get_customer", { p_actor, p_customer_id });
  const p_preconditions = { if_match: [etagOf(text ?? "")] };
  const answers = await raceInSessions(
    bank,
    repeat(20, (index) => (session) => {
      const named = { p_actor, p_customer_id, p_preconditions, p_name: `Name ${String(index)}` };
      return bank.call("update_customer", named, session);
    }),
  );
  expect(codesOf(answers)).toEqual(one_of_twenty);
});

test("of 20 debits of an account with the same ETag, exactly one is made", async () => {
  const { p_actor, p_account_id, p_preconditions } = await createSeenAccount();
  const answers = await raceForAccount(
    bank,
    p_account_id,
    repeat(20, () => (session) => {
      const p_idempotency_key = randomUUID();
      const named = { p_actor, p_account_id, p_idempotency_key, p_preconditions, p_amount: 1 };
      return bank.call("debit_account", named, session);
    }),
  );
  expect(codesOf(answers)).toEqual(one_of_twenty);
  expect(await bank.balances(p_account_id)).toEqual([99]);
  await expectHealthyLedger(bank);
});

test("30 identical creations of a customer at once with one key make one customer and get 30 equal answers", async () => {
  const p_actor = await bank.admin();
  const email = `customer-${randomUUID()}@edgebank.test`;
  const named = {
    p_actor,
    p_idempotency_key: randomUUID(),
    p_name: "Ada",
    p_email: email,
    p_password_hash: "slow",
  };
  const answers = await raceInSessions(
    bank,
    repeat(30, () => (session) => bank.call("create_customer", named, session)),
  );
  expect(new Set(answers.map(({ code, text }) => JSON.stringify([code, text]))).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await bank.sql("select from bank.customers where email = $1", [email])).toHaveLength(1);
});
