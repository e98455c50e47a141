import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { expect, test } from "vitest";
import { sharedBank, type Answer } from "../harness/bank.ts";
import { readHistory, recomputeHistory } from "../sql/entries.ts";
import { expectHealthyLedger, raceInSessions, randomNumbers, repeat } from "./race.ts";

const bank = sharedBank();

interface Asked {
  readonly name: string;
  readonly named: Readonly<Record<string, unknown>>;
  readonly answer: Answer;
}

test("400 random transfers, credits, debits and retries leave the history that was answered", async () => {
  const seed = Number(process.env["RACE_SEED"] ?? Date.now() % 1_000_000);
  const admin = await bank.admin();
  const customers = await Promise.all(repeat(3, () => bank.createCustomer()));
  const owned = await Promise.all(
    repeat(6, async (index) => {
      const customer = customers[index % 3] ?? customers[0];
      if (customer === undefined) throw new Error("no customer");
      return {
        customer,
        id: await bank.createAccount(customer, { overdraft_limit: 20, balance: 50 }),
      };
    }),
  );

  const ask = async (random: (limit: number) => number, session: Client): Promise<Asked> => {
    const [one, other] = pickTwo(owned, random);
    const common = { p_idempotency_key: randomUUID(), p_amount: 1 + random(40) };
    const transfer = {
      ...common,
      p_actor: one.customer,
      p_debit_account_id: one.id,
      p_credit_account_id: other.id,
    };
    const settlement = { ...common, p_actor: admin, p_account_id: one.id };
    const kind = random(10);
    const [name, named] =
      kind < 7
        ? ["create_transfer", transfer]
        : kind === 7
          ? ["credit_account", settlement]
          : ["debit_account", settlement];
    const answer = await bank.call(name, named, session);
    return { name, named, answer };
  };

  const asked = (
    await raceInSessions(
      bank,
      repeat(16, (index) => async (session) => {
        const random = randomNumbers(seed + index);
        const mine: Asked[] = [];
        for (let count = 0; count < 25; count += 1) {
          const previous = mine[random(mine.length + 4)];
          if (previous === undefined) mine.push(await ask(random, session));
          else
            expect((await bank.call(previous.name, previous.named, session)).text).toBe(
              previous.answer.text,
            );
        }
        return mine;
      }),
    )
  ).flat();

  const posted = asked
    .filter(({ answer }) => answer.code === null)
    .map(({ answer }) => answer.body);
  expect(posted.length, `RACE_SEED=${String(seed)}`).toBeGreaterThan(50);
  expect(asked.length - posted.length, `RACE_SEED=${String(seed)}`).toBeGreaterThan(0);
  for (const { id } of owned) {
    const history = await readHistory(bank, id);
    expect(history, `RACE_SEED=${String(seed)}`).toEqual(recomputeHistory(history));
    const times = history.map((entry) => entry.created_at_us);
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n))).toBe(
      true,
    );
    expect(history.every((entry) => entry.balance_after >= -20n)).toBe(true);
    const own = posted.filter((transfer) =>
      [transfer.debit_account_id, transfer.credit_account_id].includes(id),
    );
    const in_history = history.map((entry) => entry.transfer_id).slice(1);
    expect([...in_history].sort()).toEqual(own.map((transfer) => transfer.id as string).sort());
    const [balance] = await bank.balances(id);
    expect(balance).toBe(
      own.reduce(
        (sum, { debit_account_id, amount }) => sum + (debit_account_id === id ? -amount : amount),
        50,
      ),
    );
  }
  await expectHealthyLedger(bank);
});

function pickTwo<Item>(
  items: readonly Item[],
  random: (limit: number) => number,
): readonly [Item, Item] {
  const index = random(items.length);
  const [one, other] = [items[index], items[(index + 1 + random(items.length - 1)) % items.length]];
  if (one === undefined || other === undefined) throw new Error("nothing to pick");
  return [one, other];
}
