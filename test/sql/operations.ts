import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import type { Actor, Answer, Bank, CustomerActor } from "../harness/bank.ts";

type Named = Readonly<Record<string, unknown>>;

/** One order of a batch, in short. */
export interface Order {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly currency?: string | undefined;
}

/** 100 on the first of three accounts of one customer. */
export async function createThree(
  bank: Bank,
): Promise<{ ada: CustomerActor; a: string; b: string; c: string }> {
  const ada = await bank.createCustomer();
  const [a, b, c] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
    await bank.createAccount(ada),
  ];
  return { ada, a, b, c };
}

export async function createTransfers(
  bank: Bank,
  p_actor: Actor,
  orders: readonly Order[],
  named: Named = {},
  session?: Client,
): Promise<Answer> {
  const p_transfers = orders.map(({ from, to, amount, currency }) => ({
    debit_account_id: from,
    credit_account_id: to,
    amount,
    ...(currency === undefined ? {} : { currency }),
  }));
  const all = { p_actor, p_idempotency_key: randomUUID(), p_transfers, ...named };
  return bank.call("create_transfers", all, session);
}

/** What became of each transfer of a batch. */
export function codesOf(answer: Pick<Answer, "body">): (string | null)[] {
  return answer.body.outcomes.map(({ code }: { code: string | null }) => code);
}

export async function reverseTransfer(
  bank: Bank,
  p_transfer_id: string,
  named: Named = {},
  session?: Client,
): Promise<Answer> {
  const p_actor = await bank.admin();
  const all = { p_actor, p_idempotency_key: randomUUID(), p_transfer_id, ...named };
  return bank.call("reverse_transfer", all, session);
}

export async function updateAccount(
  bank: Bank,
  p_account_id: string,
  named: Named,
  session?: Client,
): Promise<Answer> {
  return bank.call(
    "update_account",
    { p_actor: await bank.admin(), p_account_id, ...named },
    session,
  );
}

export async function setCustomerStatus(
  bank: Bank,
  p_customer_id: string,
  p_status: "active" | "frozen",
): Promise<Answer> {
  return bank.call("update_customer", { p_actor: await bank.admin(), p_customer_id, p_status });
}

/** The account as its owner reads it. */
export async function readAccount(bank: Bank, p_account_id: string): Promise<Answer["body"]> {
  return (await bank.call("get_account", { p_actor: await bank.admin(), p_account_id })).body;
}
