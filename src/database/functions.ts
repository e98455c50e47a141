import type { z } from "@hono/zod-openapi";
import type { AccountUpdate, NewAccount, Settlement } from "../schemas/account.ts";
import type { CustomerUpdate, NewCustomer } from "../schemas/customer.ts";
import type { Capture, NewHold } from "../schemas/hold.ts";
import type { NewBatch, NewTransfer, Reversal } from "../schemas/transfer.ts";

/** The acting user, as it is passed to every function that needs one. */
export interface Actor {
  readonly user_id: string;
  readonly role: "admin" | "customer";
  /** Null for an admin. */
  readonly customer_id: string | null;
  readonly request_id: string;
  readonly ip: string | null;
}

/** A page of a list. `position` is where the previous page ended, as the database returned it. */
export interface Page {
  readonly limit?: number | undefined;
  readonly position?: string | undefined;
}

/** A span of time in RFC 3339: `from` is inclusive, `to` exclusive. */
export interface Span {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * What must be true of a resource before it is changed (RFC 9110 section 13.1). The ETags are
 * written as in the headers, or `*`. `bank_internal.meets_preconditions` reads this.
 */
export interface Preconditions {
  readonly if_match?: readonly string[];
  readonly if_none_match?: readonly string[];
  /** RFC 3339. */
  readonly if_unmodified_since?: string;
}

/** The preconditions of the request. The member is required, so that no operation can forget it. */
interface Conditional {
  readonly preconditions: Preconditions | undefined;
}

/** A write that accepts a key but does not need one. */
interface Keyed {
  readonly idempotency_key: string | undefined;
}

/** A write that needs a key. */
interface KeyRequired {
  readonly idempotency_key: string;
}

/**
 * The members of a request body, as the schema returns them. Each is an argument of the same name.
 */
type BodyOf<Schema extends z.ZodType> = Readonly<z.output<Schema>>;

type SettlementCall = KeyRequired &
  Conditional &
  BodyOf<typeof Settlement> & { readonly account_id: string };

/**
 * The functions that change nothing that the cache shows, with their arguments without the actor.
 * An argument that is undefined is left out, so its SQL default applies.
 */
export interface ReadFunctions {
  get_me: object;
  list_customers: Page;
  get_customer: { readonly customer_id: string };
  list_accounts: Page & { readonly customer_id?: string | undefined };
  get_account: { readonly account_id: string };
  list_entries: Page & Span & { readonly account_id: string };
  get_balance: { readonly account_id: string; readonly at?: string | undefined };
  get_transfer: { readonly transfer_id: string };
  list_transfers: Page &
    Span & {
      readonly account_id?: string | undefined;
      readonly status?: string | undefined;
      readonly idempotency_key?: string | undefined;
    };
  get_hold: { readonly hold_id: string };
  list_holds: Page & {
    readonly account_id?: string | undefined;
    readonly status?: string | undefined;
  };
  verify_ledger_part: { readonly position?: string | undefined };
  list_audit_events: Page &
    Span & {
      readonly actor_id?: string | undefined;
      readonly action?: string | undefined;
      readonly outcome?: string | undefined;
      readonly target_id?: string | undefined;
    };
}

/**
 * The functions that change what the cache shows. They can only be called through `write`, which
 * invalidates the cache, so an operation that forgets the invalidation does not compile.
 */
export interface WriteFunctions {
  create_customer: Keyed &
    Omit<BodyOf<typeof NewCustomer>, "password"> & { readonly password_hash: string };
  update_customer: Keyed &
    Conditional &
    BodyOf<typeof CustomerUpdate> & { readonly customer_id: string };
  create_account: Keyed & BodyOf<typeof NewAccount>;
  update_account: Keyed &
    Conditional &
    BodyOf<typeof AccountUpdate> & { readonly account_id: string };
  credit_account: SettlementCall;
  debit_account: SettlementCall;
  create_transfer: KeyRequired & BodyOf<typeof NewTransfer>;
  create_transfers: KeyRequired & BodyOf<typeof NewBatch>;
  reverse_transfer: KeyRequired &
    Conditional &
    BodyOf<typeof Reversal> & { readonly transfer_id: string };
  create_hold: KeyRequired & BodyOf<typeof NewHold>;
  capture_hold: KeyRequired & Conditional & BodyOf<typeof Capture> & { readonly hold_id: string };
  release_hold: KeyRequired & Conditional & { readonly hold_id: string };
}

/** The functions without an actor, because the user is not known yet or none is needed. */
export interface SystemFunctions {
  get_login: { readonly email: string };
  store_audit_events: { readonly events: readonly unknown[] };
  check_readiness: object;
  expire_holds: { readonly position?: string | undefined };
  verify_new_entries: { readonly position?: string | undefined };
  verify_next_part: object;
  checkpoint_internal_balances: { readonly position?: string | undefined };
  flush_access_refusals: object;
  backfill_audit_events: { readonly limit: number };
  prepare_audit_partitions: object;
  record_job: { readonly name: string };
}

/** The functions that take many requests, each with its actor, as JSON text. */
export interface GatheringFunctions {
  gather_transfers: { readonly requests: string };
}

/** The functions with an actor. */
export interface ActorFunctions extends ReadFunctions, WriteFunctions {}
