import { randomUUID } from "node:crypto";
import { SignJWT, type JWTPayload } from "jose";
import { Pool, type QueryResultRow } from "pg";
import { afterAll, inject } from "vitest";
import { namedArgument } from "./named-argument.ts";
import type { Servers } from "./servers.ts";

/** As long as the accepted format wants, and no password has it: nobody in a test logs in with it. */
const unusable_password_hash =
  "scrypt$14$8$5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

export interface Actor {
  readonly user_id: string;
  readonly role: "admin" | "customer";
  readonly customer_id: string | null;
  readonly token: string;
}

export interface TestCustomer extends Actor {
  readonly role: "customer";
  readonly customer_id: string;
  readonly email: string;
}

let pool: Pool | undefined;

/** The superuser's connections of this test file. */
export function openPool(): Pool {
  pool ??= new Pool({ connectionString: inject("postgres_url"), max: 60 });
  return pool;
}

afterAll(async () => {
  await pool?.end();
  pool = undefined;
});

/** Rows of a statement run as the superuser. */
export async function sql<Row extends QueryResultRow = QueryResultRow>(
  text: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await openPool().query<Row>(text, [...parameters]);
  return rows;
}

/** `bank.answer`, as the functions of schema `bank` return it. */
export interface Answer {
  readonly code: string | null;
  readonly body: string | null;
  readonly replayed: boolean | null;
  readonly changed: string[] | null;
  readonly next_position: string | null;
  readonly cache_lifetime_ms: number | null;
  readonly unstored_audit_events: string | null;
}

/** Calls a public function as the Worker would, with its arguments by name. Objects and arrays become jsonb. */
export async function callFunction(name: string, named: Readonly<Record<string, unknown>>): Promise<Answer> {
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  const list = given.map(([argument], index) => namedArgument(argument, index + 1)).join(", ");
  const values = given.map(([, value]) =>
    typeof value === "object" && value !== null ? JSON.stringify(value) : value,
  );
  const [answer] = await sql<Answer & QueryResultRow>(
    `select answer.* from bank.${name}(${list}) as answer`,
    values,
  );
  if (answer === undefined) throw new Error(`bank.${name} returned no row`);
  return answer;
}

/** What `p_actor` holds for this actor. */
export function actorJson(actor: Omit<Actor, "token">): Record<string, unknown> {
  const { user_id, role, customer_id } = actor;
  return { user_id, role, customer_id, request_id: `test-${randomUUID()}`, ip: "192.0.2.1" };
}

/** A new admin user with a token. */
export async function createAdmin(): Promise<Actor> {
  const email = `admin-${randomUUID()}@edgebank.test`;
  await sql("select bank_internal.create_admin(p_email => $1, p_password_hash => $2)", [
    email,
    unusable_password_hash,
  ]);
  const [user] = await sql<{ id: string }>("select id from bank.users where email = $1", [email]);
  if (user === undefined) throw new Error("create_admin made no user");
  const actor = { user_id: user.id, role: "admin", customer_id: null } as const;
  return { ...actor, token: await mintToken(actor) };
}

let shared_admin: Promise<Actor> | undefined;

/** The admin of this test file. */
export function admin(): Promise<Actor> {
  shared_admin ??= createAdmin();
  return shared_admin;
}

export async function createCustomer(name = "Ada Example"): Promise<TestCustomer> {
  const email = `customer-${randomUUID()}@edgebank.test`;
  const { body } = await callFunction("create_customer", {
    p_actor: actorJson(await admin()),
    p_name: name,
    p_email: email,
    p_password_hash: unusable_password_hash,
  });
  const { id: customer_id } = JSON.parse(body ?? "{}") as { id: string };
  const [user] = await sql<{ id: string }>("select id from bank.users where customer_id = $1", [customer_id]);
  if (user === undefined) throw new Error("create_customer made no user");
  const actor = { user_id: user.id, role: "customer", customer_id } as const;
  return { ...actor, email, token: await mintToken(actor) };
}

/** An account of a customer, with `balance` credited to it. Returns its id. */
export async function createAccount(
  customer: Pick<TestCustomer, "customer_id">,
  options: { currency?: string; overdraft_limit?: number; balance?: number } = {},
): Promise<string> {
  const p_actor = actorJson(await admin());
  const { body } = await callFunction("create_account", {
    p_actor,
    p_customer_id: customer.customer_id,
    p_currency: options.currency ?? "USD",
    p_name: "Checking",
    p_overdraft_limit: options.overdraft_limit ?? 0,
  });
  const { id } = JSON.parse(body ?? "{}") as { id: string };
  if (options.balance !== undefined && options.balance !== 0) {
    const credit = await callFunction("credit_account", {
      p_actor,
      p_idempotency_key: randomUUID(),
      p_account_id: id,
      p_amount: options.balance,
    });
    if (credit.code !== null) throw new Error(`the opening credit was declined: ${credit.code}`);
  }
  return id;
}

/** The violations that the ledger finds in itself: `expect(await verifyLedger()).toEqual([])`. */
export async function verifyLedger(): Promise<unknown[]> {
  const [row] = await sql<{ report: { violations: unknown[] } }>("select bank.verify_ledger() as report");
  if (row === undefined) throw new Error("bank.verify_ledger() reported nothing");
  return row.report.violations;
}

type Signing = Pick<Servers, "jwt_keys" | "jwt_issuer" | "jwt_audience">;

interface TokenOptions {
  /** They go over the usual ones; `undefined` leaves a claim out. */
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly kid?: string;
  readonly secret?: Uint8Array;
}

/** An access token for the Worker of this run, signed like the Worker's own. */
export async function mintToken(
  actor: Pick<Actor, "user_id" | "role" | "customer_id">,
  options: TokenOptions = {},
): Promise<string> {
  const signing = {
    jwt_keys: inject("jwt_keys"),
    jwt_issuer: inject("jwt_issuer"),
    jwt_audience: inject("jwt_audience"),
  };
  return signToken(signing, actor, options);
}

/** An access token for a Worker with these settings. */
export async function signToken(
  signing: Signing,
  actor: Pick<Actor, "user_id" | "role" | "customer_id">,
  options: TokenOptions = {},
): Promise<string> {
  const { active, keys } = JSON.parse(signing.jwt_keys) as { active: string; keys: Record<string, string> };
  const now = Math.floor(Date.now() / 1000);
  const claims: JWTPayload = {
    iss: signing.jwt_issuer,
    aud: signing.jwt_audience,
    sub: actor.user_id,
    role: actor.role,
    customer_id: actor.customer_id,
    jti: randomUUID(),
    iat: now,
    exp: now + 900,
    ...options.claims,
  };
  const kid = options.kid ?? active;
  const secret = options.secret ?? Buffer.from(keys[kid] ?? "", "base64url");
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid, ...options.header })
    .sign(secret);
}

export interface RequestOptions {
  readonly token?: string | undefined;
  /** The `Idempotency-Key`. */
  readonly key?: string | undefined;
  /** A string is sent as it stands, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when the answer is JSON, else undefined. Tests read members freely; types end at the wire. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
  readonly text: string;
}

/** One request to the Worker of this run. `path` begins with `/`. */
export async function request(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<ApiAnswer> {
  return requestAt(inject("worker_url"), method, path, options);
}

export async function requestAt(
  origin: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<ApiAnswer> {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set("Authorization", `Bearer ${options.token}`);
  if (options.key !== undefined) headers.set("Idempotency-Key", options.key);
  if (options.body !== undefined && !headers.has("Content-Type"))
    headers.set("Content-Type", "application/json");
  const response = await fetch(new URL(path, origin), {
    method,
    headers,
    redirect: "manual",
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const is_json = /^application\/(.+\+)?json/.test(response.headers.get("Content-Type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    body: is_json ? JSON.parse(text) : undefined,
    text,
  };
}
