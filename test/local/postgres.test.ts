import { spawn } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { sendSignal } from "../../local/child-process.ts";
import { startPostgres, type Postgres } from "../../local/postgres/start-postgres.ts";
import { createMemoryDirectory } from "../harness/memory-directory.ts";

async function scratchDirectory(): Promise<string> {
  // Only its owner may enter it, and as root the owner is not the one who runs Postgres.
  const directory = await createMemoryDirectory("edgebank-postgres-test-");
  await chmod(directory, 0o700);
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return path.join(directory, "below", "postgres");
}

async function start(directory: string): Promise<Postgres> {
  const postgres = await startPostgres({ directory });
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return (await client.query<object>(text).finally(() => client.end())).rows;
}

test("what was written is there after a stop and a start, with the same password in a file of its owner's", async () => {
  const directory = await scratchDirectory();
  const first = await start(directory);
  await query(first.url, "create table kept as select 42 as answer");
  await first.stop();
  expect(sendSignal(first.pid, 0)).toBe(false);
  const second = await start(directory);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
  expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  expect((await stat(path.join(directory, "superuser-password"))).mode & 0o777).toBe(0o600);
});

test("nobody gets in without the password, and it listens on the loopback address only", async () => {
  const postgres = await start(await scratchDirectory());
  const url = new URL(postgres.url);
  url.password = "wrong";
  await expect(query(url.href, "select 1")).rejects.toThrow(/password authentication failed/);
  expect(await query(postgres.url, "show listen_addresses")).toEqual([
    { listen_addresses: "127.0.0.1" },
  ]);
  expect(await query(postgres.url, "show unix_socket_directories")).toEqual([
    { unix_socket_directories: "" },
  ]);
});

test("the lock of a killed run is survived, whoever has its process number now", async () => {
  const directory = await scratchDirectory();
  const first = await start(directory);
  await query(first.url, "create table kept as select 42 as answer");
  const lock_file = path.join(directory, "cluster/postmaster.pid");
  const lock = await readFile(lock_file, "utf8");
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  const { uid, gid } = await stat(path.join(directory, "cluster"));
  const bystander = spawn("sleep", ["60"], { uid, gid });
  onTestFinished(() => void bystander.kill());
  await writeFile(lock_file, lock.replace(/^\d+/, String(bystander.pid)));
  const second = await start(directory);
  expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
});

test("a server left by a killed run is shut down before another starts", async () => {
  const directory = await scratchDirectory();
  const left = await start(directory);
  const second = await start(directory);
  await left.ended;
  expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("an interrupted making of the cluster is made anew", async () => {
  const directory = await scratchDirectory();
  await mkdir(path.join(directory, "cluster"), { recursive: true });
  await writeFile(path.join(directory, "cluster/PG_VERSION"), "18\n");
  const postgres = await start(directory);
  expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a server that will not start says why in one sentence", async () => {
  const directory = await scratchDirectory();
  await (await start(directory)).stop();
  await writeFile(path.join(directory, "cluster/postgresql.conf"), "nonsense = on\n");
  await expect(startPostgres({ directory })).rejects.toThrow(
    /^PostgreSQL did not start: .*contains errors \(its log is .*postgres\.log\)$/s,
  );
  await rm(path.join(directory, "cluster/PG_VERSION"));
  await expect(startPostgres({ directory })).rejects.toThrow(
    /is not complete: restore it, or delete/,
  );
});
