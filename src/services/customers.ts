import { customerKey } from "../cache/keys.ts";
import type { ReadFunctions, WriteFunctions } from "../database/functions.ts";
import { ApiError } from "../errors.ts";
import { Customer } from "../schemas/customer.ts";
import { read, readPage, write } from "./database-calls.ts";
import { hashPassword } from "./passwords.ts";
import { readThrough } from "./read-through.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

interface NewCustomer {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** A customer and its login. Throws `email_taken`. */
export async function createCustomer(context: RequestContext, { password, ...customer }: NewCustomer) {
  return write(context, "create_customer", { ...customer, password_hash: await hashPassword(password) });
}

export const listCustomers = (context: RequestContext, page: ReadFunctions["list_customers"]) =>
  readPage(context, "list_customers", page);

/** The customer's JSON, to itself and to admins. Throws `not_found`. */
export async function getCustomer(context: RequestContext, customer_id: string): Promise<string> {
  const { role, customer_id: own_id } = actorOf(context);
  if (role === "customer" && customer_id !== own_id) {
    throw new ApiError("not_found", { target: { target_type: "customer", target_id: customer_id } });
  }
  return readThrough(context, {
    key: customerKey(customer_id),
    belongs: (value) => Customer.safeParse(value).data?.id === customer_id,
    mayBeSeen: () => true,
    load: async () => {
      const { body, cache_lifetime_ms } = await read(context, "get_customer", { customer_id });
      return { body: body ?? "null", cache_lifetime_ms };
    },
  });
}

export const updateCustomer = (context: RequestContext, update: WriteFunctions["update_customer"]) =>
  write(context, "update_customer", update);
