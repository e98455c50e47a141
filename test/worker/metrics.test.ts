import { expect, test } from "vitest";
import { app } from "../../src/app.ts";

const limiter = { limit: async () => ({ success: true }) };

/** A Worker without a database, whose dataset keeps what it is given. */
function bindings(points: unknown[]): object {
  return {
    DATABASE_URL: "postgres://nobody@127.0.0.1/none",
    UPSTASH_REDIS_REST_URL: "https://redis.example",
    UPSTASH_REDIS_REST_TOKEN: "token",
    JWT_KEYS: JSON.stringify({ active: "a", keys: { a: btoa("k".repeat(33)) } }),
    JWT_ISSUER: "https://edgebank.test",
    JWT_AUDIENCE: "edgebank-test",
    USER_RATE_LIMIT: limiter,
    ADDRESS_RATE_LIMIT: limiter,
    LOGIN_RATE_LIMIT: limiter,
    AUDIT_QUEUE: { send: async () => undefined },
    ASSETS: { fetch: async () => new Response("") },
    METRICS: { writeDataPoint: (point: unknown) => points.push(point) },
  };
}

test("each request is one data point, with its route and not its path", async () => {
  const points: unknown[] = [];
  const env = bindings(points);
  const url = "https://bank.example/v1/accounts/01a20469-8ed7-7e54-a78e-b0ba46161253?secret=1";
  await app.fetch(new Request(url), env);
  expect(points).toEqual([
    {
      indexes: ["/v1/accounts/:id"],
      blobs: ["request", "GET", "/v1/accounts/:id", "unauthenticated", "bypass"],
      doubles: [401, expect.any(Number), 0, 0],
    },
  ]);
});

test("without a dataset nothing is counted, and the response is the same", async () => {
  const env = { ...bindings([]), METRICS: undefined };
  const { status } = await app.fetch(new Request("https://bank.example/v1/me"), env);
  expect(status).toBe(401);
});
