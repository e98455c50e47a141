import type { Answers, TransferState } from "../history/event.ts";
import type { Report } from "./anomaly.ts";
import { postedBy, type Effect, type Observed } from "./effects.ts";

interface Hold {
  readonly id: string;
  readonly amount: number;
  readonly made: Effect;
  /** The captures and releases that were done. More than one is an anomaly. */
  readonly ends: Effect[];
}

/** The holds of a history, and what they can have reserved while a request was under way. */
export class Holds {
  readonly by_id = new Map<string, Hold>();
  readonly #by_account = new Map<string, Hold[]>();

  constructor({ effects }: Observed) {
    for (const made of effects) {
      if (made.request.f !== "hold" || made.done === undefined) continue;
      const { id } = made.done as Answers["hold"];
      const hold: Hold = { id, amount: made.request.amount, made, ends: [] };
      this.by_id.set(id, hold);
      const { debit_account_id } = made.request;
      this.#by_account.set(debit_account_id, [
        ...(this.#by_account.get(debit_account_id) ?? []),
        hold,
      ]);
    }
    for (const end of effects) {
      if ((end.request.f !== "capture" && end.request.f !== "release") || end.done === undefined)
        continue;
      this.by_id.get(end.request.hold_id)?.ends.push(end);
    }
  }

  /**
   * The least and the most that can have been reserved. A hold that this effect itself ends does
   * not count.
   */
  reservedWhile(
    account_id: string,
    { invoked_us, completed_us }: Pick<Effect, "invoked_us" | "completed_us">,
    effect?: Effect,
  ): { least: number; most: number } {
    let [least, most] = [0, 0];
    for (const { amount, made, ends } of this.#by_account.get(account_id) ?? []) {
      if (made === effect || (effect !== undefined && ends.includes(effect))) continue;
      const was_made = made.completed_us < invoked_us;
      const may_be_made = made.invoked_us < completed_us;
      const has_ended = ends.some((end) => end.completed_us < invoked_us);
      const may_have_ended = ends.some((end) => end.invoked_us < completed_us);
      if (was_made && !may_have_ended) least += amount;
      if (may_be_made && !has_ended) most += amount;
    }
    return { least, most };
  }
}

/** A hold ends once, and no more than its amount is captured. */
export function checkHolds(holds: Holds, report: Report): void {
  for (const { id, amount, ends } of holds.by_id.values()) {
    if (ends.length > 1)
      report("hold ended twice", `${id}: ${ends.map(({ name }) => name).join(" and ")}`);
    for (const transfer of ends.flatMap(postedBy)) {
      if (transfer.amount > amount)
        report("capture exceeds hold", `${id}: ${String(transfer.amount)}`);
    }
  }
}

/** All reversals of a transfer together take back no more than it moved. */
export function checkReversals({ effects }: Observed, report: Report): void {
  const originals = new Map(effects.flatMap(postedBy).map((transfer) => [transfer.id, transfer]));
  const taken_back = new Map<string, number>();
  for (const effect of effects) {
    if (effect.request.f !== "reverse" || effect.done === undefined) continue;
    const { transfer_id } = effect.request;
    const sum = (taken_back.get(transfer_id) ?? 0) + (effect.done as TransferState).amount;
    taken_back.set(transfer_id, sum);
    const original = originals.get(transfer_id);
    if (original !== undefined && sum > original.amount) {
      report(
        "reversal exceeds transfer",
        `${transfer_id}: ${String(sum)} of ${String(original.amount)}`,
      );
    }
  }
}
