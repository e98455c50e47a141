import { inTime, TimedOut } from "../in-time.ts";
import type { HyperdriveConnection } from "./hyperdrive-connection.ts";
import { query_timeout_ms, type Row, type Value } from "./query.ts";

/**
 * For so long a request lends its connection. The runtime ends it after 30 seconds, or after as
 * much CPU time as `cpu_ms` in wrangler.toml allows.
 */
const loan_ms = 2_000;
/** If so many connections are idle, no other one is lent. */
const idle_max = 64;
/** A request that does not take a statement within this time has ended. */
const taking_limit_ms = 1_000;

interface Statement {
  readonly text: string;
  readonly values: readonly Value[];
}

/** A statement that one request gives to another. */
interface Given {
  /** Undefined once somebody has taken it out to send it: nobody else may. */
  statement: Statement | undefined;
  /** Undefined when the statement was not sent. */
  readonly resolve: (rows: readonly Row[] | undefined) => void;
  readonly reject: (error: unknown) => void;
}

type Connection = Pick<HyperdriveConnection, "query" | "closed" | "close" | "is_closed">;
type Take = (given: Given | undefined) => void;

/**
 * Connections that the requests of one isolate lend to each other. The runtime allows only the
 * request that opened a connection to use it, so other requests give it their statements. To open a
 * connection costs the Worker more than to send a statement.
 *
 * Each statement has a connection for itself until its answer, so none waits for another one.
 */
export class LentConnections {
  /** The last one was used last. The first ones end when there is less to do. */
  readonly #idle: Take[] = [];

  /**
   * Sends the statement over an idle connection. Returns undefined, and has sent nothing, if there
   * is none.
   *
   * Throws what `HyperdriveConnection.query` throws.
   */
  async query(text: string, values: readonly Value[]): Promise<readonly Row[] | undefined> {
    const take = this.#idle.pop();
    if (take === undefined) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Row[] | undefined>();
    const given: Given = { statement: { text, values }, resolve, reject };
    take(given);
    try {
      return await inTime(promise, taking_limit_ms);
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error;
      return takeOut(given) === undefined ? inTime(promise, query_timeout_ms) : undefined;
    }
  }

  /** Sends the statements of others over the connection, and then closes it. Never rejects. */
  async lend(connection: Connection): Promise<void> {
    const loan: { take?: Take; is_over: boolean } = { is_over: false };
    const end = (): void => {
      loan.is_over = true;
      this.#stopWaiting(loan.take);
    };
    const timer = setTimeout(end, loan_ms);
    void connection.closed().then(end);
    while (!loan.is_over && !connection.is_closed && this.#idle.length < idle_max) {
      const given = await new Promise<Given | undefined>((take) => {
        loan.take = take;
        this.#idle.push(take);
      });
      if (given !== undefined) await send(connection, given);
    }
    clearTimeout(timer);
    connection.close();
  }

  #stopWaiting(take: Take | undefined): void {
    const place = this.#idle.findIndex((waiting) => waiting === take);
    if (place >= 0) this.#idle.splice(place, 1)[0]?.(undefined);
  }
}

function takeOut(given: Given): Statement | undefined {
  const { statement } = given;
  given.statement = undefined;
  return statement;
}

async function send(connection: Connection, given: Given): Promise<void> {
  const statement = takeOut(given);
  if (statement === undefined) return;
  try {
    given.resolve(
      connection.is_closed ? undefined : await connection.query(statement.text, statement.values),
    );
  } catch (error) {
    given.reject(error);
  }
}
