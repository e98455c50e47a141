import { etagOf, type Value } from "../cache/envelope.ts";
import type { Result } from "../services/database-calls.ts";
import { answerDone, answerJson } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { includesTag, readPreconditions, requireMatch } from "./preconditions.ts";

/**
 * Whoever compresses an answer on its way, as Cloudflare does, makes its strong ETag a weak one, which no `If-Match`
 * matches (RFC 9110 section 13.1.1): so nobody may.
 */
const untouched = "no-transform";

/** Answers a resource with its ETag, or 304 when the caller has just this body already. */
export function answerWithEtag(c: AppContext, resource: string | Pick<Value, "body" | "etag">): Response {
  const { body, etag } = typeof resource === "string" ? { body: resource, etag: etagOf(resource) } : resource;
  const preconditions = readPreconditions(c);
  // `private, no-cache`: the caller may keep it, and asks each time whether it still holds.
  const headers = { ETag: etag, "Cache-Control": `private, no-cache, ${untouched}` };
  if (preconditions !== undefined) {
    requireMatch(preconditions, { body, etag });
    if (includesTag(preconditions.if_none_match ?? [], etag)) return c.body(null, 304, headers);
  }
  return answerJson(c, body, { headers });
}

/** What was created, with its ETag. */
export function answerCreated(c: AppContext, result: Result): Response {
  return answerDone(c, result, { status: 201, headers: writtenHeaders(result) });
}

/** What was changed, with its new ETag. */
export function answerChanged(c: AppContext, result: Result): Response {
  return answerDone(c, result, { headers: writtenHeaders(result) });
}

/** Of a replay it is the ETag of that time, as the body is: who sends it back in `If-Match` learns what has changed. */
function writtenHeaders({ body }: Result): Record<string, string> {
  return { ETag: etagOf(body), "Cache-Control": `no-store, ${untouched}` };
}
