import { z } from "@hono/zod-openapi";
import { answerPage } from "../edge/answer.ts";
import { answerCsv, prefersCsv } from "../edge/csv.ts";
import { answerChanged, answerCreated, answerWithEtag } from "../edge/etag.ts";
import { jsonContent, operation } from "../edge/operation.ts";
import { settled_declines, validationFailed } from "../errors.ts";
import {
  Account,
  AccountUpdate,
  Balance,
  Entry,
  NewAccount,
  Settlement,
  statement_balances,
} from "../schemas/account.ts";
import { IdempotencyKey, OptionalIdempotencyKey } from "../schemas/idempotency-key.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Position } from "../schemas/position.ts";
import { Transfer } from "../schemas/transfer.ts";
import { At, span_query } from "../schemas/instant.ts";
import { Id } from "../schemas/values.ts";
import { getAccount, listAccounts } from "../services/accounts.ts";
import { readBody, write } from "../services/database-calls.ts";
import { exportEntries } from "../services/statement-csv.ts";
import { readListPage } from "../services/read-list.ts";

const create_account = operation(
  {
    id: "createAccount",
    method: "post",
    path: "/accounts",
    tag: "accounts",
    summary: "Open an account",
    description: "Opens an account for a customer, in one currency and with balance 0.",
    callers: ["admin"],
    request: { idempotency_key: OptionalIdempotencyKey, body: jsonContent(NewAccount) },
    answer: { status: 201, description: "The account.", schema: Account, has_etag: true },
    codes: ["not_found"],
  },
  async (c, { idempotency_key, body }) =>
    answerCreated(c, await write(c.get("context"), "create_account", { idempotency_key, ...body })),
);

const list_accounts = operation(
  {
    id: "listAccounts",
    method: "get",
    path: "/accounts",
    tag: "accounts",
    summary: "List accounts",
    description:
      "Newest first. A customer gets its own accounts, an admin those of one customer or all.",
    callers: ["admin", "customer"],
    request: { query: z.strictObject({ customer_id: Id.optional(), ...page_query }) },
    answer: { status: 200, description: "A page of accounts.", schema: pageOf(Account) },
    codes: ["not_found"],
  },
  (c, { query: { customer_id, ...page_request } }) =>
    answerPage(c, { operation: "listAccounts", customer_id }, page_request, (page) =>
      listAccounts(c.get("context"), { customer_id, ...page }),
    ),
);

const get_account = operation(
  {
    id: "getAccount",
    method: "get",
    path: "/accounts/{id}",
    tag: "accounts",
    summary: "Get an account",
    description:
      "The account with its balance. Send the ETag of an earlier response in " +
      "`If-None-Match`. You get 304 if nothing changed.",
    callers: ["admin", "customer"],
    request: { id: Id },
    answer: { status: 200, description: "The account.", schema: Account, has_etag: true },
  },
  async (c, { id, preconditions }) =>
    answerWithEtag(c, preconditions, await getAccount(c.get("context"), id)),
);

const update_account = operation(
  {
    id: "updateAccount",
    method: "patch",
    path: "/accounts/{id}",
    tag: "accounts",
    summary: "Change an account",
    description:
      "Members that are left out keep their values. No money leaves a frozen account. " +
      "Closing an account is permanent, and the account must be empty. It also ends the " +
      "overdraft: `overdraft_limit` and `available` are 0 afterwards. If the payee's account " +
      "of a hold is closed, the hold can only be released.",
    callers: ["admin"],
    request: { id: Id, idempotency_key: OptionalIdempotencyKey, body: jsonContent(AccountUpdate) },
    answer: {
      status: 200,
      description: "The account as it is now.",
      schema: Account,
      has_etag: true,
    },
    codes: ["account_closed", "account_not_empty", "balance_out_of_range"],
  },
  async (c, { id, idempotency_key, preconditions, body }) => {
    const update = { idempotency_key, preconditions, account_id: id, ...body };
    return answerChanged(c, await write(c.get("context"), "update_account", update));
  },
);

const list_entries = operation(
  {
    id: "listEntries",
    method: "get",
    path: "/accounts/{id}/entries",
    tag: "accounts",
    summary: "Get the statement of an account",
    description:
      "The account's entries, newest first, each with the balance after it. " +
      "`opening_balance` and `closing_balance` are the balances before and after the span. " +
      "With `Accept: text/csv` you get the whole span as CSV instead of one page: a header " +
      "row and the entries, no other rows. Both balances are then in the headers " +
      "`Opening-Balance` and `Closing-Balance`, in minor units. `bom=true` puts a byte order " +
      "mark at the start of the CSV, which some spreadsheets need to read UTF-8.",
    callers: ["admin", "customer"],
    request: {
      id: Id,
      position: Position,
      query: z.strictObject({
        ...span_query,
        bom: z.enum(["true", "false"]).optional().openapi({
          description:
            "Whether the CSV begins with a byte order mark. Only with `Accept: text/csv`.",
        }),
        ...page_query,
      }),
    },
    answer: {
      status: 200,
      description: "A page of entries.",
      headers: {
        "Opening-Balance":
          "With CSV: the balance before the span, in minor units. Absent for an internal account.",
        "Closing-Balance":
          "With CSV: the balance after the span, in minor units. Absent for an internal account.",
      },
      schema: pageOf(Entry).extend(statement_balances),
      other_content: { "text/csv": { schema: z.string() } },
    },
  },
  async (c, { id, query }) => {
    const { limit, cursor, bom, ...span } = query;
    const statement = { account_id: id, ...span };
    if (prefersCsv(c)) {
      const file = await exportEntries(c.get("context"), statement, { has_bom: bom === "true" });
      return answerCsv(c, file.csv, "statement.csv", {
        "Opening-Balance": file.opening_balance?.toString(),
        "Closing-Balance": file.closing_balance?.toString(),
      });
    }
    if (bom !== undefined)
      throw validationFailed([{ path: "bom", message: "is only allowed with Accept: text/csv" }]);
    return answerPage(c, { operation: "listEntries", ...statement }, { limit, cursor }, (page) =>
      readListPage(c.get("context"), "list_entries", { ...statement, ...page }),
    );
  },
);

const get_balance = operation(
  {
    id: "getBalance",
    method: "get",
    path: "/accounts/{id}/balance",
    tag: "accounts",
    summary: "Get the balance, now or at a past time",
    description:
      "Counts the entries up to and including that time. For a customer's account the result " +
      "never changes later. Before the account was opened, the balance is 0. A time up to 5 " +
      "seconds ahead of the bank's clock means now. A later time is refused.",
    callers: ["admin", "customer"],
    request: { id: Id, query: z.strictObject({ at: At.optional() }) },
    answer: {
      status: 200,
      description: "The balance at that time.",
      schema: Balance,
      has_etag: true,
    },
  },
  async (c, { id, query: { at }, preconditions }) =>
    answerWithEtag(
      c,
      preconditions,
      await readBody(c.get("context"), "get_balance", { account_id: id, at }),
    ),
);

const credit_account = operation(
  {
    id: "creditAccount",
    method: "post",
    path: "/accounts/{id}/credit",
    tag: "accounts",
    summary: "Credit an account",
    description:
      "Brings money in from outside the bank. The settlement account of the currency is debited.",
    callers: ["admin"],
    request: { id: Id, idempotency_key: IdempotencyKey, body: jsonContent(Settlement) },
    answer: { status: 201, description: "The posted transfer.", schema: Transfer, has_etag: true },
    codes: ["account_closed", "balance_out_of_range"],
  },
  async (c, { id, idempotency_key, preconditions, body }) => {
    const credit = { idempotency_key, preconditions, account_id: id, ...body };
    return answerCreated(c, await write(c.get("context"), "credit_account", credit));
  },
);

const debit_account = operation(
  {
    id: "debitAccount",
    method: "post",
    path: "/accounts/{id}/debit",
    tag: "accounts",
    summary: "Debit an account",
    description: "Sends money out of the bank. The settlement account of the currency is credited.",
    callers: ["admin"],
    request: { id: Id, idempotency_key: IdempotencyKey, body: jsonContent(Settlement) },
    answer: { status: 201, description: "The posted transfer.", schema: Transfer, has_etag: true },
    codes: settled_declines,
  },
  async (c, { id, idempotency_key, preconditions, body }) => {
    const debit = { idempotency_key, preconditions, account_id: id, ...body };
    return answerCreated(c, await write(c.get("context"), "debit_account", debit));
  },
);

export const account_operations = [
  create_account,
  list_accounts,
  get_account,
  update_account,
  list_entries,
  get_balance,
  credit_account,
  debit_account,
];
