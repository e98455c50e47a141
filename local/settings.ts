import path from "node:path";
import { ExplainedError } from "./explained-error.ts";

export interface Settings {
  readonly port: number;
  /** The user's PostgreSQL, in place of the embedded one. */
  readonly database_url: string | undefined;
  /** The user's Redis, in place of one started here. */
  readonly redis_url: string | undefined;
  readonly data_directory: string;
}

/** Reads the settings from the environment. An empty variable counts as a missing one. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = (name: string): string | undefined => {
    const value = environment[name]?.trim() ?? "";
    return value === "" ? undefined : value;
  };
  const database_url = read("DATABASE_URL");
  return {
    port: parsePort(read("PORT") ?? "8787"),
    database_url: database_url === undefined ? undefined : completeDatabaseUrl(database_url),
    redis_url: read("REDIS_URL"),
    data_directory: path.resolve(
      read("EDGEBANK_DATA_DIR") ?? path.join(import.meta.dirname, "../.local"),
    ),
  };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw new ExplainedError(`PORT must be a number from 1 to 65535, not ${text}.`);
  return port;
}

/**
 * Requires every part of the URL. Postgres clients fill in missing parts by themselves, but
 * Wrangler does not.
 */
function completeDatabaseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new ExplainedError(
      "DATABASE_URL must look like postgresql://user:password@host:5432/database.",
    );
  }
  if (url.hostname === "") {
    throw new ExplainedError(
      "DATABASE_URL must name a host: the Worker connects over TCP, not over a socket.",
    );
  }
  if (url.username === "")
    throw new ExplainedError("DATABASE_URL must name the user to connect as.");
  if (url.pathname.length <= 1) throw new ExplainedError("DATABASE_URL must name a database.");
  return url.href;
}
