import { setTimeout as delay } from "node:timers/promises";

/** `bypass`: the cache was away. */
export type CacheResult = "hit" | "miss" | "bypass";

/** A cache in front of accounts whose versions only rise, by one with each write. */
export interface Variant {
  /** The account as a reader sees it. */
  read(account_id: string): Promise<{ readonly version: number; readonly result: CacheResult }>;
  /** Adds an entry to the account. The write is acknowledged when this returns. */
  write(account_id: string): Promise<void>;
  /** Removes what the cache holds of the account. */
  evict(account_id: string): Promise<void>;
}

export interface StaleReadCheckOptions {
  readonly accounts: readonly { readonly id: string; readonly version: number }[];
  readonly reads: number;
  /** Ends the run early, for variants that are shown to be wrong. */
  readonly older_reads_max?: number;
  readonly time_limit_ms: number;
  readonly readers: number;
  readonly writers: number;
  /** How many reads there are for each write and each eviction, however fast the machine is. */
  readonly reads_per_write: number;
  readonly reads_per_eviction: number;
}

export interface Figures {
  reads: number;
  hits: number;
  misses: number;
  /** Answers older than a write that had been acknowledged before they were asked for. */
  older_reads: number;
  writes: number;
  evictions: number;
}

const bypass_pause_ms = 250;

/**
 * Readers compare what they are shown with what was acknowledged before, while writers write and
 * keys vanish.
 */
export async function checkForStaleReads(
  variant: Variant,
  options: StaleReadCheckOptions,
): Promise<Figures> {
  const { accounts, reads, time_limit_ms, older_reads_max = Infinity } = options;
  const acknowledged = new Map(accounts.map(({ id, version }) => [id, version]));
  const figures: Figures = {
    reads: 0,
    hits: 0,
    misses: 0,
    older_reads: 0,
    writes: 0,
    evictions: 0,
  };
  const over_at = performance.now() + time_limit_ms;
  const isOver = (): boolean =>
    figures.reads >= reads || figures.older_reads >= older_reads_max || performance.now() > over_at;
  const versionOf = (id: string): number => acknowledged.get(id) ?? 0;
  const pick = (): string => accounts[Math.floor(Math.random() * accounts.length)]?.id ?? "";

  const read = async (): Promise<void> => {
    while (!isOver()) {
      const id = pick();
      const known = versionOf(id);
      const { version, result } = await variant.read(id);
      figures.reads += 1;
      if (result === "hit") figures.hits += 1;
      if (result === "miss") figures.misses += 1;
      if (version < known) figures.older_reads += 1;
      // Without a cache every reader asks Postgres, which on two cores is what makes Redis look
      // slow again.
      if (result === "bypass") await delay(bypass_pause_ms);
    }
  };
  const untilReads = async (count: number): Promise<void> => {
    while (figures.reads < count && !isOver()) await delay(1);
  };
  let [writes_begun, evictions_begun] = [0, 0];
  const write = async (): Promise<void> => {
    while (!isOver()) {
      await untilReads((writes_begun += 1) * options.reads_per_write);
      const id = pick();
      await variant.write(id);
      acknowledged.set(id, versionOf(id) + 1);
      figures.writes += 1;
    }
  };
  const evict = async (): Promise<void> => {
    while (!isOver()) {
      await untilReads((evictions_begun += 1) * options.reads_per_eviction);
      await variant.evict(pick());
      figures.evictions += 1;
    }
  };
  await Promise.all([
    ...Array.from({ length: options.readers }, read),
    ...Array.from({ length: options.writers }, write),
    evict(),
  ]);
  return figures;
}
