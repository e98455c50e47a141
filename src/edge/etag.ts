import { etagOf, type Value } from "../cache/envelope.ts";
import type { Preconditions } from "../database/functions.ts";
import type { Result } from "../services/database-calls.ts";
import { answerWrite, answerJson } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { includesTag, requireMatch } from "./preconditions.ts";

/**
 * Forbids compression by intermediaries. Cloudflare, for example, turns the strong ETag of a
 * response that it compresses into a weak one, and a weak one never matches `If-Match` (RFC 9110
 * section 13.1.1).
 */
const untouched = "no-transform";

/** Answers a resource with its ETag, or 304 when the caller already has this body. */
export function answerWithEtag(
  c: AppContext,
  preconditions: Preconditions | undefined,
  resource: string | Pick<Value, "body" | "etag">,
): Response {
  const { body, etag } =
    typeof resource === "string" ? { body: resource, etag: etagOf(resource) } : resource;
  // `private, no-cache`: the caller may store it, and must ask each time whether it is still
  // current.
  const headers = { ETag: etag, "Cache-Control": `private, no-cache, ${untouched}` };
  if (preconditions !== undefined) {
    requireMatch(preconditions, { body, etag });
    if (includesTag(preconditions.if_none_match ?? [], etag)) return c.body(null, 304, headers);
  }
  return answerJson(c, body, { headers });
}

/** Answers a created resource with its ETag. */
export function answerCreated(c: AppContext, result: Result): Response {
  return answerWrite(c, result, { status: 201, headers: writtenHeaders(result) });
}

/** Answers a changed resource with its new ETag. */
export function answerChanged(c: AppContext, result: Result): Response {
  return answerWrite(c, result, { headers: writtenHeaders(result) });
}

/**
 * A replay has the ETag that belongs to its body, that of the first answer. A client that sends it
 * in `If-Match` finds out whether the resource has changed since.
 */
function writtenHeaders({ body }: Result): Record<string, string> {
  return { ETag: etagOf(body), "Cache-Control": `no-store, ${untouched}` };
}
