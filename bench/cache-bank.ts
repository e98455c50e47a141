import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Pool } from "pg";
import { migrate } from "../scripts/migrate.ts";
import { startPostgres } from "../local/postgres/start-postgres.ts";
import { startRedis } from "../local/redis/start-redis.ts";
import { createJwtKeys } from "../local/secrets.ts";
import { signAccessToken } from "../local/sign-access-token.ts";
import { startUpstashEndpoint } from "../local/redis/upstash-endpoint.ts";
import { openWorkerLogin } from "../local/postgres/worker-login.ts";
import { runWorker, type RunningWorker } from "../local/worker/run-worker.ts";
import { buildWorker } from "../local/worker/build-worker.ts";

/** A Postgres and a Redis on this machine, for the benchmarks of the cache. */
export interface Bank extends AsyncDisposable {
  readonly redis: { readonly url: string; readonly token: string };
  /** Names the Redis: `redis-server`, or one in memory when there is no such program. */
  readonly redis_kind: string;
  readonly admin_token: string;
  createAccounts(count: number): Promise<string[]>;
  /** Starts a Worker with the project's Wrangler configuration, or with another one. */
  startWorker(redis_url: string, config?: string): Promise<RunningWorker>;
}

const jwt_issuer = "https://edgebank.test";
const jwt_audience = "edgebank-test";

export async function openBank(): Promise<Bank> {
  const stops = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
  stops.defer(() => rm(directory, { recursive: true, force: true }));
  const postgres = await startPostgres({ directory: path.join(directory, "postgres") });
  stops.defer(() => postgres.stop());
  await migrate(postgres.url);
  const pool = new Pool({ connectionString: postgres.url, max: 20 });
  pool.on("error", () => undefined);
  stops.defer(() => pool.end());
  const redis = await startRedis(undefined);
  stops.defer(() => redis.stop());
  const endpoint = await startUpstashEndpoint(redis.backend);
  stops.defer(() => endpoint.stop());

  const client = await pool.connect();
  const worker_url = await openWorkerLogin(client, postgres.url, randomUUID());
  client.release();
  const actor = await createAdmin(pool);
  const jwt_keys = createJwtKeys();
  let bundle: Promise<string> | undefined;
  return {
    redis: { url: endpoint.url, token: endpoint.token },
    redis_kind: redis.kind === "in_memory" ? "a Redis in memory" : "redis-server",
    admin_token: await signAccessToken(
      { jwt_keys, jwt_issuer, jwt_audience },
      { user_id: actor.user_id, role: "admin", customer_id: null },
    ),
    createAccounts: (count) => createAccounts(pool, actor, count),
    startWorker: async (redis_url, config) => {
      bundle ??= buildWorker(directory);
      const worker = await runWorker({
        directory,
        bundle: await bundle,
        ...(config === undefined ? {} : { config }),
        database_url: worker_url,
        redis_url,
        redis_token: endpoint.token,
        jwt_keys,
        jwt_issuer,
        jwt_audience,
      });
      stops.defer(() => worker.stop());
      return worker;
    },
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  };
}

interface Admin {
  readonly user_id: string;
  /** A bank.actor in PostgreSQL's notation. */
  readonly actor: string;
}

async function createAdmin(pool: Pool): Promise<Admin> {
  const hash = "scrypt$14$8$5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const email = "bench@edgebank.test";
  await pool.query("select bank_internal.create_admin(p_email => $1, p_password_hash => $2)", [
    email,
    hash,
  ]);
  const { rows } = await pool.query<{ id: string }>("select id from bank.users where email = $1", [
    email,
  ]);
  const user_id = rows[0]?.id ?? "";
  return { user_id, actor: `(${user_id},admin,,bench,)` };
}

async function answerOf(pool: Pool, call: string, values: readonly unknown[]): Promise<string> {
  const { rows } = await pool.query<{ body: string }>(`select body from bank.${call}`, [...values]);
  return rows[0]?.body ?? "";
}

/** Creates accounts. Each belongs to a customer of its own and has one entry. */
async function createAccounts(pool: Pool, { actor }: Admin, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const email = `bench-${randomUUID()}@edgebank.test`;
    const customer = JSON.parse(
      await answerOf(pool, "create_customer($1, 'Bench', $2, 'x')", [actor, email]),
    ) as { id: string };
    const account = JSON.parse(
      await answerOf(pool, "create_account($1, $2, 'USD', 'Checking')", [actor, customer.id]),
    ) as { id: string };
    await answerOf(pool, "credit_account($1, $2, $3, 1000000)", [actor, randomUUID(), account.id]);
    ids.push(account.id);
  }
  return ids;
}
