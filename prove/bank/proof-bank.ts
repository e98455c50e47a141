import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startPostgresPool } from "../../local/pool/postgres-pool.ts";
import { openWorkerLogin } from "../../local/postgres/worker-login.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { createJwtKeys } from "../../local/secrets.ts";
import { signAccessToken } from "../../local/sign-access-token.ts";
import { Running } from "../../local/steps.ts";
import { migrate } from "../../scripts/migrate.ts";
import { randomNumbers } from "../history/random.ts";
import type { WorkerSettings } from "./bank-config.ts";
import { startCuttingProxy, type CuttingProxy } from "./cutting-proxy.ts";
import { send } from "./http-client.ts";
import { PostgresUnderTest } from "./postgres-under-test.ts";
import { RedisUnderTest } from "./redis-under-test.ts";
import { WorkerUnderTest } from "./worker-under-test.ts";

/** A user of the bank. Actors of one scope share their idempotency keys. */
export interface Actor {
  readonly user_id: string;
  readonly role: "admin" | "customer";
  readonly customer_id: string | null;
  readonly scope: string;
  readonly token: string;
}

/** A whole bank whose parts can be broken: Worker → proxy → pool → PostgreSQL, and Redis. */
export interface ProofBank {
  readonly postgres: PostgresUnderTest;
  readonly redis: RedisUnderTest;
  readonly worker: WorkerUnderTest;
  readonly proxy: CuttingProxy;
  /** What a further Worker of this bank needs. */
  readonly worker_settings: WorkerSettings;
  /** The Worker's secret JWT_KEYS. */
  readonly jwt_keys: string;
  /** A token is valid for longer than the longest run. */
  signToken(actor: Omit<Actor, "scope" | "token">): Promise<Actor>;
  createAdmin(): Promise<Actor>;
  /** Waits until the bank answers by itself again; throws when it does not. */
  untilReady(limit_ms?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ProofBankOptions {
  readonly seed: number;
  readonly postgres_settings?: Readonly<Record<string, string>>;
  /** Where PostgreSQL keeps its data, if not beside everything else. */
  readonly postgres_directory?: string;
}

const issuer = "https://edgebank.test";
const audience = "edgebank-proof";
const token_lifetime_seconds = 12 * 60 * 60;
/**
 * After a crash, PostgreSQL syncs every file of its directory. This way it asks the system once for
 * all of them.
 */
const fast_recovery = { recovery_init_sync_method: "syncfs" };

export async function startProofBank(options: ProofBankOptions): Promise<ProofBank> {
  const running = new Running();
  try {
    return await openBank(options, running);
  } catch (error) {
    await running.stopAll();
    throw error;
  }
}

async function openBank(options: ProofBankOptions, running: Running): Promise<ProofBank> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-proof-"));
  running.add("the directory", { stop: () => rm(directory, { recursive: true, force: true }) });
  const postgres = await PostgresUnderTest.start(
    options.postgres_directory ?? path.join(directory, "postgres"),
    { ...fast_recovery, ...options.postgres_settings },
  );
  running.add("PostgreSQL", postgres);
  await migrate(postgres.url);
  const owner = await postgres.connect();
  const login_url = await openWorkerLogin(owner, postgres.url, randomUUID()).finally(() =>
    owner.end(),
  );
  const pool = await startPostgresPool(login_url);
  running.add("the pool", pool);
  const proxy = await startCuttingProxy(
    Number(new URL(pool.url).port),
    randomNumbers(options.seed),
  );
  running.add("the proxy", proxy);
  const redis = await RedisUnderTest.start(path.join(directory, "redis"));
  running.add("Redis", redis);
  const endpoint = await startUpstashEndpoint(redis.backend);
  running.add("the Redis endpoint", endpoint);
  const jwt_keys = createJwtKeys();
  const database_url = Object.assign(new URL(pool.url), { port: String(proxy.port) }).href;
  const worker = await WorkerUnderTest.start({
    directory,
    database_url,
    redis_url: endpoint.url,
    redis_token: endpoint.token,
    jwt_keys,
    jwt_issuer: issuer,
    jwt_audience: audience,
  });
  running.add("the Worker", worker);
  const signing = { jwt_keys, jwt_issuer: issuer, jwt_audience: audience };
  const signToken: ProofBank["signToken"] = async (actor) => ({
    ...actor,
    scope: actor.customer_id ?? actor.user_id,
    token: await signAccessToken(signing, actor, { lifetime_seconds: token_lifetime_seconds }),
  });
  return {
    postgres,
    redis,
    worker,
    proxy,
    jwt_keys,
    worker_settings: {
      database_url,
      bindings: {
        JWT_KEYS: jwt_keys,
        JWT_ISSUER: issuer,
        JWT_AUDIENCE: audience,
        UPSTASH_REDIS_REST_URL: endpoint.url,
        UPSTASH_REDIS_REST_TOKEN: endpoint.token,
      },
    },
    signToken,
    createAdmin: () => createAdmin(postgres, signToken),
    untilReady: (limit_ms) => untilReady(worker, limit_ms),
    stop: () => running.stopAll(),
  };
}

/** The API cannot create an admin, so the database does. */
async function createAdmin(
  postgres: PostgresUnderTest,
  signToken: ProofBank["signToken"],
): Promise<Actor> {
  const email = `admin-${randomUUID()}@edgebank.test`;
  const [row] = await postgres.sql<{ id: string }>(
    "select bank_internal.create_admin($1, 'none') as id",
    [email],
  );
  return signToken({ user_id: row?.id ?? "", role: "admin", customer_id: null });
}

async function untilReady(worker: WorkerUnderTest, limit_ms = 30_000): Promise<void> {
  const give_up_at = performance.now() + limit_ms;
  for (;;) {
    const answer = await send({ method: "GET", url: `${worker.url}/readyz`, token: "" }).catch(
      () => undefined,
    );
    if (answer?.status === 200) return;
    if (performance.now() > give_up_at) {
      throw new Error(`The bank did not come back by itself within ${String(limit_ms / 1_000)} s.`);
    }
    await delay(20);
  }
}
