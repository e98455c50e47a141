import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedis, type LocalRedis } from "../../local/redis/start-redis.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { Running } from "../../local/steps.ts";
import { bank, createCustomer } from "../harness/api.ts";
import { sessionPid, until } from "../harness/bank.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import { startWorkerAt } from "../harness/own-worker.ts";
import { cacheResult, readUntilHit } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { isRemoval } from "./writers-command.ts";

interface FullBank {
  readonly redis: LocalRedis;
  /** The writer's way to Redis. */
  readonly endpoint: FaultEndpoint;
  readonly account_id: string;
  /** By one Worker. */
  transfer(): Promise<ApiAnswer>;
  /** By another. */
  read(): Promise<ApiAnswer>;
}

let running: Running;
let full: FullBank | undefined;

beforeEach(async () => {
  running = new Running();
  full = await startFullBank();
}, 60_000);

afterEach(() => running.stopAll());

async function startFullBank(): Promise<FullBank | undefined> {
  const redis = await startRedis(undefined);
  running.add("Redis", redis);
  if (redis.kind === "in_memory") return undefined;
  const upstash = await startUpstashEndpoint(redis.backend);
  running.add("the Redis endpoint", upstash);
  const endpoint = await startFaultEndpoint(upstash.url);
  running.add("the writer's way", endpoint);
  const writer = await startWorkerAt(endpoint.url, upstash.token);
  running.add("the writer", writer);
  const reader = await startWorkerAt(upstash.url, upstash.token);
  running.add("the reader", reader);
  const ada = await createCustomer();
  const [account_id, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const { token } = ada;
  const body = { debit_account_id: account_id, credit_account_id: to, amount: 1 };
  return {
    redis,
    endpoint,
    account_id,
    transfer: () =>
      requestAt(writer.url, "POST", "/v1/transfers", { token, key: randomUUID(), body }),
    read: () => requestAt(reader.url, "GET", `/v1/accounts/${account_id}`, { token }),
  };
}

/**
 * With a limit of one byte Redis is full. It keeps what it has, because `npm start` runs it without
 * eviction.
 */
const setMemory = ({ redis }: FullBank, maxmemory: string): Promise<unknown> =>
  redis.backend.runEach([["CONFIG", "SET", "maxmemory", maxmemory]]);

test("a full Redis: a Worker shows at once what another one has written, although the cache had an older value", async ({
  skip,
}) => {
  if (full === undefined) return skip("There is no redis-server on this machine.");
  for (let made = 1; made <= 5; made += 1) {
    await setMemory(full, "0");
    await readUntilHit(full.read);
    await setMemory(full, "1");
    expect((await full.transfer()).status).toBe(201);
    const shown = await full.read();
    expect(shown.body).toMatchObject({ balance: 100 - made });
    expect(cacheResult(shown)).not.toBe("hit");
  }
  expect(await bank.verify()).toEqual([]);
});

test("a full Redis: a write that begins during the deletion of another write waits for a deletion too", async ({
  skip,
}) => {
  if (full === undefined) return skip("There is no redis-server on this machine.");
  const { endpoint, account_id, transfer, read } = full;
  await readUntilHit(read);
  await setMemory(full, "1");
  endpoint.delay = (command) => (isRemoval(command) ? { before_ms: 300 } : {});
  const holder = await bank.session("superuser");
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for update", [account_id]);
  const untilWaiting = (count: number): Promise<void> =>
    until(async () => {
      const rows = await bank.sql(
        "select from pg_stat_activity " +
          "where $1 = any (pg_blocking_pids(pid)) or wait_event = 'tuple'",
        [sessionPid(holder)],
      );
      return rows.length >= count;
    });
  let acknowledged = 0;
  const transferAndRead = async (): Promise<void> => {
    expect((await transfer()).status).toBe(201);
    acknowledged += 1;
    const at_most = 100 - acknowledged;
    const { balance } = (await read()).body as { balance: number };
    expect(balance).toBeLessThanOrEqual(at_most);
  };
  const first = transferAndRead();
  await untilWaiting(1);
  const second = transferAndRead();
  await untilWaiting(2);
  await holder.query("commit");
  await Promise.all([first, second]);
});
