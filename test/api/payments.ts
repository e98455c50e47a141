import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Code } from "../../src/errors.ts";
import { bank, createCustomer, request, type TestCustomer } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";

/** Two customers, the first with money to spend. */
export interface Pair {
  readonly alice: TestCustomer;
  readonly bob: TestCustomer;
  readonly from: string;
  readonly to: string;
}

export async function createPair(balance = 1_000): Promise<Pair> {
  const [alice, bob] = await Promise.all([createCustomer("Alice"), createCustomer("Bob")]);
  const [from, to] = await Promise.all([
    bank.createAccount(alice, { balance }),
    bank.createAccount(bob),
  ]);
  return { alice, bob, from, to };
}

/** A `POST` with a key of its own, unless one is given. */
export function post(
  token: string | undefined,
  path: string,
  body?: unknown,
  key: string = randomUUID(),
): Promise<ApiAnswer> {
  return request("POST", `/v1${path}`, { token, key, body });
}

export const get = (
  token: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> => request("GET", `/v1${path}`, { token, headers });

export const order = (
  { from, to }: Pick<Pair, "from" | "to">,
  amount: number,
  more: object = {},
): object => ({
  debit_account_id: from,
  credit_account_id: to,
  amount,
  ...more,
});

/** The id of a new hold. */
export async function hold(
  { alice, from, to }: Pair,
  amount: number,
  more: object = {},
): Promise<string> {
  const answer = await post(alice.token, "/holds", order({ from, to }, amount, more));
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id as string;
}

/** Everything that money operations could change of these two. */
export const stateOf = ({ alice, bob, from, to }: Pair): Promise<unknown> =>
  bank.sql(
    `select (select jsonb_agg(to_jsonb(account) order by id)
               from bank.accounts as account where id in ($1, $2)) as accounts,
            (select jsonb_agg(to_jsonb(hold) order by id)
               from bank.holds as hold where debit_account_id in ($1, $2)) as holds,
            (select count(*) from bank.transfers
              where status = 'posted'
                and (debit_account_id in ($1, $2) or credit_account_id in ($1, $2))) as transfers,
            (select count(*) from bank.entries where account_id in ($1, $2)) as entries
       from (select $3::uuid, $4::uuid) as customers`,
    [from, to, alice.customer_id, bob.customer_id],
  );

/** The answer is a problem document with this code, and nothing has changed. */
export async function expectUnchanged(
  pair: Pair,
  ask: () => Promise<ApiAnswer>,
  code: Code,
): Promise<ApiAnswer> {
  const before = await stateOf(pair);
  const answer = await ask();
  expect(answer.headers.get("Content-Type"), answer.text).toBe("application/problem+json");
  expect(answer.body, answer.text).toMatchObject({
    code,
    status: answer.status,
    request_id: expect.any(String),
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(await stateOf(pair)).toEqual(before);
  return answer;
}
