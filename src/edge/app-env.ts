import type { Context, MiddlewareHandler } from "hono";
import type { Code } from "../errors.ts";
import type { RequestContext } from "../services/request-context.ts";

/** What Hono stores for one request. */
export interface AppEnv {
  Bindings: object;
  Variables: {
    request_id: string;
    context: RequestContext;
    /** The error code of the response, if it is a problem. */
    code: Code | undefined;
  };
}

export type AppContext = Context<AppEnv>;
export type AppMiddleware = MiddlewareHandler<AppEnv>;

/** The request's context. Undefined when the Worker is not configured. */
export function contextOf(c: AppContext): RequestContext | undefined {
  return c.get("context");
}
