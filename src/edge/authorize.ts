import { ApiError } from "../errors.ts";
import { verifyToken, type Principal } from "../services/tokens.ts";
import type { AppContext } from "./app-env.ts";
import { limitAddress, limitUser } from "./rate-limit.ts";

/** Who may call an operation. */
export type Callers = "anyone" | readonly Principal["role"][];

/**
 * Admits only the callers that the operation names. No service may run before authorization: an
 * operation without it answers 500 and not what it guards.
 *
 * Throws `unauthenticated`, `forbidden`, `rate_limited`.
 */
export async function authorize(c: AppContext, callers: Callers): Promise<void> {
  if (callers === "anyone") return limitAddress(c);
  const { role, user_id } = await authenticate(c);
  await limitUser(c, user_id);
  if (!callers.includes(role)) throw new ApiError("forbidden");
  const context = c.get("context");
  context.actor = context.caller;
}

/** A caller without a valid token is limited by address, so that guessing tokens is limited too. */
async function authenticate(c: AppContext): Promise<Principal> {
  const context = c.get("context");
  try {
    const principal = await verifyToken(context.env, readBearer(c.req.header("Authorization")));
    context.caller = { ...principal, request_id: context.request_id, ip: context.ip };
    return principal;
  } catch (error) {
    await limitAddress(c);
    throw error;
  }
}

function readBearer(header: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
  if (token === undefined)
    throw new ApiError("unauthenticated", { headers: { "WWW-Authenticate": "Bearer" } });
  return token;
}
