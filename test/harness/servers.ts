import { randomUUID } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import { describeFailure } from "../../local/explained-error.ts";
import { migrate } from "../../scripts/migrate.ts";
import { startPostgres } from "../../local/postgres/start-postgres.ts";
import { startRedis } from "../../local/redis/start-redis.ts";
import { createJwtKeys } from "../../local/secrets.ts";
import { Running } from "../../local/steps.ts";
import { startUpstashEndpoint, type UpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { createMemoryDirectory } from "./memory-directory.ts";
import { dropWorkerLogin, openWorkerLogin } from "../../local/postgres/worker-login.ts";
import type { RunningWorker, WorkerOptions } from "../../local/worker/run-worker.ts";
import { buildAssets, patience, runServer, type ServerRuntime } from "./run-server.ts";

export interface Servers {
  /** The superuser of the test database. */
  readonly postgres_url: string;
  /** The same database as the Worker sees it. */
  readonly bank_api_url: string;
  /** A migrated database that nobody connects to: what is made of it is a bank of its own. */
  readonly template_database: string;
  /** The Worker's secret JWT_KEYS. */
  readonly jwt_keys: string;
  readonly jwt_issuer: string;
  readonly jwt_audience: string;
  /** Upstash's protocol, as the Worker sees it. */
  readonly redis_rest_url: string;
  readonly redis_rest_token: string;
  /** What runs the API. */
  readonly runtime: Runtime;
  /** Empty where no Worker was asked for. */
  readonly worker_url: string;
  /**
   * The folder of the Worker's bundle, for tests that run more Workers. Empty where none was asked
   * for.
   */
  readonly worker_bundle: string;
  /** Goes when the run ends. */
  readonly directory: string;
}

/** What a project's tests need beside Postgres and Redis. */
export type Part = "bundle" | Runtime;

/** The Worker, the Worker without Hyperdrive, or a server of `src/runtimes`. */
export type Runtime = "worker" | "neon" | ServerRuntime;

const jwt_issuer = "https://edgebank.test";
const jwt_audience = "edgebank-test";

async function startServers(running: Running, parts: readonly string[]): Promise<Servers> {
  const directory = await createMemoryDirectory("edgebank-test-");
  // initdb of PostgreSQL 15, which does not run as root, must find its working directory by name.
  await chmod(directory, 0o711);
  running.add("the directory", { stop: () => rm(directory, { recursive: true, force: true }) });
  const [database, redis] = await Promise.all([
    openDatabase(running, directory),
    openRedis(running),
  ]);
  const shared = {
    ...database,
    directory,
    jwt_keys: createJwtKeys(),
    jwt_issuer,
    jwt_audience,
    redis_rest_url: redis.url,
    redis_rest_token: redis.token,
  };
  const worker_bundle = parts.includes("bundle") ? await buildBundle(directory) : "";
  const [asked, another] = runtimes.filter((runtime) => parts.includes(runtime));
  if (another !== undefined) throw new Error("The tests of one run share one runtime.");
  const runtime = asked ?? "worker";
  const worker_url =
    asked === undefined ? "" : await openWorker(running, { ...shared, worker_bundle, runtime });
  return { ...shared, worker_bundle, runtime, worker_url };
}

const runtimes: readonly Runtime[] = ["worker", "neon", "node", "deno"];

async function openDatabase(
  running: Running,
  directory: string,
): Promise<Pick<Servers, "postgres_url" | "bank_api_url" | "template_database">> {
  const postgres_url = await findOrStartPostgres(running, directory);
  await migrate(postgres_url);
  const template_database = await copyDatabase(running, postgres_url);
  const secret = randomUUID();
  const bank_api_url = await withClient(postgres_url, (client) =>
    openWorkerLogin(client, postgres_url, secret),
  );
  running.add("the login role", {
    stop: () => withClient(postgres_url, (client) => dropWorkerLogin(client, secret)),
  });
  return { postgres_url, bank_api_url, template_database };
}

async function copyDatabase(running: Running, url: string): Promise<string> {
  const name = new URL(url).pathname.slice(1);
  const copy = `${name}_template`;
  const run = (statement: string): Promise<unknown> =>
    withClient(url, (client) => client.query(statement));
  await run(`create database ${copy} template ${name}`);
  running.add("the template", { stop: () => run(`drop database ${copy} with (force)`) });
  return copy;
}

async function withClient<Result>(
  url: string,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return run(client).finally(() => client.end());
}

/** On an own server, each run takes a database of its own and drops it. */
async function findOrStartPostgres(running: Running, directory: string): Promise<string> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL === undefined || DATABASE_URL === "") {
    const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };
    const postgres = await startPostgres({ directory: path.join(directory, "postgres"), settings });
    running.add("PostgreSQL", postgres);
    return postgres.url;
  }
  const name = `edgebank_test_${randomUUID().replaceAll("-", "")}`;
  const runThere = (statement: string): Promise<unknown> =>
    withClient(DATABASE_URL, (client) => client.query(statement));
  await runThere(`create database ${name}`);
  running.add("the database", { stop: () => runThere(`drop database ${name} with (force)`) });
  const url = new URL(DATABASE_URL);
  url.pathname = name;
  return url.href;
}

async function openRedis(running: Running): Promise<UpstashEndpoint> {
  const redis = await startRedis(process.env["REDIS_URL"]);
  running.add("Redis", redis);
  const endpoint = await startUpstashEndpoint(redis.backend);
  running.add("the Redis endpoint", { stop: () => endpoint.stop() });
  return endpoint;
}

async function buildBundle(directory: string): Promise<string> {
  const { buildWorker } = await import("../../local/worker/build-worker.ts");
  return buildWorker(directory);
}

/** Wrangler takes a second to load, so it is loaded only where it is needed. */
async function openWorker(running: Running, servers: Omit<Servers, "worker_url">): Promise<string> {
  const { runtime } = servers;
  const options = {
    ...servers,
    bundle: servers.worker_bundle === "" ? undefined : servers.worker_bundle,
    database_url: servers.bank_api_url,
    redis_url: servers.redis_rest_url,
    redis_token: servers.redis_rest_token,
    vars: patience,
  };
  const worker = await startRuntime(runtime, options);
  running.add("the Worker", worker);
  return worker.url;
}

async function startRuntime(runtime: Runtime, options: WorkerOptions): Promise<RunningWorker> {
  if (runtime === "worker") {
    const { runWorker } = await import("../../local/worker/run-worker.ts");
    return runWorker(options);
  }
  if (runtime === "neon") {
    const { runNeonWorker } = await import("./neon-worker.ts");
    return runNeonWorker(options);
  }
  await buildAssets();
  return runServer(runtime, options);
}

/**
 * Runs as a process of its own, so that the work of the test runner delays nobody: the Worker gives
 * Redis 150 ms. It ends when the runner tells it to, and when the runner is gone.
 */
async function main(): Promise<void> {
  const running = new Running();
  const end = async (code: number): Promise<void> => {
    await running.stopAll();
    process.exit(code);
  };
  process.once("disconnect", () => void end(0));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => undefined);
  try {
    process.send?.({ servers: await startServers(running, process.argv.slice(2)) });
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    await end(1);
  }
}

await main();
