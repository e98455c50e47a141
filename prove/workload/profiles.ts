import type { Request } from "../history/event.ts";

/**
 * A new request, or an earlier one: sent again, with another body under its key, or with its key in
 * another scope.
 */
export type Choice = Request["f"] | "again" | "other_body" | "other_scope";

export interface Profile {
  readonly accounts: number;
  /** What each account begins with. */
  readonly opening_balance: number;
  readonly amount_max: number;
  readonly batch_size_max: number;
  readonly clients: number;
  readonly weights: Readonly<Partial<Record<Choice, number>>>;
}

const everything = {
  transfer: 34,
  batch: 8,
  hold: 6,
  capture: 4,
  release: 3,
  reverse: 4,
  credit: 2,
  debit: 2,
  read_account: 9,
  read_accounts: 9,
  read_statement: 5,
  read_balance: 5,
  again: 5,
  other_body: 2,
  other_scope: 2,
} as const;

export const profiles = {
  /**
   * Jepsen's bank: 8 accounts with 100 together, at most 5 in one transfer, and reads of all
   * accounts.
   */
  classic: {
    accounts: 8,
    opening_balance: 13,
    amount_max: 5,
    batch_size_max: 1,
    clients: 16,
    weights: { transfer: 50, read_accounts: 50 },
  },
  /** All callers use the same two accounts. */
  hot: {
    accounts: 2,
    opening_balance: 60,
    amount_max: 9,
    batch_size_max: 6,
    clients: 24,
    weights: everything,
  },
  mixed: {
    accounts: 8,
    opening_balance: 60,
    amount_max: 9,
    batch_size_max: 8,
    clients: 24,
    weights: everything,
  },
  wide: {
    accounts: 60,
    opening_balance: 200,
    amount_max: 40,
    batch_size_max: 20,
    clients: 24,
    weights: everything,
  },
  /** Callers repeat a few keys: with the same body, with another one, or as another user. */
  keys: {
    accounts: 4,
    opening_balance: 500,
    amount_max: 5,
    batch_size_max: 3,
    clients: 32,
    weights: {
      transfer: 12,
      batch: 4,
      hold: 3,
      capture: 2,
      credit: 2,
      again: 50,
      other_body: 18,
      other_scope: 9,
    },
  },
  /** Large batches over many accounts, each of which is locked nearly all the time. */
  batches: {
    accounts: 40,
    opening_balance: 300,
    amount_max: 30,
    batch_size_max: 500,
    clients: 12,
    weights: { transfer: 20, batch: 55, read_accounts: 15, read_statement: 5, again: 5 },
  },
} as const satisfies Readonly<Record<string, Profile>>;
