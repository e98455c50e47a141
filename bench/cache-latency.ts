/**
 * How long does a read take from the cache, without it, and while Redis hangs? How much time does
 * the cache invalidation add to a transfer? All cases run in turn, one request at a time.
 *
 *   npm run bench:cache-latency
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { openBank } from "./cache-bank.ts";

const rounds = Number(process.env["ROUNDS"] ?? 200);
const break_ms = 5_000;
const limit_ms = 10_000;

await using bank = await openBank();
const worker = await bank.startWorker(bank.redis.url);
const [id = "", other_id = ""] = await bank.createAccounts(2);

interface Answer {
  readonly took_ms: number;
  readonly cache_ms: number;
  readonly result: string;
}

async function send(origin: string, method: string, path: string, body?: object): Promise<Answer> {
  const began_at = performance.now();
  const response = await fetch(origin + path, {
    method,
    headers: {
      Authorization: `Bearer ${bank.admin_token}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  const [, result = "", cache_ms = "0"] =
    /cache;desc=(\w+);dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "") ?? [];
  return { took_ms: performance.now() - began_at, cache_ms: Number(cache_ms), result };
}

const read = (origin = worker.url): Promise<Answer> => send(origin, "GET", `/v1/accounts/${id}`);
const transfer = (origin = worker.url): Promise<Answer> =>
  send(origin, "POST", "/v1/transfers", {
    debit_account_id: id,
    credit_account_id: other_id,
    amount: 1,
  });

async function evict(): Promise<void> {
  await fetch(bank.redis.url, {
    method: "POST",
    headers: { Authorization: `Bearer ${bank.redis.token}` },
    body: JSON.stringify(["DEL", `account:${id}`]),
  });
}

/** Counts only the answers with the expected cache result. */
async function measure(
  result: string,
  before: () => Promise<unknown>,
  ask = (): Promise<Answer> => read(),
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const give_up_at = performance.now() + limit_ms;
  while (answers.length < rounds && performance.now() < give_up_at) {
    await before();
    const answer = await ask();
    if (result === "" || answer.result === result) answers.push(answer);
  }
  return answers;
}

const percentile = (values: readonly number[], part: number): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(1);
};

function row(name: string, values: readonly number[]): void {
  const cells = [name, values.length, percentile(values, 0.5), percentile(values, 0.99)];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const took = (answers: readonly Answer[]): number[] => answers.map(({ took_ms }) => took_ms);
const nothing = (): Promise<void> => Promise.resolve();

for (let round = 0; round < 50; round++) await read().then(evict);
process.stdout.write(
  `${bank.redis_kind}, one request at a time\n\n| | n | p50 ms | p99 ms |\n|---|---|---|---|\n`,
);
row("read, hit", took(await measure("hit", nothing)));
row("read, miss", took(await measure("miss", evict)));
const transfers = await measure("", nothing, () => transfer());
row("transfer", took(transfers));
row(
  "of that, its invalidation",
  transfers.map(({ cache_ms }) => cache_ms),
);

// This Redis takes every command and never answers.
const hanging = createServer(() => undefined);
await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
const { port } = hanging.address() as AddressInfo;
const hanging_url = (await bank.startWorker(`http://127.0.0.1:${port}`)).url;
// The first read warms up the isolate. The circuit breaker that it opens is closed again before the
// next one.
await read(hanging_url).then(() => delay(break_ms + 500));
const first = await read(hanging_url);
row("read, Redis hangs: the first of a break", took([first]));
const broken_until = performance.now() + break_ms - 500;
const hung: Answer[] = [];
while (hung.length < rounds && performance.now() < broken_until) hung.push(await read(hanging_url));
row("read, Redis hangs: the others", took(hung));
const hung_transfers: Answer[] = [];
for (let round = 0; round < 20; round++) hung_transfers.push(await transfer(hanging_url));
row("transfer, Redis hangs", took(hung_transfers));
hanging.close();
hanging.closeAllConnections();
