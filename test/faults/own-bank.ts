import { randomUUID } from "node:crypto";
import { Client, type QueryResultRow } from "pg";
import { expect } from "vitest";
import {
  startScratchPostgres,
  type ScratchPostgres,
} from "../../local/postgres/scratch-postgres.ts";
import { openInMemoryRedis } from "../../local/redis/redis-in-memory.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { createJwtKeys } from "../../local/secrets.ts";
import { Running } from "../../local/steps.ts";
import { runWorker } from "../../local/worker/run-worker.ts";
import type { WorkerSettings } from "../../prove/bank/bank-config.ts";
import { Bank, type Violation } from "../harness/bank.ts";
import { Connections } from "../harness/connections.ts";
import { startFaultProxy, type FaultProxy } from "../harness/fault-proxy.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import { signAccessToken } from "../../local/sign-access-token.ts";

export const password = "only-for-the-faults-of-a-test";
const signing = {
  jwt_issuer: "https://edgebank.test",
  jwt_audience: "edgebank-test",
  jwt_keys: createJwtKeys(),
};

export interface OwnBank {
  readonly proxy: FaultProxy;
  /** The address of the bank for a superuser, without the proxy. */
  readonly owner_url: string;
  readonly worker_url: string;
  /** The settings for a further Worker of this bank, which reaches Postgres through the proxy. */
  readonly worker_settings: WorkerSettings;
  /** Alice's. */
  readonly token: string;
  /** A folder for the test's own files. It is deleted with the bank. */
  readonly directory: string;
  readonly alice_account_id: string;
  readonly bob_account_id: string;
  sql<Row extends QueryResultRow>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The violations that the ledger finds in itself. */
  verify(): Promise<Violation[]>;
  /** A superuser's connection that outlives a statement; ends with Postgres or the test. */
  connect(): Promise<Client>;
  /** The same, to a database that is not the bank's. */
  connectToServer(): Promise<Client>;
  /** As Alice. */
  request(
    method: string,
    path: string,
    options?: { key?: string; body?: unknown },
  ): Promise<ApiAnswer>;
  transfer(key: string, amount?: number): Promise<ApiAnswer>;
  stopPostgres: ScratchPostgres["halt"];
  startPostgres: ScratchPostgres["resume"];
  stop(): Promise<void>;
}

/** A bank whose Postgres can be stopped, and whose connection to it can fail. */
export async function startOwnBank(): Promise<OwnBank> {
  const running = new Running();
  const postgres = await startScratchPostgres();
  running.add("PostgreSQL", postgres);
  const bank_api_url = new URL(postgres.url);
  Object.assign(bank_api_url, { username: "bank_api", password });
  const bank = new Bank(new Connections({ superuser: postgres.url, bank_api: bank_api_url.href }));
  running.add("the bank's connections", { stop: () => bank.close() });
  // The server is this test's own, so bank_api itself may log in: tests take its rights away.
  await bank.sql(`alter role bank_api password '${password}'`);
  const [alice, bob] = [await bank.createCustomer("Alice"), await bank.createCustomer("Bob")];
  const accounts = {
    alice_account_id: await bank.createAccount(alice, { balance: 1_000_00 }),
    bob_account_id: await bank.createAccount(bob, { balance: 250_00 }),
  };
  const proxy = await startFaultProxy(postgres.port);
  running.add("proxy", proxy);
  bank_api_url.port = String(proxy.port);
  const { worker_url, worker_settings } = await startWorker(
    running,
    postgres.directory,
    bank_api_url.href,
  );
  const token = await signAccessToken(signing, alice);
  const request: OwnBank["request"] = (method, target, options = {}) =>
    requestAt(worker_url, method, target, { token, ...options });
  return {
    ...accounts,
    proxy,
    owner_url: postgres.url,
    worker_url,
    worker_settings,
    token,
    directory: postgres.directory,
    sql: (text, parameters) => bank.sql(text, parameters),
    verify: () => bank.verify(),
    connect: () => bank.session("superuser"),
    connectToServer: async () => {
      const client = new Client(
        Object.assign(new URL(postgres.url), { pathname: "/template1" }).href,
      );
      await client.connect();
      return client;
    },
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
    stopPostgres: (how) => postgres.halt(how),
    startPostgres: () => postgres.resume(),
    stop: () => running.stopAll(),
  };
}

async function startWorker(
  running: Running,
  directory: string,
  database_url: string,
): Promise<Pick<OwnBank, "worker_url" | "worker_settings">> {
  const redis = openInMemoryRedis();
  running.add("Redis", { stop: () => redis.close() });
  const endpoint = await startUpstashEndpoint(redis);
  running.add("the Redis endpoint", endpoint);
  const worker = await runWorker({
    ...signing,
    directory,
    database_url,
    redis_url: endpoint.url,
    redis_token: endpoint.token,
  });
  running.add("the Worker", worker);
  const bindings = {
    JWT_KEYS: signing.jwt_keys,
    JWT_ISSUER: signing.jwt_issuer,
    JWT_AUDIENCE: signing.jwt_audience,
    UPSTASH_REDIS_REST_URL: endpoint.url,
    UPSTASH_REDIS_REST_TOKEN: endpoint.token,
  };
  return { worker_url: worker.url, worker_settings: { database_url, bindings } };
}

/**
 * The outcome is unknown and the caller may try again: with the same key, when money was to move.
 */
export function expectUnavailable(answer: ApiAnswer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers.get("Content-Type")).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status: 503, code: "service_unavailable" });
  expect(answer.body).toHaveProperty("request_id", answer.headers.get("X-Request-Id"));
  expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(answer.text).not.toMatch(/postgres|hyperdrive|connection|socket|127\.0\.0\.1|bank_api/i);
}

/** The outcome of these keys in the ledger: how many transfers, and their sum. */
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

export function newKeys(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}
