import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, inject, onTestFinished, test } from "vitest";
import { findFreePort } from "../../local/free-port.ts";
import { runAt } from "../contracts/scratch-database.ts";

const start_limit_ms = 60_000;

interface Started {
  readonly output: () => string;
  readonly data_directory: string;
  readonly port: number;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  opened(): Promise<void>;
}

async function start(environment: Record<string, string> = {}): Promise<Started> {
  const data_directory = await mkdtemp(path.join(tmpdir(), "edgebank-start-test-"));
  const port = await findFreePort();
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "../../local/start.ts")], {
    env: {
      HOME: process.env["HOME"],
      PATH: process.env["PATH"],
      PORT: String(port),
      EDGEBANK_DATA_DIR: data_directory,
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const ended = once(child, "close").then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(data_directory, { recursive: true, force: true });
  });
  return {
    output: () => output,
    data_directory,
    port,
    ended,
    kill: (signal) => void child.kill(signal),
    opened: async () => {
      const give_up_at = Date.now() + start_limit_ms;
      while (!output.includes("Edgebank is open")) {
        if (child.exitCode !== null || Date.now() > give_up_at) throw new Error(`not open:\n${output}`);
        await delay(50);
      }
    },
  };
}

/** The processes of this machine that work for a data directory. */
async function processesOf(data_directory: string): Promise<string[]> {
  const child = spawn("grep", ["-lsaF", "-f", "-", "-r", "--include=environ", "--include=cmdline", "/proc"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.end(data_directory);
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  await once(child, "close");
  return output.split("\n").filter((line) => /^\/proc\/\d+\/\w+$/.test(line));
}

test(
  "an own database without a password, twice at once, and both stop without a trace",
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
    // pg takes a password that the URL does not hold from PGPASSWORD, as every Postgres client does.
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
      expect(JSON.parse(answer.toString())).toMatchObject({ token_type: "Bearer", role: "customer" });
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

test("killed without a chance to clean up, it leaves no process", { timeout: 90_000 }, async () => {
  const bank = await start();
  await bank.opened();
  bank.kill("SIGKILL");
  await bank.ended;
  await expect.poll(() => processesOf(bank.data_directory), { timeout: 15_000 }).toEqual([]);
});

test("told to stop while it starts, it stops", { timeout: 60_000 }, async () => {
  const bank = await start();
  await expect.poll(bank.output, { timeout: 20_000 }).toContain("Migrations");
  bank.kill("SIGTERM");
  expect(await bank.ended).toBe(0);
  expect(bank.output()).not.toContain("Edgebank is open");
  expect(await processesOf(bank.data_directory)).toEqual([]);
});

test.each([
  [
    "DATABASE_URL that nobody answers",
    { DATABASE_URL: "postgresql://a:b@127.0.0.1:1/c" },
    /^DATABASE_URL does not answer: .*\n$/,
  ],
  [
    "REDIS_URL that nobody answers",
    { REDIS_URL: "redis://127.0.0.1:1" },
    /\nREDIS_URL does not answer: .*\n$/,
  ],
  ["a wrong PORT", { PORT: "many" }, /^PORT must be a number from 1 to 65535, not many\.\n$/],
])("%s: one sentence, exit code 1, nothing left", async (_name, environment, sentence) => {
  const bank = await start(environment);
  expect(await bank.ended).toBe(1);
  expect(bank.output()).toMatch(sentence);
  expect(bank.output()).not.toMatch(/^ +at /m);
  expect(await processesOf(bank.data_directory)).toEqual([]);
});

test("a taken port is one sentence with a way out", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const bank = await start({ PORT: String(port) });
  expect(await bank.ended).toBe(1);
  expect(bank.output()).toBe(
    `Port ${String(port)} is taken: stop what uses it, or choose another one, as in PORT=${String(port + 1)} npm start.\n`,
  );
});
