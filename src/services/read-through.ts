import { fill, invalidate, lookUp, type Lookup } from "../cache/cache.ts";
import type { CacheKey } from "../cache/keys.ts";
import type { RequestContext } from "./request-context.ts";

/** A body fresh from the database. */
export interface Loaded {
  readonly body: string;
  /** How long it may be cached at the most; null for the default, 0 for not at all. */
  readonly cache_lifetime_ms: number | null;
}

interface CachedRead {
  readonly key: CacheKey;
  /** What a well-formed body under this key is. False for anything else, which is then removed. */
  readonly belongs: (value: unknown) => boolean;
  /** Whether the actor may see the well-formed body. If not, the database decides, as if nothing were cached. */
  readonly mayBeSeen: (value: unknown) => boolean;
  readonly load: () => Promise<Loaded>;
}

/**
 * The body from the cache, else from the database, which is also asked when Redis is away. What was missing is
 * filled in after the response. No decision about money reads what this answers.
 */
export async function readThrough(context: RequestContext, cached: CachedRead): Promise<string> {
  const found = await lookUp(context.cache, cached.key);
  const hit = found.body === null ? null : judge(context, cached, found.body);
  if (hit !== null) return hit;
  return load(context, cached, found);
}

function judge(context: RequestContext, cached: CachedRead, body: string): string | null {
  const value = parse(body);
  if (!cached.belongs(value)) {
    context.waitUntil(invalidate(context.cache, [cached.key]));
    return null;
  }
  if (!cached.mayBeSeen(value)) return null;
  context.cache.result = "hit";
  return body;
}

async function load(context: RequestContext, cached: CachedRead, found: Lookup): Promise<string> {
  try {
    const { body, cache_lifetime_ms } = await cached.load();
    if (found.lease !== null) {
      context.waitUntil(fill(context.cache, found.lease, { body, lifetime_ms: cache_lifetime_ms }));
    } else if (found.body !== null) {
      // It was kept from an actor who, as the database says, may see it: so it is not what it should be.
      context.waitUntil(invalidate(context.cache, [cached.key]));
    }
    return body;
  } catch (error) {
    // Whoever may not see it must not keep its owner from filling it in.
    if (found.lease !== null) context.waitUntil(invalidate(context.cache, [cached.key]));
    throw error;
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
