import { randomInt, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { AppContext } from "../../src/edge/app-env.ts";
import { limitLogin } from "../../src/edge/login-limit.ts";
import { countItems, limitUser } from "../../src/edge/rate-limit.ts";
import type { Env } from "../../src/env.ts";
import { ApiError } from "../../src/errors.ts";
import type { RequestContext } from "../../src/services/request-context.ts";
import { admin, createCustomer, request } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { startWorkerAt } from "../harness/own-worker.ts";

const password = "correct horse battery";
const newEmail = (): string => `limits-${randomUUID()}@edgebank.test`;
const newAddress = (): string => `10.${[0, 0, 0].map(() => String(randomInt(256))).join(".")}`;

const wrongPassword = (): Promise<never> => Promise.reject(new ApiError("invalid_credentials"));

/** Counts a login as the Worker does, in the Redis of the Worker, without hashing a password. */
function loginAt(
  ip: string,
  email: string,
  outcome: () => Promise<unknown> = wrongPassword,
): Promise<unknown> {
  const env = {
    UPSTASH_REDIS_REST_URL: inject("redis_rest_url"),
    UPSTASH_REDIS_REST_TOKEN: inject("redis_rest_token"),
    REDIS_READ_TIMEOUT_MS: 150,
    REDIS_WRITE_TIMEOUT_MS: 1_000,
  } as unknown as Env;
  return limitLogin({ env, ip, request_id: "test" } as unknown as RequestContext, email, outcome);
}

/** A try with the wrong password, which was let in. */
async function attemptAt(ip: string, email: string): Promise<void> {
  const error = await refusalOf(loginAt(ip, email));
  if (error.code !== "invalid_credentials") throw error;
}

async function attempts(
  count: number,
  of: (index: number) => [ip: string, email: string],
): Promise<void> {
  for (let index = 0; index < count; index++) await attemptAt(...of(index));
}

async function refusalOf(attempted: Promise<unknown>): Promise<ApiError> {
  const error = await attempted.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

function expectRefusal(error: ApiError, policy: string, window_seconds: number): void {
  expect(error.code).toBe("rate_limited");
  expect(error.headers["RateLimit-Policy"]).toMatch(
    new RegExp(`^"${policy}";q=\\d+;w=${String(window_seconds)}$`),
  );
  expect(error.headers["RateLimit"]).toMatch(new RegExp(`^"${policy}";r=0;t=\\d+$`));
  const retry_after = Number(error.headers["Retry-After"]);
  expect(retry_after).toBeGreaterThan(0);
  expect(retry_after).toBeLessThanOrEqual(window_seconds);
}

const login = (origin: string, ip: string, body: object): Promise<ApiAnswer> =>
  requestAt(origin, "POST", "/v1/auth/login", { body, headers: { "CF-Connecting-IP": ip } });

describe("the limits of logins, counted in Redis:", () => {
  test("an email has 10 failures from one address, and can still log in from another", async () => {
    const [ip, email] = [newAddress(), newEmail()];
    await attempts(10, () => [ip, email]);
    expectRefusal(await refusalOf(loginAt(ip, email)), "login-email-address", 900);
    await attemptAt(newAddress(), email);
    await attemptAt(ip, newEmail());
  });

  test("a successful login does not count as a failure", async () => {
    const [ip, email] = [newAddress(), newEmail()];
    for (let index = 0; index < 25; index++)
      await loginAt(ip, email, () => Promise.resolve("token"));
  });

  test("an outage of the database does not count as a failed login", async () => {
    const [ip, email] = [newAddress(), newEmail()];
    const outage = (): Promise<never> => Promise.reject(new ApiError("service_unavailable"));
    for (let index = 0; index < 12; index++) {
      expect((await refusalOf(loginAt(ip, email, outage))).code).toBe("service_unavailable");
    }
    expect(await loginAt(ip, email, () => Promise.resolve("token"))).toBe("token");
  });

  test("an email has 100 failures an hour from anywhere", async () => {
    const email = newEmail();
    await attempts(100, () => [newAddress(), email]);
    expectRefusal(await refusalOf(loginAt(newAddress(), email)), "login-email", 3_600);
  });

  test("an address has 100 attempts a minute, successful ones too, and further ones do not count against an email", async () => {
    const [ip, email] = [newAddress(), newEmail()];
    await attempts(99, () => [ip, newEmail()]);
    await loginAt(ip, newEmail(), () => Promise.resolve("token"));
    for (let index = 0; index < 101; index++) {
      expectRefusal(await refusalOf(loginAt(ip, email)), "login-address", 60);
    }
    await attemptAt(newAddress(), email);
  });

  test("every count expires by itself, so nobody is locked out for ever", async () => {
    const [ip, email] = [newAddress(), newEmail()];
    await attempts(3, () => [ip, email]);
    const keys = (await redis("KEYS", "login-*")) as string[];
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys.slice(0, 200)) {
      const lifetime_ms = (await redis("PTTL", key)) as number;
      expect(lifetime_ms, key).toBeGreaterThan(0);
      // A sliding window looks back at the one before.
      expect(lifetime_ms).toBeLessThanOrEqual(2 * 3_600_000 + 1_000);
    }
    expect(keys.join()).not.toContain(email);
  });

  test("the Worker refuses before it hashes a password, and the customer can log in from elsewhere", async () => {
    const [ip, email] = [newAddress(), newEmail()];
    const { token } = await admin();
    await request("POST", "/v1/customers", { token, body: { name: "Ada", email, password } });
    await attempts(10, () => [ip, email]);
    const refused = await login(inject("worker_url"), ip, { email, password });
    expect(refused.body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(refused.headers.get("Content-Type")).toBe("application/problem+json");
    expect(refused.headers.get("RateLimit-Policy")).toBe('"login-email-address";q=10;w=900');
    expect(refused.headers.get("RateLimit")).toMatch(/^"login-email-address";r=0;t=\d+$/);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    // No database, so no hash to compare with.
    expect(refused.headers.get("Server-Timing")).toMatch(/^db;dur=0\.0,/);
    expect((await login(inject("worker_url"), newAddress(), { email, password })).status).toBe(200);
  });
});

describe("logins while Redis is away", () => {
  let endpoint: FaultEndpoint;
  let worker: RunningWorker;

  beforeAll(async () => {
    endpoint = await startFaultEndpoint(inject("redis_rest_url"));
    await endpoint.setFault("refuse");
    worker = await startWorkerAt(endpoint.url);
  });
  afterAll(async () => {
    await worker.stop();
    await endpoint.stop();
  });

  test(
    "are checked ten times a minute for each email and address, then refused, and still work from elsewhere",
    { timeout: 60_000 },
    async () => {
      const [ip, email] = [newAddress(), newEmail()];
      const answers: ApiAnswer[] = [];
      for (let index = 0; index < 12; index++)
        answers.push(await login(worker.url, ip, { email, password }));
      expect(answers.map(({ status }) => status)).toEqual([
        ...Array<number>(10).fill(401),
        429,
        429,
      ]);
      const refused = answers.at(-1);
      expect(refused?.headers.get("RateLimit-Policy")).toBe('"login-location";q=10;w=60');
      expect(refused?.headers.get("Retry-After")).toBe("60");
      expect((await login(worker.url, newAddress(), { email, password })).status).toBe(401);
    },
  );
});

describe("the limits of everything else, counted by the binding:", () => {
  const contextWith = (success: boolean): { c: AppContext; sent: Map<string, string> } => {
    const sent = new Map<string, string>();
    const env = { USER_RATE_LIMIT: { limit: () => Promise.resolve({ success }) } };
    const c = {
      get: () => ({ env }),
      header: (name: string, value: string) => sent.set(name, value),
    };
    return { c: c as unknown as AppContext, sent };
  };

  test("a user has 60,000 requests a minute, and every response says so", async () => {
    const { token } = await createCustomer();
    const { headers } = await request("GET", "/v1/me", { token });
    expect(headers.get("RateLimit-Policy")).toBe('"user";q=60000;w=60');
  });

  test("a batch counts as many requests as it has items, for the user who sent it", async () => {
    const c = (user_id: string): AppContext =>
      ({ get: () => ({ caller: { user_id } }) }) as unknown as AppContext;
    const minute = Date.UTC(2026, 10, 25, 12, 0);
    for (let batch = 0; batch < 120; batch++) countItems(c("busy"), 500, minute + 40_000);
    const refused = await refusalOf(
      Promise.resolve().then(() => countItems(c("busy"), 1, minute + 40_000)),
    );
    expectRefusal(refused, "user", 60);
    expect(refused.headers["Retry-After"]).toBe("20");
    countItems(c("calm"), 500, minute + 40_000);
    countItems(c("busy"), 500, minute + 60_000);
  });

  test("a user over the limit is refused until the window ends", async () => {
    await limitUser(contextWith(true).c, "user");
    expectRefusal(await refusalOf(limitUser(contextWith(false).c, "user")), "user", 60);
  });
});
