import { routePath } from "hono/route";
import { log } from "../log.ts";
import { contextOf, type AppMiddleware } from "./app-env.ts";

/** One line for each request: what was asked, by whom, and what came of it. The route is the pattern, not the path. */
export const requestLog: AppMiddleware = async (c, next) => {
  const started_at = performance.now();
  await next();
  const context = contextOf(c);
  log("request", {
    request_id: c.get("request_id"),
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    code: c.get("code"),
    duration_ms: Math.round(performance.now() - started_at),
    user_id: context?.caller?.user_id,
    cache: context?.cache.result,
  });
};
