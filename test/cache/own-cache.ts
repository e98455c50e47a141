import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { openCache, type Cache } from "../../src/cache/cache.ts";
import type { Value } from "../../src/cache/envelope.ts";
import { accountKey } from "../../src/cache/keys.ts";
import type { Env } from "../../src/env.ts";

export type Key = ReturnType<typeof accountKey>;

export const read_limit_ms = 150;

/**
 * The cache in the process of the test, without a Worker. What goes on after a request is added to
 * the list.
 */
export function openOwnCache(redis_url: string, settled: Promise<unknown>[]): Cache {
  const env = {
    UPSTASH_REDIS_REST_URL: redis_url,
    UPSTASH_REDIS_REST_TOKEN: inject("redis_rest_token"),
    REDIS_READ_TIMEOUT_MS: read_limit_ms,
    REDIS_WRITE_TIMEOUT_MS: 1_000,
    JWT_KEYS: { active: "test", keys: { test: new Uint8Array(32).fill(7) } },
  } as unknown as Env;
  return openCache(env, (promise) => void settled.push(promise));
}

export const newKey = (): Key => accountKey(randomUUID());
export const valueOf = (body: string): Value => ({ body, owner: "ada", etag: `"${body}"` });
