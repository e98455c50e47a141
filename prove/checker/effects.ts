import { isDeepStrictEqual } from "node:util";
import type {
  AccountState,
  Answers,
  Entry,
  FinalEvent,
  HistoryEvent,
  InvokeEvent,
  EndEvent,
  Outcome,
  Read,
  Refusal,
  TransferState,
  Write,
} from "../history/event.ts";
import type { Report } from "./anomaly.ts";

/**
 * One request under one key, however often it was sent. It is executed once, between these two
 * times.
 */
export interface Effect {
  readonly name: string;
  readonly request: Write;
  readonly scope: string;
  readonly key: string;
  invoked_us: number;
  /**
   * The time of the first answer that said what became of it. Infinity when none did: nobody knows,
   * or it was only refused without claiming its key.
   */
  completed_us: number;
  /** How many of its requests have no definite answer. */
  unanswered: number;
  /** The answer after it was executed. */
  done?: Answers[keyof Answers];
  /** The answer when the ledger declined it. */
  declined?: Refusal;
}

export interface ReadEffect {
  readonly name: string;
  readonly request: Read;
  readonly invoked_us: number;
  readonly completed_us: number;
  readonly answer: Answers[keyof Answers];
  readonly cached: boolean;
}

export interface Account {
  readonly id: string;
  readonly overdraft_limit: number;
  readonly final: AccountState;
  /** Oldest first: the entry of version 1 is the first. */
  readonly entries: readonly Entry[];
}

export interface Observed {
  readonly effects: readonly Effect[];
  readonly reads: readonly ReadEffect[];
  readonly accounts: ReadonlyMap<string, Account>;
  readonly requests: number;
}

/** Refusals that claim no key, so the same key may be used again. */
const claiming_nothing = ["idempotency_key_in_use", "rate_limited", "idempotency_key_reused"];
/**
 * The declines that these histories can have, because their accounts are open and have one
 * currency.
 */
const declines = [
  "insufficient_funds",
  "hold_not_active",
  "capture_exceeds_hold",
  "transfer_not_reversible",
  "reversal_exceeds_transfer",
  "batch_declined",
];

/** Combines the events of a history: the requests, their effects, and the state at the end. */
export function readEvents(events: readonly HistoryEvent[], report: Report): Observed {
  const under_way = new Map<number, InvokeEvent>();
  const by_key = new Map<string, Effect[]>();
  const reads: ReadEffect[] = [];
  const limits = new Map<string, number>();
  const finals: FinalEvent[] = [];
  let requests = 0;
  for (const event of events) {
    switch (event.type) {
      case "setup":
        for (const { id, overdraft_limit } of event.accounts) limits.set(id, overdraft_limit);
        break;
      case "final":
        finals.push(event);
        break;
      case "invoke":
        requests += 1;
        under_way.set(event.process, event);
        if (event.key !== undefined) effectOf(by_key, event).unanswered += 1;
        break;
      default: {
        const invoke = under_way.get(event.process);
        if (invoke === undefined)
          throw new Error(`Nothing was asked before event ${String(event.index)}.`);
        under_way.delete(event.process);
        if (event.status === 500) report("server error", `${nameOf(invoke)} was answered 500`);
        if (invoke.key === undefined) readEnd(reads, invoke, event, report);
        else writeEnd(effectOf(by_key, invoke), event, report);
      }
    }
  }
  const effects = [...by_key.values()].flat();
  for (const same_key of by_key.values()) checkKey(same_key, report);
  const accounts = new Map(
    finals.map(({ account, entries }) => [
      account.id,
      { id: account.id, overdraft_limit: limits.get(account.id) ?? 0, final: account, entries },
    ]),
  );
  if (finals.length < limits.size) report("empty history", "not every account was read at the end");
  return { effects, reads, accounts, requests };
}

const nameOf = ({ index, value }: InvokeEvent): string => `${value.f} #${String(index)}`;

/** The effect that this request stands for: same scope, same key, same meaning. */
function effectOf(by_key: Map<string, Effect[]>, invoke: InvokeEvent): Effect {
  const { scope = "", key = "" } = invoke;
  const identity = `${scope} ${key}`;
  const same_key = by_key.get(identity) ?? [];
  by_key.set(identity, same_key);
  const request = invoke.value as Write;
  const known = same_key.find((effect) => isDeepStrictEqual(effect.request, request));
  if (known !== undefined) {
    known.invoked_us = Math.min(known.invoked_us, invoke.time_us);
    return known;
  }
  const effect: Effect = {
    name: nameOf(invoke),
    request,
    scope,
    key,
    invoked_us: invoke.time_us,
    completed_us: Infinity,
    unanswered: 0,
  };
  same_key.push(effect);
  return effect;
}

function readEnd(reads: ReadEffect[], invoke: InvokeEvent, end: EndEvent, report: Report): void {
  if (end.type === "ok") {
    reads.push({
      name: nameOf(invoke),
      request: invoke.value as Read,
      invoked_us: invoke.time_us,
      completed_us: end.time_us,
      answer: end.value,
      cached: end.cached === true,
    });
  } else if (end.type === "fail" && end.value.code !== "rate_limited") {
    report("unexpected refusal", `${nameOf(invoke)} was answered ${end.value.code}`);
  }
}

function writeEnd(effect: Effect, end: EndEvent, report: Report): void {
  if (end.type === "info") return;
  effect.unanswered -= 1;
  if (end.type === "fail" && claiming_nothing.includes(end.value.code)) {
    // This request was not executed under its key and never will be, because keys are kept.
    if (end.value.code === "idempotency_key_reused")
      effect.completed_us = Math.min(effect.completed_us, end.time_us);
    return;
  }
  if (end.type === "fail" && !declines.includes(end.value.code)) {
    report("unexpected refusal", `${effect.name} was answered ${end.value.code}`);
  }
  const is_first = effect.done === undefined && effect.declined === undefined;
  const now = identityOf(end.value);
  const before = identityOf(effect.done ?? effect.declined ?? end.value);
  if (!is_first && !isDeepStrictEqual(now, before)) {
    report(
      "unstable replay",
      `${effect.name}: ${JSON.stringify(before)}, then ${JSON.stringify(now)}`,
    );
  }
  effect.completed_us = Math.min(effect.completed_us, end.time_us);
  if (!is_first) return;
  if (end.type === "ok") effect.done = end.value;
  else effect.declined = end.value;
}

/** What must be the same in every answer to one key. */
function identityOf(answer: Answers[keyof Answers] | Refusal): unknown {
  const { id, code, transfer_id, outcomes } = answer as Partial<TransferState & Refusal>;
  const items = outcomes?.map(({ status, code: item_code, transfer }: Outcome) => [
    status,
    item_code,
    transfer?.id,
  ]);
  return { id, code: code ?? undefined, transfer_id, items };
}

function checkKey(same_key: readonly Effect[], report: Report): void {
  const happened = same_key.filter(
    ({ done, declined }) => done !== undefined || declined !== undefined,
  );
  if (happened.length > 1) {
    report("other body accepted", happened.map(({ name }) => name).join(" and "));
  }
  // A request that was only refused without claiming its key is in no doubt.
  for (const { name, completed_us, unanswered } of same_key) {
    if (completed_us === Infinity && unanswered > 0)
      report("unresolved", `${name}: nobody knows what became of it`);
  }
}

/** The posted transfers that an effect made, in their order. */
export function postedBy(effect: Effect): readonly TransferState[] {
  if (effect.done === undefined) return [];
  switch (effect.request.f) {
    case "hold":
    case "release":
      return [];
    case "batch":
      return (effect.done as Answers["batch"]).outcomes.flatMap(({ status, transfer }) =>
        status === "posted" && transfer !== null ? [transfer] : [],
      );
    default:
      return [effect.done as TransferState];
  }
}

/** The transfers that it was declined with. */
export function declinedBy(effect: Effect): readonly string[] {
  if (effect.declined?.transfer_id !== undefined) return [effect.declined.transfer_id];
  if (effect.request.f !== "batch" || effect.done === undefined) return [];
  return (effect.done as Answers["batch"]).outcomes.flatMap(({ status, transfer }) =>
    status === "declined" && transfer !== null ? [transfer.id] : [],
  );
}
