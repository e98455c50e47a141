/**
 * How many reads are stale, and by how much, when the machine is overloaded, when Redis is frozen,
 * and when Redis refuses connections? A stale read is older than what was acknowledged before it
 * began. There are two Workers: the first one writes, the second one reads.
 *
 *   npm run bench:cache-failures
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { startFaultEndpoint } from "../test/cache/fault-endpoint.ts";
import { openBank } from "./cache-bank.ts";

await using bank = await openBank();
const at_writer = await startFaultEndpoint(bank.redis.url);
const at_reader = await startFaultEndpoint(bank.redis.url);
const writer = await bank.startWorker(at_writer.url);
const reader = await bank.startWorker(at_reader.url);
const headers = { Authorization: `Bearer ${bank.admin_token}`, "Content-Type": "application/json" };

interface Load {
  readonly readers: number;
  readonly writers: number;
  /** The pause between two requests of one caller. */
  readonly pause_ms: number;
}

interface Figures {
  reads: number;
  hits: number;
  stale: number;
  /**
   * The longest time between the acknowledgement of a write and the start of a read that did not
   * show it.
   */
  stalest_ms: number;
  writes: number;
  slowest_write_ms: number;
}

async function run(
  { readers, writers, pause_ms }: Load,
  fault: () => Promise<void>,
): Promise<Figures> {
  const ids = await bank.createAccounts(4);
  // When each version was acknowledged. Each account begins with one entry.
  const acknowledged_at = new Map<string, number[]>(ids.map((id) => [id, [0, 0]]));
  const figures: Figures = {
    reads: 0,
    hits: 0,
    stale: 0,
    stalest_ms: 0,
    writes: 0,
    slowest_write_ms: 0,
  };
  let is_over = false;
  const pick = (): string => ids[Math.floor(Math.random() * ids.length)] ?? "";

  const read = async (): Promise<void> => {
    while (!is_over) {
      const id = pick();
      const began_at = performance.now();
      const newest = (acknowledged_at.get(id)?.length ?? 0) - 1;
      const response = await fetch(`${reader.url}/v1/accounts/${id}`, { headers });
      const { version } = (await response.json()) as { version: number };
      figures.reads += 1;
      if (response.headers.get("Server-Timing")?.includes("desc=hit")) figures.hits += 1;
      if (version < newest) {
        figures.stale += 1;
        const missed_at = acknowledged_at.get(id)?.[version + 1] ?? began_at;
        figures.stalest_ms = Math.max(figures.stalest_ms, began_at - missed_at);
      }
      await delay(pause_ms);
    }
  };
  const write = async (own_id: string): Promise<void> => {
    while (!is_over) {
      const began_at = performance.now();
      const response = await fetch(`${writer.url}/v1/accounts/${own_id}/credit`, {
        method: "POST",
        headers: { ...headers, "Idempotency-Key": randomUUID() },
        body: '{"amount":1}',
      });
      if (response.status !== 201) throw new Error(await response.text());
      await response.arrayBuffer();
      figures.slowest_write_ms = Math.max(figures.slowest_write_ms, performance.now() - began_at);
      acknowledged_at.get(own_id)?.push(performance.now());
      figures.writes += 1;
      await delay(pause_ms * 4);
    }
  };
  const callers = [
    ...Array.from({ length: readers }, read),
    ...Array.from({ length: writers }, (_, index) => write(ids[index % ids.length] ?? "")),
  ];
  await delay(2_000);
  await fault();
  await delay(4_000);
  is_over = true;
  await Promise.all(callers);
  // The effects of this case end before the next one begins.
  await delay(5_000);
  return figures;
}

async function redisPid(): Promise<number> {
  const response = await fetch(bank.redis.url, {
    method: "POST",
    headers: { Authorization: `Bearer ${bank.redis.token}` },
    body: JSON.stringify(["INFO", "server"]),
  });
  return Number(
    /process_id:(\d+)/.exec(((await response.json()) as { result: string }).result)?.[1],
  );
}

async function freeze(): Promise<void> {
  const pid = await redisPid();
  process.kill(pid, "SIGSTOP");
  await delay(1_000);
  process.kill(pid, "SIGCONT");
}

async function refuse(endpoints: readonly (typeof at_writer)[], length_ms: number): Promise<void> {
  for (const endpoint of endpoints) await endpoint.setFault("refuse");
  await delay(length_ms);
  for (const endpoint of endpoints) await endpoint.setFault("none");
}

const calm = { readers: 4, writers: 2, pause_ms: 25 };
const cases: readonly (readonly [name: string, load: Load, fault: () => Promise<void>])[] = [
  [
    "overload: 48 readers and 16 writers without a pause",
    { readers: 48, writers: 16, pause_ms: 0 },
    () => Promise.resolve(),
  ],
  ["redis-server stopped for 1 s", calm, freeze],
  ["connections refused to both for 1 s", calm, () => refuse([at_writer, at_reader], 1_000)],
  ["connections refused to the writer for 3 s", calm, () => refuse([at_writer], 3_000)],
];
console.log(
  "| what fails | reads | hits | writes | stale reads | stale by at most, ms | slowest write, ms |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [name, load, fault] of cases) {
  const { reads, hits, writes, stale, stalest_ms, slowest_write_ms } = await run(load, fault);
  const times = [stalest_ms, slowest_write_ms].map((ms) => ms.toFixed(0));
  const cells = [name, reads, hits, writes, stale, ...times];
  console.log(`| ${cells.join(" | ")} |`);
}
await at_writer.stop();
await at_reader.stop();
