import type { Context, MiddlewareHandler } from "hono";
import type { Code } from "../errors.ts";
import type { RequestContext } from "../services/request-context.ts";

/** What Hono carries for one request. */
export interface AppEnv {
  Bindings: object;
  Variables: {
    request_id: string;
    context: RequestContext;
    /** The code of the problem that is answered. */
    code: Code | undefined;
  };
}

export type AppContext = Context<AppEnv>;
export type AppMiddleware = MiddlewareHandler<AppEnv>;

/** The request's context; none when the Worker is not configured. */
export function contextOf(c: AppContext): RequestContext | undefined {
  return c.get("context");
}
