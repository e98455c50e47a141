import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { createTestHarness } from "wrangler";
import { hyperdrive_variable, wranglerEnvironment } from "../../local/worker/wrangler-environment.ts";
import { requestAt } from "../harness/http.ts";

const good_key = Buffer.alloc(32, 7).toString("base64url");
const good = {
  JWT_KEYS: JSON.stringify({ active: "a", keys: { a: good_key } }),
  UPSTASH_REDIS_REST_URL: "https://redis.example",
  UPSTASH_REDIS_REST_TOKEN: "a-token-that-is-secret",
};

interface Started {
  readonly url: string;
  /** The problems that the Worker has logged so far. */
  misconfigured(): string[];
}

async function startWith(secrets: Record<string, string>, vars: Record<string, string>): Promise<Started> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-misconfigured-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  Object.assign(process.env, wranglerEnvironment(directory), {
    [hyperdrive_variable]: inject("bank_api_url"),
  });
  const configPath = path.join(import.meta.dirname, "../../wrangler.toml");
  const passwords = path.join(import.meta.dirname, "../../wrangler.passwords.toml");
  const server = createTestHarness({ workers: [{ configPath, secrets, vars }, { configPath: passwords }] });
  onTestFinished(() => server.close());
  const { url } = await server.listen();
  return {
    url: url.origin,
    misconfigured: () =>
      server
        .getLogs()
        .filter(({ message }) => message.startsWith('{"event":"misconfigured"'))
        .flatMap(({ message }) => (JSON.parse(message) as { problems: string[] }).problems),
  };
}

test.each([
  {
    what: "a key that is too short",
    secrets: { JWT_KEYS: JSON.stringify({ active: "a", keys: { a: good_key.slice(0, 20) } }) },
    problem: "JWT_KEYS.keys: must have at least 32 bytes",
  },
  {
    what: "two secrets that were swapped",
    secrets: { JWT_KEYS: good.UPSTASH_REDIS_REST_TOKEN, UPSTASH_REDIS_REST_TOKEN: good.JWT_KEYS },
    problem: "JWT_KEYS: must be JSON",
  },
  {
    what: "a time limit that is no number",
    vars: { REDIS_READ_TIMEOUT_MS: "soon" },
    problem: /^REDIS_READ_TIMEOUT_MS: /,
  },
])("$what: the log names the variable, the Worker lives, and nothing else is answered", async (fault) => {
  const { url, misconfigured } = await startWith({ ...good, ...fault.secrets }, fault.vars ?? {});
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
  expect(misconfigured()).toEqual(misconfigured().map(() => expect.stringMatching(fault.problem) as string));
  expect(misconfigured().join()).not.toContain(good.UPSTASH_REDIS_REST_TOKEN);
});
