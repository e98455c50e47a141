import { randomUUID } from "node:crypto";
import { send } from "../bank/http-client.ts";
import type { Actor, ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure } from "../check.ts";

/** Somebody with two accounts, a transfer between them and an active hold. */
export interface Holder {
  readonly actor: Actor;
  readonly customer_id: string;
  readonly account_id: string;
  readonly second_account_id: string;
  readonly transfer_id: string;
  readonly hold_id: string;
}

/** A bank with an attacker, Ada, and a victim, Eve. */
export interface HostileBank {
  readonly bank: ProofBank;
  readonly admin: Actor;
  readonly ada: Holder;
  readonly eve: Holder;
  /** Is part of every text of Eve's, so that a leak can be found anywhere. */
  readonly secret: string;
}

export async function openHostileBank(bank: ProofBank): Promise<HostileBank> {
  const admin = await bank.createAdmin();
  const secret = `secret-${randomUUID()}`;
  const ada = await openHolder(bank, admin, "Ada");
  const eve = await openHolder(bank, admin, secret);
  return { bank, admin, ada, eve, secret };
}

async function openHolder(bank: ProofBank, admin: Actor, text: string): Promise<Holder> {
  const create = async (path: string, body: object, { token } = admin): Promise<string> => {
    const url = `${bank.worker.url}/v1/${path}`;
    const answer = await send({ method: "POST", url, token, key: randomUUID(), body });
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return (answer.body as { id: string }).id;
  };
  const email = `customer-${randomUUID()}@edgebank.test`;
  const customer_id = await create("customers", { name: text, email, password: randomUUID() });
  const account_id = await create("accounts", { customer_id, currency: "USD", name: text });
  const second_account_id = await create("accounts", { customer_id, currency: "USD", name: text });
  await create(`accounts/${account_id}/credit`, { amount: 1_000_000_000, description: text });
  const [user] = await bank.postgres.sql<{ id: string }>(
    "select id from bank.users where customer_id = $1",
    [customer_id],
  );
  const actor = await bank.signToken({ user_id: user?.id ?? "", role: "customer", customer_id });
  const order = {
    debit_account_id: account_id,
    credit_account_id: second_account_id,
    amount: 1_000_000,
    description: text,
    metadata: { text },
  };
  const transfer_id = await create("transfers", order, actor);
  const hold_id = await create("holds", order, actor);
  return { actor, customer_id, account_id, second_account_id, transfer_id, hold_id };
}

/**
 * Tables that a refusal may change: the audit log, and the keys, which keep the answer of a refused
 * batch.
 */
const tables = "customers users accounts transfers holds idempotency_keys".split(" ");

/** How many rows each table has, and one hash over all of them. */
export async function stateOf({ bank }: HostileBank): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for (const table of tables) {
    const [row] = await bank.postgres.sql<{ rows: string; hash: string | null }>(
      `select count(*) as rows, md5(string_agg(line, '' order by line)) as hash
         from (select to_jsonb(each)::text as line from bank.${table} as each) as lines
        where line::jsonb ->> 'operation' is distinct from 'batch'`,
    );
    state[table] = `${row?.rows ?? ""} rows, ${row?.hash ?? ""}`;
  }
  return state;
}

export async function requireUnchanged(
  target: HostileBank,
  before: Readonly<Record<string, string>>,
): Promise<void> {
  const after = await stateOf(target);
  const changed = tables.filter((table) => before[table] !== after[table]);
  if (changed.length > 0)
    throw new CheckFailure(`What was refused has changed ${changed.join(", ")}.`);
}

export async function requireWholeLedger({ bank }: HostileBank): Promise<void> {
  const [row] = await bank.postgres.sql<{ report: { ok: boolean; violations: unknown[] } }>(
    "select bank.verify_ledger() as report",
  );
  if (row?.report.ok !== true) throw new CheckFailure(JSON.stringify(row?.report.violations));
}
