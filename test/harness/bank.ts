import { randomUUID } from "node:crypto";
import type { Client, QueryResultRow } from "pg";
import { afterAll } from "vitest";
import { namedCall } from "../../local/postgres/named-call.ts";
import { sharedConnections, type Connections, type Role } from "./connections.ts";

/** `p_actor` of every function. */
export interface Actor {
  readonly user_id: string | null;
  readonly role: "admin" | "customer";
  readonly customer_id: string | null;
  readonly request_id?: string;
  readonly ip?: string;
}

export interface AdminActor extends Actor {
  readonly role: "admin";
  readonly user_id: string;
  readonly customer_id: null;
}

export interface CustomerActor extends Actor {
  readonly role: "customer";
  readonly user_id: string;
  readonly customer_id: string;
  readonly email: string;
}

/** `bank.answer` with its body parsed. */
export interface Answer {
  readonly code: string | null;
  readonly text: string | null;
  /** Tests read members freely; types end at the wire. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
  readonly replayed: boolean;
  readonly changed: readonly string[];
  readonly next_position: string | null;
  readonly cache_lifetime_ms: number | null;
  readonly unstored_audit_events: readonly Record<string, unknown>[] | null;
}

/** Whoever is named here acts for himself where money is held. */
type AccountHolder = Pick<CustomerActor, "user_id" | "role" | "customer_id">;

export interface AccountOptions {
  readonly currency?: string;
  readonly overdraft_limit?: number;
  readonly balance?: number;
  readonly held?: number;
  readonly status?: "active" | "frozen" | "closed";
}

/** Money from one account to another, at once or when a hold is captured. */
export interface MoneyOrder {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** A new one if it is not given. */
  readonly key?: string;
  readonly session?: Session;
}

export interface Violation {
  readonly rule: string;
  readonly subject: string;
  readonly id: string | null;
  readonly expected: string;
  readonly found: string;
}

type Arguments = Readonly<Record<string, unknown>>;
type Session = Pick<Client, "query">;

/** The largest amount and balance on the wire. */
export const money_max = Number.MAX_SAFE_INTEGER;

/**
 * As long as the accepted format wants, and no password has it, so nobody in a test logs in with
 * it.
 */
export const unusable_password_hash =
  "scrypt$14$8$5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/**
 * One migrated database: what its functions answer to the Worker, and what a superuser sees of it.
 */
export class Bank {
  readonly #connections: Connections;
  readonly #sessions: Client[] = [];
  #admin: Promise<AdminActor> | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Rows of a statement run as the superuser. */
  async sql<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#connections.query("superuser", text, parameters)).rows as Row[];
  }

  /** The first column of the only row. */
  async value<Value>(text: string, parameters: readonly unknown[] = []): Promise<Value> {
    const [row] = await this.sql(text, parameters);
    return Object.values(row ?? {})[0] as Value;
  }

  /**
   * Calls a public function as the Worker does: as `bank_api`, by named arguments, what is
   * undefined left out.
   */
  async call(name: string, named: Arguments, session?: Session): Promise<Answer> {
    const { text, values } = namedCall(name, named);
    const { rows } = await (session?.query(text, values) ??
      this.#connections.query("bank_api", text, values));
    const { body, unstored_audit_events, ...rest } = rows[0];
    return {
      ...rest,
      text: body,
      body: body === null ? null : readBody(JSON.parse(body)),
      unstored_audit_events:
        unstored_audit_events === null ? null : JSON.parse(unstored_audit_events),
    };
  }

  /** A separate connection, for work beside others. It is closed with the test file. */
  async session(role: Role = "bank_api"): Promise<Client> {
    const client = await this.#connections.open(role);
    this.#sessions.push(client);
    return client;
  }

  /** The admin that a test file needs when it does not matter which. */
  admin(): Promise<AdminActor> {
    this.#admin ??= this.createAdmin();
    return this.#admin;
  }

  async createAdmin(): Promise<AdminActor> {
    const email = `admin-${randomUUID()}@edgebank.test`;
    const user_id = await this.value<string>("select bank_internal.create_admin($1, $2)", [
      email,
      unusable_password_hash,
    ]);
    return { user_id, role: "admin", customer_id: null, request_id: "test", ip: "192.0.2.1" };
  }

  async createCustomer(name = "Ada Example"): Promise<CustomerActor> {
    const email = `customer-${randomUUID()}@edgebank.test`;
    const { body } = await this.call("create_customer", {
      p_actor: await this.admin(),
      p_name: name,
      p_email: email,
      p_password_hash: unusable_password_hash,
    });
    const user_id = await this.value<string>("select id from bank.users where customer_id = $1", [
      body.id,
    ]);
    return {
      user_id,
      role: "customer",
      customer_id: body.id,
      email,
      request_id: "test",
      ip: "192.0.2.1",
    };
  }

  /**
   * An account as it stands after its history: funded, then reserved, then frozen or closed.
   * Returns its id.
   */
  async createAccount(customer: AccountHolder, options: AccountOptions = {}): Promise<string> {
    const {
      currency = "USD",
      overdraft_limit = 0,
      balance = 0,
      held = 0,
      status = "active",
    } = options;
    const p_actor = await this.admin();
    const { body } = await this.call("create_account", {
      p_actor,
      p_customer_id: customer.customer_id,
      p_currency: currency,
      p_name: "Checking",
      p_overdraft_limit: overdraft_limit,
    });
    const p_account_id: string = body.id;
    if (balance > 0) await this.credit(p_account_id, balance);
    if (balance < 0) await this.debit(p_account_id, -balance);
    if (held > 0) {
      const to = await this.createAccount(customer, { currency });
      await this.createHold(customer, { from: p_account_id, to, amount: held });
    }
    if (status !== "active")
      await this.call("update_account", { p_actor, p_account_id, p_status: status });
    return p_account_id;
  }

  async credit(account_id: string, amount: number, named: Arguments = {}): Promise<Answer> {
    return this.#settle("credit_account", account_id, amount, named);
  }

  async debit(account_id: string, amount: number, named: Arguments = {}): Promise<Answer> {
    return this.#settle("debit_account", account_id, amount, named);
  }

  async #settle(
    name: string,
    account_id: string,
    amount: number,
    named: Arguments,
  ): Promise<Answer> {
    return this.call(name, {
      p_actor: await this.admin(),
      p_idempotency_key: randomUUID(),
      p_account_id: account_id,
      p_amount: amount,
      ...named,
    });
  }

  async transfer(actor: Actor, order: MoneyOrder, named: Arguments = {}): Promise<Answer> {
    return this.#order("create_transfer", actor, order, named);
  }

  async createHold(actor: Actor, order: MoneyOrder, named: Arguments = {}): Promise<Answer> {
    return this.#order("create_hold", actor, order, named);
  }

  async #order(name: string, actor: Actor, order: MoneyOrder, named: Arguments): Promise<Answer> {
    const { from, to, amount, key = randomUUID(), session } = order;
    const asked = {
      p_actor: actor,
      p_idempotency_key: key,
      p_debit_account_id: from,
      p_credit_account_id: to,
      p_amount: amount,
    };
    return this.call(name, { ...asked, ...named }, session);
  }

  /** Balances in the order of the ids. */
  async balances(...account_ids: readonly string[]): Promise<number[]> {
    const rows = await this.sql<{ balance: string }>(
      `select balance
         from bank.accounts
         join unnest($1::uuid[]) with ordinality as asked (id, position) using (id)
        order by position`,
      [account_ids],
    );
    return rows.map((row) => Number(row.balance));
  }

  async countTransfers(idempotency_key: string): Promise<number> {
    return Number(
      await this.value("select count(*) from bank.transfers where idempotency_key = $1", [
        idempotency_key,
      ]),
    );
  }

  async auditEvents(target_id: string, action: string): Promise<QueryResultRow[]> {
    return this.sql(
      "select * from bank.audit_events where target_id = $1 and action = $2 order by id",
      [target_id, action],
    );
  }

  async verify(): Promise<Violation[]> {
    const report = await this.value<{ ok: boolean; violations: Violation[] }>(
      "select bank.verify_ledger()",
    );
    if (report.ok !== (report.violations.length === 0))
      throw new Error("ok does not say what violations say");
    return report.violations;
  }

  /** Resolves when the session waits for a lock, or when its call is done. */
  async untilBlocked(session: Client, call?: Promise<unknown>): Promise<void> {
    let is_done = false;
    const noteEnd = (): void => void (is_done = true);
    call?.then(noteEnd, noteEnd);
    await until(async () => is_done || (await this.isBlocked(session)));
  }

  async isBlocked(session: Client): Promise<boolean> {
    return this.value("select cardinality(pg_blocking_pids($1)) > 0", [sessionPid(session)]);
  }

  async closeSessions(): Promise<void> {
    await Promise.all(
      this.#sessions.splice(0).map((client) => client.end().catch(() => undefined)),
    );
  }

  async close(): Promise<void> {
    await this.closeSessions();
    await this.#connections.close();
  }
}

/** The process of the server behind the connection. */
export function sessionPid(session: Client): number {
  return (session as Client & { processID: number }).processID;
}

/** Waits for a condition, for 10 s at the most. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const give_up_at = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > give_up_at) throw new Error("the condition did not come true within 10 s");
  }
}

/** The bank that all files of a run share. */
export function sharedBank(): Bank {
  const bank = new Bank(sharedConnections());
  afterAll(() => bank.closeSessions());
  return bank;
}

/** The items of a list. The other members of its answer are tested in list-entries.test.ts. */
function readBody(body: unknown): unknown {
  return typeof body === "object" && body !== null && "data" in body ? body.data : body;
}
