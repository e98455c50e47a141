import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, inject, test } from "vitest";
import type { Env } from "../../../src/env.ts";
import { WindowedRateLimit } from "../../../src/runtimes/rate-limit.ts";

/** The window is so long that none turns in a test. */
const hours = 1_000 * 3_600;

const redisAt = (url: string): Env =>
  ({
    UPSTASH_REDIS_REST_URL: url,
    UPSTASH_REDIS_REST_TOKEN: inject("redis_rest_token"),
    REDIS_READ_TIMEOUT_MS: 1_000,
  }) as unknown as Env;

const openLimit = (policy: string, env: Env | null): WindowedRateLimit =>
  new WindowedRateLimit(
    { policy, quota: 10, window_seconds: hours },
    env === null ? null : () => env,
  );

const isAllowed = async (limit: WindowedRateLimit, key: string): Promise<boolean> =>
  (await limit.limit({ key })).success;

test("ten of eleven are allowed, each key for itself", async () => {
  const limit = openLimit(randomUUID(), null);
  const allowed: boolean[] = [];
  for (let index = 0; index < 11; index++) allowed.push(await isAllowed(limit, "a"));
  expect(allowed).toEqual([...Array<boolean>(10).fill(true), false]);
  expect(await isAllowed(limit, "b")).toBe(true);
});

test("servers learn of each other through Redis", async () => {
  const policy = randomUUID();
  const env = redisAt(inject("redis_rest_url"));
  const [one, other] = [openLimit(policy, env), openLimit(policy, env)];
  for (let index = 0; index < 10; index++) expect(await isAllowed(one, "a")).toBe(true);
  // Each call counts, so the limit is found only when the sum has arrived.
  let asked = 0;
  await expect
    .poll(
      () => {
        asked += 1;
        return isAllowed(other, "a");
      },
      { interval: 150, timeout: 5_000 },
    )
    .toBe(false);
  expect(asked).toBeLessThanOrEqual(10);
  expect(await isAllowed(other, "b")).toBe(true);
});

test("without Redis each server counts alone", async () => {
  let failures = 0;
  const broken = createServer((_request, response) => {
    failures += 1;
    response.writeHead(503).end();
  }).listen(0, "127.0.0.1");
  await once(broken, "listening");
  const { port } = broken.address() as AddressInfo;
  const limit = openLimit(randomUUID(), redisAt(`http://127.0.0.1:${String(port)}`));
  for (let index = 0; index < 10; index++) expect(await isAllowed(limit, "a")).toBe(true);
  await expect.poll(() => failures, { timeout: 5_000 }).toBeGreaterThan(0);
  expect(await isAllowed(limit, "a")).toBe(false);
  broken.close();
});
