import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openDataDirectory } from "./data-directory.ts";
import { createDemoData, demo_password, type DemoLogin } from "./demo-data/demo-data.ts";
import { describeFailure, ExplainedError } from "./explained-error.ts";
import { isPortFree } from "./free-port.ts";
import { startPostgresPool } from "./pool/postgres-pool.ts";
import { migrateOrExplain, openDatabase, openWorkerDatabase } from "./postgres/database.ts";
import { forgetPostgresVariables } from "./postgres/shell-variables.ts";
import { startRedis, type RedisKind } from "./redis/start-redis.ts";
import { startUpstashEndpoint } from "./redis/upstash-endpoint.ts";
import { openSecrets, type Secrets } from "./secrets.ts";
import { readSettings, type Settings } from "./settings.ts";
import { Running, step } from "./steps.ts";
import { startClock } from "./worker/run-clock.ts";
import { prepareWrangler, startWranglerDev } from "./worker/wrangler-dev.ts";

/**
 * `npm start`: runs the whole bank on this machine until it is told to stop. Returns the exit code.
 */
async function main(): Promise<number> {
  const running = new Running();
  const stop_request = listenForStop();
  try {
    const settings = readSettings(process.env);
    forgetPostgresVariables(process.env, settings.database_url !== undefined);
    await openBank(settings, running, stop_request);
    const ended = await Promise.race([running.firstToEnd(), whenAborted(stop_request)]);
    if (stop_request.aborted) return 0;
    throw new ExplainedError(
      `${String(ended)} has ended by itself; its log is in ${settings.data_directory}.`,
    );
  } catch (error) {
    if (stop_request.aborted) return 0;
    process.stderr.write(`${describeFailure(error)}\n`);
    return 1;
  } finally {
    await running.stopAll();
    if (stop_request.aborted) process.stdout.write("\nEdgebank has stopped.\n");
  }
}

async function openBank(
  settings: Settings,
  running: Running,
  stop_request: AbortSignal,
): Promise<void> {
  const started_at = performance.now();
  const directory = await openDataDirectory(settings.data_directory);
  running.add("the data directory", { stop: () => directory.release() });
  if (!(await isPortFree(settings.port))) {
    throw new ExplainedError(
      `Port ${String(settings.port)} is taken: stop what uses it, or choose another one, as ` +
        `in PORT=${String(settings.port + 1)} npm start.`,
    );
  }
  const secrets = await openSecrets(settings.data_directory);
  const wrangler = prepareWrangler(settings.data_directory);
  running.add("Wrangler's folder", wrangler);

  const { database_url, logins } = await openBankDatabase(settings, secrets, running, stop_request);
  const redis = await step(
    () => startRedis(settings.redis_url, path.join(settings.data_directory, "redis")),
    ({ kind }) => describeRedis(kind),
  );
  running.add("Redis", redis);
  const endpoint = await startUpstashEndpoint(redis.backend, { token: secrets.redis_rest_token });
  running.add("the Redis endpoint", { stop: () => endpoint.stop() });
  stop_request.throwIfAborted();

  const bindings = {
    JWT_KEYS: secrets.jwt_keys,
    UPSTASH_REDIS_REST_URL: endpoint.url,
    UPSTASH_REDIS_REST_TOKEN: endpoint.token,
  };
  const { data_directory, port } = settings;
  const worker = await step(
    () =>
      startWranglerDev({
        wrangler,
        data_directory,
        port,
        database_url,
        bindings,
        signal: stop_request,
      }),
    ({ url }) => `Worker at ${url}`,
  );
  running.add("The Worker", worker);
  running.add("the clock", startClock(worker.url));
  const seconds = ((performance.now() - started_at) / 1000).toFixed(1);
  process.stdout.write(welcome({ url: worker.url, log_file: worker.log_file, logins, seconds }));
}

/**
 * Opens PostgreSQL with everything in it, and the pool in front of it. The Worker gets the pool's
 * address.
 */
async function openBankDatabase(
  settings: Settings,
  secrets: Secrets,
  running: Running,
  stop_request: AbortSignal,
): Promise<{ database_url: string; logins: readonly DemoLogin[] }> {
  const database = await step(
    () => openDatabase(settings.database_url, settings.data_directory),
    ({ description }) => description,
  );
  running.add("PostgreSQL", database);
  stop_request.throwIfAborted();

  const is_own = settings.database_url === undefined;
  await step(
    () =>
      migrateOrExplain(database, { data_directory: is_own ? settings.data_directory : undefined }),
    describeMigrations,
  );
  const pool = await startPostgresPool(
    await openWorkerDatabase(database.url, secrets.database_secret),
  );
  running.add("the pool", { stop: () => pool.stop() });
  stop_request.throwIfAborted();

  const logins = await step(
    () => createDemoData(database.url),
    (created) => `Demo data: ${String(created.length)} logins`,
  );
  stop_request.throwIfAborted();
  return { database_url: pool.url, logins };
}

function describeMigrations(migrated: {
  applied: readonly string[];
  changes: readonly string[];
}): string {
  const { applied, changes } = migrated;
  const files = applied.length === 0 ? "nothing new" : `${String(applied.length)} files applied`;
  const limits =
    changes.length === 0 ? "" : `, ${String(changes.length)} limits of the Worker's roles set`;
  return `Migrations: ${files}${limits}`;
}

function describeRedis(kind: RedisKind): string {
  switch (kind) {
    case "own":
      return "Redis: the one of REDIS_URL, behind a local Upstash endpoint";
    case "started":
      return "Redis: redis-server, behind a local Upstash endpoint";
    case "in_memory":
      return "Redis: in memory (no redis-server found), behind a local Upstash endpoint";
  }
}

function welcome(bank: {
  url: string;
  log_file: string;
  logins: readonly DemoLogin[];
  seconds: string;
}): string {
  const log_file = path.relative(process.cwd(), bank.log_file);
  const [alice, bob] = bank.logins.filter(({ account_id }) => account_id !== undefined);
  const logins = bank.logins.map(
    ({ email, account_id }) =>
      `  ${email}${account_id === undefined ? "" : `   USD account ${account_id}`}`,
  );
  return `
Edgebank is open at ${bank.url} after ${bank.seconds} s. Its API is described at ${bank.url}/docs

Logins, all with the password ${demo_password}:
${logins.join("\n")}

A first request, in another terminal:

curl -s ${bank.url}/v1/auth/login -H 'Content-Type: application/json' -d '{"email":"${alice?.email ?? ""}","password":"${demo_password}"}'

Move 12.50 USD from Alice to Bob:

TOKEN=$(curl -s ${bank.url}/v1/auth/login -H 'Content-Type: application/json' -d '{"email":"${alice?.email ?? ""}","password":"${demo_password}"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s ${bank.url}/v1/transfers -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: first-$(date +%s)" -H 'Content-Type: application/json' -d '{"debit_account_id":"${alice?.account_id ?? ""}","credit_account_id":"${bob?.account_id ?? ""}","amount":1250}'

The Worker's log is ${log_file}. Ctrl-C stops everything; the data stays.
`;
}

/**
 * Aborts on Ctrl-C, on `kill`, when the terminal closes, and when the npm that started this process
 * ends.
 */
function listenForStop(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // Writing to a closed terminal fails, which is no reason to end without cleaning up.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  if (process.env["npm_lifecycle_event"] !== undefined) void watchParent(controller);
  return controller.signal;
}

async function watchParent(controller: AbortController): Promise<void> {
  const parent = process.ppid;
  while (!controller.signal.aborted) {
    await delay(500, undefined, { ref: false });
    if (process.ppid !== parent) controller.abort();
  }
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

process.exitCode = await main();
process.exit();
