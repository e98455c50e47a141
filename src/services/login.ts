import { call } from "../database/call.ts";
import type { Answer } from "../database/statement.ts";
import { ApiError } from "../errors.ts";
import { auditHappening } from "./audit-events.ts";
import { passwordsOf } from "./password-calls.ts";
import type { RequestContext } from "./request-context.ts";
import { mintToken, token_lifetime_seconds, type Principal } from "./tokens.ts";

interface Credentials {
  readonly email: string;
  readonly password: string;
}

/**
 * Returns an access token for the right password. An unknown email does the same work and gets the
 * same answer as a wrong password. Both are audited.
 *
 * Throws `invalid_credentials`.
 */
export async function login(
  context: RequestContext,
  { email, password }: Credentials,
): Promise<object> {
  const user = readUser(await call(context.database, "get_login", { email }));
  const is_right = await passwordsOf(context.env).verify(password, user?.password_hash ?? null);
  auditLogin(context, user, is_right);
  if (user === null || !is_right) throw new ApiError("invalid_credentials");
  return {
    access_token: await mintToken(context.env, user),
    token_type: "Bearer",
    expires_in: token_lifetime_seconds,
    role: user.role,
    customer_id: user.customer_id,
  };
}

interface User extends Principal {
  readonly password_hash: string;
}

function readUser(answer: Answer): User | null {
  // bank.get_login makes this object, or null.
  return answer.body === null ? null : (JSON.parse(answer.body) as User);
}

/** The response does not wait for it or depend on it. */
function auditLogin(context: RequestContext, user: User | null, is_right: boolean): void {
  auditHappening(context, {
    actor: user,
    action: "login",
    code: is_right ? null : "invalid_credentials",
    target: { target_type: "user", target_id: user?.user_id ?? null },
  });
}
