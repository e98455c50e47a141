import type { Client } from "pg";
import { expect, test } from "vitest";
import { ownBanks } from "../harness/own-banks.ts";
import { createTransfers } from "../sql/operations.ts";
import { expectHealthyLedger, raceInSessions, randomNumbers, repeat } from "./race.ts";

const createBank = ownBanks();

interface Asked {
  readonly p_account_id: string;
  readonly p_at: string;
  readonly body: { readonly balance: number; readonly version: number };
}

test("a balance as of a time that is read while money moves never changes later, and is the sum of the entries", async () => {
  const bank = await createBank();
  const seed = Number(process.env["RACE_SEED"] ?? Date.now() % 1_000_000);
  const ada = await bank.createCustomer();
  const ids: string[] = [];
  while (ids.length < 3)
    ids.push(await bank.createAccount(ada, { balance: 100, overdraft_limit: 1000 }));
  const account = (index: number): string => ids[index % ids.length] ?? "";
  let writers_left = 6;

  const write = (index: number) => async (session: Client) => {
    const random = randomNumbers(seed + index);
    for (let count = 0; count < 25; count += 1) {
      const start = random(3);
      const order = {
        from: account(start),
        to: account(start + 1 + random(2)),
        amount: 1 + random(9),
      };
      if (count % 5 === 0)
        await createTransfers(
          bank,
          ada,
          repeat(4, () => order),
          {},
          session,
        );
      else await bank.transfer(ada, { ...order, session });
    }
    writers_left -= 1;
    return [];
  };
  const read = (index: number) => async (session: Client) => {
    const asked: Asked[] = [];
    while (writers_left > 0 && asked.length < 2_000) {
      const p_account_id = account(index + asked.length);
      // As late as may be asked: what is under way at this very moment bears an earlier time or a
      // later one.
      const { rows } = await session.query(
        "select at::text as p_at, (bank.get_balance(jsonb_populate_record(null::bank.actor, " +
          "$1::jsonb), $2::uuid, at)).body " +
          "from (select clock_timestamp() as at offset 0) as now",
        [JSON.stringify(ada), p_account_id],
      );
      asked.push({
        p_account_id,
        p_at: rows[0].p_at,
        body: JSON.parse(rows[0].body) as Asked["body"],
      });
    }
    return asked;
  };
  const asked = (
    await raceInSessions<Asked[]>(bank, [...repeat(6, write), ...repeat(4, read)])
  ).flat();

  expect(asked.length, `RACE_SEED=${String(seed)}`).toBeGreaterThan(100);
  for (const { p_account_id, p_at, body } of asked) {
    const again = await bank.call("get_balance", { p_actor: ada, p_account_id, p_at });
    expect(again.body, `RACE_SEED=${String(seed)}`).toEqual(body);
  }
  const sums = await bank.sql<{ wrong: number }>(
    `select count(*)::int as wrong
       from jsonb_to_recordset($1)
            as asked (account_id uuid, at timestamptz, balance bigint, version bigint)
      cross join lateral (
        select coalesce(sum(amount), 0) as balance, count(*) as version from bank.entries
         where entries.account_id = asked.account_id and created_at <= asked.at) as up_to_then
      where (asked.balance, asked.version)
            is distinct from (up_to_then.balance, up_to_then.version)`,
    [
      JSON.stringify(
        asked.map(({ p_account_id, p_at, body }) => ({
          ...body,
          account_id: p_account_id,
          at: p_at,
        })),
      ),
    ],
  );
  expect(sums).toEqual([{ wrong: 0 }]);
  expect(new Set(asked.map(({ body }) => body.version)).size).toBeGreaterThan(5);
  await expectHealthyLedger(bank);
});

test("a statement that is read page by page while entries arrive has each version once, and its balances agree on every page", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 1000 }),
    await bank.createAccount(ada),
  ];
  for (let count = 0; count < 20; count += 1) await bank.transfer(ada, { from, to, amount: 1 });
  let is_read = false;
  const write = async (session: Client) => {
    for (let count = 0; count < 300 && !is_read; count += 1)
      await bank.transfer(ada, { from, to, amount: 1, session });
    return 0;
  };
  const read = async (session: Client) => {
    for (let round = 0; round < 10; round += 1) {
      const versions: number[] = [];
      let p_position: string | null = null;
      do {
        const named: Record<string, unknown> = {
          p_actor: ada,
          p_account_id: from,
          p_limit: 3,
          p_position,
        };
        const answer = await bank.call("list_entries", named, session);
        const page = JSON.parse(answer.text ?? "") as {
          closing_balance: number;
          opening_balance: number;
        };
        expect(page.opening_balance).toBe(0);
        expect(page.closing_balance).toBeLessThanOrEqual(1000 + 1 - answer.body[0].account_version);
        versions.push(
          ...answer.body.map(({ account_version }: { account_version: number }) => account_version),
        );
        p_position = answer.next_position;
      } while (p_position !== null && versions.length < 1_000);
      expect(versions).toEqual(repeat(versions.length, (index) => versions.length - index));
      expect(versions.length).toBeGreaterThanOrEqual(21);
    }
    is_read = true;
    return 0;
  };
  await raceInSessions(bank, [write, write, read]);
  await expectHealthyLedger(bank);
});
