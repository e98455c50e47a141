import type { Hook } from "@hono/zod-openapi";
import type { z } from "zod";
import { ApiError, validationFailed, type InvalidValue } from "../errors.ts";
import { NumberToken, UnstorableText } from "../schemas/number-token.ts";
import type { AppEnv } from "./app-env.ts";

/**
 * What a request that does not fit its contract is answered. An id in the path that is no UUID names nothing, as any
 * other unknown id does.
 */
export const refuseInvalid: Hook<unknown, AppEnv, string, undefined> = (result, c) => {
  if (result.success) return undefined;
  switch (result.target) {
    case "param":
      throw new ApiError("not_found");
    case "header":
      throw new ApiError(
        c.req.header("Idempotency-Key") === undefined
          ? "idempotency_key_required"
          : "idempotency_key_invalid",
      );
    default: {
      const { data } = result as { readonly data?: unknown };
      throw validationFailed(result.error.issues.flatMap((issue) => explainIssue(issue, data)));
    }
  }
};

function explainIssue(issue: z.core.$ZodIssue, data: unknown): InvalidValue[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "is not known here" }));
  }
  const message = explainToken(valueAt(data, issue.path)) ?? issue.message;
  return [{ path: path.join("."), message }];
}

function explainToken(value: unknown): string | undefined {
  if (value instanceof NumberToken) return "must be a plain integer within ±(2^53 - 1)";
  if (value instanceof UnstorableText) return "must not contain NUL or half of a surrogate pair";
  if (value === undefined) return "is missing";
  return undefined;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    data,
  );
}
