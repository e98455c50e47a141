import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, inject, test } from "vitest";
import { bank, createCustomer, type TestCustomer } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { accountRead, cacheResult, get, readUntilHit } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { startWorkerAt } from "../harness/own-worker.ts";

const stops: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Far {
  readonly endpoint: FaultEndpoint;
  readonly worker: RunningWorker;
}

/** A Worker whose Redis is so many milliseconds away, there and back. */
async function startFar(
  distance_ms: number,
  vars: Readonly<Record<string, string>> = {},
): Promise<Far> {
  const endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  endpoint.delay = () => ({ before_ms: distance_ms / 2, after_ms: distance_ms / 2 });
  const worker = await startWorkerAt(endpoint.url, inject("redis_rest_token"), vars);
  stops.push(
    () => endpoint.stop(),
    () => worker.stop(),
  );
  return { endpoint, worker };
}

interface Scene {
  readonly ada: TestCustomer;
  readonly account_id: string;
  pay(origin: string): Promise<ApiAnswer>;
}

async function openScene(): Promise<Scene> {
  const ada = await createCustomer();
  const account_id = await bank.createAccount(ada, { balance: 1_000 });
  const other_id = await bank.createAccount(ada);
  const body = { debit_account_id: account_id, credit_account_id: other_id, amount: 1 };
  const pay = (origin: string): Promise<ApiAnswer> =>
    requestAt(origin, "POST", "/v1/transfers", { token: ada.token, key: randomUUID(), body });
  return { ada, account_id, pay };
}

const versionOf = ({ body }: ApiAnswer): number => body.version as number;

describe.each([5, 50, 200])("a Redis that is %i ms away", (distance_ms) => {
  test("counts as reachable: a second read is a hit, and no read is stale", async () => {
    const { worker } = await startFar(distance_ms, {
      REDIS_READ_TIMEOUT_MS: "1000",
      REDIS_WRITE_TIMEOUT_MS: "3000",
    });
    const { ada, account_id, pay } = await openScene();
    const far = accountRead(ada, account_id);
    const near = inject("worker_url");
    let [older, hits, version] = [0, 0, 1];
    const took_ms: number[] = [];
    for (let round = 0; round < 6; round++) {
      // Near Redis the old value is cached when the far writer begins.
      await readUntilHit(() => get(far, near));
      const { status, text } = await pay(worker.url);
      expect(status, text).toBe(201);
      version += 1;
      if (versionOf(await get(far, near)) < version) older += 1;
      if (versionOf(await get(far, worker.url)) < version) older += 1;
      await readUntilHit(() => get(far, worker.url));
      const began_at = performance.now();
      const again = await get(far, worker.url);
      took_ms.push(performance.now() - began_at);
      if (cacheResult(again) === "hit") hits += 1;
      if (versionOf(again) < version) older += 1;
    }
    took_ms.sort((a, b) => a - b);
    const figures = {
      distance_ms,
      hits,
      reads_again: 6,
      older,
      median_hit_ms: Math.round(took_ms[3] ?? 0),
    };
    process.stdout.write(`far redis: ${JSON.stringify(figures)}\n`);
    expect(older).toBe(0);
    expect(hits).toBe(6);
    expect(worker.logged("redis_break")).toEqual([]);
  });
});

test("with the limits for a near Redis, reads leave a Redis that is 200 ms away alone, and every write still tells it", async () => {
  const { worker } = await startFar(200);
  const { ada, account_id, pay } = await openScene();
  const read = accountRead(ada, account_id);
  let version = 1;
  for (let round = 0; round < 4; round++) {
    await readUntilHit(() => get(read));
    expect((await pay(worker.url)).status).toBe(201);
    version += 1;
    expect(versionOf(await get(read))).toBe(version);
    expect(versionOf(await get(read, worker.url))).toBe(version);
  }
  expect(worker.logged("redis_break").map(({ reason }) => reason)).toEqual(
    worker.logged("redis_break").map(() => "slow"),
  );
});
