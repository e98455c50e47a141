import { fill, lookUp } from "../cache/cache.ts";
import { etagOf, type Value } from "../cache/envelope.ts";
import { accountKey, accountsKey } from "../cache/keys.ts";
import { readThrough, returningLeases } from "../cache/read-through.ts";
import type { ReadFunctions } from "../database/functions.ts";
import type { Account } from "../schemas/account.ts";
import { limit_default } from "../schemas/page.ts";
import { bodyOf, read, readPage, type PageResult } from "./database-calls.ts";
import { itemsOf } from "./page-items.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

/**
 * The members of an account that the services read. bank.get_account and bank.list_accounts make
 * it.
 */
type StoredAccount = Pick<Account, "id" | "kind" | "customer_id">;

/** Returns the account, to its owner and to admins. Throws `not_found`. */
export async function getAccount(context: RequestContext, account_id: string): Promise<Value> {
  const { role, customer_id } = actorOf(context);
  return readThrough(context.cache, {
    key: accountKey(account_id),
    mayBeSeen: (owner) => role === "admin" || owner === customer_id,
    load: async () => {
      const answer = await read(context, "get_account", { account_id });
      const body = bodyOf(answer);
      const account = JSON.parse(body) as StoredAccount;
      return {
        body,
        owner: account.customer_id ?? "",
        // Credits and debits change an internal account without invalidating it, so it is never
        // cached.
        lifetime_ms: account.kind === "internal" ? 0 : answer.cache_lifetime_ms,
      };
    },
  });
}

/**
 * Returns a page of accounts: a customer's own or, for an admin, those of one customer or of all.
 * The first page of one customer, with the default limit, comes from the cache.
 */
export async function listAccounts(
  context: RequestContext,
  page: ReadFunctions["list_accounts"],
): Promise<PageResult> {
  const actor = actorOf(context);
  const customer_id = page.customer_id ?? actor.customer_id;
  const is_default = page.limit === limit_default && page.position === undefined;
  // A customer's filter for another customer goes to the database, which answers `not_found`.
  const is_own = actor.role === "admin" || customer_id === actor.customer_id;
  if (customer_id === null || !is_default || !is_own)
    return readPage(context, "list_accounts", page);
  return listThroughCache(context, customer_id, page);
}

/** The ids of a page's accounts in order, and the position of the next page. */
interface Index {
  readonly ids: readonly string[];
  readonly next_position: string | null;
}

const pageOf = (bodies: readonly string[], { next_position }: Index): PageResult => ({
  body: `{"data":[${bodies.join(",")}]}`,
  next_position,
});

/**
 * The cached list has only the ids of its accounts, which change only with a new account. The
 * accounts are read from their own keys. So a list is as fresh as its accounts, and a transfer need
 * not invalidate any list.
 */
async function listThroughCache(
  context: RequestContext,
  customer_id: string,
  page: ReadFunctions["list_accounts"],
): Promise<PageResult> {
  const { cache } = context;
  const [found] = await lookUp(cache, [accountsKey(customer_id)]);
  // The cast is safe because only this function seals a list.
  const index = found?.value ? (JSON.parse(found.value.body) as Index) : null;
  const accounts = index === null ? [] : await lookUp(cache, index.ids.map(accountKey));
  const bodies = accounts.flatMap(({ value }) =>
    value?.owner === customer_id ? [value.body] : [],
  );
  if (index !== null && bodies.length === index.ids.length) {
    cache.result = "hit";
    return pageOf(bodies, index);
  }
  const leases = [found, ...accounts].flatMap((lookup) => lookup?.lease ?? []);
  const answer = await returningLeases(cache, leases, () => read(context, "list_accounts", page));
  const items = itemsOf(bodyOf(answer));
  const ids = items.map((item) => (JSON.parse(item) as StoredAccount).id);
  const fresh: Index = { ids, next_position: answer.next_position };
  const bodies_by_key = new Map<string, string>(
    ids.map((id, index) => [accountKey(id), items[index] ?? ""]),
  );
  bodies_by_key.set(accountsKey(customer_id), JSON.stringify(fresh));
  for (const lease of leases) {
    const body = bodies_by_key.get(lease.key);
    if (body === undefined) continue;
    const value = { body, owner: customer_id, etag: etagOf(body) };
    cache.waitUntil(fill(cache, lease, value, answer.cache_lifetime_ms));
  }
  return pageOf(items, fresh);
}
