import { randomUUID } from "node:crypto";
import type { Actor } from "../bank/proof-bank.ts";
import type { Movement, Request, Write } from "../history/event.ts";
import { pick, pickWeighted, type Random } from "../history/random.ts";
import type { Asked } from "./ask.ts";
import type { Profile } from "./profiles.ts";

/** What callers can refer to: only the newest, because the races are there. */
export interface Known {
  readonly account_ids: readonly string[];
  readonly customer_id: string;
  readonly holds: { readonly id: string }[];
  readonly transfers: {
    readonly id: string;
    readonly amount: number;
    readonly created_at: string;
  }[];
  readonly asked: { readonly actor: Actor; readonly request: Write; readonly key: string }[];
}

const known_max = 24;

export function remember<Item>(known: Item[], item: Item): void {
  known.push(item);
  if (known.length > known_max) known.shift();
}

/**
 * The next request of a caller. Reversals, credits and debits need an admin. All else may come from
 * the customer.
 */
export function nextRequest(
  random: Random,
  profile: Profile,
  known: Known,
  actors: { readonly admins: readonly Actor[]; readonly customers: readonly Actor[] },
  is_clock_shared: boolean,
): Asked {
  const anybody = pick(random, [...actors.customers, ...actors.admins]);
  const choice = pickWeighted(random, profile.weights);
  switch (choice) {
    case "again":
    case "other_body":
    case "other_scope": {
      if (known.asked.length === 0) break;
      const before = pick(random, known.asked);
      if (choice === "again") return before;
      if (choice === "other_body") return { ...before, request: otherBody(before.request) };
      const others = actors.admins.filter(({ scope }) => scope !== before.actor.scope);
      return { ...before, actor: pick(random, others) };
    }
    case "reverse":
    case "credit":
    case "debit": {
      const request = newRequest(choice, random, profile, known);
      return { actor: pick(random, actors.admins), request, key: randomUUID() };
    }
    default: {
      const request = newRequest(choice, random, profile, known);
      if (request.f === "read_balance" && !is_clock_shared) {
        return { actor: anybody, request: { f: "read_balance", account_id: request.account_id } };
      }
      return request.f.startsWith("read_")
        ? { actor: anybody, request }
        : { actor: anybody, request, key: randomUUID() };
    }
  }
  return {
    actor: anybody,
    request: { f: "transfer", ...movement(random, profile, known) },
    key: randomUUID(),
  };
}

function newRequest(f: Request["f"], random: Random, profile: Profile, known: Known): Request {
  const { account_ids, customer_id, holds, transfers } = known;
  const account_id = pick(random, account_ids);
  const amount = 1 + random(profile.amount_max);
  switch (f) {
    case "batch": {
      const size = 1 + random(profile.batch_size_max);
      const items = Array.from({ length: size }, () => movement(random, profile, known));
      return { f, atomic: random(2) === 0, transfers: items };
    }
    case "capture":
    case "release": {
      if (holds.length === 0) return { f: "hold", ...movement(random, profile, known) };
      const hold_id = pick(random, holds).id;
      if (f === "release") return { f, hold_id };
      return random(2) === 0 ? { f, hold_id } : { f, hold_id, amount };
    }
    case "reverse": {
      if (transfers.length === 0) return { f: "credit", account_id, amount };
      const transfer = pick(random, transfers);
      return random(2) === 0
        ? { f, transfer_id: transfer.id }
        : { f, transfer_id: transfer.id, amount };
    }
    case "credit":
    case "debit":
      return { f, account_id, amount };
    case "read_accounts":
      return { f, customer_id };
    case "read_account":
    case "read_statement":
      return { f, account_id };
    case "read_balance":
      return random(4) === 0
        ? { f, account_id }
        : { f, account_id, at: recently(random, transfers) };
    default:
      return { f, ...movement(random, profile, known) };
  }
}

function movement(random: Random, profile: Profile, { account_ids }: Known): Movement {
  const debit = random(account_ids.length);
  const credit = (debit + 1 + random(account_ids.length - 1)) % account_ids.length;
  return {
    debit_account_id: account_ids[debit] ?? "",
    credit_account_id: account_ids[credit] ?? "",
    amount: 1 + random(profile.amount_max),
  };
}

/** A time a moment ago, when transfers were still under way, or the exact time of a transfer. */
function recently(random: Random, transfers: Known["transfers"]): string {
  const at_now = new Date(Date.now() - random(40)).toISOString();
  return random(2) === 0 || transfers.length === 0 ? at_now : pick(random, transfers).created_at;
}

function otherBody(request: Write): Write {
  switch (request.f) {
    case "batch":
      return { ...request, atomic: !request.atomic };
    case "release":
      return { f: "capture", hold_id: request.hold_id };
    case "capture":
    case "reverse":
      return { ...request, amount: (request.amount ?? 0) + 1 };
    default:
      return { ...request, amount: request.amount + 1 };
  }
}
