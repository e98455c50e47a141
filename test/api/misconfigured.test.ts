import { expect, onTestFinished, test } from "vitest";
import { requestAt } from "../harness/http.ts";
import { runOwnWorker } from "../harness/own-worker.ts";

const good_key = Buffer.alloc(32, 7).toString("base64url");
const good = {
  jwt_keys: JSON.stringify({ active: "a", keys: { a: good_key } }),
  redis_url: "https://redis.example",
  redis_token: "a-token-that-is-secret",
};

interface Started {
  readonly url: string;
  /** The problems that the Worker has logged so far. */
  misconfigured(): string[];
}

async function startWith(changes: Parameters<typeof runOwnWorker>[0]): Promise<Started> {
  const worker = await runOwnWorker({ ...good, ...changes });
  onTestFinished(() => worker.stop());
  return {
    url: worker.url,
    misconfigured: () =>
      worker.logged("misconfigured").flatMap(({ problems }) => problems as string[]),
  };
}

test.each([
  {
    what: "a key that is too short",
    changes: { jwt_keys: JSON.stringify({ active: "a", keys: { a: good_key.slice(0, 20) } }) },
    problem: "JWT_KEYS.keys: must have at least 32 bytes",
  },
  {
    what: "two secrets that were swapped",
    changes: { jwt_keys: good.redis_token, redis_token: good.jwt_keys },
    problem: "JWT_KEYS: must be JSON",
  },
  {
    what: "a time limit that is no number",
    changes: { vars: { REDIS_READ_TIMEOUT_MS: "soon" } },
    problem: /^REDIS_READ_TIMEOUT_MS: /,
  },
])(
  "$what: the log names the variable, the Worker lives, and nothing else is answered",
  async ({ changes, problem }) => {
    const { url, misconfigured } = await startWith(changes);
    const health = await requestAt(url, "GET", "/healthz");
    expect([health.status, health.body]).toEqual([200, { status: "ok" }]);
    await expect.poll(() => misconfigured().length).toBeGreaterThan(0);
    for (const [method, target] of [
      ["GET", "/readyz"],
      ["GET", "/v1/accounts"],
      ["POST", "/v1/auth/login"],
      ["GET", "/openapi.json"],
      ["GET", "/nowhere"],
    ] as const) {
      const answer = await requestAt(url, method, target, method === "POST" ? { body: {} } : {});
      expect([target, answer.status, answer.body.code]).toEqual([target, 500, "internal_error"]);
      expect(answer.text).not.toMatch(/JWT_KEYS|REDIS|configured/);
    }
    expect(misconfigured()).toEqual(
      misconfigured().map(() => expect.stringMatching(problem) as string),
    );
    expect(misconfigured().join()).not.toContain(good.redis_token);
  },
);
