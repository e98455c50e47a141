import type { Client } from "pg";

/**
 * A movement of money as a bookkeeper would write it down, with the balances that it left on
 * customers' accounts.
 */
export interface Posting {
  readonly id: string;
  readonly day: string;
  readonly from: string;
  readonly to: string;
  /** Minor units, as text: no number is rounded. */
  readonly amount: string;
  readonly currency: string;
  readonly from_balance: string | null;
  readonly to_balance: string | null;
}

export interface BankAccount {
  readonly id: string;
  readonly currency: string;
  readonly kind: string;
  readonly balance: string;
}

/** Every transfer that moved money, in the order in which it happened. */
export async function readPostings(client: Client): Promise<readonly Posting[]> {
  const { rows } = await client.query<Posting>(
    `select id, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day,
            debit_account_id as from, credit_account_id as to, amount::text, currency::text,
            debit_balance::text as from_balance,
            credit_balance::text as to_balance
       from bank.transfers where code is null order by created_at, id`,
  );
  return rows;
}

/** Each account with the balance that the API shows of it. */
export async function readBalances(client: Client): Promise<readonly BankAccount[]> {
  const { rows } = await client.query<BankAccount>(
    `select id, currency::text, kind::text,
            bank_internal.account_json(account)::jsonb ->> 'balance' as balance
       from bank.accounts as account order by id`,
  );
  return rows;
}
