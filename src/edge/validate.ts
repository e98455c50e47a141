import { z } from "@hono/zod-openapi";
import { ApiError, validationFailed, type InvalidValue } from "../errors.ts";
import {
  idempotency_key_pattern,
  OptionalIdempotencyKey,
  type IdempotencyKey,
} from "../schemas/idempotency-key.ts";
import { decodePosition, position_pattern } from "../schemas/position.ts";
import { NumberToken, UnstorableText } from "../schemas/number-token.ts";
import { id_pattern } from "../schemas/values.ts";
import type { AppContext } from "./app-env.ts";

/** A request with a hundred thousand wrong values gets only the first ones. */
const errors_max = 20;

/** Reads the id in the path, in lower case. Text that is no UUID is answered like an unknown id. */
export function readId(c: AppContext): string {
  const id = c.req.param("id") ?? "";
  if (!id_pattern.test(id)) throw new ApiError("not_found");
  return id.toLowerCase();
}

/** Throws `idempotency_key_required` unless the key is optional, and `idempotency_key_invalid`. */
export function readIdempotencyKey(
  c: AppContext,
  schema: typeof IdempotencyKey | typeof OptionalIdempotencyKey,
): string | undefined {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined && schema === OptionalIdempotencyKey) return undefined;
  if (key === undefined) throw new ApiError("idempotency_key_required");
  if (!idempotency_key_pattern.test(key)) throw new ApiError("idempotency_key_invalid");
  return key;
}

/**
 * Reads the position that the answer must have reached; null without the header. Throws
 * `position_invalid`.
 */
export function readPosition(c: AppContext): string | null {
  const position = c.req.header("Bank-Position");
  if (position === undefined) return null;
  if (!position_pattern.test(position)) throw new ApiError("position_invalid");
  return decodePosition(position);
}

const amount_message = "must be a plain integer within ±(2^53 - 1)";
const metadata_number_message =
  "must be a number in plain digits, such as 12 or 0.25, and no more digits than a double " +
  "holds; write any other number as text";

const no_query = z.strictObject({});

/**
 * Validates the query. An operation without a query schema refuses every query. Throws
 * `validation_failed`.
 */
export function readQuery(c: AppContext, schema: z.ZodObject | undefined): unknown {
  if (!c.req.url.includes("?")) return schema === undefined ? {} : check(schema, {});
  const given = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return check(schema ?? no_query, Object.fromEntries(given));
}

/** Validates the body. Throws `validation_failed`. */
export function readBody(schema: z.ZodType, json: unknown): unknown {
  return check(schema, json);
}

function check(schema: z.ZodType, data: unknown): unknown {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw validationFailed(explain(result.error.issues, data));
}

function explain(issues: readonly z.core.$ZodIssue[], data: unknown): InvalidValue[] {
  const errors: InvalidValue[] = [];
  for (const issue of issues) {
    if (errors.length >= errors_max) break;
    errors.push(...explainIssue(issue, data, errors_max - errors.length));
  }
  return errors;
}

function explainIssue(issue: z.core.$ZodIssue, data: unknown, count_max: number): InvalidValue[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .slice(0, count_max)
      .map((key) => ({ path: [...path, key].join("."), message: "is not known here" }));
  }
  const message = explainToken(valueAt(data, issue.path), issue) ?? issue.message;
  return [{ path: path.join("."), message }];
}

function explainToken(value: unknown, issue: z.core.$ZodIssue): string | undefined {
  // Only metadata allows a number as one of several types.
  const is_of_metadata = issue.code === "invalid_union";
  if (value instanceof NumberToken)
    return is_of_metadata ? metadata_number_message : amount_message;
  if (value instanceof UnstorableText) return "must not contain NUL or half of a surrogate pair";
  if (value === undefined) return "is missing";
  return undefined;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    data,
  );
}
