/**
 * The keys of the cache, each with one value. The SQL functions return the same keys in `changed`.
 */
export type CacheKey = `customer:${string}` | `accounts:${string}` | `account:${string}`;

export const customerKey = (customer_id: string): CacheKey => `customer:${customer_id}`;
export const accountsKey = (customer_id: string): CacheKey => `accounts:${customer_id}`;
export const accountKey = (account_id: string): CacheKey => `account:${account_id}`;

export const isCacheKey = (key: string): key is CacheKey => /^(customer|accounts?):/.test(key);
export const isListKey = (key: CacheKey): boolean => key.startsWith("accounts:");
