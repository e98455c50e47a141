import { cp, lchown, lstat, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { Miniflare } from "miniflare";
import { Client, type QueryResultRow } from "pg";
import { startPostgres, type Postgres } from "../../local/postgres/start-postgres.ts";
import { buildWorker } from "../../local/worker/build-worker.ts";
import { bankConfig } from "../../prove/bank/bank-config.ts";
import { startFaultProxy, type FaultProxy } from "../harness/fault-proxy.ts";
import { startOwnBank, type OwnBank } from "../faults/own-bank.ts";
import { requestAt, type ApiAnswer, type RequestOptions } from "../harness/http.ts";

export const lag_max_ms = 2_000;

/** A bank with a streaming standby, and a Worker that has both. */
export interface ReplicaBank {
  readonly primary: OwnBank;
  /** The way to the standby. */
  readonly proxy: FaultProxy;
  /** The reasons for which the circuit breaker of the replica opened, one for each time. */
  readonly breaks: string[];
  /** A statement on the standby, as the superuser. */
  sql<Row extends QueryResultRow>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** As Alice, unless a token is given. */
  request(method: string, path: string, options?: RequestOptions): Promise<ApiAnswer>;
  /** Stops and resumes the replay on the standby, which still receives everything. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when the standby has replayed everything, and the Worker asks it again. */
  untilServing(): Promise<void>;
  stop(): Promise<void>;
}

export async function startReplicaBank(): Promise<ReplicaBank> {
  const primary = await startOwnBank();
  const standby = await startStandby(primary);
  const proxy = await startFaultProxy(standby.port);
  const client = new Client({ connectionString: standby.url });
  client.on("error", () => undefined);
  await client.connect();
  const breaks: string[] = [];
  const miniflare = new Miniflare({
    workers: [{ config: await workerConfig(primary, proxy) }],
    handleStructuredLogs: ({ message }) => {
      if (message.startsWith('{"event":"replica_break"'))
        breaks.push((JSON.parse(message) as { reason: string }).reason);
    },
  });
  const { origin } = await miniflare.ready;
  const sql: ReplicaBank["sql"] = async (text, parameters = []) =>
    (await client.query<never>(text, [...parameters])).rows;
  const request: ReplicaBank["request"] = (method, target, options) =>
    requestAt(origin, method, target, { token: primary.token, ...options });
  return {
    primary,
    proxy,
    breaks,
    sql,
    request,
    pause: async () => {
      await sql("select pg_wal_replay_pause()");
    },
    resume: async () => {
      await sql("select pg_wal_replay_resume()");
    },
    untilServing: async () => {
      await untilReplayed(primary, sql);
      for (let attempt = 0; attempt < 200; attempt += 1) {
        await primary.sql(
          "update bank.jobs set succeeded_at = clock_timestamp() where name = 'expire_holds'",
        );
        if (isFromReplica(await request("GET", "/v1/transfers?limit=1"))) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("The replica does not serve.");
    },
    stop: async () => {
      await miniflare.dispose();
      await client.end().catch(() => undefined);
      await proxy.stop();
      await standby.stop();
      await primary.stop();
    },
  };
}

async function workerConfig(primary: OwnBank, proxy: FaultProxy) {
  const directory = await buildWorker(path.join(primary.directory, "bundle"));
  const bundle = await readFile(path.join(directory, "worker.js"), "utf8");
  const { database_url, bindings } = primary.worker_settings;
  const settings = {
    database_url,
    bindings: { ...bindings, REPLICA_LAG_MAX_MS: String(lag_max_ms) },
  };
  const replica_url = new URL(database_url);
  replica_url.port = String(proxy.port);
  return bankConfig(bundle, settings, {
    AUDIT_QUEUE: { type: "queue", name: "audit" },
    HYPERDRIVE_REPLICA: {
      type: "hyperdrive",
      id: "replica",
      dev: { connectionString: replica_url.href },
    },
  } as const);
}

export const isFromReplica = ({ headers }: ApiAnswer): boolean =>
  headers.get("Server-Timing")?.startsWith("db;desc=replica;") === true;

/**
 * A copy of the primary's files, made while it was stopped, that follows the primary from then on.
 */
async function startStandby(primary: OwnBank): Promise<Postgres> {
  const original = path.join(primary.directory, "postgres");
  const copy = path.join(primary.directory, "standby");
  await primary.stopPostgres("fast");
  await cp(original, copy, { recursive: true, preserveTimestamps: true });
  await primary.startPostgres();
  await keepOwners(original, copy);
  await writeFile(path.join(copy, "cluster", "standby.signal"), "");
  const [port] = await primary.sql<{ port: string }>("select current_setting('port') as port");
  const password = (await readFile(path.join(original, "superuser-password"), "utf8")).trim();
  const address = `host=127.0.0.1 port=${port?.port ?? ""}`;
  return startPostgres({
    directory: copy,
    settings: {
      primary_conninfo: `${address} user=postgres password=${password}`,
      wal_receiver_status_interval: "1s",
    },
  });
}

/** As root, a copy belongs to root, and the server runs as somebody else. */
async function keepOwners(original: string, copy: string): Promise<void> {
  const names = [
    "cluster",
    ...(await readdir(path.join(copy, "cluster"), { recursive: true })).map((name) =>
      path.join("cluster", name),
    ),
  ];
  for (const name of [".", ...names]) {
    const found = await lstat(path.join(original, name)).catch(() =>
      lstat(path.join(original, "cluster")),
    );
    await lchown(path.join(copy, name), found.uid, found.gid);
  }
}

async function untilReplayed(primary: OwnBank, sql: ReplicaBank["sql"]): Promise<void> {
  const [written] = await primary.sql<{ lsn: string }>(
    "select pg_current_wal_flush_lsn()::text as lsn",
  );
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const [row] = await sql<{ done: boolean }>(
      "select pg_last_wal_replay_lsn() >= $1::pg_lsn as done",
      [written?.lsn],
    );
    if (row?.done === true) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("The standby does not follow.");
}
