import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { DatabaseError, Pool, type PoolClient, type QueryArrayConfig } from "pg";

export interface NeonEndpoint {
  /** What the driver asks for under `https://api.<region>.aws.neon.tech/sql`. */
  readonly url: string;
  /** The statements that have arrived so far. */
  readonly statements: readonly string[];
  stop(): Promise<void>;
}

interface HttpAnswer {
  readonly status: number;
  readonly body: object;
}

const size_max_bytes = 10 * 1_024 * 1_024;

/**
 * Neon's protocol over HTTP, in front of a PostgreSQL on this machine: one statement in each
 * request, its address in a header, the cells as PostgreSQL writes them, and an error of a
 * statement as its fields with status 400. A batch of statements is not offered, because the bank
 * sends none.
 *
 * @see https://github.com/neondatabase/neon/blob/main/proxy/src/serverless/sql_over_http.rs
 */
export async function startNeonEndpoint(postgres_port: number): Promise<NeonEndpoint> {
  const pools = new Map<string, Pool>();
  const statements: string[] = [];
  const server = createServer((request, response) => {
    const open = (login: URL) => poolOf(pools, login, postgres_port);
    void answer(request, statements, open).then(({ status, body }) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("an HTTP server without a port");
  return {
    url: `http://127.0.0.1:${String(address.port)}/sql`,
    statements,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

/**
 * The connections of a login: Neon keeps them for the next request. The host in the address is that
 * of Neon.
 */
function poolOf(
  pools: Map<string, Pool>,
  { username, password, pathname }: URL,
  port: number,
): Pool {
  const login = `${username}:${password}@127.0.0.1:${String(port)}${pathname}`;
  let pool = pools.get(login);
  if (pool === undefined) {
    pool = new Pool({ connectionString: `postgres://${login}`, max: 20 });
    // A connection that is lost during a statement is the error of the statement.
    pool.on("error", () => undefined);
    pool.on("connect", (opened) => opened.on("error", () => undefined));
    pools.set(login, pool);
  }
  return pool;
}

async function answer(
  request: IncomingMessage,
  statements: string[],
  open: (login: URL) => Pool,
): Promise<HttpAnswer> {
  const { headers, method, url } = request;
  if (method !== "POST" || url !== "/sql") return refuse(404, "path not found");
  const login = URL.parse(String(headers["neon-connection-string"]));
  if (login === null || !/^postgres(ql)?:$/.test(login.protocol) || login.username === "")
    return refuse(400, "invalid connection string");
  const is_of_driver =
    headers["neon-raw-text-output"] === "true" && headers["neon-array-mode"] === "true";
  if (!is_of_driver) return refuse(501, "only the output that the driver asks for is offered here");
  const statement = await readStatement(request);
  if (statement === null) return refuse(400, "the body is no statement");
  statements.push(statement.query);
  return run(open(login), statement);
}

interface Statement {
  readonly query: string;
  /** The driver has made text of every value. */
  readonly params: readonly (string | null)[];
}

async function readStatement(request: IncomingMessage): Promise<Statement | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks);
  if (text.length > size_max_bytes) return null;
  const { query, params = [] } = JSON.parse(text.toString()) as Partial<Statement>;
  return typeof query === "string" && Array.isArray(params) ? { query, params } : null;
}

async function run(pool: Pool, { query, params }: Statement): Promise<HttpAnswer> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return answerFailedConnection(error);
  }
  try {
    const statement: QueryArrayConfig & { readonly queryMode: string } = {
      text: query,
      values: [...params],
      rowMode: "array",
      types: { getTypeParser: () => (text: string) => text },
      queryMode: "extended",
    };
    const { command, rowCount, rows, fields } = await client.query(statement);
    client.release();
    const is_too_large = Buffer.byteLength(JSON.stringify(rows)) > size_max_bytes;
    if (is_too_large) return refuse(507, "response is too large");
    return { status: 200, body: { command, rowCount, rows, fields, rowAsArray: true } };
  } catch (error) {
    // Neon drops the connection of a failed statement.
    client.release(true);
    return { status: 400, body: fieldsOf(error) };
  }
}

/** Neon's proxy checks logins itself, so it answers no SQLSTATE for a wrong password. */
function answerFailedConnection(error: unknown): HttpAnswer {
  const is_login = error instanceof DatabaseError && error.code?.startsWith("28") === true;
  return is_login ? refuse(400, error.message) : { status: 500, body: fieldsOf(error) };
}

/**
 * The fields of an error, also those that it does not have: of these, two are empty and the others
 * null.
 */
function fieldsOf(error: unknown): object {
  const { message } = error instanceof Error ? error : { message: "unknown" };
  const found: Partial<DatabaseError> = error instanceof DatabaseError ? error : {};
  const {
    code = "",
    severity = "",
    detail,
    hint,
    position,
    internalPosition,
    internalQuery,
  } = found;
  const { where, table, column, schema, dataType, constraint, file, line, routine } = found;
  const fields = { code, severity, detail, hint, position, internalPosition, internalQuery };
  const places = { where, table, column, schema, dataType, constraint, file, line, routine };
  const all = Object.entries({ ...fields, ...places }).map(([name, value]) => [
    name,
    value ?? null,
  ]);
  return { message, ...(Object.fromEntries(all) as object) };
}

const refuse = (status: number, message: string): HttpAnswer => ({
  status,
  body: { ...fieldsOf(undefined), message },
});
