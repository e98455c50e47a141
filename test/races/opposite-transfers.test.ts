import { expect, test } from "vitest";
import { ownBanks } from "../harness/own-banks.ts";
import { expectHealthyLedger, raceInSessions, randomNumbers, repeat } from "./race.ts";

const createBank = ownBanks();

test("24 connections that move money among 4 accounts never deadlock", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const accounts = await Promise.all(repeat(4, () => bank.createAccount(ada, { balance: 10_000 })));
  const tasks = repeat(
    24,
    (index) => async (session: Parameters<Parameters<typeof raceInSessions>[1][number]>[0]) => {
      const random = randomNumbers(index);
      const codes: (string | null)[] = [];
      for (let count = 0; count < 15; count += 1) {
        const [from, to] = pickTwo(accounts, random);
        codes.push((await bank.transfer(ada, { from, to, amount: 1 + random(50), session })).code);
      }
      await session.query("select pg_stat_force_next_flush()");
      return codes;
    },
  );
  const codes = (await raceInSessions(bank, tasks)).flat();
  expect(codes).toEqual(repeat(360, () => null));
  expect(
    await bank.value(
      "select deadlocks::int from pg_stat_database where datname = current_database()",
    ),
  ).toBe(0);
  expect((await bank.balances(...accounts)).reduce((sum, balance) => sum + balance, 0)).toBe(
    40_000,
  );
  await expectHealthyLedger(bank);
});

test("a transfer locks its accounts in the order of their ids, whichever way the money goes", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [first, second] = [
    await bank.createAccount(ada, { balance: 10 }),
    await bank.createAccount(ada, { balance: 10 }),
  ].sort();
  if (first === undefined || second === undefined) throw new Error("no accounts");
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    const [holder, caller] = [await bank.session("superuser"), await bank.session()];
    await holder.query("begin");
    await holder.query("select from bank.accounts where id = $1 for no key update", [first]);
    const waiting = bank.transfer(ada, { from, to, amount: 1, session: caller });
    await bank.untilBlocked(caller);
    // If the second row were locked already, this would be refused. A transfer holds no lock on it
    // while it waits for the first row.
    await holder.query("select from bank.accounts where id = $1 for no key update nowait", [
      second,
    ]);
    await holder.query("commit");
    expect((await waiting).code).toBeNull();
  }
});

function pickTwo(
  accounts: readonly string[],
  random: (limit: number) => number,
): readonly [string, string] {
  const from = random(accounts.length);
  const to = (from + 1 + random(accounts.length - 1)) % accounts.length;
  return [accounts[from] ?? "", accounts[to] ?? ""];
}
