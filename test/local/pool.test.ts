import { rm } from "node:fs/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { Client } from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { startPostgres } from "../../local/postgres/start-postgres.ts";
import { startPostgresPool, type PostgresPool } from "../../local/pool/postgres-pool.ts";
import { createMemoryDirectory } from "../harness/memory-directory.ts";
import { runAt } from "../harness/scratch-database.ts";

const directory = await createMemoryDirectory("edgebank-pool-test-");
const postgres = await startPostgres({
  directory,
  settings: { fsync: "off", max_connections: "20", superuser_reserved_connections: "3" },
});
afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

async function startPool(): Promise<PostgresPool> {
  const pool = await startPostgresPool(postgres.url);
  onTestFinished(() => pool.stop());
  return pool;
}

async function connectTo(pool: PostgresPool): Promise<Client> {
  const client = new Client({ connectionString: pool.url });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

/** Connections of the pool, as the server counts them. */
async function countConnections(): Promise<number> {
  const [row] = await runAt<{ count: number }>(
    postgres.url,
    "select count(*)::integer as count from pg_stat_activity where application_name = 'edgebank'",
  );
  return row?.count ?? 0;
}

test("500 callers at once are all answered, each with its own answer, over a quarter of the server's connections", async () => {
  const pool = await startPool();
  const callers = Array.from({ length: 500 }, (_, index) => index);
  const answers = await Promise.all(
    callers.map(async (index) => {
      const client = await connectTo(pool);
      const { rows } = await client.query<{ answer: number }>("select $1::integer as answer", [
        index,
      ]);
      return rows[0]?.answer;
    }),
  );
  expect(answers).toEqual(callers);
  // It opens them as callers come: how many of the 5 that it may have were needed is a matter of
  // the machine's speed.
  const connections = await countConnections();
  expect(connections).toBeGreaterThan(1);
  expect(connections).toBeLessThanOrEqual(5);
});

test("a caller of the pool who is connected and asks nothing does not make others wait", async () => {
  const pool = await startPool();
  await Promise.all(Array.from({ length: 20 }, () => connectTo(pool)));
  const asking = await connectTo(pool);
  expect((await asking.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("the pool gives a transaction one connection until its end", async () => {
  const pool = await startPool();
  const clients = await Promise.all(Array.from({ length: 3 }, () => connectTo(pool)));
  const backends = await Promise.all(
    clients.map(async (client) => {
      await client.query("begin");
      const before = await client.query("select pg_backend_pid() as pid, pg_sleep(0.1)::text");
      const after = await client.query("select pg_backend_pid() as pid");
      await client.query("commit");
      expect(after.rows[0]).toMatchObject({ pid: (before.rows[0] as { pid: number }).pid });
      return (after.rows[0] as { pid: number }).pid;
    }),
  );
  expect(new Set(backends).size).toBe(3);
});

test("the error of a statement goes to its caller, and the connection stays usable", async () => {
  const client = await connectTo(await startPool());
  await expect(client.query("select 1 / $1::integer", [0])).rejects.toMatchObject({
    code: "22012",
  });
  expect((await client.query("select 2 as two")).rows).toEqual([{ two: 2 }]);
});

test("an answer of 20 MB arrives whole", async () => {
  const client = await connectTo(await startPool());
  const { rows } = await client.query<{ text: string }>("select repeat('ä', 10000000) as text");
  expect(rows[0]?.text.length).toBe(10_000_000);
});

test("who leaves in the middle of a transaction leaves no lock and no open transaction to the next", async () => {
  const pool = await startPool();
  const leaving = await connectTo(pool);
  await runAt(postgres.url, "create table if not exists kept (n integer)");
  await leaving.query("begin");
  await leaving.query("insert into kept values (1)");
  const socket = (leaving as unknown as { connection: { stream: { destroy(): void } } }).connection
    .stream;
  socket.destroy();
  const next = await connectTo(pool);
  for (let index = 0; index < 6; index++) {
    expect((await next.query("select count(*)::integer as count from kept")).rows).toEqual([
      { count: 0 },
    ]);
  }
});

test("connections that the server ends are made anew", async () => {
  const pool = await startPool();
  const client = await connectTo(pool);
  await client.query("select 1");
  await runAt(
    postgres.url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'edgebank'",
  );
  await expect.poll(countConnections).toBe(0);
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("nobody gets in who does not know the user of this run", async () => {
  const pool = await startPool();
  const url = new URL(pool.url);
  for (const user of [
    "bank_api",
    "postgres",
    "edgebank",
    `${url.username}x`,
    url.username.slice(0, -1),
  ]) {
    url.username = user;
    await expect(runAt(url.href, "select 1"), user).rejects.toMatchObject({ code: "28000" });
  }
});

test.each([
  ["nothing of the protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["a message of no length", Buffer.alloc(8)],
  ["an old version", Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
])("who says %s is shown out", async (_what, bytes) => {
  const { port } = new URL((await startPool()).url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
});

test("a role that is not let in is one sentence", async () => {
  const url = new URL(postgres.url);
  url.password = "wrong";
  await expect(startPostgresPool(url.href)).rejects.toThrow(
    /^The server does not let the Worker's role in: password authentication failed.*\(28P01\)$/,
  );
});
