import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { migrate } from "../../scripts/migrate.ts";
import { startPostgres, type Postgres } from "./start-postgres.ts";

/**
 * A migrated PostgreSQL that is deleted afterwards: for a benchmark, or for a test that stops its
 * server.
 */
export interface ScratchPostgres {
  /** Connects as the superuser. */
  readonly url: string;
  readonly port: number;
  /** Deleted with the server. Callers may keep other files in it. */
  readonly directory: string;
  /**
   * `crash` ends the server at once, without a shutdown. The next start replays the write-ahead
   * log.
   */
  halt(how: "fast" | "crash"): Promise<void>;
  /** Starts it again after a `halt`, on the same port. */
  resume(): Promise<void>;
  /** Stops it and removes the directory. */
  stop(): Promise<void>;
}

export async function startScratchPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<ScratchPostgres> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-scratch-"));
  // initdb does not run as root, and that of PostgreSQL 15 must find its working directory by name.
  await chmod(directory, 0o711);
  const options = { directory: path.join(directory, "postgres"), settings };
  let postgres: Postgres | undefined;
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    postgres = await startPostgres(options);
    await migrate(postgres.url);
  } catch (error) {
    await postgres?.stop();
    await remove();
    throw error;
  }
  let running = postgres;
  const { port, url } = postgres;
  return {
    url,
    port,
    directory,
    halt: async (how) => {
      if (how === "crash") process.kill(running.pid, "SIGQUIT");
      await (how === "crash" ? running.ended : running.stop());
    },
    resume: async () => {
      running = await startPostgres({ ...options, port });
    },
    stop: async () => {
      await running.stop();
      await remove();
    },
  };
}
