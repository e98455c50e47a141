import type { AppContext } from "./app-env.ts";
import { answerJson } from "./answer.ts";

/** Answers a body that has a version with its ETag, or 304 when the caller has just this body already. */
export async function answerWithEtag(c: AppContext, body: string): Promise<Response> {
  const etag = await etagOf(body);
  // `private, no-cache`: the caller may keep it, and asks each time whether it still holds.
  const headers = { ETag: etag, "Cache-Control": "private, no-cache" };
  if (matches(c.req.header("If-None-Match"), etag)) return c.body(null, 304, headers);
  return answerJson(c, body, { headers });
}

/** Strong: the version tells readers what changed, the hash covers what changes without a new entry, such as a name. */
async function etagOf(body: string): Promise<string> {
  const { version } = JSON.parse(body) as { readonly version: number };
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  return `"${String(version)}-${Buffer.from(hash.slice(0, 12)).toString("base64url")}"`;
}

/** RFC 9110 section 13.1.2: any of the list, compared weakly, or `*`. */
function matches(if_none_match: string | undefined, etag: string): boolean {
  if (if_none_match === undefined) return false;
  return if_none_match.split(",").some((candidate) => {
    const trimmed = candidate.trim();
    return trimmed === "*" || trimmed.replace(/^W\//, "") === etag;
  });
}
