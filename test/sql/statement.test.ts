import { beforeAll, describe, expect, test } from "vitest";
import { sharedBank, type CustomerActor } from "../harness/bank.ts";
import { readHistory, type StoredEntry } from "./entries.ts";

const bank = sharedBank();
let ada: CustomerActor;
let account_id: string;
let history: StoredEntry[];
/** Each entry's time and a microsecond to both sides of it. */
let instants: string[];

beforeAll(async () => {
  ada = await bank.createCustomer();
  account_id = await bank.createAccount(ada, { overdraft_limit: 100, balance: 50 });
  const other = await bank.createAccount(ada, { balance: 50 });
  for (const amount of [30, 60, 5]) {
    await bank.transfer(ada, { from: account_id, to: other, amount });
    await bank.transfer(ada, { from: other, to: account_id, amount: amount - 1 });
  }
  history = await readHistory(bank, account_id);
  const rows = await bank.sql<{ at: string }>(
    `select bank_internal.timestamp_text(created_at + step * interval '1 microsecond') as at
       from bank.entries, generate_series(-1, 1) as step where account_id = $1 order by at`,
    [account_id],
  );
  instants = rows.map(({ at }) => at);
});

interface Statement {
  readonly data: { readonly amount: number; readonly created_at: string }[];
  readonly opening_balance?: number;
  readonly closing_balance?: number;
}

async function read(named: Record<string, unknown>): Promise<Statement> {
  const p_actor = await bank.admin();
  const answer = await bank.call("list_entries", {
    p_actor,
    p_account_id: account_id,
    p_limit: 100,
    ...named,
  });
  return JSON.parse(answer.text ?? "") as Statement;
}

const sum = (amounts: readonly number[]): number =>
  amounts.reduce((total, amount) => total + amount, 0);

describe("opening and closing balance agree with the entries", () => {
  test("of the whole history", async () => {
    const { data, opening_balance, closing_balance } = await read({});
    expect(data).toHaveLength(7);
    expect([opening_balance, closing_balance]).toEqual([0, sum(data.map(({ amount }) => amount))]);
    expect([closing_balance]).toEqual(await bank.balances(account_id));
  });

  test("of every span that begins and ends at, before or after an entry", async () => {
    const { data: all } = await read({});
    const before = (at: string) =>
      sum(all.filter(({ created_at }) => created_at < at).map(({ amount }) => amount));
    for (const from of instants.filter((_, index) => index % 2 === 0)) {
      for (const to of instants.filter((at) => at >= from)) {
        const { data, opening_balance, closing_balance } = await read({ p_from: from, p_to: to });
        expect(data).toEqual(all.filter(({ created_at }) => created_at >= from && created_at < to));
        expect({ from, to, opening_balance, closing_balance }).toEqual({
          from,
          to,
          opening_balance: before(from),
          closing_balance: before(to),
        });
        expect(Number(opening_balance) + sum(data.map(({ amount }) => amount))).toBe(
          closing_balance,
        );
      }
    }
  });

  test("on every page the same, that of the span and not of the page", async () => {
    const span = { p_from: instants[3], p_to: instants.at(-3) };
    const whole = await read(span);
    let position: string | null = null;
    let pages = 0;
    do {
      const named: Record<string, unknown> = { ...span, p_limit: 2, p_position: position };
      const { opening_balance, closing_balance } = await read(named);
      expect([opening_balance, closing_balance]).toEqual([
        whole.opening_balance,
        whole.closing_balance,
      ]);
      const p_actor = ada;
      position = (await bank.call("list_entries", { p_actor, p_account_id: account_id, ...named }))
        .next_position;
      pages += 1;
    } while (position !== null && pages < 10);
    expect(pages).toBe(Math.ceil(whole.data.length / 2));
  });
});

test("a statement without an entry opens and closes at 0, and a span without one at the balance that stood", async () => {
  const p_account_id = await bank.createAccount(ada);
  expect(await read({ p_account_id })).toEqual({
    data: [],
    opening_balance: 0,
    closing_balance: 0,
  });
  const balance = Number(history.at(-1)?.balance_after);
  const after = { data: [], opening_balance: balance, closing_balance: balance };
  expect(await read({ p_from: "2999-01-01Z", p_to: "2999-01-02Z" })).toEqual(after);
});

test("the balance as of a time is the statement's closing balance up to it", async () => {
  for (const at of instants) {
    const call = bank.call("get_balance", { p_actor: ada, p_account_id: account_id, p_at: at });
    const expected = history.filter((_, index) => (instants[index * 3 + 1] ?? "") <= at);
    expect((await call).body).toMatchObject({
      balance: Number(expected.at(-1)?.balance_after ?? 0n),
      version: expected.length,
    });
  }
});

test("the statement of an internal account has no opening and closing balance, because it keeps none", async () => {
  const internal = await bank.value("select id from bank.accounts where kind = 'internal' limit 1");
  const statement = await read({ p_account_id: internal, p_limit: 1 });
  expect(Object.keys(statement)).toEqual(["data"]);
});
