import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { bank, createCustomer } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import type { RunningServer } from "../harness/run-server.ts";
import { startOwnServer, startServerBehindProxy } from "./own-server.ts";

function expectUnavailable(answer: ApiAnswer): void {
  expect(answer.status, answer.text).toBe(503);
  expect(answer.body).toMatchObject({ code: "service_unavailable" });
  expect(answer.headers.get("Retry-After")).toBeTruthy();
}

/** Settings with which the connections of one server can be told from those of the others. */
function nameConnections(): { database_url: string; select: (columns: string) => string } {
  const name = `edgebank-${randomUUID()}`;
  const url = new URL(inject("bank_api_url"));
  url.searchParams.set("application_name", name);
  const select = (columns: string) =>
    `select ${columns} from pg_stat_activity where application_name = '${name}'`;
  return { database_url: url.href, select };
}

test.each(["refuse", "garbage", "hang", "lose_answer", "keep_answer"] as const)(
  "a database that does %s is 503, and afterwards the server goes on by itself",
  async (fault) => {
    const { server, proxy } = await startServerBehindProxy();
    const { token } = await createCustomer();
    const ask = (path: string) => requestAt(server.url, "GET", path, { token });
    proxy.set(fault);
    expectUnavailable(await ask("/v1/transfers"));
    expect((await ask("/healthz")).status).toBe(200);
    proxy.set("pass");
    expect((await ask("/v1/transfers")).status).toBe(200);
  },
);

/** Transfers one after the other, and the answer of each. */
async function pay(
  server: RunningServer,
  token: string,
  order: object,
  count: number,
): Promise<ApiAnswer[]> {
  const answers: ApiAnswer[] = [];
  for (let index = 0; index < count; index++) {
    const asked = { token, key: randomUUID(), body: order };
    answers.push(await requestAt(server.url, "POST", "/v1/transfers", asked));
  }
  return answers;
}

test("connections that end under load cost 503 at the most, and no money", async () => {
  const { database_url, select } = nameConnections();
  const server = await startOwnServer({ database_url });
  const alice = await createCustomer();
  const [from, to] = [
    await bank.createAccount(alice, { balance: 10_000 }),
    await bank.createAccount(alice),
  ];
  const order = { debit_account_id: from, credit_account_id: to, amount: 1 };
  const paying = Promise.all(Array.from({ length: 8 }, () => pay(server, alice.token, order, 40)));
  let ended = 0;
  const ending = setInterval(() => {
    void bank.sql(select("pg_terminate_backend(pid)")).then((rows) => (ended += rows.length));
  }, 100);
  const answers = (await paying.finally(() => clearInterval(ending))).flat();
  expect(ended).toBeGreaterThan(0);
  expect(server.process.hasEnded()).toBe(false);
  for (const answer of answers.filter(({ status }) => status !== 201)) expectUnavailable(answer);
  const posted = answers.filter(({ status }) => status === 201).length;
  expect(posted).toBeGreaterThan(0);
  // A transfer whose answer was lost may have been made as well.
  const [balance = 0] = await bank.balances(to);
  expect(balance).toBeGreaterThanOrEqual(posted);
  expect(balance).toBeLessThanOrEqual(answers.length);
  expect(await pay(server, alice.token, order, 1)).toMatchObject([{ status: 201 }]);
});

test("a refusal of the database ends no connection, and there are no more than the setting says", async () => {
  const { database_url, select } = nameConnections();
  const vars = { DATABASE_CONNECTIONS_MAX: "3" };
  const server = await startOwnServer({ database_url, vars });
  const { token } = await createCustomer();
  const pids = async (): Promise<unknown[]> =>
    (await bank.sql(select("pid"))).map(({ pid }) => pid as unknown).sort();
  const ask = () => requestAt(server.url, "GET", `/v1/accounts/${randomUUID()}`, { token });
  const answers = await Promise.all(Array.from({ length: 50 }, ask));
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(50).fill(404));
  const before = await pids();
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThanOrEqual(3);
  await Promise.all(Array.from({ length: 50 }, ask));
  expect(await pids()).toEqual(before);
});
