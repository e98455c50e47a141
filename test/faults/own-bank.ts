import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client, type QueryResultRow } from "pg";
import { expect } from "vitest";
import { createDemoData } from "../../local/demo-data/demo-data.ts";
import { migrate } from "../../scripts/migrate.ts";
import { startPostgres, type Postgres } from "../../local/postgres/start-postgres.ts";
import { openInMemoryRedis } from "../../local/redis/redis-in-memory.ts";
import { createJwtKeys } from "../../local/secrets.ts";
import { Running } from "../../local/steps.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { requestAt, signToken, type ApiAnswer } from "../harness.ts";
import { startTestWorker } from "../worker.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";

export const password = "only-for-the-faults-of-a-test";
const signing = {
  jwt_issuer: "https://edgebank.test",
  jwt_audience: "edgebank-test",
  jwt_keys: createJwtKeys(),
};

export interface OwnBank {
  readonly proxy: FaultProxy;
  readonly alice_account_id: string;
  readonly bob_account_id: string;
  sql<Row extends QueryResultRow>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** A connection that outlives a statement; ends with Postgres or the test. */
  connect(): Promise<Client>;
  /** The same, to a database that is not the bank's. */
  connectToServer(): Promise<Client>;
  /** As Alice. */
  request(method: string, path: string, options?: { key?: string; body?: unknown }): Promise<ApiAnswer>;
  transfer(key: string, amount?: number): Promise<ApiAnswer>;
  /** `crash` is an immediate end without a shutdown; the log is replayed at the next start. */
  stopPostgres(how: "fast" | "crash"): Promise<void>;
  startPostgres(): Promise<void>;
  stop(): Promise<void>;
}

/** A bank with a Postgres that may be stopped, and a way to it that may fail. */
export async function startOwnBank(): Promise<OwnBank> {
  const running = new Running();
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-faults-"));
  running.add("directory", { stop: () => rm(directory, { recursive: true, force: true }) });
  const postgres_directory = path.join(directory, "postgres");
  let postgres: Postgres = await startPostgres({ directory: postgres_directory });
  running.add("PostgreSQL", { stop: () => postgres.stop() });
  const { port, url } = postgres;
  const connectTo = async (connection_string: string): Promise<Client> => {
    const client = new Client({ connectionString: connection_string });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const connectHere = (): Promise<Client> => connectTo(url);
  const sql: OwnBank["sql"] = async (text, parameters = []) => {
    const client = await connectHere();
    return (await client.query<never>(text, [...parameters]).finally(() => client.end())).rows;
  };

  await migrate(url);
  const owner = await connectHere();
  // The server is this test's own, so bank_api itself may log in: tests take its rights away.
  await owner.query(`alter role bank_api password '${password}'`).finally(() => owner.end());
  const bank_api_url = new URL(url);
  Object.assign(bank_api_url, { username: "bank_api", password });
  const [, alice, bob] = await createDemoData(url);
  const accounts = { alice_account_id: alice?.account_id ?? "", bob_account_id: bob?.account_id ?? "" };
  const [user] = await sql<{ id: string; customer_id: string }>(
    "select id, customer_id from bank.users where email = 'alice@edgebank.test'",
  );
  const actor = { user_id: user?.id ?? "", role: "customer", customer_id: user?.customer_id ?? "" } as const;
  const token = await signToken(signing, actor);

  const proxy = await startFaultProxy(port);
  running.add("proxy", proxy);
  const worker_url = await startWorker(
    running,
    directory,
    bank_api_url.href.replace(`:${String(port)}/`, `:${String(proxy.port)}/`),
  );
  const request: OwnBank["request"] = (method, target, options = {}) =>
    requestAt(worker_url, method, target, { token, ...options });
  return {
    ...accounts,
    proxy,
    sql,
    connect: connectHere,
    connectToServer: () => connectTo(Object.assign(new URL(url), { pathname: "/template1" }).href),
    request,
    transfer: (key, amount = 1) =>
      request("POST", "/v1/transfers", {
        key,
        body: {
          debit_account_id: accounts.alice_account_id,
          credit_account_id: accounts.bob_account_id,
          amount,
        },
      }),
    stopPostgres: async (how) => {
      if (how === "crash") process.kill(postgres.pid, "SIGQUIT");
      await (how === "crash" ? postgres.ended : postgres.stop());
    },
    startPostgres: async () => {
      postgres = await startPostgres({ directory: postgres_directory, port });
    },
    stop: () => running.stopAll(),
  };
}

async function startWorker(running: Running, directory: string, url: string): Promise<string> {
  const redis = openInMemoryRedis();
  running.add("Redis", { stop: () => redis.close() });
  const endpoint = await startUpstashEndpoint(redis);
  running.add("the Redis endpoint", endpoint);
  const { jwt_issuer, jwt_audience, jwt_keys } = signing;
  const worker = await startTestWorker({
    directory,
    database_url: url,
    vars: {
      JWT_ISSUER: jwt_issuer,
      JWT_AUDIENCE: jwt_audience,
      UPSTASH_REDIS_REST_URL: endpoint.url,
    },
    secrets: { JWT_KEYS: jwt_keys, UPSTASH_REDIS_REST_TOKEN: endpoint.token },
  });
  running.add("the Worker", worker);
  return worker.url;
}

/** Nothing is known but that one may ask again: with the same key, when money was to move. */
export function expectUnavailable(answer: ApiAnswer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers.get("Content-Type")).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status: 503, code: "service_unavailable" });
  expect(answer.body).toHaveProperty("request_id", answer.headers.get("X-Request-Id"));
  expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(answer.text).not.toMatch(/postgres|hyperdrive|connection|socket|127\.0\.0\.1|bank_api/i);
}

/** What the ledger says became of keys: how many transfers, and what they sum to. */
export async function outcomesOf(
  bank: OwnBank,
  keys: readonly string[],
): Promise<{ posted: number; amount: number }> {
  const [row] = await bank.sql<{ posted: number; amount: number }>(
    `select count(*)::integer as posted, coalesce(sum(amount), 0)::integer as amount
       from bank.transfers where idempotency_key = any($1) and status = 'posted'`,
    [keys],
  );
  if (row === undefined) throw new Error("no row");
  return row;
}

export async function violations(bank: OwnBank): Promise<unknown[]> {
  const [row] = await bank.sql<{ report: { violations: unknown[] } }>(
    "select bank.verify_ledger() as report",
  );
  return row?.report.violations ?? ["no report"];
}

export function newKeys(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}
