import type { Duplex } from "node:stream";
import { Client } from "pg";

/** A connection that is logged in. It belongs to one caller at a time. */
export interface ServerConnection {
  readonly stream: Duplex;
  /** The settings that the server reported at the login, by name. */
  readonly settings: ReadonlyMap<string, string>;
}

const connect_timeout_ms = 5_000;

/**
 * A caller who needs a connection. One of the two is called once, and neither after the caller has
 * left the queue.
 */
export interface Waiter {
  attach(connection: ServerConnection): void;
  /** Called with the error of the login when there is no connection and none can be opened. */
  giveUp(error: unknown): void;
}

/** At most `limit` connections to a server, handed to callers in the order in which they ask. */
export class ServerConnections {
  readonly #connection_string: string;
  readonly #limit: number;
  readonly #idle: ServerConnection[] = [];
  readonly #open = new Set<ServerConnection>();
  readonly #waiting: Waiter[] = [];
  #opening = 0;
  #is_closed = false;

  constructor(connection_string: string, limit: number) {
    this.#connection_string = connection_string;
    this.#limit = limit;
  }

  /**
   * The next free connection, at once if there is one.
   *
   * @returns a function that leaves the queue; undefined when the caller did not have to wait.
   */
  acquire(waiter: Waiter): (() => void) | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      waiter.attach(idle);
      return undefined;
    }
    this.#waiting.push(waiter);
    this.#grow();
    return () => {
      const index = this.#waiting.indexOf(waiter);
      if (index !== -1) this.#waiting.splice(index, 1);
    };
  }

  release(connection: ServerConnection): void {
    if (!this.#open.has(connection)) return;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#idle.push(connection);
    else waiter.attach(connection);
  }

  /** For a connection whose caller left before its answer was complete. */
  discard(connection: ServerConnection): void {
    connection.stream.destroy();
    this.#remove(connection);
  }

  close(): void {
    this.#is_closed = true;
    for (const connection of this.#open) connection.stream.end(terminate_message);
  }

  /** Opens a connection for a caller who waits, unless the limit is reached. */
  #grow(): void {
    if (this.#is_closed || this.#opening >= this.#waiting.length) return;
    if (this.#open.size + this.#opening >= this.#limit) return;
    this.#opening += 1;
    logIn(this.#connection_string)
      .finally(() => (this.#opening -= 1))
      .then(
        (connection) => this.#add(connection),
        (error: unknown) => this.#giveUp(error),
      );
  }

  #add(connection: ServerConnection): void {
    if (this.#is_closed) {
      connection.stream.destroy();
      return;
    }
    this.#open.add(connection);
    connection.stream.once("close", () => this.#remove(connection));
    this.release(connection);
  }

  /**
   * When the server is full, callers still wait as long as there are connections that become free.
   */
  #giveUp(error: unknown): void {
    if (this.#open.size + this.#opening > 0) return;
    for (const waiter of this.#waiting.splice(0)) waiter.giveUp(error);
  }

  #remove(connection: ServerConnection): void {
    if (!this.#open.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#grow();
  }
}

const terminate_message = Buffer.from([0x58, 0, 0, 0, 4]);

/**
 * The driver logs in, with TLS and whatever the URL asks for. Then the pool takes over its stream.
 */
async function logIn(connection_string: string): Promise<ServerConnection> {
  const client = new Client({
    connectionString: connection_string,
    connectionTimeoutMillis: connect_timeout_ms,
    application_name: "edgebank",
  });
  client.on("error", () => undefined);
  const connection = innerConnection(client);
  const settings = new Map<string, string>();
  connection.on("parameterStatus", ({ parameterName, parameterValue }) => {
    settings.set(parameterName, parameterValue);
  });
  try {
    await client.connect();
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
  const { stream } = connection;
  stream.removeAllListeners("data");
  return { stream, settings };
}

interface InnerConnection {
  readonly stream: Duplex;
  on(
    event: "parameterStatus",
    listener: (status: { parameterName: string; parameterValue: string }) => void,
  ): void;
}

/**
 * Every client of `pg` has it, but its types do not. The version is fixed, and the pool's test
 * finds a change.
 */
function innerConnection(client: Client): InnerConnection {
  return (client as unknown as { readonly connection: InnerConnection }).connection;
}
