import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import type { Actor, Answer, Bank, CustomerActor } from "../harness/bank.ts";
import { readAccount } from "./operations.ts";

export interface Held {
  readonly ada: CustomerActor;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  /** What the account that pays shows as held. */
  readHeld(): Promise<number>;
}

/** 100 on an account, 60 of it held for another. */
export async function createHeld(bank: Bank): Promise<Held> {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const { body } = await bank.createHold(ada, { from, to, amount: 60 });
  const readHeld = async (): Promise<number> => (await readAccount(bank, from)).held;
  return { ada, from, to, id: body.id, readHeld };
}

export async function captureHold(
  bank: Bank,
  actor: Actor,
  hold_id: string,
  more: { amount?: number; key?: string; session?: Client } = {},
): Promise<Answer> {
  const { amount: p_amount, key = randomUUID(), session } = more;
  const named = { p_actor: actor, p_idempotency_key: key, p_hold_id: hold_id, p_amount };
  return bank.call("capture_hold", named, session);
}

export async function releaseHold(
  bank: Bank,
  actor: Actor,
  hold_id: string,
  more: { key?: string; session?: Client } = {},
): Promise<Answer> {
  const { key = randomUUID(), session } = more;
  return bank.call(
    "release_hold",
    { p_actor: actor, p_idempotency_key: key, p_hold_id: hold_id },
    session,
  );
}

/** Lets the hold's time come without waiting for it. */
export async function expireHold(bank: Bank, hold_id: string): Promise<void> {
  await bank.sql("update bank.holds set expires_at = clock_timestamp() where id = $1", [hold_id]);
}

/** The cron's call that comes to this account next. */
export async function markExpired(bank: Bank, account_id: string): Promise<void> {
  const p_position = await bank.value<string>(
    `select coalesce(max(debit_account_id::text), '00000000-0000-0000-0000-000000000000')
       from bank.holds where status = 'active' and debit_account_id < $1`,
    [account_id],
  );
  await bank.call("expire_holds", { p_position, p_limit: 1_000 });
}
