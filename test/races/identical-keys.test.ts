import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { refusal } from "../sql/refusals.ts";
import { expectHealthyLedger, raceInSessions, repeat } from "./race.ts";

const bank = sharedBank();

async function createPair() {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada),
  };
}

test.each([
  ["a transfer that posts", 10, [90, 10]],
  ["a transfer that is declined", 101, [100, 0]],
])(
  "50 identical requests at once, %s: one effect and 50 equal answers",
  async (_what, amount, balances) => {
    const { ada, from, to } = await createPair();
    const key = randomUUID();
    const answers = await raceInSessions(
      bank,
      repeat(50, () => (session) => bank.transfer(ada, { from, to, amount, key, session })),
    );
    expect(
      new Set(answers.map(({ code, text, changed }) => JSON.stringify([code, text, changed]))).size,
    ).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await bank.countTransfers(key)).toBe(1);
    expect(await bank.balances(from, to)).toEqual(balances);
    const id = answers[0]?.body.id ?? answers[0]?.body.transfer_id;
    expect(await bank.auditEvents(id, "transfer.create")).toHaveLength(1);
    await expectHealthyLedger(bank);
  },
);

test("30 identical credits at once credit once", async () => {
  const account_id = await bank.createAccount(await bank.createCustomer());
  const p_idempotency_key = randomUUID();
  await Promise.all(repeat(30, () => bank.credit(account_id, 7, { p_idempotency_key })));
  expect(await bank.balances(account_id)).toEqual([7]);
  await expectHealthyLedger(bank);
});

test("two different requests with one key at once: one takes place, every other is refused or replayed", async () => {
  const { ada, from, to } = await createPair();
  const key = randomUUID();
  const answers = await raceInSessions(
    bank,
    repeat(30, (index) => async (session) => {
      const call = bank.transfer(ada, { from, to, amount: 1 + (index % 2), key, session });
      return call.then(
        ({ body }) => String(body.amount),
        async () => String((await refusal(call))["code"]),
      );
    }),
  );
  const winner = answers.includes("1") ? "1" : "2";
  expect(answers.filter((answer) => answer === winner)).toHaveLength(15);
  expect(answers.filter((answer) => answer === "idempotency_key_reused")).toHaveLength(15);
  expect(await bank.balances(from, to)).toEqual([100 - Number(winner), Number(winner)]);
  await expectHealthyLedger(bank);
});

test("the same key used by 20 customers at once makes 20 transfers", async () => {
  const pairs = await Promise.all(repeat(20, createPair));
  const key = randomUUID();
  const answers = await raceInSessions(
    bank,
    pairs.map(
      ({ ada, from, to }) =>
        (session) =>
          bank.transfer(ada, { from, to, amount: 10, key, session }),
    ),
  );
  expect(answers.map(({ replayed, code }) => ({ replayed, code }))).toEqual(
    repeat(20, () => ({ replayed: false, code: null })),
  );
  expect(await bank.countTransfers(key)).toBe(20);
  await expectHealthyLedger(bank);
});
