import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "./bank.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();

test("the balance counts entries up to and at that time, to the microsecond", async () => {
  const ada = await bank.createCustomer();
  const [p_account_id, other] = [await bank.createAccount(ada), await bank.createAccount(ada)];
  const times: string[] = [(await bank.credit(p_account_id, 100)).body.created_at];
  for (const amount of [10, 20])
    times.push((await bank.transfer(ada, { from: p_account_id, to: other, amount })).body.created_at);
  const at = async (p_at: string) =>
    (await bank.call("get_balance", { p_actor: ada, p_account_id, p_at })).body;
  for (const [index, balance] of [100, 90, 70].entries()) {
    const time = times[index] ?? "";
    expect(await at(time)).toEqual({
      account_id: p_account_id,
      at: time,
      balance,
      currency: "USD",
      version: index + 1,
    });
    const just_before = await bank.value<string>(
      "select bank_internal.timestamp_text($1::timestamptz - interval '1 microsecond')",
      [time],
    );
    expect((await at(just_before)).version).toBe(index);
  }
});

test("a time to come, and one before the account, are refused", async () => {
  const ada = await bank.createCustomer();
  const p_account_id = await bank.createAccount(ada);
  for (const p_at of ["2999-01-01Z", "1999-01-01Z"])
    expect(await refusal(bank.call("get_balance", { p_actor: ada, p_account_id, p_at }))).toMatchObject({
      code: "validation_failed",
      errors: [{ path: "at" }],
    });
});

test("a posting under way at that time is waited for, so the answer stays true for ever", async () => {
  const ada = await bank.createCustomer();
  const [p_account_id, other] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const [writer, reader] = [await bank.session(), await bank.session()];
  await writer.query("begin");
  const { body } = await bank.transfer(ada, { from: p_account_id, to: other, amount: 1, session: writer });
  const named = { p_actor: ada, p_account_id, p_at: body.created_at };
  const reading = bank.call("get_balance", named, reader);
  await bank.untilBlocked(reader, reading);
  await writer.query("commit");
  expect((await reading).body.balance).toBe(99);
});

test("another's account is the same as none", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const foreign = await bank.createAccount(bob);
  const look = async (p_account_id: string) =>
    failureFacts(bank.call("get_balance", { p_actor: ada, p_account_id, p_at: new Date().toISOString() }));
  expect(await look(foreign)).toEqual(await look(randomUUID()));
});
