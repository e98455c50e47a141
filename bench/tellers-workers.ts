import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare, Response } from "miniflare";
import { Client } from "pg";
import { openWorkerLogin } from "../local/postgres/worker-login.ts";
import { startRedis } from "../local/redis/start-redis.ts";
import { startUpstashEndpoint } from "../local/redis/upstash-endpoint.ts";
import { createJwtKeys } from "../local/secrets.ts";
import { signAccessToken } from "../local/sign-access-token.ts";
import { wranglerEnvironment } from "../local/worker/wrangler-environment.ts";
import { buildWorker } from "../local/worker/build-worker.ts";

export interface Workers {
  readonly without_tellers: string;
  readonly with_tellers: string;
  /** The token of an admin. */
  readonly token: string;
}

/** Starts two Workers with the same bundle on the same bank. */
export async function startWorkers(
  url: string,
  user_id: string,
  stops: AsyncDisposableStack,
): Promise<Workers> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
  stops.defer(() => rm(directory, { recursive: true, force: true }));
  Object.assign(process.env, wranglerEnvironment(directory));
  const redis = await startRedis(undefined);
  stops.defer(() => redis.stop());
  const endpoint = await startUpstashEndpoint(redis.backend);
  stops.defer(() => endpoint.stop());
  const signing = {
    jwt_keys: createJwtKeys(),
    jwt_issuer: "https://edgebank.test",
    jwt_audience: "edgebank-test",
  };
  const options = {
    bundle: path.join(await buildWorker(directory), "worker.js"),
    database_url: await workerLogin(url),
    bindings: {
      JWT_KEYS: signing.jwt_keys,
      JWT_ISSUER: signing.jwt_issuer,
      JWT_AUDIENCE: signing.jwt_audience,
      UPSTASH_REDIS_REST_URL: endpoint.url,
      UPSTASH_REDIS_REST_TOKEN: endpoint.token,
    },
  };
  const single = await startWorker({ ...options, has_tellers: false }, stops);
  const gathered = await startWorker({ ...options, has_tellers: true }, stops);
  const token = await signAccessToken(
    signing,
    { user_id, role: "admin", customer_id: null },
    { lifetime_seconds: 2 * 60 * 60 },
  );
  return { without_tellers: single, with_tellers: gathered, token };
}

interface WorkerOptions {
  readonly bundle: string;
  readonly database_url: string;
  readonly bindings: Readonly<Record<string, string>>;
  readonly has_tellers: boolean;
}

/**
 * Runs the bundle in workerd without Wrangler's proxies, which use more of a small machine than the
 * Worker does.
 */
async function startWorker(options: WorkerOptions, stops: AsyncDisposableStack): Promise<string> {
  const limits = {
    type: "rate-limit",
    namespace: "1",
    simple: { limit: 1_000_000, period: 60 },
  } as const;
  const texts = Object.entries(options.bindings).map(([name, value]) => [
    name,
    { type: "text", value } as const,
  ]);
  const teller = { type: "durable-object", worker: "edgebank", exportName: "Teller" } as const;
  const config = {
    name: "edgebank",
    compatibilityDate: "2026-10-23",
    manifest: {
      mainModule: "worker.js",
      modules: { "worker.js": { type: "esm", contents: await readFile(options.bundle, "utf8") } },
    },
    env: {
      ...(Object.fromEntries(texts) as Record<string, { type: "text"; value: string }>),
      HYPERDRIVE: {
        type: "hyperdrive",
        id: "bank",
        dev: { connectionString: options.database_url },
      },
      AUDIT_QUEUE: { type: "queue", name: "audit" },
      USER_RATE_LIMIT: limits,
      ADDRESS_RATE_LIMIT: limits,
      LOGIN_RATE_LIMIT: limits,
      ASSETS: { type: "fetcher", handler: () => new Response(null, { status: 404 }) },
      ...(options.has_tellers ? { TELLERS: teller } : {}),
    },
    exports: { Teller: { type: "durable-object", storage: "sqlite" } },
  } as const;
  // The log would be one line for each request.
  const miniflare = new Miniflare({ workers: [{ config }], handleStructuredLogs: () => undefined });
  stops.defer(() => miniflare.dispose());
  return (await miniflare.ready).origin;
}

/** The connection string of the Worker's login role. */
async function workerLogin(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return openWorkerLogin(client, url, randomUUID()).finally(() => client.end());
}
