/**
 * How long does a cached read take while other users log in? This measures two cases. In the first
 * one, the default, a separate Worker hashes the passwords. In the second one the bank's own
 * isolate hashes them.
 *
 *   npm run bench:logins [seconds of each measurement]
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningWorker } from "../local/worker/run-worker.ts";
import { openBank } from "./cache-bank.ts";

const seconds = Number(process.argv[2] ?? 10);
const reads_per_second = 50;
const logins_per_second = 5;
const root = path.join(import.meta.dirname, "..");

await using stops = new AsyncDisposableStack();
const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
stops.defer(() => rm(directory, { recursive: true, force: true }));
const bank = stops.use(await openBank());
const [id = ""] = await bank.createAccounts(1);

/** Writes wrangler.toml without the binding to the Worker that hashes passwords. */
async function configWithoutPasswords(): Promise<string> {
  const text = await readFile(path.join(root, "wrangler.toml"), "utf8");
  const alone = text
    .replace(/^\[\[services\]\]\n(?:\w.*\n)+/m, "")
    .replace('main = "', `main = "${root}/`)
    .replace('directory = "', `directory = "${root}/`);
  if (alone.includes("[[services]]")) throw new Error("wrangler.toml still has its services");
  const file = path.join(directory, "wrangler.toml");
  await writeFile(file, alone);
  return file;
}

/**
 * Starts this many calls a second, whether or not earlier ones have ended, and waits for all of
 * them.
 */
async function repeat(per_second: number, call: () => Promise<void>): Promise<void> {
  const began_at = performance.now();
  const calls: Promise<void>[] = [];
  for (let count = 0; count < per_second * seconds; count++) {
    await delay(Math.max(0, began_at + (count * 1_000) / per_second - performance.now()));
    calls.push(call());
  }
  await Promise.all(calls);
}

let attempts = 0;

/**
 * Logs in with an unknown email and a wrong password, which takes as long as a right one. Each
 * attempt comes from an address of its own.
 */
async function logIn({ url }: RunningWorker): Promise<void> {
  attempts += 1;
  const response = await fetch(`${url}/v1/auth/login`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "CF-Connecting-IP": `10.0.${String(attempts >> 8)}.${String(attempts & 255)}`,
    },
    body: JSON.stringify({
      email: `nobody-${String(attempts)}@edgebank.test`,
      password: "not the password of it",
    }),
  });
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`a login answered ${String(response.status)}`);
}

/** The times of cached reads, in ascending order. */
async function measure(worker: RunningWorker, logins: number): Promise<number[]> {
  const took_ms: number[] = [];
  const read = async (): Promise<void> => {
    const began_at = performance.now();
    const response = await fetch(`${worker.url}/v1/accounts/${id}`, {
      headers: { Authorization: `Bearer ${bank.admin_token}` },
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a read answered ${String(response.status)}`);
    took_ms.push(performance.now() - began_at);
  };
  for (let count = 0; count < 20; count++) await read();
  took_ms.length = 0;
  await Promise.all([repeat(reads_per_second, read), repeat(logins, () => logIn(worker))]);
  return took_ms.sort((a, b) => a - b);
}

const places = [
  ["in a separate Worker", await bank.startWorker(bank.redis.url)],
  ["in the bank's isolate", await bank.startWorker(bank.redis.url, await configWithoutPasswords())],
] as const;
console.log("| passwords are hashed | logins a second | reads | p50 ms | p99 ms | slowest ms |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [name, worker] of places) {
  for (const logins of [0, logins_per_second]) {
    const took_ms = await measure(worker, logins);
    const at = (part: number): string =>
      (took_ms[Math.min(took_ms.length - 1, Math.floor(took_ms.length * part))] ?? NaN).toFixed(1);
    console.log(`| ${[name, logins, took_ms.length, at(0.5), at(0.99), at(1)].join(" | ")} |`);
  }
}
