/** One line of a statement, as `GET /v1/accounts/{id}/entries` shows it. */
export interface Entry {
  readonly transfer_id: string;
  readonly account_id: string;
  readonly amount: number;
  readonly balance_after: number;
  readonly account_version: number;
  readonly hash: string;
  readonly kind: string;
  readonly counterparty_account_id: string;
  readonly created_at: string;
}

/** An account as a read shows it. */
export interface AccountState {
  readonly id: string;
  readonly balance: number;
  readonly held: number;
  readonly version: number;
  readonly head_hash: string | null;
  readonly overdraft_limit: number;
}

export interface Movement {
  readonly debit_account_id: string;
  readonly credit_account_id: string;
  readonly amount: number;
}

/** A request that moves or reserves money. Each has a key. */
export type Write =
  | ({ readonly f: "transfer" } & Movement)
  | { readonly f: "batch"; readonly atomic: boolean; readonly transfers: readonly Movement[] }
  | ({ readonly f: "hold" } & Movement)
  | { readonly f: "capture"; readonly hold_id: string; readonly amount?: number }
  | { readonly f: "release"; readonly hold_id: string }
  | { readonly f: "reverse"; readonly transfer_id: string; readonly amount?: number }
  | { readonly f: "credit" | "debit"; readonly account_id: string; readonly amount: number };

export type Read =
  | { readonly f: "read_account"; readonly account_id: string }
  | { readonly f: "read_accounts"; readonly customer_id: string }
  | { readonly f: "read_statement"; readonly account_id: string }
  | { readonly f: "read_balance"; readonly account_id: string; readonly at?: string };

export type Request = Write | Read;

/** A transfer as an answer shows it. */
export interface TransferState extends Movement {
  readonly id: string;
  readonly kind: string;
  readonly status: "posted" | "declined";
  readonly code: string | null;
  readonly created_at: string;
}

export interface Outcome {
  readonly status: "posted" | "declined";
  readonly code: string | null;
  readonly transfer: TransferState | null;
}

/** The answers of requests that are `ok`, by the name of the request. */
export interface Answers {
  readonly transfer: TransferState;
  readonly capture: TransferState;
  readonly reverse: TransferState;
  readonly credit: TransferState;
  readonly debit: TransferState;
  readonly batch: { readonly outcomes: readonly Outcome[] };
  readonly hold: { readonly id: string; readonly amount: number; readonly status: string };
  readonly release: { readonly id: string; readonly status: string };
  readonly read_account: AccountState;
  readonly read_accounts: { readonly data: readonly AccountState[] };
  readonly read_statement: { readonly data: readonly Entry[] };
  readonly read_balance: {
    readonly at: string;
    readonly balance: number;
    readonly version: number;
  };
}

/** The answer to a refused request. A decline by the ledger names the transfer that was stored. */
export interface Refusal {
  readonly code: string;
  readonly transfer_id?: string;
  readonly outcomes?: readonly Outcome[];
}

interface EventBase {
  readonly index: number;
  /** Microseconds since the run began, by a clock that only goes forward. */
  readonly time_us: number;
  /**
   * A caller with one request at a time. After `info` it never asks again, because its request may
   * be executed later.
   */
  readonly process: number;
}

export type InvokeEvent = EventBase & {
  readonly type: "invoke";
  /** Only writes have them. One scope and key stand for one effect, however often they are sent. */
  readonly scope?: string;
  readonly key?: string;
  readonly value: Request;
};

/**
 * `ok`: it has happened. `fail`: it has not, and never will. `info`: nobody knows, until the same
 * key is asked again.
 */
export type EndEvent = EventBase & {
  readonly status: number;
  readonly replayed?: boolean;
  /** The answer may come from the cache. */
  readonly cached?: boolean;
} & (
    | { readonly type: "ok"; readonly value: Answers[keyof Answers] }
    | { readonly type: "fail"; readonly value: Refusal }
    | { readonly type: "info"; readonly value: string }
  );

/** The accounts that a history is about. They are new: version 0, balance 0. */
export type SetupEvent = EventBase & {
  readonly type: "setup";
  readonly accounts: readonly { readonly id: string; readonly overdraft_limit: number }[];
};

/** An account after the last request: its state and all its entries, oldest first. */
export type FinalEvent = EventBase & {
  readonly type: "final";
  readonly account: AccountState;
  readonly entries: readonly Entry[];
};

export type HistoryEvent = SetupEvent | InvokeEvent | EndEvent | FinalEvent;
