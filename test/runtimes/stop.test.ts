import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { until } from "../harness/bank.ts";
import { bank, createCustomer } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import type { RunningServer } from "../harness/run-server.ts";
import { startOwnServer, startServerBehindProxy } from "./own-server.ts";

/**
 * Makes refusals, which are audited through the queue and need no database themselves. Returns
 * their request ids.
 */
async function refuse(server: RunningServer, count: number): Promise<string[]> {
  const { token } = await createCustomer();
  const ids = Array.from({ length: count }, () => `refused-${randomUUID()}`);
  for (const id of ids) {
    const asked = { token, body: {}, headers: { "X-Request-Id": id } };
    const { status } = await requestAt(server.url, "PATCH", `/v1/accounts/${randomUUID()}`, asked);
    expect(status).toBe(403);
  }
  return ids;
}

const countStored = async (request_ids: readonly string[]): Promise<number> => {
  const [row] = await bank.sql<{ count: number }>(
    "select count(*)::integer as count from bank.audit_events where request_id = any ($1)",
    [request_ids],
  );
  return row?.count ?? -1;
};

async function isListening(server: RunningServer): Promise<boolean> {
  return fetch(new URL("/healthz", server.url), { headers: { Connection: "close" } }).then(
    () => true,
    () => false,
  );
}

test("a transfer under way when the server is told to stop is answered, and then nothing listens", async () => {
  const server = await startOwnServer();
  const alice = await createCustomer();
  const [from, to] = [
    await bank.createAccount(alice, { balance: 100 }),
    await bank.createAccount(alice),
  ];
  const holder = await bank.session("superuser");
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for update", [from]);
  const transfer = requestAt(server.url, "POST", "/v1/transfers", {
    token: alice.token,
    key: randomUUID(),
    body: { debit_account_id: from, credit_account_id: to, amount: 40 },
  });
  const isWaiting = "select from pg_locks where not granted and transactionid is not null";
  await until(async () => (await bank.sql(isWaiting)).length > 0);
  server.process.child.kill("SIGTERM");
  await until(async () => !(await isListening(server)));
  expect(server.process.hasEnded()).toBe(false);
  await holder.query("rollback");
  expect((await transfer).status).toBe(201);
  expect(await server.process.ended).toMatchObject({ code: 0 });
  expect(server.logged("server_stopped")).toMatchObject([{ is_finished: true }]);
  expect(await bank.balances(from, to)).toEqual([60, 40]);
});

test("audit events that wait in the queue are stored before the server ends", async () => {
  const server = await startOwnServer();
  const ids = await refuse(server, 20);
  server.process.child.kill("SIGTERM");
  expect(await server.process.ended).toMatchObject({ code: 0 });
  expect(await countStored(ids)).toBe(20);
});

test("audit events wait while the database is away, and no request waits for them", async () => {
  const { server, proxy } = await startServerBehindProxy();
  proxy.set("refuse");
  const ids = await refuse(server, 20);
  await expect
    .poll(() => server.logged("audit_events_refused").length, { timeout: 10_000 })
    .toBeGreaterThan(0);
  expect(await countStored(ids)).toBe(0);
  proxy.set("pass");
  server.process.child.kill("SIGTERM");
  expect(await server.process.ended).toMatchObject({ code: 0 });
  expect(await countStored(ids)).toBe(20);
});

test("audit events that cannot be stored until the end are whole in the log", async () => {
  const { server, proxy } = await startServerBehindProxy();
  proxy.set("refuse");
  const ids = await refuse(server, 20);
  server.process.child.kill("SIGTERM");
  await server.process.ended;
  const kept = server
    .logged("audit_events_undelivered")
    .flatMap(({ audit_events }) => audit_events as object[]);
  expect(kept).toHaveLength(20);
  proxy.set("pass");
  await bank.sql("select bank.store_audit_events($1)", [JSON.stringify(kept)]);
  expect(await countStored(ids)).toBe(20);
});
