import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import { ApiError, catalogue, type Code } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { Id } from "../schemas/values.ts";
import { targetOfPath } from "../services/access-target.ts";
import { auditHappening } from "../services/audit-events.ts";
import { contextOf, type AppContext } from "./app-env.ts";

/** The only place where an error becomes a response. */
export function renderError(error: unknown, c: AppContext): Response {
  const known = toApiError(error);
  // A bank is read-only because an operator wants it so.
  if (catalogue[known.code].status >= 500 && known.code !== "read_only") {
    log("error", { request_id: c.get("request_id"), code: known.code, ...describeError(known) });
  }
  auditRefusal(c, known);
  return renderProblem(c, known);
}

/**
 * Answers a problem document (RFC 9457). `type` is a path on this host, where the code is
 * explained.
 */
export function renderProblem(c: AppContext, { code, detail, facts, headers }: ApiError): Response {
  const { status, title, ...rest } = catalogue[code];
  c.set("code", code);
  const type = `/docs/problems#${code}`;
  const problem = {
    type,
    title,
    status,
    detail: detail ?? title,
    code,
    request_id: c.get("request_id"),
    ...facts,
  };
  return c.body(JSON.stringify(problem), status, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    ...("retry_after_seconds" in rest ? { "Retry-After": String(rest.retry_after_seconds) } : {}),
    ...(code === "unauthenticated" ? { "WWW-Authenticate": 'Bearer error="invalid_token"' } : {}),
    ...headers,
  });
}

/** Converts Hono's own errors and unexpected errors. */
function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const codes: Partial<Record<number, Code>> = {
    400: "malformed_json",
    413: "payload_too_large",
    415: "unsupported_media_type",
  };
  const code = error instanceof HTTPException ? codes[error.status] : undefined;
  return new ApiError(code ?? "internal_error", { cause: error });
}

/**
 * Audits a refusal: a forbidden operation, or a resource that is missing or belongs to somebody
 * else. Missing and forbidden resources look the same, in body and in timing: both take the same
 * work, and the response does not wait for the audit.
 */
function auditRefusal(c: AppContext, error: ApiError): void {
  const context = contextOf(c);
  if (context === undefined || context.caller === null) return;
  const is_unseen = error.code === "not_found" && context.caller.role === "customer";
  if (error.code !== "forbidden" && !is_unseen) return;
  const id = Id.safeParse(c.req.param("id")).data ?? null;
  const target = error.target ?? targetOfPath(routePath(c, -1), id);
  auditHappening(context, {
    actor: context.caller,
    action: "access.refuse",
    code: error.code,
    target,
  });
}
