import { routePath } from "hono/route";
import { log } from "../log.ts";
import { encodePosition } from "../schemas/position.ts";
import { contextOf, type AppContext, type AppMiddleware } from "./app-env.ts";
import { measureRequest } from "./metrics.ts";
import { discardBody, unreadBody } from "./unread-body.ts";

const acceptable_id = /^[A-Za-z0-9._-]{1,128}$/;

const common: readonly (readonly [name: string, value: string])[] = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Origin-Agent-Cluster", "?1"],
  ["Referrer-Policy", "no-referrer"],
  ["Strict-Transport-Security", "max-age=63072000; includeSubDomains"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-DNS-Prefetch-Control", "off"],
  ["X-Frame-Options", "DENY"],
];

/** A response of the API is data: a browser must not run, load or frame anything in it. */
const data_policy =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/** Swagger UI loads its own files, draws images from data URLs, and calls this API. */
const docs_policy =
  `${data_policy}; script-src 'self'; style-src 'self'; img-src 'self' data:; ` +
  "connect-src 'self'";

/**
 * Gives every request an id, the common response headers, and a line in the log. It is one
 * middleware and not a chain of four, because each link of a chain costs a promise per request.
 */
export const frame: AppMiddleware = async (c, next) => {
  const started_at = performance.now();
  const given = c.req.header("X-Request-Id");
  const request_id = given !== undefined && acceptable_id.test(given) ? given : crypto.randomUUID();
  c.set("request_id", request_id);
  await next();
  const unread = unreadBody(c);
  if (unread !== null) await discardBody(unread);
  const { headers } = c.res;
  headers.set("X-Request-Id", request_id);
  headers.set("Server-Timing", timing(c));
  const written = contextOf(c)?.written_position ?? null;
  if (written !== null) headers.set("Bank-Position", encodePosition(written));
  for (const [name, value] of common) headers.set(name, value);
  headers.set(
    "Content-Security-Policy",
    /^\/docs(\/|$)/.test(c.req.path) ? docs_policy : data_policy,
  );
  const elapsed_ms = performance.now() - started_at;
  const route = routePath(c, -1);
  logRequest(c, route, elapsed_ms);
  measureRequest(c, route, elapsed_ms);
};

/**
 * The `Server-Timing` header: how long the request waited for Postgres and Redis, and what the
 * cache did.
 */
function timing(c: AppContext): string {
  const context = contextOf(c);
  const db_ms = context?.database.elapsed_ms ?? 0;
  const cache_ms = context?.cache.elapsed_ms ?? 0;
  const result = context?.cache.result ?? "bypass";
  const db = context?.database.was_replica === true ? "db;desc=replica" : "db";
  return `${db};dur=${db_ms.toFixed(1)}, cache;desc=${result};dur=${cache_ms.toFixed(1)}`;
}

/** Logs the request, its user and its outcome. The route is the pattern and not the path. */
function logRequest(c: AppContext, route: string, elapsed_ms: number): void {
  const context = contextOf(c);
  log("request", {
    request_id: c.get("request_id"),
    method: c.req.method,
    route,
    status: c.res.status,
    code: c.get("code"),
    duration_us: Math.round(elapsed_ms * 1_000),
    user_id: context?.caller?.user_id,
    cache: context?.cache.result,
  });
}
