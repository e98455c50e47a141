import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { bankApiUrl, chooseBankApiPassword, setBankApiPassword } from "../local/bank-api-password.ts";
import { createJwtKeys } from "../local/secrets.ts";
import { migrate } from "../local/migrate.ts";
import { startPostgres } from "../local/postgres.ts";

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
    worker_url: string;
    redis_rest_url: string;
    redis_rest_token: string;
  }
}

const jwt_issuer = "https://edgebank.test";
const jwt_audience = "edgebank-test";

/** Starts what the tests share, once for a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-test-"));
    stops.push(() => rm(directory, { recursive: true, force: true }));
    const postgres_url = await startDatabase(directory, stops);
    project.provide("postgres_url", postgres_url);
    project.provide("bank_api_url", await openBankApi(postgres_url));
    project.provide("jwt_keys", createJwtKeys());
    project.provide("jwt_issuer", jwt_issuer);
    project.provide("jwt_audience", jwt_audience);
    return stopAll;
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function startDatabase(directory: string, stops: (() => Promise<unknown>)[]): Promise<string> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL !== undefined && DATABASE_URL !== "") return DATABASE_URL;
  const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };
  const postgres = await startPostgres({ directory: path.join(directory, "postgres"), settings });
  stops.push(() => postgres.stop());
  return postgres.url;
}

async function openBankApi(postgres_url: string): Promise<string> {
  await migrate(postgres_url);
  const client = new Client({ connectionString: postgres_url });
  await client.connect();
  const password = chooseBankApiPassword(postgres_url);
  await setBankApiPassword(client, password);
  await client.end();
  return bankApiUrl(postgres_url, password);
}
