/** What the cache holds: one response body under each key. The SQL functions answer the same keys in `changed`. */
export type CacheKey = `customer:${string}` | `accounts:${string}` | `account:${string}`;

export const customerKey = (customer_id: string): CacheKey => `customer:${customer_id}`;
export const accountsKey = (customer_id: string): CacheKey => `accounts:${customer_id}`;
export const accountKey = (account_id: string): CacheKey => `account:${account_id}`;
