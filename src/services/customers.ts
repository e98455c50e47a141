import type { Value } from "../cache/envelope.ts";
import { customerKey } from "../cache/keys.ts";
import { readThrough } from "../cache/read-through.ts";
import { ApiError } from "../errors.ts";
import { bodyOf, read, write } from "./database-calls.ts";
import { passwordsOf } from "./password-worker.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

interface NewCustomer {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** A customer and its login. Throws `email_taken`. */
export async function createCustomer(context: RequestContext, { password, ...customer }: NewCustomer) {
  const password_hash = await passwordsOf(context.env).hash(password);
  return write(context, "create_customer", { ...customer, password_hash });
}

/** The customer, to itself and to admins. Throws `not_found`. */
export async function getCustomer(context: RequestContext, customer_id: string): Promise<Value> {
  const { role, customer_id: own_id } = actorOf(context);
  const mayBeSeen = (owner: string): boolean => role === "admin" || owner === own_id;
  if (!mayBeSeen(customer_id)) throw new ApiError("not_found");
  return readThrough(context.cache, {
    key: customerKey(customer_id),
    mayBeSeen,
    load: async () => {
      const answer = await read(context, "get_customer", { customer_id });
      return { body: bodyOf(answer), owner: customer_id, lifetime_ms: answer.cache_lifetime_ms };
    },
  });
}
