import type { Preconditions } from "../database/functions.ts";
import { ApiError } from "../errors.ts";
import type { AppContext } from "./app-env.ts";

/** Reads the preconditions of a request (RFC 9110 section 13.1). Undefined when it has none. */
export function readPreconditions(c: AppContext): Preconditions | undefined {
  const if_match = c.req.header("If-Match");
  const if_none_match = c.req.header("If-None-Match");
  const if_unmodified_since = readDate(c.req.header("If-Unmodified-Since"));
  if (if_match === undefined && if_none_match === undefined && if_unmodified_since === undefined)
    return undefined;
  return {
    ...(if_match === undefined ? {} : { if_match: readTags(if_match) }),
    ...(if_none_match === undefined ? {} : { if_none_match: readTags(if_none_match).map(strong) }),
    ...(if_unmodified_since === undefined ? {} : { if_unmodified_since }),
  };
}

/**
 * Reads `*` or a list of tags. Anything else is left out, because it matches no state of the
 * resource.
 */
function readTags(header: string): readonly string[] {
  return header.trim() === "*"
    ? ["*"]
    : (header.match(/(?:W\/)?"[\x21\x23-\x7E\x80-\xFF]*"/g) ?? []);
}

/**
 * `If-None-Match` compares weakly. `If-Match` compares strongly: there a weak tag never matches.
 */
const strong = (tag: string): string => tag.replace(/^W\//, "");

const date_forms = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];

/**
 * Converts the three date formats of HTTP (RFC 9110 section 5.6.7) to RFC 3339. An invalid date is
 * ignored.
 */
function readDate(header: string | undefined): string | undefined {
  if (header === undefined || !date_forms.some((form) => form.test(header))) return undefined;
  const time_ms = Date.parse(header.endsWith("GMT") ? header : `${header} GMT`);
  return Number.isNaN(time_ms) ? undefined : new Date(time_ms).toISOString();
}

/** A resource as it would be answered. A list has no tag. */
interface CurrentResource {
  readonly body?: string;
  readonly etag?: string;
}

/**
 * Throws `precondition_failed` when the resource does not meet `If-Match` or, without it,
 * `If-Unmodified-Since`. For reads: for a change, the database decides under the lock.
 */
export function requireMatch(
  { if_match, if_unmodified_since }: Preconditions,
  { body, etag }: CurrentResource,
): void {
  const is_met =
    if_match === undefined
      ? if_unmodified_since === undefined || !isChangedAfter(if_unmodified_since, body)
      : includesTag(if_match, etag);
  if (!is_met) throw new ApiError("precondition_failed");
}

/** Throws `precondition_failed` when a POST to a list has a precondition that no list can meet. */
export function requireMatchOfList(preconditions: Preconditions): void {
  requireMatch(preconditions, {});
  if (includesTag(preconditions.if_none_match ?? [], undefined))
    throw new ApiError("precondition_failed");
}

export function includesTag(tags: readonly string[], etag: string | undefined): boolean {
  return tags.some((tag) => tag === "*" || tag === etag);
}

/**
 * The time of the last change is `updated_at`, or `created_at` when there is no `updated_at`. A
 * list has neither.
 */
function isChangedAfter(date: string, body: string | undefined): boolean {
  if (body === undefined) return false;
  const { updated_at, created_at } = JSON.parse(body) as Partial<
    Record<"updated_at" | "created_at", string>
  >;
  const changed_at = updated_at ?? created_at;
  // Both are RFC 3339 in UTC, one with microseconds and one with milliseconds.
  return changed_at !== undefined && changed_at > date.replace("Z", "000Z");
}
