import type { Page } from "../database/functions.ts";
import type { PageResult, Result } from "../services/database-calls.ts";
import { actorOf } from "../services/request-context.ts";
import type { AppContext } from "./app-env.ts";
import { decodeCursor, encodeCursor, type List } from "./cursor.ts";

/** Answers JSON text as it came from the database or the cache. */
export function answerJson(
  c: AppContext,
  body: string,
  {
    status = 200,
    headers = {},
  }: { status?: 200 | 201 | 503; headers?: Record<string, string> } = {},
): Response {
  return c.body(body, status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    ...headers,
  });
}

/**
 * Answers a write. The header `Idempotency-Replayed` says that it was done earlier, with the same
 * key.
 */
export function answerWrite(
  c: AppContext,
  { body, replayed }: Result,
  { status = 200, headers = {} }: { status?: 200 | 201; headers?: Record<string, string> } = {},
): Response {
  return answerJson(c, body, {
    status,
    headers: { ...headers, ...(replayed ? { "Idempotency-Replayed": "true" } : {}) },
  });
}

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Answers the page of a list that the cursor points to. Throws `cursor_invalid`. */
export async function answerPage(
  c: AppContext,
  list: List,
  { limit, cursor }: PageRequest,
  load: (page: Page) => Promise<PageResult>,
): Promise<Response> {
  const context = c.get("context");
  // Each customer has its own lists. The accounts of one customer are the same list for that
  // customer and for an admin.
  const of_customer = { ...list, customer_id: list["customer_id"] ?? actorOf(context).customer_id };
  const position = await decodeCursor(context.env, of_customer, cursor);
  const { body, next_position } = await load({ limit, position });
  const next_cursor = await encodeCursor(context.env, of_customer, next_position);
  return answerJson(c, `${body.slice(0, -1)},"next_cursor":${JSON.stringify(next_cursor)}}`);
}
