import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startOwnedProcess, type OwnedProcess } from "../child-process.ts";
import { ExplainedError } from "../explained-error.ts";
import { findFreePort } from "../free-port.ts";
import {
  chooseUnprivilegedUser,
  findPostgresProgram,
  type PostgresProgram,
  type UnixUser,
} from "./postgres-program.ts";
import { removeStaleLock } from "./stale-lock.ts";

export interface PostgresOptions {
  /** Contains the cluster, its password and its log. Created when it is missing. */
  readonly directory: string;
  /** The port of an earlier start, to use it again. Without it, a free port is taken. */
  readonly port?: number;
  /** Settings of the server that override the defaults: `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Postgres {
  readonly port: number;
  /** Connects as the superuser to the database `postgres`. */
  readonly url: string;
  readonly pid: number;
  readonly log_file: string;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<unknown>;
  /** A fast shutdown: open transactions are rolled back, and everything committed is on disk. */
  stop(): Promise<void>;
}

interface Cluster {
  readonly directory: string;
  readonly data: string;
  readonly password_file: string;
  readonly log_file: string;
  readonly user: UnixUser | undefined;
  readonly program: PostgresProgram;
}

const start_limit_ms = 60_000;
const port_attempts = 5;

/**
 * Starts an embedded PostgreSQL on a free port of 127.0.0.1, as root or not, and creates its
 * cluster when there is none. Passwords use scram-sha-256. The superuser's password is generated
 * and kept in the directory (mode 600).
 *
 * @throws {ExplainedError} when it does not start, with the reason that Postgres gave.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const cluster = await openCluster(path.resolve(options.directory));
  try {
    const password = await createCluster(cluster, options.settings?.["fsync"] !== "off");
    await removeStaleLock(cluster.data);
    const { server, port } = await startOnSomePort(cluster, options);
    const stop = async (): Promise<void> => {
      await server.stop();
      await cluster.program.dispose();
    };
    const url = `postgresql://postgres:${password}@127.0.0.1:${String(port)}/postgres`;
    return { port, url, pid: server.pid, log_file: cluster.log_file, ended: server.ended, stop };
  } catch (error) {
    await cluster.program.dispose();
    throw error;
  }
}

async function openCluster(directory: string): Promise<Cluster> {
  await mkdir(directory, { recursive: true });
  const data = path.join(directory, "cluster");
  const user = await chooseUnprivilegedUser(data);
  await chmod(directory, 0o700);
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  return {
    directory,
    data,
    password_file: path.join(directory, "superuser-password"),
    log_file: path.join(directory, "postgres.log"),
    user,
    program: await findPostgresProgram(user, directory),
  };
}

/** Returns the superuser's password. A cluster that was only half created is created again. */
async function createCluster(cluster: Cluster, is_durable: boolean): Promise<string> {
  const made_file = path.join(cluster.data, "PG_VERSION");
  const finished_file = path.join(cluster.directory, "created");
  if (await isFile(finished_file)) {
    if (!(await isFile(made_file))) {
      throw new ExplainedError(
        `The database cluster in ${cluster.data} is not complete: restore it, or delete ` +
          `${cluster.directory}.`,
      );
    }
    return (await readFile(cluster.password_file, "utf8")).trim();
  }
  await rm(cluster.data, { recursive: true, force: true });
  await mkdir(cluster.data, { mode: 0o700 });
  const password = randomBytes(24).toString("base64url");
  await writeFile(cluster.password_file, `${password}\n`, { mode: 0o600 });
  if (cluster.user !== undefined) {
    await chown(cluster.data, cluster.user.uid, cluster.user.gid);
    await chown(cluster.password_file, cluster.user.uid, cluster.user.gid);
  }
  await runInitdb(cluster, is_durable);
  if (cluster.user !== undefined) await chown(cluster.password_file, 0, 0);
  await writeFile(finished_file, "");
  return password;
}

async function runInitdb(cluster: Cluster, is_durable: boolean): Promise<void> {
  const initdb = await runInCluster(cluster, cluster.program.initdb, [
    `--pgdata=${seenFromCluster(cluster, ".")}`,
    `--pwfile=${seenFromCluster(cluster, "../superuser-password")}`,
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
    "--no-instructions",
    ...(is_durable ? [] : ["--no-sync"]),
  ]);
  const { code } = await initdb.ended;
  await initdb.stop();
  if (code !== 0)
    throw new ExplainedError(
      `PostgreSQL could not make its cluster: ${await lastComplaint(cluster)}`,
    );
}

async function startOnSomePort(
  cluster: Cluster,
  options: PostgresOptions,
): Promise<{ server: OwnedProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const flags = settingFlags({ ...defaultSettings(port), ...options.settings });
    const server = await runInCluster(
      cluster,
      cluster.program.postgres,
      ["-D", seenFromCluster(cluster, "."), ...flags],
      cluster.program.copy,
    );
    if (await isReady(cluster, server)) return { server, port };
    await server.stop();
    const complaint = await lastComplaint(cluster);
    if (attempt < port_attempts && complaint.includes("could not create any TCP/IP sockets"))
      continue;
    throw new ExplainedError(
      `PostgreSQL did not start: ${complaint} (its log is ${cluster.log_file})`,
    );
  }
}

function defaultSettings(port: number): Record<string, string> {
  return {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    password_encryption: "scram-sha-256",
    max_connections: "200",
    timezone: "UTC",
    log_timezone: "UTC",
    lc_messages: "C",
  };
}

function settingFlags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function runInCluster(
  cluster: Cluster,
  program: string,
  flags: readonly string[],
  remove_when_orphaned?: string,
): Promise<OwnedProcess> {
  const log = await open(cluster.log_file, "w", 0o600);
  try {
    return await startOwnedProcess({
      program,
      arguments: flags,
      spawn: {
        ...cluster.user,
        cwd: cluster.data,
        stdio: ["ignore", log.fd, log.fd],
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      },
      stop_signals: [
        { signal: "SIGINT", patience_ms: 30_000 },
        { signal: "SIGQUIT", patience_ms: 5_000 },
        { signal: "SIGKILL", patience_ms: 5_000 },
      ],
      signal_whole_group: false,
      remove_when_orphaned,
    });
  } finally {
    await log.close();
  }
}

/**
 * The path by which the unprivileged user reaches a file of the cluster. Perhaps only root may
 * enter the folders above it. The kernel's link to the working directory leads past them, and
 * Postgres works in that directory.
 */
function seenFromCluster(cluster: Cluster, relative: string): string {
  if (cluster.user === undefined || process.platform !== "linux")
    return path.join(cluster.data, relative);
  return relative === "." ? "/proc/self/cwd" : `/proc/self/cwd/${relative}`;
}

/** The last line of postmaster.pid is the state of the server. pg_ctl waits for it as well. */
async function isReady(cluster: Cluster, server: OwnedProcess): Promise<boolean> {
  const give_up_at = Date.now() + start_limit_ms;
  while (!server.hasEnded() && Date.now() < give_up_at) {
    const lines = (
      await readFile(path.join(cluster.data, "postmaster.pid"), "utf8").catch(() => "")
    ).split("\n");
    const state = lines[7]?.trim();
    if (lines[0] === String(server.pid) && (state === "ready" || state === "standby")) return true;
    await delay(20);
  }
  return false;
}

async function lastComplaint(cluster: Cluster): Promise<string> {
  const lines = (await readFile(cluster.log_file, "utf8").catch(() => "")).trim().split("\n");
  const complaint =
    lines.findLast((line) => /(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? "";
  return complaint === ""
    ? "it gave no reason."
    : complaint.replace(/^.*?(FATAL|PANIC|error): */, "");
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
