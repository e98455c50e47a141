import type { Account } from "./effects.ts";
import type { Writers } from "./statements.ts";

/**
 * The versions that an account can have had while a request was under way: from the newest entry
 * that had been acknowledged before the request, to the newest entry that had been requested before
 * the answer.
 */
export class Timeline {
  readonly balances: readonly number[];
  readonly #first_asked: readonly number[];
  readonly #first_answered: readonly number[];

  constructor({ entries }: Account, writers: Writers) {
    this.balances = [0, ...entries.map(({ balance_after }) => balance_after)];
    this.#first_asked = smallestFromHere(
      entries.map((e) => writers.get(e.transfer_id)?.invoked_us ?? -Infinity),
    );
    this.#first_answered = smallestFromHere(
      entries.map((e) => writers.get(e.transfer_id)?.completed_us ?? Infinity),
    );
  }

  versionsWhile(invoked_us: number, completed_us: number): { lowest: number; highest: number } {
    const highest = countBelow(this.#first_asked, completed_us);
    return { lowest: Math.min(countBelow(this.#first_answered, invoked_us), highest), highest };
  }
}

/** Replaces each value by the smallest value at its place or after it, so that the result rises. */
function smallestFromHere(values: readonly number[]): number[] {
  const result = [...values];
  for (let index = result.length - 2; index >= 0; index -= 1) {
    result[index] = Math.min(result[index] ?? Infinity, result[index + 1] ?? Infinity);
  }
  return result;
}

/** How many of the rising values are below the limit. */
function countBelow(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? Infinity) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
