import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { expectHealthyLedger, raceInSessions, randomNumbers, repeat } from "./race.ts";

const bank = sharedBank();

/**
 * Jepsen's bank: eight accounts, 100 in all, transfers of at most 5, and readers of all of them.
 */
test("every read of all balances shows the same total and no overdraft, whatever transfers are under way", async () => {
  const ada = await bank.createCustomer();
  const accounts = await Promise.all(
    repeat(8, (index) => bank.createAccount(ada, { balance: index === 0 ? 100 : 0 })),
  );
  let writers_at_work = 12;
  const writers = repeat(
    12,
    (index) => async (session: Awaited<ReturnType<typeof bank.session>>) => {
      const random = randomNumbers(100 + index);
      for (let count = 0; count < 25; count += 1) {
        const from = random(8);
        const order = {
          from: accounts[from] ?? "",
          to: accounts[(from + 1 + random(7)) % 8] ?? "",
          amount: 1 + random(5),
        };
        const { code } = await bank.transfer(ada, { ...order, session });
        if (code !== null && code !== "insufficient_funds") throw new Error(`unexpected: ${code}`);
      }
      writers_at_work -= 1;
      return [];
    },
  );
  const readers = repeat(3, () => async (session: Awaited<ReturnType<typeof bank.session>>) => {
    const reads: number[][] = [];
    while (writers_at_work > 0) {
      const { body } = await bank.call("list_accounts", { p_actor: ada }, session);
      reads.push(body.map(({ balance }: { balance: number }) => balance));
    }
    return reads;
  });
  const reads = (await raceInSessions(bank, [...writers, ...readers])).flat();
  expect(reads.length).toBeGreaterThan(10);
  for (const balances of reads) {
    expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(100);
    expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
  }
  expect(new Set(reads.map((balances) => balances.join())).size).toBeGreaterThan(1);
  await expectHealthyLedger(bank);
});
