import { randomUUID } from "node:crypto";
import { afterAll, inject, onTestFinished } from "vitest";
import type { RunningWorker } from "../../local/worker/run-worker.ts";
import { bank, createCustomer, type TestCustomer } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import { runOwnWorker } from "../harness/own-worker.ts";

/** The Worker with tellers, on the bank of this run. It ends with the test file. */
export async function startWorkerWithTellers({
  database_port,
}: { database_port?: number } = {}): Promise<RunningWorker> {
  const database_url = new URL(inject("bank_api_url"));
  if (database_port !== undefined) database_url.port = String(database_port);
  const worker = await runOwnWorker({
    config: inject("tellers_config"),
    database_url: database_url.href,
  });
  afterAll(() => worker.stop());
  return worker;
}

export interface Payer extends TestCustomer {
  readonly account_id: string;
}

export async function createPayer(balance = 1_000_000): Promise<Payer> {
  const customer = await createCustomer();
  return { ...customer, account_id: await bank.createAccount(customer, { balance }) };
}

export const createPayers = (count: number): Promise<Payer[]> =>
  Promise.all(Array.from({ length: count }, () => createPayer()));

export interface Payment {
  readonly payer: Payer;
  readonly to: string;
  readonly amount?: number;
  readonly key?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

export function pay(
  url: string,
  { payer, to, amount = 1, key = randomUUID(), more }: Payment,
): Promise<ApiAnswer> {
  const body = { debit_account_id: payer.account_id, credit_account_id: to, amount, ...more };
  return requestAt(url, "POST", "/v1/transfers", { token: payer.token, key, body });
}

export async function balanceOf(account_id: string): Promise<number> {
  const [row] = await bank.sql<{ balance: string }>(
    "select balance from bank.accounts where id = $1",
    [account_id],
  );
  return Number(row?.balance);
}

/**
 * What the ledger holds under some keys, and in how many transactions of the database it was
 * written.
 */
export async function storedUnder(
  keys: readonly string[],
): Promise<{ posted: number; declined: number; transactions: number }> {
  const [row] = await bank.sql<{ posted: number; declined: number; transactions: number }>(
    `select count(*) filter (where status = 'posted')::integer as posted,
            count(*) filter (where status = 'declined')::integer as declined,
            count(distinct xmin::text)::integer as transactions
       from bank.transfers where idempotency_key = any($1)`,
    [keys],
  );
  if (row === undefined) throw new Error("no row");
  return row;
}

export const newKeys = (count: number): string[] =>
  Array.from({ length: count }, () => randomUUID());

/**
 * Keeps an account locked, so that every transfer of its money waits. Returns the function that
 * unlocks it.
 */
export async function holdAccount(account_id: string): Promise<() => Promise<void>> {
  const client = await bank.session("superuser");
  await client.query("begin");
  await client.query("select from bank.accounts where id = $1 for update", [account_id]);
  let is_held = true;
  const letGo = async (): Promise<void> => {
    if (!is_held) return;
    is_held = false;
    await client.query("rollback");
  };
  onTestFinished(letGo);
  return letGo;
}

/**
 * The backends that wait for a lock in a teller's batch, which is an ordinary call where it has one
 * member only.
 */
export async function waitingTellers(): Promise<number[]> {
  const rows = await bank.sql<{ pid: number }>(
    `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
        and query ~ 'bank.(gather_transfers|create_transfer)[(]'`,
  );
  return rows.map(({ pid }) => pid);
}
