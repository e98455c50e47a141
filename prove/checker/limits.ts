import type { Answers, Movement, Outcome, TransferState } from "../history/event.ts";
import type { Report } from "./anomaly.ts";
import { postedBy, type Effect, type Observed } from "./effects.ts";
import type { Holds } from "./holds.ts";
import type { Timeline } from "./timeline.ts";
import type { Writers } from "./statements.ts";

export interface Ledger {
  readonly observed: Observed;
  readonly writers: Writers;
  readonly holds: Holds;
  readonly timelines: ReadonlyMap<string, Timeline>;
}

/**
 * No debit takes more than there was: balance − held − amount stays at −overdraft_limit or above.
 */
export function checkLimits({ observed, writers, holds }: Ledger, report: Report): void {
  for (const { id, entries, overdraft_limit } of observed.accounts.values()) {
    for (const entry of entries) {
      const effect = writers.get(entry.transfer_id);
      if (entry.amount > 0 || effect === undefined) continue;
      const { least } = holds.reservedWhile(id, effect, effect);
      if (entry.balance_after - least < -overdraft_limit) {
        report(
          "limit exceeded",
          `${effect.name} left ${String(entry.balance_after)} with ${String(least)} held on ` +
            `${id}, limit ${String(overdraft_limit)}`,
        );
      }
    }
  }
}

/** Each decline has a reason that was true at some moment of the request. */
export function checkDeclines(ledger: Ledger, report: Report): void {
  const facts = new Facts(ledger);
  for (const effect of ledger.observed.effects) {
    if (effect.request.f === "batch") {
      checkBatch(ledger, effect, report);
      continue;
    }
    const code = effect.declined?.code;
    if (code === undefined || facts.justify(effect, code)) continue;
    report("unjustified decline", `${effect.name}: ${code}`);
  }
}

/** Finds out whether a decline can have been right. */
class Facts {
  readonly #ledger: Ledger;
  readonly #originals: ReadonlyMap<string, TransferState>;
  readonly #reversals = new Map<string, Effect[]>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const { effects } = ledger.observed;
    this.#originals = new Map(effects.flatMap(postedBy).map((transfer) => [transfer.id, transfer]));
    for (const effect of effects) {
      if (effect.request.f !== "reverse" || effect.done === undefined) continue;
      const { transfer_id } = effect.request;
      this.#reversals.set(transfer_id, [...(this.#reversals.get(transfer_id) ?? []), effect]);
    }
  }

  justify(effect: Effect, code: string): boolean {
    const { request } = effect;
    switch (code) {
      case "insufficient_funds":
        return this.#moneyWanted(effect).some((wanted) =>
          canBeShort(this.#ledger, effect, wanted, 0),
        );
      case "hold_not_active": {
        const hold = this.#ledger.holds.by_id.get("hold_id" in request ? request.hold_id : "");
        return hold?.ends.some((end) => end.invoked_us < effect.completed_us) ?? false;
      }
      case "capture_exceeds_hold": {
        if (request.f !== "capture") return false;
        const hold = this.#ledger.holds.by_id.get(request.hold_id);
        return (request.amount ?? 0) > (hold?.amount ?? Infinity);
      }
      case "reversal_exceeds_transfer": {
        if (request.f !== "reverse") return false;
        const before = (this.#reversals.get(request.transfer_id) ?? []).filter(
          (other) => other.invoked_us < effect.completed_us,
        );
        const taken = before.flatMap(postedBy).reduce((sum, { amount }) => sum + amount, 0);
        const { amount = Infinity } = this.#originals.get(request.transfer_id) ?? {};
        return request.amount === undefined ? taken >= amount : taken + request.amount > amount;
      }
      default:
        return false;
    }
  }

  /**
   * What a single request wanted to take from which account. A reversal of the rest wants at most
   * all of it.
   */
  #moneyWanted({ request }: Effect): { account_id: string; amount: number }[] {
    switch (request.f) {
      case "transfer":
      case "hold":
        return [{ account_id: request.debit_account_id, amount: request.amount }];
      case "debit":
        return [{ account_id: request.account_id, amount: request.amount }];
      case "reverse": {
        const original = this.#originals.get(request.transfer_id);
        if (original === undefined) return [];
        return [
          { account_id: original.credit_account_id, amount: request.amount ?? original.amount },
        ];
      }
      default:
        return [];
    }
  }
}

/** Whether the account lacked the money at some version while the request was under way. */
function canBeShort(
  { observed, holds, timelines }: Ledger,
  effect: Effect,
  wanted: { readonly account_id: string; readonly amount: number },
  moved_before: number,
): boolean {
  const account = observed.accounts.get(wanted.account_id);
  const timeline = timelines.get(wanted.account_id);
  if (account === undefined || timeline === undefined) return false;
  const { most } = holds.reservedWhile(wanted.account_id, effect, effect);
  const { lowest, highest } = timeline.versionsWhile(effect.invoked_us, effect.completed_us);
  for (let version = lowest; version <= highest; version += 1) {
    const balance = (timeline.balances[version] ?? 0) + moved_before;
    if (balance - most - wanted.amount < -account.overdraft_limit) return true;
  }
  return false;
}

/**
 * Each item is judged on what those before it left; an atomic batch is posted whole or not at all.
 */
function checkBatch(ledger: Ledger, effect: Effect, report: Report): void {
  const { request } = effect;
  if (request.f !== "batch") return;
  const outcomes =
    (effect.done as Answers["batch"] | undefined)?.outcomes ?? effect.declined?.outcomes;
  if (outcomes === undefined) return;
  if (outcomes.length !== request.transfers.length) {
    report("batch not atomic", `${effect.name} has ${String(outcomes.length)} outcomes`);
    return;
  }
  const refused = outcomes.filter(({ status }) => status === "declined").length;
  if (request.atomic && effect.done !== undefined && refused > 0) {
    report(
      "batch not atomic",
      `${effect.name} is atomic and was posted without ${String(refused)} items`,
    );
  }
  if (
    effect.declined !== undefined &&
    (!request.atomic || outcomes.some(({ transfer }) => transfer !== null))
  ) {
    report("batch not atomic", `${effect.name} was declined and has transfers`);
  }
  const moved = new Map<string, number>();
  for (const [index, item] of request.transfers.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (!isPosted(outcome)) {
      const wanted = { account_id: item.debit_account_id, amount: item.amount };
      const before = moved.get(item.debit_account_id) ?? 0;
      const is_justified =
        outcome.code === "insufficient_funds" && canBeShort(ledger, effect, wanted, before);
      if (!is_justified)
        report(
          "unjustified decline",
          `${effect.name}, item ${String(index)}: ${String(outcome.code)}`,
        );
      continue;
    }
    checkItem(effect, index, item, outcome, report);
    moved.set(item.debit_account_id, (moved.get(item.debit_account_id) ?? 0) - item.amount);
    moved.set(item.credit_account_id, (moved.get(item.credit_account_id) ?? 0) + item.amount);
  }
}

/**
 * In a batch that was declined as a whole, an item with the batch's own code would have been
 * posted.
 */
const isPosted = ({ status, code }: Outcome): boolean =>
  status === "posted" || code === "batch_declined";

function checkItem(
  effect: Effect,
  index: number,
  item: Movement,
  { status, transfer }: Outcome,
  report: Report,
): void {
  if (status !== "posted") return;
  if (
    transfer?.debit_account_id !== item.debit_account_id ||
    transfer.credit_account_id !== item.credit_account_id ||
    transfer.amount !== item.amount
  ) {
    report("wrong entry", `${effect.name}, item ${String(index)}: ${JSON.stringify(transfer)}`);
  }
}
