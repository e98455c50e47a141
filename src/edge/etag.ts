import { etagOf, type Value } from "../cache/envelope.ts";
import { answerJson } from "./answer.ts";
import type { AppContext } from "./app-env.ts";

/** Answers a resource with its ETag, or 304 when the caller has just this body already. */
export function answerWithEtag(c: AppContext, resource: string | Pick<Value, "body" | "etag">): Response {
  const { body, etag } = typeof resource === "string" ? { body: resource, etag: etagOf(resource) } : resource;
  // `private, no-cache`: the caller may keep it, and asks each time whether it still holds.
  const headers = { ETag: etag, "Cache-Control": "private, no-cache" };
  if (matches(c.req.header("If-None-Match"), etag)) return c.body(null, 304, headers);
  return answerJson(c, body, { headers });
}

/** RFC 9110 section 13.1.2: any of the list, compared weakly, or `*`. */
function matches(if_none_match: string | undefined, etag: string): boolean {
  if (if_none_match === undefined) return false;
  return if_none_match.split(",").some((candidate) => {
    const trimmed = candidate.trim();
    return trimmed === "*" || trimmed.replace(/^W\//, "") === etag;
  });
}
