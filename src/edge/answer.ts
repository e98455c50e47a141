import type { Page } from "../database/functions.ts";
import type { PageResult, Result } from "../services/database-calls.ts";
import { actorOf } from "../services/request-context.ts";
import type { AppContext } from "./app-env.ts";
import { decodeCursor, encodeCursor, type List } from "./cursor.ts";

/** JSON text as it came from the database or the cache. */
export function answerJson(
  c: AppContext,
  body: string,
  { status = 200, headers = {} }: { status?: 200 | 201 | 503; headers?: Record<string, string> } = {},
): Response {
  return c.body(body, status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    ...headers,
  });
}

/** What was created. */
export function answerCreated(c: AppContext, result: Result): Response {
  return answerDone(c, result, 201);
}

/** What was done, now or, as the header then says, the first time that the key was used. */
export function answerDone(c: AppContext, { body, replayed }: Result, status: 200 | 201 = 200): Response {
  return answerJson(c, body, { status, headers: replayed ? { "Idempotency-Replayed": "true" } : {} });
}

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Answers the page of a list that the cursor stands for. */
export async function answerPage(
  c: AppContext,
  list: List,
  asked: PageRequest,
  load: (page: Page) => Promise<PageResult>,
): Promise<Response> {
  return answerJson(c, await renderPage(c, list, await load(await openPage(c, list, asked))));
}

/** Where the page begins. Throws `cursor_invalid`. */
export async function openPage(c: AppContext, list: List, { limit, cursor }: PageRequest): Promise<Page> {
  const { env } = c.get("context");
  return { limit, position: await decodeCursor(env, forCustomer(c, list), cursor) };
}

/** The body of a list. */
export async function renderPage(
  c: AppContext,
  list: List,
  { body, next_position }: PageResult,
): Promise<string> {
  const next_cursor = await encodeCursor(c.get("context").env, forCustomer(c, list), next_position);
  return `${body.slice(0, -1)},"next_cursor":${JSON.stringify(next_cursor)}}`;
}

/** A customer's lists are its own; the accounts of one customer are the same list to that customer and to an admin. */
function forCustomer(c: AppContext, list: List): List {
  return { ...list, customer_id: list["customer_id"] ?? actorOf(c.get("context")).customer_id };
}
