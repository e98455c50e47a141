import { createHash } from "node:crypto";
import type { z } from "zod";
import type { Value } from "../cache/envelope.ts";
import { customerKey } from "../cache/keys.ts";
import { readThrough } from "../cache/read-through.ts";
import type { Actor } from "../database/functions.ts";
import { ApiError } from "../errors.ts";
import type { NewCustomer } from "../schemas/customer.ts";
import { bodyOf, read, write } from "./database-calls.ts";
import { passwordsOf } from "./password-calls.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

type CustomerRequest = Readonly<z.output<typeof NewCustomer>> & {
  readonly idempotency_key: string | undefined;
};

/** Creates a customer and its login. Throws `email_taken`. */
export async function createCustomer(
  context: RequestContext,
  { password, ...customer }: CustomerRequest,
) {
  const salt = saltOf(actorOf(context), customer.idempotency_key);
  const password_hash = await passwordsOf(context.env).hash(password, salt);
  return write(context, "create_customer", { ...customer, password_hash });
}

/**
 * The salt of a password that comes with an Idempotency-Key. The database must recognise a repeated
 * request, so the same request must have the same hash, and it may store no hash of the password
 * except the slow one. A key is used once in its scope, so its salt is used once as well. Without a
 * key the salt is random.
 */
function saltOf({ user_id }: Actor, idempotency_key: string | undefined): string | undefined {
  if (idempotency_key === undefined) return undefined;
  const use = JSON.stringify(["edgebank password salt v1", user_id, idempotency_key]);
  return createHash("sha256").update(use).digest().subarray(0, 16).toString("base64url");
}

/** Returns the customer, to itself and to admins. Throws `not_found`. */
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
