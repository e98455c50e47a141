import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { bankApiUrl, chooseBankApiPassword, setBankApiPassword } from "../local/bank-api-password.ts";
import { migrate } from "../local/migrate.ts";
import { startPostgres } from "../local/postgres.ts";
import { startRedis } from "../local/redis.ts";
import { createJwtKeys } from "../local/secrets.ts";
import { startUpstashEndpoint, type UpstashEndpoint } from "../local/upstash-endpoint.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser of the test database. */
    postgres_url: string;
    /** The same database as the Worker sees it. */
    bank_api_url: string;
    /** The Worker's secret JWT_KEYS. */
    jwt_keys: string;
    jwt_issuer: string;
    jwt_audience: string;
    /** Upstash's protocol, as the Worker sees it. */
    redis_rest_url: string;
    redis_rest_token: string;
    /** Empty in the project `sql`, which needs no Worker. */
    worker_url: string;
  }
}

const jwt_issuer = "https://edgebank.test";
const jwt_audience = "edgebank-test";

/** What has been started, and how to stop it. */
type Stops = (() => Promise<unknown>)[];

/** Starts what the tests of a project share, once for a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stops: Stops = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-test-"));
    stops.push(() => rm(directory, { recursive: true, force: true }));
    const [database, redis] = await Promise.all([openDatabase(directory, stops), openRedis(stops)]);
    const jwt_keys = createJwtKeys();
    project.provide("postgres_url", database.postgres_url);
    project.provide("bank_api_url", database.bank_api_url);
    project.provide("jwt_keys", jwt_keys);
    project.provide("jwt_issuer", jwt_issuer);
    project.provide("jwt_audience", jwt_audience);
    project.provide("redis_rest_url", redis.url);
    project.provide("redis_rest_token", redis.token);
    project.provide(
      "worker_url",
      project.name === "sql"
        ? ""
        : await openWorker(directory, stops, database.bank_api_url, redis, jwt_keys),
    );
    return stopAll;
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function openDatabase(
  directory: string,
  stops: Stops,
): Promise<{ postgres_url: string; bank_api_url: string }> {
  const postgres_url = await findOrStartPostgres(directory, stops);
  await migrate(postgres_url);
  const client = new Client({ connectionString: postgres_url });
  await client.connect();
  const password = chooseBankApiPassword(postgres_url);
  await setBankApiPassword(client, password);
  await client.end();
  return { postgres_url, bank_api_url: bankApiUrl(postgres_url, password) };
}

/** Of an own server, each run takes a database of its own and drops it. */
async function findOrStartPostgres(directory: string, stops: Stops): Promise<string> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL === undefined || DATABASE_URL === "") {
    const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };
    const postgres = await startPostgres({ directory: path.join(directory, "postgres"), settings });
    stops.push(() => postgres.stop());
    return postgres.url;
  }
  const name = `edgebank_test_${randomUUID().replaceAll("-", "")}`;
  const runHere = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: DATABASE_URL });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await runHere(`create database ${name}`);
  stops.push(() => runHere(`drop database ${name} with (force)`));
  const url = new URL(DATABASE_URL);
  url.pathname = name;
  return url.href;
}

async function openRedis(stops: Stops): Promise<UpstashEndpoint> {
  const redis = await startRedis(process.env["REDIS_URL"]);
  stops.push(() => redis.stop());
  const endpoint = await startUpstashEndpoint(redis.backend);
  stops.push(() => endpoint.stop());
  return endpoint;
}

/** Wrangler takes a second to load, so it is loaded only where it is needed. */
async function openWorker(
  directory: string,
  stops: Stops,
  database_url: string,
  redis: UpstashEndpoint,
  jwt_keys: string,
): Promise<string> {
  const { startTestWorker } = await import("./worker.ts");
  const worker = await startTestWorker({
    directory,
    database_url,
    vars: {
      JWT_ISSUER: jwt_issuer,
      JWT_AUDIENCE: jwt_audience,
      UPSTASH_REDIS_REST_URL: redis.url,
    },
    secrets: { JWT_KEYS: jwt_keys, UPSTASH_REDIS_REST_TOKEN: redis.token },
  });
  stops.push(() => worker.stop());
  return worker.url;
}
