import type { Client } from "pg";
import { expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { readHistory, recomputeHistory } from "../sql/entries.ts";
import { createTransfers, reverseTransfer, type Order } from "../sql/operations.ts";
import {
  expectHealthyLedger,
  raceForAccount,
  raceInSessions,
  randomNumbers,
  repeat,
} from "./race.ts";

const createBank = ownBanks();

const deadlocksOf = (bank: Bank): Promise<string> =>
  bank.value("select deadlocks::text from pg_stat_database where datname = current_database()");

test("concurrent batches, opposite batches and single transfers of the same accounts never deadlock, and lose nothing", async () => {
  const bank = await createBank();
  const seed = Number(process.env["RACE_SEED"] ?? Date.now() % 1_000_000);
  const ada = await bank.createCustomer();
  const ids: string[] = [];
  while (ids.length < 5) ids.push(await bank.createAccount(ada, { balance: 100 }));
  const before = await deadlocksOf(bank);
  const pick = (random: (limit: number) => number): Order => {
    const index = random(5);
    return {
      from: ids[index] ?? "",
      to: ids[(index + 1 + random(4)) % 5] ?? "",
      amount: 1 + random(60),
    };
  };
  const there = ids.flatMap((from, index) => ({ from, to: ids[(index + 1) % 5] ?? "", amount: 1 }));
  const back = [...there].reverse().map(({ from, to, amount }) => ({ from: to, to: from, amount }));
  const codes = await raceInSessions(
    bank,
    repeat(18, (index) => async (session: Client) => {
      const random = randomNumbers(seed + index);
      const mine: (string | null)[] = [];
      for (let count = 0; count < 12; count += 1) {
        if (index % 3 === 0)
          mine.push((await bank.transfer(ada, { ...pick(random), session })).code);
        else {
          const orders =
            count % 3 === 0 ? repeat(8, () => pick(random)) : index % 3 === 1 ? there : back;
          const p_atomic = count % 2 === 0;
          mine.push((await createTransfers(bank, ada, orders, { p_atomic }, session)).code);
        }
      }
      return mine;
    }),
  );
  expect(codes.flat(), `RACE_SEED=${String(seed)}`).toHaveLength(216);
  // The counters come late: a session reports them at its end at the latest.
  await bank.sql("select pg_stat_clear_snapshot()");
  expect(await deadlocksOf(bank)).toBe(before);
  const balances = await bank.balances(...ids);
  expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(500);
  expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
  for (const id of ids) {
    const history = await readHistory(bank, id);
    expect(history).toEqual(recomputeHistory(history));
  }
  await expectHealthyLedger(bank);
});

test("a batch locks its accounts in the order of their ids, whichever way its items go", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const ids: string[] = [];
  while (ids.length < 3) ids.push(await bank.createAccount(ada, { balance: 10 }));
  const [low = "", middle = "", high = ""] = ids.sort();
  const orders = [
    { from: high, to: middle, amount: 1 },
    { from: middle, to: low, amount: 1 },
  ];
  const [holder, batch] = [await bank.session("superuser"), await bank.session()];
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for no key update", [low]);
  const answer = createTransfers(bank, ada, orders, {}, batch);
  await bank.untilBlocked(batch);
  const free = await bank.sql(
    "select id from bank.accounts where id = any ($1) order by id for no key update skip locked",
    [ids],
  );
  expect(free.map(({ id }) => id as string)).toEqual([middle, high]);
  await holder.query("commit");
  expect((await answer).code).toBeNull();
  await expectHealthyLedger(bank);
});

test("20 identical batches at once have one effect", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const orders = repeat(3, () => ({ from, to, amount: 10 }));
  const answers = await raceInSessions(
    bank,
    repeat(
      20,
      () => (session: Client) =>
        createTransfers(bank, ada, orders, { p_idempotency_key: "one" }, session),
    ),
  );
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await bank.balances(from, to)).toEqual([70, 30]);
  await expectHealthyLedger(bank);
});

test("30 reversals of one transfer at once, in three sizes, never take back more than it moved", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada, { balance: 1000 }),
  ];
  const { body } = await bank.transfer(ada, { from, to, amount: 100 });
  const answers = await raceForAccount(
    bank,
    to,
    repeat(
      30,
      (index) => (session: Client) =>
        reverseTransfer(
          bank,
          body.id,
          { p_amount: [17, 26, 41][index % 3], p_force: index % 2 === 0 },
          session,
        ),
    ),
  );
  const taken = answers
    .filter(({ code }) => code === null)
    .reduce((sum, answer) => sum + (answer.body.amount as number), 0);
  expect(taken).toBeGreaterThan(100 - 17);
  expect(taken).toBeLessThanOrEqual(100);
  expect(new Set(answers.map(({ code }) => code))).toEqual(
    new Set([null, "reversal_exceeds_transfer"]),
  );
  expect(await bank.balances(from, to)).toEqual([taken, 1100 - taken]);
  await expectHealthyLedger(bank);
});
