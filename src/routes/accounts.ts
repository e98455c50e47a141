import { OpenAPIHono, z } from "@hono/zod-openapi";
import { answerCreated, answerJson, answerPage, openPage, renderPage } from "../edge/answer.ts";
import type { AppEnv } from "../edge/app-env.ts";
import { answerCsv, prefersCsv } from "../edge/csv.ts";
import { answerWithEtag } from "../edge/etag.ts";
import { id_param, idempotency_header, jsonContent, operation } from "../edge/operation.ts";
import {
  Account,
  AccountUpdate,
  Balance,
  Entry,
  NewAccount,
  Settlement,
  statement_balances,
} from "../schemas/account.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Transfer } from "../schemas/transfer.ts";
import { Id, Instant } from "../schemas/values.ts";
import {
  createAccount,
  creditAccount,
  debitAccount,
  getAccount,
  getBalance,
  listAccounts,
  listEntries,
  updateAccount,
} from "../services/accounts.ts";
import { exportEntries } from "../services/statement-csv.ts";

export const account_routes = new OpenAPIHono<AppEnv>();

const create_account_contract = operation({
  id: "createAccount",
  method: "post",
  path: "/accounts",
  tag: "accounts",
  summary: "Open an account",
  description: "An account of a customer in one currency, with balance 0.",
  callers: ["admin"],
  request: { body: jsonContent(NewAccount) },
  answer: { status: 201, description: "The account.", schema: Account },
  codes: ["not_found"],
});

account_routes.openapi(create_account_contract, async (c) =>
  answerCreated(c, await createAccount(c.get("context"), c.req.valid("json"))),
);

const list_accounts_contract = operation({
  id: "listAccounts",
  method: "get",
  path: "/accounts",
  tag: "accounts",
  summary: "List accounts",
  description: "A customer's own, newest first; for an admin those of one customer, or all.",
  callers: ["admin", "customer"],
  request: { query: z.strictObject({ customer_id: Id.optional(), ...page_query }) },
  answer: { status: 200, description: "A page of accounts.", schema: pageOf(Account) },
  codes: ["forbidden", "not_found"],
});

account_routes.openapi(list_accounts_contract, async (c) => {
  const { customer_id, ...asked } = c.req.valid("query");
  const list = { operation: "listAccounts", customer_id };
  const page = { customer_id, ...(await openPage(c, list, asked)) };
  return answerJson(c, await listAccounts(c.get("context"), page, (result) => renderPage(c, list, result)));
});

const get_account_contract = operation({
  id: "getAccount",
  method: "get",
  path: "/accounts/{id}",
  tag: "accounts",
  summary: "Get an account",
  description:
    "With its balance. `If-None-Match` with the ETag of an earlier answer gets 304 when nothing changed.",
  callers: ["admin", "customer"],
  request: { params: id_param },
  answer: {
    status: 200,
    description: "The account.",
    schema: Account,
    headers: { ETag: "Strong; changes with every member of the account." },
  },
});

account_routes.openapi(get_account_contract, async (c) =>
  answerWithEtag(c, await getAccount(c.get("context"), c.req.valid("param").id)),
);

const update_account_contract = operation({
  id: "updateAccount",
  method: "patch",
  path: "/accounts/{id}",
  tag: "accounts",
  summary: "Change an account",
  description:
    "Members that are not given stay as they are. No money leaves a frozen account; a closed one is closed for " +
    "ever, and must be empty before.",
  callers: ["admin"],
  request: { params: id_param, body: jsonContent(AccountUpdate) },
  answer: { status: 200, description: "The account as it is now.", schema: Account },
  codes: ["account_closed", "account_not_empty", "balance_out_of_range"],
});

account_routes.openapi(update_account_contract, async (c) => {
  const update = { account_id: c.req.valid("param").id, ...c.req.valid("json") };
  return answerJson(c, (await updateAccount(c.get("context"), update)).body);
});

const list_entries_contract = operation({
  id: "listEntries",
  method: "get",
  path: "/accounts/{id}/entries",
  tag: "accounts",
  summary: "Get the statement of an account",
  description:
    "The account's entries, newest first, each with the balance after it; beside them the balance before the span " +
    "and after it. `Accept: text/csv` gets the whole span as CSV, whatever the page.",
  callers: ["admin", "customer"],
  request: {
    params: id_param,
    query: z.strictObject({
      from: Instant.optional().openapi({ description: "Inclusive." }),
      to: Instant.optional().openapi({ description: "Exclusive." }),
      ...page_query,
    }),
  },
  answer: {
    status: 200,
    description: "A page of entries.",
    schema: pageOf(Entry).extend(statement_balances),
    other_content: { "text/csv": { schema: z.string() } },
  },
});

account_routes.openapi(list_entries_contract, async (c) => {
  const { limit, cursor, ...span } = c.req.valid("query");
  const statement = { account_id: c.req.valid("param").id, ...span };
  if (prefersCsv(c)) return answerCsv(c, await exportEntries(c.get("context"), statement), "statement.csv");
  return answerPage(c, { operation: "listEntries", ...statement }, { limit, cursor }, (page) =>
    listEntries(c.get("context"), { ...statement, ...page }),
  );
});

const get_balance_contract = operation({
  id: "getBalance",
  method: "get",
  path: "/accounts/{id}/balance",
  tag: "accounts",
  summary: "Get the balance as of a time",
  description:
    "Counts the entries up to and at that time. For a customer's account it is the same answer for ever.",
  callers: ["admin", "customer"],
  request: { params: id_param, query: z.strictObject({ at: Instant }) },
  answer: { status: 200, description: "The balance at that time.", schema: Balance },
});

account_routes.openapi(get_balance_contract, async (c) => {
  const balance = { account_id: c.req.valid("param").id, at: c.req.valid("query").at };
  return answerJson(c, await getBalance(c.get("context"), balance));
});

const credit_account_contract = operation({
  id: "creditAccount",
  method: "post",
  path: "/accounts/{id}/credit",
  tag: "accounts",
  summary: "Credit an account",
  description: "Money comes in from outside: booked against the settlement account of the currency.",
  callers: ["admin"],
  request: { params: id_param, headers: idempotency_header, body: jsonContent(Settlement) },
  answer: { status: 201, description: "The posted transfer.", schema: Transfer },
  codes: ["account_closed", "balance_out_of_range"],
});

account_routes.openapi(credit_account_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  const credit = { idempotency_key, account_id: c.req.valid("param").id, ...c.req.valid("json") };
  return answerCreated(c, await creditAccount(c.get("context"), credit));
});

const debit_account_contract = operation({
  id: "debitAccount",
  method: "post",
  path: "/accounts/{id}/debit",
  tag: "accounts",
  summary: "Debit an account",
  description: "Money goes out: booked against the settlement account of the currency.",
  callers: ["admin"],
  request: { params: id_param, headers: idempotency_header, body: jsonContent(Settlement) },
  answer: { status: 201, description: "The posted transfer.", schema: Transfer },
  codes: [
    "account_closed",
    "account_frozen",
    "customer_frozen",
    "insufficient_funds",
    "balance_out_of_range",
  ],
});

account_routes.openapi(debit_account_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  const debit = { idempotency_key, account_id: c.req.valid("param").id, ...c.req.valid("json") };
  return answerCreated(c, await debitAccount(c.get("context"), debit));
});
