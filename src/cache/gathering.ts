/** For so long one request sends for others. The runtime ends it after 30 seconds. */
const lead_limit_ms = 5_000;

interface Leader<Item> {
  readonly waiting: Item[];
  readonly began_at: number;
  sent_at: number;
}

/**
 * Sends the items of many requests in few commands. An item that comes while a command is under way
 * waits, and goes with the next one, which the same request sends. An item that comes alone is sent
 * at once.
 *
 * A request that ends early takes the items along that wait for it, so nobody may rely on them
 * without a time limit of their own.
 */
export class Gathering<Item> {
  readonly #patience_ms: number;
  #leader: Leader<Item> | undefined;
  #was_quick = true;

  /** @param patience_ms An item waits only for commands that take less time. */
  constructor(patience_ms: number) {
    this.#patience_ms = patience_ms;
  }

  /** The items that wait for the next command. Another command may take some of them along. */
  get waiting(): Item[] {
    return this.#leader?.waiting ?? [];
  }

  /** Leaves the item to a request that is sending. Returns false if there is none. */
  join(item: Item): boolean {
    const now = Date.now();
    const leader = this.#leader;
    if (
      leader === undefined ||
      !this.#was_quick ||
      now - leader.sent_at >= this.#patience_ms ||
      now - leader.began_at >= lead_limit_ms
    )
      return false;
    leader.waiting.push(item);
    return true;
  }

  /**
   * Sends the item, and then those that have joined.
   *
   * @param send takes one item or more from the front of the list, and sends them. It never
   * rejects.
   */
  async lead(item: Item, send: (waiting: Item[]) => Promise<unknown>): Promise<void> {
    const now = Date.now();
    const leader: Leader<Item> = { waiting: [item], began_at: now, sent_at: now };
    this.#leader = leader;
    while (leader.waiting.length > 0) {
      leader.sent_at = Date.now();
      await send(leader.waiting);
      this.#was_quick = Date.now() - leader.sent_at < this.#patience_ms;
    }
    if (this.#leader === leader) this.#leader = undefined;
  }
}

interface WithKeys {
  readonly keys: readonly unknown[];
}

/** Takes those that have waited longest and have no more keys together, and at least one. */
export const takeFirst = <Item extends WithKeys>(waiting: Item[], keys_max: number): Item[] =>
  waiting.splice(0, Math.max(1, countThatFit(waiting, keys_max)));

/** How many of the first ones have no more keys than these together. */
export function countThatFit(waiting: readonly WithKeys[], keys_max: number): number {
  let left = keys_max;
  const first_too_many = waiting.findIndex(({ keys }) => (left -= keys.length) < 0);
  return first_too_many < 0 ? waiting.length : first_too_many;
}
