import { fill, lookUp, type Cache, type Lease } from "./cache.ts";
import { etagOf, type Value } from "./envelope.ts";
import { invalidate } from "./invalidation.ts";
import type { CacheKey } from "./keys.ts";

/** A body that was just read from the database. */
export interface Loaded {
  readonly body: string;
  readonly owner: string;
  /** How long the body may be cached at the most: null for the default, 0 for not at all. */
  readonly lifetime_ms: number | null;
}

interface CachedRead {
  readonly key: CacheKey;
  /**
   * Whether the actor may see a value of this customer. If not, the database decides, as if nothing
   * were cached.
   */
  readonly mayBeSeen: (owner: string) => boolean;
  readonly load: () => Promise<Loaded>;
}

/**
 * Returns the value from the cache, else from the database. If Redis is unavailable, it comes from
 * the database too. A missing value is filled in after the response. No decision about money reads
 * this value.
 */
export async function readThrough(
  cache: Cache,
  { key, mayBeSeen, load }: CachedRead,
): Promise<Value> {
  const [found] = await lookUp(cache, [key]);
  if (found?.value && mayBeSeen(found.value.owner)) {
    cache.result = "hit";
    return found.value;
  }
  const lease = found?.lease ?? null;
  const { body, owner, lifetime_ms } = await returningLeases(
    cache,
    lease === null ? [] : [lease],
    load,
  );
  const value = { body, owner, etag: etagOf(body) };
  if (lease !== null) cache.waitUntil(fill(cache, lease, value, lifetime_ms));
  return value;
}

/**
 * Loads, and gives the leases back on an error: a caller who may not see a value must not keep its
 * owner from filling it.
 */
export async function returningLeases<T>(
  cache: Cache,
  leases: readonly Lease[],
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    cache.waitUntil(
      invalidate(
        cache,
        leases.map(({ key }) => key),
      ),
    );
    throw error;
  }
}
