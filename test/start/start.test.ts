import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { runAt } from "../harness/scratch-database.ts";
import { processesOf, start } from "./npm-start.ts";

test(
  "two banks start at once on a database without a password, and both stop without a trace",
  { timeout: 120_000 },
  async () => {
    const name = `start_${String(process.pid)}`;
    const server_url = inject("postgres_url");
    await runAt(server_url, `create database ${name}`);
    onTestFinished(async () => {
      await runAt(server_url, `drop database ${name} with (force)`);
    });
    const url = new URL(server_url);
    url.pathname = name;
    // pg takes a password that the URL does not hold from PGPASSWORD, as every Postgres client
    // does.
    const password = url.password;
    url.password = "";
    const [own, embedded] = await Promise.all([
      start({ DATABASE_URL: url.href, PGPASSWORD: password }),
      start(),
    ]);
    await Promise.all([own.opened(), embedded.opened()]);

    for (const { port, output } of [own, embedded]) {
      const [command = ""] = /^curl .*$/m.exec(output()) ?? [];
      const login = spawn("sh", ["-c", command]);
      const [answer] = (await once(login.stdout, "data")) as [Buffer];
      expect(JSON.parse(answer.toString())).toMatchObject({
        token_type: "Bearer",
        role: "customer",
      });
      expect((await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status).toBe(200);
    }
    const log = await readFile(path.join(own.data_directory, "worker.log"), "utf8");
    expect(log).toContain('"event":"request"');

    own.kill("SIGINT");
    embedded.kill("SIGHUP");
    expect(await Promise.all([own.ended, embedded.ended])).toEqual([0, 0]);
    expect(embedded.output()).toMatch(/Edgebank has stopped\.\n$/);
    expect(await processesOf(own.data_directory)).toEqual([]);
    expect(await processesOf(embedded.data_directory)).toEqual([]);
    await expect(
      readFile(path.join(embedded.data_directory, "postgres/cluster/postmaster.pid")),
    ).rejects.toThrow(/ENOENT/);
  },
);

test(
  "npm start leaves no process when it is killed without a chance to clean up",
  { timeout: 90_000 },
  async () => {
    const bank = await start();
    await bank.opened();
    bank.kill("SIGKILL");
    await bank.ended;
    await expect.poll(() => processesOf(bank.data_directory), { timeout: 15_000 }).toEqual([]);
  },
);

test("npm start stops when it is told to while it starts", { timeout: 60_000 }, async () => {
  const bank = await start();
  await expect.poll(bank.output, { timeout: 20_000 }).toContain("Migrations");
  bank.kill("SIGTERM");
  expect(await bank.ended).toBe(0);
  expect(bank.output()).not.toContain("Edgebank is open");
  expect(await processesOf(bank.data_directory)).toEqual([]);
});

test.each([
  [
    "a DATABASE_URL that nobody answers",
    { DATABASE_URL: "postgresql://a:b@127.0.0.1:1/c" },
    /^DATABASE_URL does not answer: .*\n$/,
  ],
  [
    "a REDIS_URL that nobody answers",
    { REDIS_URL: "redis://127.0.0.1:1" },
    /\nREDIS_URL does not answer: .*\n$/,
  ],
  ["a wrong PORT", { PORT: "many" }, /^PORT must be a number from 1 to 65535, not many\.\n$/],
])(
  "npm start refuses %s in one sentence with exit code 1, and leaves nothing behind",
  async (_name, environment, sentence) => {
    const bank = await start(environment);
    expect(await bank.ended).toBe(1);
    expect(bank.output()).toMatch(sentence);
    expect(bank.output()).not.toMatch(/^ +at /m);
    expect(await processesOf(bank.data_directory)).toEqual([]);
  },
);

test("npm start says in one sentence that its port is taken, and what to do", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const bank = await start({ PORT: String(port) });
  expect(await bank.ended).toBe(1);
  expect(bank.output()).toBe(
    `Port ${String(port)} is taken: stop what uses it, or choose another one, as in ` +
      `PORT=${String(port + 1)} npm start.\n`,
  );
});
