import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Client, DatabaseError } from "pg";
import { ExplainedError, reasonOf } from "../explained-error.ts";
import { secretCheck } from "../secret-check.ts";
import { Caller } from "./caller.ts";
import { welcomeMessages } from "./messages.ts";
import { ServerConnections, type ServerConnection } from "./server-connections.ts";

export interface PostgresPool {
  /**
   * The address for the Worker, without TLS. The name of its user is a secret of this run, because
   * it comes with a caller's first message. A password would take a round trip of its own.
   */
  readonly url: string;
  stop(): Promise<void>;
}

const callers_max = 5_000;
const connections_max = 40;
const connect_timeout_ms = 5_000;
const settings_of_drivers = new Set([
  "client_encoding",
  "DateStyle",
  "integer_datetimes",
  "server_version",
  "standard_conforming_strings",
  "TimeZone",
]);

/**
 * Stands in front of a PostgreSQL as Hyperdrive does. Callers share a few connections that are
 * logged in already. A caller has a connection for one transaction. When none is free, it waits in
 * a queue.
 *
 * @param connection_string of the Worker's login role.
 * @throws {ExplainedError} when the server does not let that role in.
 */
export async function startPostgresPool(connection_string: string): Promise<PostgresPool> {
  const limit = await chooseLimit(connection_string);
  const connections = new ServerConnections(connection_string, limit);
  const first = await new Promise<ServerConnection>((attach, giveUp) =>
    connections.acquire({ attach, giveUp }),
  );
  connections.release(first);

  const user = `edgebank-${randomBytes(24).toString("base64url")}`;
  const options = {
    connections,
    welcome: welcomeMessages(settingsForCallers(first.settings)),
    isUser: secretCheck(user),
  };
  const callers = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    callers.add(socket);
    socket.once("close", () => callers.delete(socket));
    new Caller(socket, options);
  });
  server.maxConnections = callers_max;
  server.listen({ port: 0, host: "127.0.0.1", backlog: callers_max });
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    for (const socket of callers) socket.destroy();
    connections.close();
    await closed;
  };
  return { url: poolUrl(connection_string, user, portOf(server)), stop };
}

/** A quarter of the server's connections, because other banks and people need some as well. */
async function chooseLimit(connection_string: string): Promise<number> {
  const client = new Client({
    connectionString: connection_string,
    connectionTimeoutMillis: connect_timeout_ms,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ max_connections: string }>("show max_connections");
    const quarter = Math.floor(Number(rows[0]?.max_connections) / 4);
    return Math.max(1, Math.min(connections_max, quarter));
  } catch (error) {
    const code = error instanceof DatabaseError ? ` (${error.code ?? ""})` : "";
    throw new ExplainedError(
      `The server does not let the Worker's role in: ${reasonOf(error)}${code}`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Wrangler requires a password in the URL, although the pool does not ask for one. */
function poolUrl(connection_string: string, user: string, port: number): string {
  const { pathname } = new URL(connection_string);
  return `postgresql://${user}:unused@127.0.0.1:${String(port)}${pathname}?sslmode=disable`;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("a TCP server without a port");
  return address.port;
}

/**
 * Like PgBouncer, the pool leaves out settings that no driver needs. A caller would read each of
 * them.
 */
function settingsForCallers(
  settings: ReadonlyMap<string, string>,
): [name: string, value: string][] {
  return [...settings].filter(([name]) => settings_of_drivers.has(name));
}
