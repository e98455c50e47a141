import { accountKey, accountsKey } from "../cache/keys.ts";
import type { ReadFunctions, WriteFunctions } from "../database/functions.ts";
import { Account } from "../schemas/account.ts";
import { limit_default, pageOf } from "../schemas/page.ts";
import { read, readPage, write, type PageResult } from "./database-calls.ts";
import { readThrough } from "./read-through.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

export const createAccount = (context: RequestContext, account: WriteFunctions["create_account"]) =>
  write(context, "create_account", account);

/** An account that is in itself what the database would answer. */
const SoundAccount = Account.refine(
  ({ balance, held, overdraft_limit, available }) =>
    held >= 0 && (balance === null || available === balance - held + overdraft_limit),
);
const AccountPage = pageOf(SoundAccount);

/**
 * A page of accounts as JSON, a customer's own or, for an admin, those of one customer or of all. The default first
 * page of one customer comes from the cache. `render` makes the body that is cached, the cursor in it included.
 */
export async function listAccounts(
  context: RequestContext,
  page: ReadFunctions["list_accounts"],
  render: (page: PageResult) => Promise<string>,
): Promise<string> {
  const actor = actorOf(context);
  const customer_id = page.customer_id ?? actor.customer_id;
  const is_cached = page.limit === limit_default && page.position === undefined;
  // A filter for another customer goes to the database, which answers that there is none.
  const is_own = actor.role === "admin" || customer_id === actor.customer_id;
  if (customer_id === null || !is_cached || !is_own) {
    return render(await readPage(context, "list_accounts", page));
  }
  return readThrough(context, {
    key: accountsKey(customer_id),
    belongs: (value) =>
      AccountPage.safeParse(value).data?.data.every((account) => account.customer_id === customer_id) ===
      true,
    mayBeSeen: () => true,
    load: async () => {
      const { body, next_position, cache_lifetime_ms } = await read(context, "list_accounts", page);
      return { body: await render({ body: body ?? "{}", next_position }), cache_lifetime_ms };
    },
  });
}

/** The account's JSON, to its owner and to admins. Throws `not_found`. */
export async function getAccount(context: RequestContext, account_id: string): Promise<string> {
  const { role, customer_id } = actorOf(context);
  return readThrough(context, {
    key: accountKey(account_id),
    belongs: (value) => SoundAccount.safeParse(value).data?.id === account_id,
    mayBeSeen: (value) => role === "admin" || Account.safeParse(value).data?.customer_id === customer_id,
    load: async () => {
      const { body, cache_lifetime_ms } = await read(context, "get_account", { account_id });
      return { body: body ?? "null", cache_lifetime_ms: isInternal(body) ? 0 : cache_lifetime_ms };
    },
  });
}

/** Credits and debits do not outdate an internal account, which is never locked: so it is never cached. */
function isInternal(body: string | null): boolean {
  return Account.safeParse(JSON.parse(body ?? "null")).data?.kind === "internal";
}

export const updateAccount = (context: RequestContext, update: WriteFunctions["update_account"]) =>
  write(context, "update_account", update);

export const listEntries = (context: RequestContext, statement: ReadFunctions["list_entries"]) =>
  readPage(context, "list_entries", statement);

export const creditAccount = (context: RequestContext, credit: WriteFunctions["credit_account"]) =>
  write(context, "credit_account", credit);

export const debitAccount = (context: RequestContext, debit: WriteFunctions["debit_account"]) =>
  write(context, "debit_account", debit);

/** What the account's balance was at a time, as JSON. Throws `validation_failed` for a time it does not know. */
export const getBalance = async (
  context: RequestContext,
  balance: ReadFunctions["get_balance"],
): Promise<string> => (await read(context, "get_balance", balance)).body ?? "null";
