import { Client } from "pg";
import postgres from "postgres";
import { HyperdriveConnection } from "../src/database/hyperdrive-connection.ts";
import { queryThroughHyperdrive } from "../src/database/hyperdrive-driver.ts";

/**
 * A Worker that sends one statement for each request, as the bank's Worker does for a transfer. The
 * path names the driver. All but `lent_connection` open a connection for it. See drivers.ts.
 */
interface Bindings {
  readonly HYPERDRIVE: Hyperdrive;
}

/** A row as wide as `bank.answer`, with as many arguments as a transfer has. */
const text =
  "select $1::text as code, $2::text as body, $3::boolean as replayed, $4::text[] as changed, " +
  "$5::text as next_position, $6::bigint as cache_lifetime_ms, $7::text as unstored, now() as at";
const values = [null, '{"id":"0","amount":1}', false, "{account:1,account:2}", null, null, null];

type Row = Readonly<Record<string, unknown>>;

type Driver = (
  hyperdrive: Hyperdrive,
  waitUntil: (promise: Promise<unknown>) => void,
) => Promise<Row | undefined>;

const drivers: Readonly<Record<string, Driver>> = {
  nothing: () => Promise.resolve({ replayed: false }),
  pg: async ({ connectionString }) => {
    const client = new Client({ connectionString });
    client.on("error", () => undefined);
    await client.connect();
    return (await client.query<Row>(text, values)).rows[0];
  },
  hyperdrive_connection: async (hyperdrive) => {
    const connection = await HyperdriveConnection.open(hyperdrive);
    return { replayed: (await connection.query(text, values))[0]?.[2] !== "f" };
  },
  lent_connection: async (hyperdrive, waitUntil) => {
    const rows = await queryThroughHyperdrive(hyperdrive, waitUntil)(text, values);
    return { replayed: rows[0]?.[2] !== "f" };
  },
  postgres_js: async ({ connectionString }) => {
    const sql = postgres(connectionString, { max: 1, fetch_types: false });
    return (await sql.unsafe<Row[]>(text, values, { prepare: true }))[0];
  },
};

export default {
  async fetch(
    request: Request,
    { HYPERDRIVE }: Bindings,
    ctx: { waitUntil: (promise: Promise<unknown>) => void },
  ): Promise<Response> {
    const row = await drivers[new URL(request.url).pathname.slice(1)]?.(HYPERDRIVE, (promise) => {
      ctx.waitUntil(promise);
    });
    return row?.["replayed"] === false
      ? Response.json(row)
      : new Response("no row", { status: 500 });
  },
};
