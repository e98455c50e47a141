import { Client } from "pg";
import { namedCall } from "../postgres/named-call.ts";
import { hashPassword } from "../../src/services/passwords.ts";

export const demo_password = "edgebank-demo-only";
const admin_email = "admin@edgebank.test";

const demo_customers = [
  { name: "Alice Example", email: "alice@edgebank.test", opening_balance: 1_000_00 },
  { name: "Bob Example", email: "bob@edgebank.test", opening_balance: 250_00 },
] as const;

export interface DemoLogin {
  readonly email: string;
  /** A USD account with money; undefined for the admin. */
  readonly account_id: string | undefined;
}

/** Any number works, as long as nobody else in the database locks the same one. */
const demo_lock = 7_203_114_561;

/**
 * Creates an admin and two customers with money to try things with. What exists already stays as it
 * is.
 *
 * @param url of a role that may act as `bank_owner`.
 */
export async function createDemoData(url: string): Promise<DemoLogin[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [demo_lock]);
    await client.query("set local role bank_owner");
    const logins = await createLogins(client);
    await client.query("commit");
    return logins;
  } finally {
    await client.end();
  }
}

async function createLogins(client: Client): Promise<DemoLogin[]> {
  const hash = await hashIfNeeded(client);
  const { rows } = await client.query<{ id: string }>(
    "select bank_internal.create_admin(p_email => $1, p_password_hash => $2) as id",
    [admin_email, hash],
  );
  const actor = {
    user_id: rows[0]?.id,
    role: "admin",
    customer_id: null,
    request_id: "demo-data",
    ip: "127.0.0.1",
  };
  const logins: DemoLogin[] = [{ email: admin_email, account_id: undefined }];
  for (const customer of demo_customers) {
    const customer_id = await findOrCreateCustomer(client, actor, customer, hash);
    const account_id = await findOrCreateAccount(client, actor, customer_id);
    await call(client, "credit_account", {
      p_actor: actor,
      p_idempotency_key: `demo-opening-balance-${customer.email}`,
      p_account_id: account_id,
      p_amount: customer.opening_balance,
      p_description: "Opening balance",
    });
    logins.push({ email: customer.email, account_id });
  }
  return logins;
}

/** All three share one hash, because hashing takes most of the time. Empty when nobody is new. */
async function hashIfNeeded(client: Client): Promise<string> {
  const emails = [admin_email, ...demo_customers.map(({ email }) => email)];
  const { rows } = await client.query("select email from bank.users where email = any($1)", [
    emails,
  ]);
  return rows.length === emails.length ? "" : hashPassword(demo_password);
}

async function findOrCreateCustomer(
  client: Client,
  actor: object,
  customer: { name: string; email: string },
  password_hash: string,
): Promise<string> {
  const { rows } = await client.query<{ customer_id: string }>(
    "select customer_id from bank.users where email = $1 and role = 'customer'",
    [customer.email],
  );
  if (rows[0] !== undefined) return rows[0].customer_id;
  return call(client, "create_customer", {
    p_actor: actor,
    p_name: customer.name,
    p_email: customer.email,
    p_password_hash: password_hash,
  });
}

async function findOrCreateAccount(
  client: Client,
  actor: object,
  customer_id: string,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    "select id from bank.accounts where customer_id = $1 and currency = 'USD' " +
      "order by created_at limit 1",
    [customer_id],
  );
  if (rows[0] !== undefined) return rows[0].id;
  return call(client, "create_account", {
    p_actor: actor,
    p_customer_id: customer_id,
    p_currency: "USD",
    p_name: "Checking",
    p_overdraft_limit: 0,
  });
}

/** Returns the id of what the function created. */
async function call(
  client: Client,
  name: string,
  parameters: Record<string, unknown>,
): Promise<string> {
  const { text, values } = namedCall(name, parameters);
  const { rows } = await client.query<{ code: string | null; body: string | null }>(text, values);
  const [answer] = rows;
  const body: unknown = answer?.body == null ? null : JSON.parse(answer.body);
  if (typeof body === "object" && body !== null && "id" in body && typeof body.id === "string")
    return body.id;
  throw new Error(`bank.${name} made nothing: ${answer?.code ?? "no answer"}`);
}
